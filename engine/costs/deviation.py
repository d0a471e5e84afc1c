"""How far a stated number is from what is found, as a share of the smaller: which of the two it is does not matter."""

from __future__ import annotations

from .validity import finite, positive, refusal

__all__ = ["excess", "interval_gap"]

FARTHEST = 1e6
"""The gap told where two intervals lie on different sides of zero, and the most that is told at all."""


def interval_gap(low: float, high: float, found_low: float, found_high: float) -> float:
    """How far two intervals are apart, as a share of the smaller of the ends that face; 0 where they overlap [1].

    .. math:: g = |a - b| / \\min(|a|, |b|)

    low: of the one interval [any unit]. high: of the one interval [the same unit]. found_low: of the other [the same
    unit]. found_high: of the other [the same unit].

    Valid for: finite ends in order; a and b are the ends that face each other. Where they differ in sign, or one is 0,
    no share can be told and the gap is 10^6, which is also the most that is told.
    Source: definition; the share is taken of the smaller, so that 19 for 24 is as far as 24 for 19.

    >>> interval_gap(low=18, high=18, found_low=26.1, found_high=26.1)
    0.45
    """
    finite(low=low, high=high, found_low=found_low, found_high=found_high)
    if low > high:
        raise refusal("low", low, f"at most high, {high}")
    if found_low > found_high:
        raise refusal("found_low", found_low, f"at most found_high, {found_high}")
    if low <= found_high and found_low <= high:
        return 0.0
    one, other = (low, found_high) if low > found_high else (high, found_low)
    if one * other <= 0:
        return FARTHEST
    return min(abs(one - other) / min(abs(one), abs(other)), FARTHEST)


def excess(value: float, limit: float) -> float:
    """How far a number is above a limit, as a share of the limit; negative where it stays below [1].

    .. math:: x = v / l - 1

    value: v [any unit]. limit: l [the same unit].

    Valid for: finite v, l above 0.
    Source: definition.

    >>> excess(value=52, limit=40)
    0.3
    """
    finite(value=value)
    positive(limit=limit)
    return round(value / limit - 1, 12)
