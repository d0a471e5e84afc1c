"""`why-not`: what kept a conclusion or an option away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import inputs, outputs
from ..parameters import MATCHER, OVERLAYS, SCENARIO, Argument, Command, formats


def run(
    identity: str, scenario: Path | None, matcher: str | None, form: str, overlays: tuple[Path, ...], **flags: Any
) -> int:
    """Print what held and what failed first."""
    answer = inputs.answer(scenario, flags, overlays, matcher)
    outputs.show("why_not", answer.why_not(identity), form)
    return 0


COMMAND = Command(
    "why-not",
    help="What held, the first condition that failed, observed against needed.",
    example="rigwise why-not nvlink_bridges examples/4x3090_vllm.yaml",
    parameters=(Argument("identity", "ID"), *SCENARIO, MATCHER, formats("markdown"), OVERLAYS),
    run=run,
)
