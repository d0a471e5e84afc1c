"""`search`: entries by a part of their name."""

from __future__ import annotations

from pathlib import Path

from ...errors import BadInput
from .. import browsing, outputs
from ..parameters import OVERLAYS, Argument, Command, formats


def run(text: str, form: str, overlays: tuple[Path, ...]) -> int:
    """Print the entries found. Raises BadInput where there are none."""
    found = browsing.search(text, overlays)
    outputs.show("listing", found, form)
    if not found["entries"]:
        raise BadInput(f"nothing in the knowledge is named like '{text}'", hint="`rigwise list` shows the kinds")
    return 0


COMMAND = Command(
    "search",
    help="Entries of the knowledge whose key, name or alias holds a text.",
    example="rigwise search 3090",
    parameters=(Argument("text"), formats(), OVERLAYS),
    run=run,
)
