"""`explain`: the page of a validation code."""

from __future__ import annotations

from .. import outputs, readings
from ..parameters import Argument, Command


def run(code: str) -> int:
    """Print what a code means."""
    outputs.say(readings.explanation(code))
    return 0


COMMAND = Command(
    "explain",
    help="What a validation code means, why, and a bad and a good example.",
    example="rigwise explain Y010",
    parameters=(Argument("code"),),
    run=run,
)
