"""What it costs to decide under an interval: the worth of a measurement."""

from __future__ import annotations

import math

from .validity import finite, not_negative

__all__ = ["expected_regret"]


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
