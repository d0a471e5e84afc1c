"""`show`: an entry of the knowledge, value by value."""

from __future__ import annotations

from pathlib import Path

from .. import browsing, outputs
from ..parameters import OVERLAYS, Argument, Command, formats


def run(entry: str, form: str, overlays: tuple[Path, ...]) -> int:
    """Print an entry."""
    outputs.show("entry", browsing.entry(entry, overlays), form)
    return 0


COMMAND = Command(
    "show",
    help="An entry of the knowledge: each value with its source, grade, marks and losing claims.",
    example="rigwise show rtx_3090\nrigwise show prices/rtx_3090",
    parameters=(Argument("entry", "[KIND/]NAME", keys_of="entries"), formats(), OVERLAYS),
    run=run,
)
