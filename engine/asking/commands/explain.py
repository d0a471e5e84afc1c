"""`explain`: the page of a validation code."""

from __future__ import annotations

from pathlib import Path

from .. import outputs, readings
from ..parameters import OVERLAYS, Argument, Command, formats


def run(code: str, form: str, overlays: tuple[Path, ...]) -> int:
    """Print what a code means. Codes are the program's own, whatever is laid over the knowledge."""
    outputs.show("explanation", readings.explanation(code), form)
    return 0


COMMAND = Command(
    "explain",
    help="What a validation code means, why, and a bad and a good example.",
    example="rigwise explain Y010",
    parameters=(Argument("code"), formats("markdown"), OVERLAYS),
    run=run,
)
