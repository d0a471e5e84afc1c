"""`doctor`: the free checks, before anything is bought."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import examinations, outputs
from ..parameters import MATCHER, OVERLAYS, SCENARIO, Command, Option, formats


def run(
    scenario: Path | None,
    matcher: str | None,
    form: str,
    overlays: tuple[Path, ...],
    sources: tuple[str, ...],
    **flags: Any,
) -> int:
    """Print one line for each area. 1 where something is bad."""
    document = examinations.examination(scenario, flags, sources, overlays, matcher)
    outputs.show("doctor", document, form)
    return 1 if document["counts"]["bad"] else 0


COMMAND = Command(
    "doctor",
    help="Free checks of a rig before any purchase, each with reason and command.",
    example="""rigwise doctor examples/4x3090_vllm.yaml
nvidia-smi -q -x > smi.xml; nvidia-smi topo -m > topo.txt; rigwise doctor --from smi.xml topo.txt""",
    parameters=(
        *SCENARIO,
        Option("--from", "Files with tool output, or - for standard input.", name="sources", kind="file", many=True),
        MATCHER,
        formats("markdown"),
        OVERLAYS,
    ),
    run=run,
)
