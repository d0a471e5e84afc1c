"""`list`: the kinds of knowledge and their entries."""

from __future__ import annotations

from pathlib import Path

from .. import browsing, outputs
from ..parameters import OVERLAYS, Argument, Command, formats


def run(kind: str | None, form: str, overlays: tuple[Path, ...]) -> int:
    """Print the kinds, or the entries of one kind."""
    outputs.show("listing", browsing.listing(kind, overlays), form)
    return 0


COMMAND = Command(
    "list",
    help="The kinds of knowledge, or the entries of one kind.",
    example="rigwise list gpus",
    parameters=(Argument("kind", required=False), formats(), OVERLAYS),
    run=run,
)
