"""Values of an example at which a calculated comparison turns: exactly there where a short number does it, and to
both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import floor, log10
from typing import Any

from ..inference.rule import Comparison, Rule, Template
from ..inference.term import Variable
from ..model.fact import Fact
from .edits import Edit, Names, tidy
from .lone import outcome

STEPS = 60
FACTORS = (0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 1.0, 1.05, 1.1, 1.4, 2.0, 3.0, 10.0, 100.0, 1000.0)
DIGITS = (1, 2, 3, 4, 5, 6)
BESIDE = (0.98, 1.02, 0.995, 1.005)
ROUND = (1, 2, 5, 8)
"""Leading digits of numbers of which many others are short multiples."""
MOST_EXACT = 8


def meeting(rule: Rule, mapping: Mapping[str, Any], given: Sequence[Mapping[str, Any]]) -> Iterator[Edit]:
    """Changes of one number that bring a comparison of a calculated value to its threshold."""
    names = Names(mapping, given)
    for part in rule.where:
        if not any(isinstance(side, Variable) for side in (part.left, part.right)) or part.op not in "<=>=":
            continue
        for address, index, attribute, value in names.addresses():
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value:
                distance = _distance(rule, part, names.given, index, attribute)
                for rank, met in enumerate(_met(distance, value)):
                    yield Edit({"but": {address: met}}, 2 + rank)
        yield from _exact(rule, part, names)


def _exact(rule: Rule, part: Comparison, names: Names) -> Iterator[Edit]:
    """Two numbers that meet the threshold exactly: a round one, and a short one to go with it."""
    numbers = [
        (address, index, attribute, float(value))
        for address, index, attribute, value in names.addresses()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value
    ]
    for address, index, attribute, value in numbers[:MOST_EXACT]:
        for other, place, name, start in numbers[:MOST_EXACT]:
            if other == address:
                continue
            for unit in ROUND:
                first = tidy(unit * 10.0 ** floor(log10(abs(value))))
                given = [{**fact, attribute: first} if at == index else fact for at, fact in enumerate(names.given)]
                distance = _distance(rule, part, given, place, name)
                root = _root(distance, start)
                short = None if root is None else tidy(float(f"{root:.3g}"))
                if short is not None and distance(float(short)) == 0:
                    yield Edit({"but": {address: first, other: short}}, 6)
                    return


def _distance(
    rule: Rule, part: Comparison, given: Sequence[Mapping[str, Any]], index: int, attribute: str
) -> Callable[[float], float | None]:
    """How far the left side is above the right one, with another value of one attribute."""
    probe = rule._replace(where=(), then=(Template("probe", {"left": part.left, "right": part.right}),))

    def distance(value: float) -> float | None:
        facts = [Fact.of({**fact, attribute: value} if place == index else fact) for place, fact in enumerate(given)]
        found = [fact for fact in outcome(probe, facts).concluded if fact.kind == "probe"]
        if len(found) != 1:
            return None
        left, right = found[0].get("left"), found[0].get("right")
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return float(left) - float(right)
        return None

    return distance


def _met(distance: Callable[[float], float | None], value: float) -> Iterator[Any]:
    """Short numbers at the threshold, then one to each side of it."""
    root = _root(distance, value)
    if root is None:
        return
    whole = isinstance(value, int)
    short = [round(root) if whole else tidy(float(f"{root:.{digits}g}")) for digits in DIGITS]
    yield from (one for one in dict.fromkeys(short) if distance(float(one)) == 0)
    yield from (round(root) - 1, round(root) + 1) if whole else ()
    for factor in BESIDE:
        yield round(root * factor) if whole else tidy(float(f"{root * factor:.3g}"))
    yield from dict.fromkeys(short)


def _root(distance: Callable[[float], float | None], value: float) -> float | None:
    """A value at which the distance changes its sign, by halving."""
    points = [(value * factor, found) for factor in FACTORS if (found := distance(value * factor)) is not None]
    for (low, below), (high, above) in zip(points, points[1:], strict=False):
        if below == 0:
            return low
        if below * above < 0:
            return _halved(distance, low, high, below)
    return None


def _halved(distance: Callable[[float], float | None], low: float, high: float, below: float) -> float:
    for _ in range(STEPS):
        middle = (low + high) / 2
        found = distance(middle)
        if found is None or found == 0 or middle in (low, high):
            return middle
        if found * below > 0:
            low = middle
        else:
            high = middle
    return high
