"""Money: prices are intervals, and what is replaced can be sold."""

from __future__ import annotations

from .validity import counts, finite, fractions, not_negative, positive, refusal

__all__ = [
    "cost_per_gain",
    "interval_cost",
    "interval_spread",
    "net_cost",
    "payback_time",
    "purchase_cost",
    "resale_value",
]


def purchase_cost(pieces: int, price: float, extras: float) -> float:
    """Price of several pieces with what they need besides [USD].

    .. math:: c = n p + x

    pieces: bought, n [1]. price: of one, p [USD]. extras: cables, supply, shipping, x [USD].

    Valid for: one end of a price interval at a time: low with low, high with high.
    Source: definition.

    >>> purchase_cost(pieces=2, price=800, extras=150)
    1750
    """
    counts(least=0, pieces=pieces)
    not_negative(price=price, extras=extras)
    return pieces * price + extras


def resale_value(pieces: int, price: float, share: float) -> float:
    """What replaced pieces bring in [USD].

    .. math:: v = n p s

    pieces: sold, n [1]. price: of one on the used market, p [USD]. share: left after fees and haggling, s [1].

    Valid for: one end of a price interval at a time.
    Source: definition.

    >>> resale_value(pieces=4, price=700, share=0.85)
    2380.0
    """
    counts(least=0, pieces=pieces)
    not_negative(price=price)
    fractions(share=share)
    return pieces * price * share


def net_cost(cost: float, resale: float) -> float:
    """Cost less what is sold for it; below 0 where money is left [USD].

    .. math:: c_n = c - v

    cost: of what is bought, c [USD]. resale: of what is sold, v [USD].

    Valid for: the interval's low end from the low cost and the high resale, its high end the other way round.
    Source: definition.

    >>> net_cost(cost=4000, resale=2380)
    1620
    """
    not_negative(cost=cost, resale=resale)
    return cost - resale


def interval_cost(low: float, high: float, place: float) -> float:
    """Cost at a place within its interval: 0 the low end, 0.5 the middle, 1 the high end [USD].

    .. math:: c = a + q (b - a)

    low: end of the interval, a [USD]. high: end of the interval, b [USD]. place: q [1].

    Valid for: intervals whose ends are in order; a net cost may be below 0.
    Source: definition.

    >>> interval_cost(low=700, high=900, place=0.5)
    800.0
    """
    finite(low=low, high=high)
    fractions(place=place)
    if low > high:
        raise refusal("low", low, f"no more than the high end, {high!r}")
    return low + place * (high - low)


def interval_spread(low: float, high: float) -> float:
    """Half the width of a cost's interval as a share of its middle: how far the cost is uncertain [1].

    .. math:: u = \\frac{b - a}{b + a}

    low: end of the interval, a [USD]. high: end of the interval, above 0, b [USD].

    Valid for: intervals of 0 or more.
    Source: definition.

    >>> interval_spread(low=700, high=900)
    0.125
    """
    not_negative(low=low)
    positive(high=high)
    if low > high:
        raise refusal("low", low, f"no more than the high end, {high!r}")
    return (high - low) / (high + low)


def cost_per_gain(cost: float, gain: float) -> float:
    """What one unit of gain costs, such as one more token per second [USD/unit].

    .. math:: k = c / g

    cost: c [USD]. gain: above 0, g [any unit].

    Valid for: options that gain something; a change without gain has no such price.
    Source: definition.

    >>> cost_per_gain(cost=1620, gain=18)
    90.0
    """
    finite(cost=cost)
    positive(gain=gain)
    return cost / gain


def payback_time(cost: float, saving_rate: float) -> float:
    """Time until savings have paid for a cost; 0 where there is none [s].

    .. math:: t = \\max(c, 0) / w

    cost: c [USD]. saving_rate: above 0, w [USD/s].

    Valid for: savings that stay as they are, without interest.
    Source: definition.

    >>> payback_time(cost=86.4, saving_rate=1e-5)
    8640000.0
    """
    finite(cost=cost)
    positive(saving_rate=saving_rate)
    return max(cost, 0.0) / saving_rate
