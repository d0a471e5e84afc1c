"""Plain arithmetic, so that no rule computes anything by itself."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, fsum

from .validity import finite, positive, refusal

__all__ = [
    "ceiling_ratio",
    "difference",
    "larger",
    "largest",
    "mean_of",
    "padded_to",
    "product",
    "ratio",
    "relative_change",
    "share",
    "smaller",
    "smallest",
    "sum_of_two",
    "total",
    "weighted_mean",
]

# What lies above a whole number by less than this share of one is rounding, not a remainder.
ROUNDING = 1e-9


def _some(values: Sequence[float]) -> Sequence[float]:
    """The values, all finite; an empty sequence is refused."""
    if not values:
        raise refusal("values", values, "at least one number")
    for value in values:
        finite(values=value)
    return values


def sum_of_two(first: float, second: float) -> float:
    """Sum of two quantities of one unit [that unit].

    .. math:: s = a + b

    first: a [any unit]. second: b [the same unit].

    Valid for: finite numbers.
    Source: definition.

    >>> sum_of_two(first=1200, second=300)
    1500
    """
    result = first + second
    finite(first=first, second=second, sum=result)
    return result


def difference(first: float, second: float) -> float:
    """What the first quantity has more than the second; negative where it has less [their unit].

    .. math:: d = a - b

    first: a [any unit]. second: b [the same unit].

    Valid for: finite numbers.
    Source: definition.

    >>> difference(first=24.0, second=19.5)
    4.5
    """
    result = first - second
    finite(first=first, second=second, difference=result)
    return result


def product(first: float, second: float) -> float:
    """Product of two quantities [product of their units].

    .. math:: p = a b

    first: a [any unit]. second: b [any unit].

    Valid for: finite numbers whose product is finite.
    Source: definition.

    >>> product(first=2, second=4)
    8
    """
    result = first * second
    finite(first=first, second=second, product=result)
    return result


def ratio(part: float, whole: float) -> float:
    """How many times the whole the part is [unit of part / unit of whole].

    .. math:: r = a / b

    part: a [any unit]. whole: b, not zero [any unit].

    Valid for: finite numbers, b other than 0; `share` holds the result within 0 and 1.
    Source: definition.

    >>> ratio(part=936.2e9, whole=1e9)
    936.2
    """
    finite(part=part, whole=whole)
    if whole == 0:
        raise refusal("whole", whole, "a number other than 0")
    result = part / whole
    finite(ratio=result)
    return result


def relative_change(before: float, after: float) -> float:
    """Change as a share of where it began: 0.25 is a quarter more [1].

    .. math:: c = (a - b) / b

    before: b, above 0 [any unit]. after: a [the same unit].

    Valid for: b above 0; a change from nothing has no share.
    Source: definition.

    >>> relative_change(before=40.0, after=50.0)
    0.25
    """
    positive(before=before)
    finite(after=after)
    return (after - before) / before


def smaller(first: float, second: float) -> float:
    """The smaller of two quantities of one unit [that unit].

    .. math:: m = \\min(a, b)

    first: a [any unit]. second: b [the same unit].

    Valid for: finite numbers.
    Source: definition.

    >>> smaller(first=16, second=8)
    8
    """
    finite(first=first, second=second)
    return min(first, second)


def larger(first: float, second: float) -> float:
    """The larger of two quantities of one unit [that unit].

    .. math:: m = \\max(a, b)

    first: a [any unit]. second: b [the same unit].

    Valid for: finite numbers.
    Source: definition.

    >>> larger(first=4096, second=8192)
    8192
    """
    finite(first=first, second=second)
    return max(first, second)


def smallest(values: Sequence[float]) -> float:
    """The smallest of several quantities of one unit [that unit].

    .. math:: m = \\min_i v_i

    values: v, at least one [any unit].

    Valid for: a sequence of finite numbers that is not empty.
    Source: definition.

    >>> smallest(values=(936.2, 448.0, 672.0))
    448.0
    """
    return min(_some(values))


def largest(values: Sequence[float]) -> float:
    """The largest of several quantities of one unit [that unit].

    .. math:: m = \\max_i v_i

    values: v, at least one [any unit].

    Valid for: a sequence of finite numbers that is not empty.
    Source: definition.

    >>> largest(values=(24, 12, 8))
    24
    """
    return max(_some(values))


def total(values: Sequence[float]) -> float:
    """Sum of several quantities of one unit, in any order the same [that unit].

    .. math:: s = \\sum_i v_i

    values: v, at least one [any unit].

    Valid for: a sequence of finite numbers that is not empty.
    Source: definition; summed by math.fsum, which rounds once.

    >>> total(values=(0.1, 0.2, 0.3))
    0.6
    """
    return fsum(_some(values))


def share(part: float, whole: float) -> float:
    """The part as a share of the whole [1].

    .. math:: s = a / b, \\quad 0 \\le a \\le b

    part: a [any unit]. whole: b, above 0 [the same unit].

    Valid for: a part that lies within the whole; anything else is refused.
    Source: definition.

    >>> share(part=6, whole=24)
    0.25
    """
    positive(whole=whole)
    if not 0 <= part <= whole:
        raise refusal("part", part, f"a number from 0 to the whole, {whole!r}")
    return part / whole


def ceiling_ratio(part: float, whole: float) -> int:
    """How many wholes are needed to hold the part [1].

    .. math:: n = \\lceil a / b \\rceil

    part: a, 0 or more [any unit]. whole: b, above 0 [the same unit].

    Valid for: a of 0 or more and b above 0; an excess below 1e-9 of one whole is taken for rounding.
    Source: definition.

    >>> ceiling_ratio(part=70.6, whole=24.0)
    3
    """
    positive(whole=whole)
    if part < 0:
        raise refusal("part", part, "a finite number, 0 or more")
    if isinstance(part, int) and isinstance(whole, int):
        return -(-part // whole)
    finite(part=part, ratio=part / whole)
    return ceil(part / whole - ROUNDING)


def mean_of(values: Sequence[float]) -> float:
    """Arithmetic mean of several quantities of one unit [that unit].

    .. math:: m = \\frac{1}{n} \\sum_{i=1}^{n} v_i

    values: v, at least one [any unit].

    Valid for: a sequence of finite numbers that is not empty.
    Source: definition.

    >>> mean_of(values=(20.0, 22.0, 27.0))
    23.0
    """
    return fsum(_some(values)) / len(values)


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """Mean in which each quantity counts by its weight [unit of the values].

    .. math:: m = \\sum_i w_i v_i \\Big/ \\sum_i w_i

    values: v, at least one [any unit]. weights: w, as many, 0 or more, not all 0 [any unit].

    Valid for: as many weights as values.
    Source: definition.

    >>> weighted_mean(values=(4.5, 8.5), weights=(3.0, 1.0))
    5.5
    """
    if len(_some(values)) != len(_some(weights)):
        raise refusal("weights", weights, f"as many as there are values, {len(values)}")
    if min(weights) < 0 or (whole := fsum(weights)) == 0:
        raise refusal("weights", weights, "numbers of 0 or more, not all 0")
    return fsum(weight * value for weight, value in zip(weights, values, strict=True)) / whole


def padded_to(value: float, multiple: float) -> float:
    """The next multiple at or above a value [its unit].

    .. math:: p = m \\lceil v / m \\rceil

    value: v [any]. multiple: m [unit of the value].

    Valid for: multiples above 0.
    Source: definition.

    >>> padded_to(151674, 64)
    151680
    """
    positive(multiple=multiple)
    return -(-value // multiple) * multiple
