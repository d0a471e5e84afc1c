"""P331: a number far beyond all others that stand in the same field: most often a digit, or another unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..leaves import Leaf, leaves
from ..limits import count, limit

_LEAST = count("far_values", "others")
"""Others that it takes."""
_FACTOR = limit("far_values", "factor")
_APART = frozenset({"prices", "calibration"})
"""Kinds whose entries speak of different things under one field."""


def check(library: Library) -> Iterator[Diagnostic]:
    """More than four times the largest of all others, or less than a quarter of the smallest."""
    for kind in set(library.asked_kinds) - _APART:
        fields: dict[str, list[Leaf]] = defaultdict(list)
        for leaf in leaves(library, kind):
            if type(leaf.value) in (int, float) and leaf.value > 0:
                fields[leaf.field].append(leaf)
        for field, same in fields.items():
            if len(same) > _LEAST:
                yield from _far(field, sorted(same, key=lambda leaf: float(leaf.value)))


def _far(field: str, same: list[Leaf]) -> Iterator[Diagnostic]:
    """same: in order of value. Only the first and the last can be far from all others."""
    for leaf, next_one, far in (
        (same[0], same[1], same[0].value * _FACTOR < same[1].value),
        (same[-1], same[-2], same[-1].value > _FACTOR * same[-2].value),
    ):
        if far and leaf.document.asked:
            others = f"the nearest of {len(same) - 1} others is {next_one.value:,g}"
            message = f"`{field.rpartition('.')[2]}` is {leaf.value:,g}; {others}"
            hint = "check the digits and the unit; if it is right, `accept` the finding with the reason"
            yield leaf.document.find("P331", message, leaf.path, hint)
