"""Whether a fact is what an example expects of it: the values it names, numbers nearly."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .fact import Fact

NEAR = 1e-4
"""Relative tolerance of a number that an example names: they are written with six digits."""


def agrees(partial: Mapping[str, object], fact: Fact) -> bool:
    """Whether a fact has all values of a partial one, numbers nearly."""
    return all(same(value, fact.kind if name == "kind" else fact.get(name)) for name, value in partial.items())


def same(wanted: object, found: object) -> bool:
    """Equal in value and family of type; numbers nearly."""
    numbers = [value for value in (wanted, found) if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == 2:
        return math.isclose(*numbers, rel_tol=NEAR)
    return type(wanted) is type(found) and wanted == found
