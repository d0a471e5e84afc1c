"""`rule`: one rule as a page."""

from __future__ import annotations

from pathlib import Path

from .. import inputs, outputs
from ..parameters import OVERLAYS, Argument, Command, formats


def run(identity: str, form: str, overlays: tuple[Path, ...]) -> int:
    """Print a rule."""
    outputs.show("rule", inputs.rule(identity, overlays), form)
    return 0


COMMAND = Command(
    "rule",
    help="A rule's mechanism, condition, evidence and examples, offline.",
    example="rigwise rule tensor_size",
    parameters=(Argument("identity", "ID", keys_of="rules"), formats("markdown"), OVERLAYS),
    run=run,
)
