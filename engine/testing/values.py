"""Values in place of others: any other one, and those just beside a threshold."""

from __future__ import annotations

from ..model.fact import Scalar, canonical

STEP = 0.1
"""By how much a threshold is moved, as a part of it; whole numbers move by one at least."""


def other(value: Scalar) -> Scalar:
    """Any other value of the same type, far enough off a number not to be taken for a rounding of it."""
    if isinstance(value, bool):
        return not value
    return f"not_{value}" if isinstance(value, str) else value + max(1, round(STEP * abs(value)))


def neighbours(value: Scalar) -> list[Scalar]:
    """A threshold moved up and down; for what is no number, another value."""
    if isinstance(value, (bool, str)):
        return [other(value)]
    if isinstance(value, int):
        step: float = max(1, round(STEP * abs(value)))
        return [value + step, value - step]
    return [canonical(float(f"{value * factor:.6g}")) for factor in (1 + STEP, 1 - STEP)]
