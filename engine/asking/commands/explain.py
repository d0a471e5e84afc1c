"""`explain`: the page of a validation code."""

from __future__ import annotations

from pathlib import Path

from .. import outputs, readings
from ..parameters import OVERLAYS, Argument, Command, formats


def run(code: str, form: str, overlays: tuple[Path, ...]) -> int:
    """Print what a code means. Codes are the program's own, whatever is laid over the knowledge."""
    outputs.show("explanation", readings.explanation(code), form)
from ..parameters import Argument, Command, formats
def run(code: str | None, form: str) -> int:
    """Print what a code means, or the list of codes."""
    document = readings.explanation(code)
    outputs.show("explanation", document, form)
    return 0


COMMAND = Command(
    "explain",
    help="What a validation code means, why, and a bad and a good example.",
    example="rigwise explain Y010",
    parameters=(Argument("code"), formats("markdown"), OVERLAYS),
    help="What a validation code means, why, and a bad and a good example; without one, the list of codes.",
    example="rigwise explain Y010\nrigwise explain all --format markdown",
    parameters=(Argument("code", required=False), formats("markdown")),
    run=run,
)
