"""`ingest`: measurements out of benchmark outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import ingestions, outputs
from ..parameters import MATCHER, OVERLAYS, SCENARIO, Argument, Command, Option, formats


def run(
    files: tuple[str, ...],
    rig: Path | None,
    into: Path | None,
    matcher: str | None,
    form: str,
    overlays: tuple[Path, ...],
    **flags: Any,
) -> int:
    """Print the measurements found, each against its prediction. 1 where there are none, or some were refused."""
    document = ingestions.ingestion(files, overlays, rig, flags, into, matcher)
    outputs.show("ingestion", document, form)
    return 0 if document["measurements"] and not document["refused"] else 1


COMMAND = Command(
    "ingest",
    help="Measurements out of benchmark outputs: llama-bench, vllm bench, nccl-tests and others, sniffed by content.",
    example="rigwise ingest bench.json all_reduce.txt --rig my_rig.yaml --into my_knowledge",
    parameters=(
        Argument("files", kind="file", many=True),
        Option("--rig", "A scenario that says what the outputs leave open: cards, links, engine.", kind="path"),
        Option("--into", "Add the measurements to this overlay directory.", kind="path"),
        *SCENARIO[1:],
        MATCHER,
        formats(),
        OVERLAYS,
    ),
    run=run,
)
