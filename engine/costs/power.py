"""Power: what a limit costs in speed, and what a token costs in energy."""

from __future__ import annotations

from .validity import efficiencies, fractions, not_negative, positive, refusal

__all__ = ["electricity_cost", "energy_per_token", "power_speed"]

JOULES_PER_KWH = 3.6e6


def power_speed(limit: float, default: float, knee: float, floor: float, exponent: float) -> float:
    """Speed under a power limit as a share of the speed without [1].

    .. math:: v = \\left( \\frac{\\min(p, k) - f}{k - f} \\right)^x, \\quad p = P / P_0

    limit: of the card, P [W]. default: of the card, P_0 [W].
    knee: share of the default that the work draws unlimited, k; low in decode, near 1 in prefill [1].
    floor: share of the default that is drawn without any speed, f [1].
    exponent: x; about 1/3 where voltage falls with the clock, 1 where it has reached its least [1].

    Valid for: limits above the floor; below it cards ignore the limit or stall, and the call is refused.
    Source: power of a clocked circuit, P = P_s + c V^2 f; knee, floor and exponent are calibrated for decode and for
    prefill by themselves.

    >>> power_speed(limit=250, default=350, knee=0.9, floor=0.3, exponent=0.4)
    0.8623
    """
    positive(limit=limit, default=default, exponent=exponent)
    efficiencies(knee=knee)
    fractions(floor=floor)
    if floor >= knee:
        raise refusal("floor", floor, f"a share below the knee, {knee!r}")
    drawn = min(limit / default, knee)
    if drawn <= floor:
        raise refusal("limit", limit, f"a limit above the floor, {floor * default!r} W")
    return float(((drawn - floor) / (knee - floor)) ** exponent)


def energy_per_token(watts: float, tokens_per_second: float) -> float:
    """Energy of one token [J].

    .. math:: E = P / r

    watts: drawn, P [W]. tokens_per_second: of all requests together, r [token/s].

    Valid for: rate and power of the same span of time.
    Source: definition.

    >>> energy_per_token(watts=500, tokens_per_second=50)
    10.0
    """
    not_negative(watts=watts)
    positive(tokens_per_second=tokens_per_second)
    return watts / tokens_per_second


def electricity_cost(watts: float, seconds: float, price_per_kwh: float) -> float:
    """Price of the energy drawn over a time [USD].

    .. math:: c = P \\, t \\, k / 3.6 \\cdot 10^6

    watts: drawn on average, at the wall, P [W]. seconds: t [s]. price_per_kwh: k [USD/kWh].

    Valid for: one tariff.
    Source: definition; 1 kWh is 3.6 MJ.

    >>> electricity_cost(watts=1000, seconds=86400, price_per_kwh=0.30)
    7.2
    """
    not_negative(watts=watts, seconds=seconds, price_per_kwh=price_per_kwh)
    return watts * seconds * price_per_kwh / JOULES_PER_KWH
