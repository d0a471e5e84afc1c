"""What it costs to decide under an interval: the worth of a measurement."""

from __future__ import annotations

import math

from ..errors import OutOfRange
from .validity import finite, not_negative

__all__ = ["chance_of_gain", "expected_regret"]


def chance_of_gain(gain: float, before: float, after: float) -> float:
    """Chance that a change gains at all, where what it gains in the middle and how far setups scatter is known [1].

    .. math:: p = \\Phi\\left( \\frac{\\ln(1 + g)}{\\sqrt{\\sigma_1^2 + \\sigma_2^2}} \\right)

    gain: in the middle, g, above -1 [1]. before: standard deviation of the logarithm of the speed before, sigma_1 [1].
    after: the same after the change, sigma_2 [1].

    Valid for: two kinds of setup that scatter by themselves, with normally distributed logarithms.
    Source: difference of two normal variables.

    >>> chance_of_gain(gain=0.42, before=0.058, after=0.387)
    0.8148
    """
    finite(gain=gain)
    not_negative(before=before, after=after)
    if gain <= -1:
        raise OutOfRange(f"a gain of {gain:g} leaves nothing")
    spread = math.hypot(before, after)
    if spread == 0:
        return float(gain > 0)
    return math.erfc(-math.log1p(gain) / spread / math.sqrt(2)) / 2


def expected_regret(distance: float, spread: float) -> float:
    """Gain given up on average by deciding now in place of after a measurement [1].

    .. math:: r = \\sigma \\left( \\varphi(z) - z \\, \\Phi(-z) \\right), \\quad z = |d| / \\sigma

    distance: of the expected outcome from the point where the decision turns, in logarithms, d [1].
    spread: standard deviation of the outcome's logarithm that the measurement would remove, sigma [1].

    Valid for: two actions, one of them worth the outcome less the turning point, and normally distributed logarithms.
    Source: Raiffa and Schlaifer, Applied Statistical Decision Theory, 1961, unit normal linear-loss integral.

    >>> expected_regret(distance=0.0, spread=0.1)
    0.0398942
    """
    finite(distance=distance)
    not_negative(spread=spread)
    if spread == 0:
        return 0.0
    z = abs(distance) / spread
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return spread * (density - z * math.erfc(z / math.sqrt(2)) / 2)
