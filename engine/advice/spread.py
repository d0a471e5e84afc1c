"""Intervals: how the spread of the fitted constants passes through the formulas to a number.

Each number is followed back to the constants it was computed from; the elasticity to each (per cent of the number for
one per cent of the constant) is multiplied along the way. Two numbers that share a constant share its elasticity, so
that the interval of a gain counts only what changes between before and after.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import RigwiseError
from ..inference import Fact, Firing
from ..inference.term import Field, Term, Variable
from ..model.fact import RESIDUAL
from .proofs import Proofs

Leaf = tuple[Fact, str]
Elasticities = dict[Leaf, float]
STEP = 1e-4
NO_SPREAD: Elasticities = {}
QUANTILE_80 = 1.2815515655446004


class Spread:
    """Elasticities of the numbers of one answer, each worked out once."""

    def __init__(self, proofs: Proofs, formulas: Mapping[str, Callable[..., Any]]) -> None:
        self.proofs, self.formulas = proofs, formulas
        self._values: dict[tuple[int, str], Elasticities] = {}
        self._steps: dict[tuple[int, str], Elasticities] = {}

    def interval(self, fact: Fact, attribute: str) -> tuple[float, float, float]:
        """Value, low and high of the central 80 %."""
        value = float(fact[attribute])
        return (value, *bounds(value, deviation(self.of(fact, attribute))))

    def change(self, before: Fact, after: Fact, attribute: str) -> tuple[float, float, float]:
        """Relative change and its central 80 %: what both sides share cancels."""
        return self.change_since(self, before, after, attribute)

    def change_since(self, other: Spread, before: Fact, after: Fact, attribute: str) -> tuple[float, float, float]:
        """Relative change from a number of another answer; constants are the same where their facts are equal."""
        first, last = float(before[attribute]), float(after[attribute])
        old, new = other.of(before, attribute), self.of(after, attribute)
        moved = _moves(old, new)
        ratio = last / first
        low, high = bounds(ratio, deviation(moved))
        return ratio - 1, low - 1, high - 1

    def parts(self, before: Fact, after: Fact, attribute: str) -> list[tuple[str, float]]:
        """The kind of each constant that a change depends on, with its part of the variance of the logarithm."""
        moves = _moves(self.of(before, attribute), self.of(after, attribute))
        return sorted((fact.kind, (share * float(fact[f"{name}_sd"])) ** 2) for (fact, name), share in moves.items())

    def of(self, fact: Fact, attribute: str) -> Elasticities:
        """Elasticity of a number to each constant that has a spread."""
        key = (id(fact), attribute)
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = self._settled(*self.proofs.settle(fact, attribute))
        return found

    def _settled(self, fact: Fact, attribute: str) -> Elasticities:
        key = (id(fact), attribute)
        if key not in self._values:
            self._values[key] = self._made(fact, attribute)
        return self._values[key]

    def _made(self, fact: Fact, attribute: str) -> Elasticities:
        firing = self.proofs.firing_of(fact)
        if firing is None:
            return {(fact, attribute): 1.0} if fact.get(f"{attribute}_sd") else NO_SPREAD
        term = self.proofs.template(firing, fact).get(attribute)
        return self._step(firing, term.name) if isinstance(term, Variable) else NO_SPREAD

    def _step(self, firing: Firing, name: str) -> Elasticities:
        key = (id(firing), name)
        if key not in self._steps:
            self._steps[key] = self._formula(firing, name)
        return self._steps[key]

    def _formula(self, firing: Firing, name: str) -> Elasticities:
        found: Elasticities = {}
        call, result = firing.call(name)
        values = {argument: firing.value(term) for argument, term in call.arguments.items()}
        for argument, term in call.arguments.items():
            for number, inner in self._inputs(firing, term):
                if inner:
                    moved = {**values, argument: _moved(values[argument], number)}
                    slope = self._slope(self.formulas[call.formula], moved, result)
                    for leaf, elasticity in inner.items():
                        found[leaf] = found.get(leaf, 0.0) + slope * elasticity
        return found

    def _inputs(self, firing: Firing, term: Term) -> list[tuple[int | None, Elasticities]]:
        if isinstance(term, Field):
            return [(None, self.of(firing.bindings[term.name], term.attribute))]
        if not isinstance(term, Variable):
            return []
        gathered = firing.gathered(term.name)
        if gathered is None:
            return [(None, self._step(firing, term.name))]
        return [(number, self.of(one, gathered.take)) for number, one in enumerate(gathered.facts)]

    def _slope(self, formula: Callable[..., Any], moved: Mapping[str, Any], result: Any) -> float:
        """Per cent of the result for one per cent of an input."""
        try:
            after = formula(**moved)
        except (RigwiseError, ArithmeticError, ValueError):
            return 0.0
        if not result or not after or (after > 0) != (result > 0):
            return 0.0
        return math.log(after / result) / math.log1p(STEP)


def _moved(value: Any, number: int | None) -> Any:
    if number is None:
        return value * (1 + STEP)
    return tuple(one * (1 + STEP) if place == number else one for place, one in enumerate(value))


def _moves(old: Elasticities, new: Elasticities) -> Elasticities:
    """Elasticity of a change to each constant.

    What one setup differs by from others of its kind stays with it, however far others lie over another link.
    """
    own = {leaf for leaf in {*old} & {*new} if leaf[0].kind == RESIDUAL}
    return {leaf: new.get(leaf, 0.0) - old.get(leaf, 0.0) for leaf in {**old, **new} if leaf not in own}


def deviation(elasticities: Elasticities) -> float:
    """Standard deviation of the logarithm of a number."""
    parts = [(share * float(fact[f"{name}_sd"])) ** 2 for (fact, name), share in elasticities.items()]
    return math.sqrt(math.fsum(sorted(parts)))


def bounds(value: float, spread: float) -> tuple[float, float]:
    """The central 80 % of a log-normal number around its middle."""
    reach = math.exp(QUANTILE_80 * spread)
    return value / reach, value * reach
