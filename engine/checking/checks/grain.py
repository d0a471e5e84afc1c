"""P334: a number that is no multiple of what all of its sort come in; which do stands in schemas/plausibility.json."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..leaves import leaves
from ..limits import table

_GRAINS: dict[str, dict[str, int]] = table("grain", "fields")


def check(library: Library) -> Iterator[Diagnostic]:
    """Widths of buses and layers, lengths of contexts, sizes of blocks."""
    for kind in library.asked_kinds:
        grains = _GRAINS.get(kind, {})
        for leaf in leaves(library, kind) if grains else ():
            grain = grains.get(leaf.field)
            if grain and leaf.document.asked and type(leaf.value) is int and leaf.value > 1 and leaf.value % grain:
                name = leaf.field.rpartition(".")[2]
                message = f"`{name}` is {leaf.value:,}, which is no multiple of {grain}"
                near = round(leaf.value / grain) * grain or grain
                hint = f"check the digits ({near:,} is near); if it is right, `accept` the finding with the reason"
                yield leaf.document.find("P334", message, leaf.path, hint)
