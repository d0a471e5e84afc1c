"""`why-not`: what kept a conclusion or an option away."""

from __future__ import annotations

from typing import Any

from .. import inputs, outputs
from ..parameters import ABOUT_ONE, Command


def run(identity: str, form: str, **asked: Any) -> int:
    """Print what held and what failed first."""
    answer = inputs.answer_asked(**asked)
    outputs.show("why_not", answer.why_not(identity), form)
    return 0


COMMAND = Command(
    "why-not",
    help="What held, the first condition that failed, observed against needed.",
    example="rigwise why-not nvlink_bridges examples/4x3090_vllm.yaml",
    parameters=ABOUT_ONE,
    run=run,
)
