"""The intervals of a saved answer worked out again: the spread of the constants, passed through the formulas.

The same elasticities as those of the answer, but along its nodes: what a node is computed from, to which given numbers
that leads, and how far those are spread according to the knowledge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...costs import FORMULAS
from ...errors import RigwiseError
from ...model.fact import RESIDUAL, Fact

Elasticities = dict[str, float]
STEP = 1e-4
QUANTILE_80 = 1.2815515655446004


class NodeSpread:
    """Elasticities of the nodes of a document. given: fact and attribute of each given node, by its name."""

    def __init__(self, proofs: Mapping[str, Any], given: Mapping[str, tuple[Fact, str]]) -> None:
        self.proofs, self.given = proofs, given
        self._known: dict[str, Elasticities] = {}

    def of(self, name: str) -> Elasticities:
        """Elasticity of a node to each given number that has a spread."""
        if name not in self._known:
            node = self.proofs[name]
            self._known[name] = self._computed(node) if node["kind"] == "computed" else self._leaf(name)
        return self._known[name]

    def sd(self, name: str) -> float:
        """Standard deviation of the logarithm of a given number."""
        fact, attribute = self.given[name]
        return float(fact[f"{attribute}_sd"])

    def kind(self, name: str) -> str:
        """The kind of constant that a given number belongs to."""
        return self.given[name][0].kind

    def deviation(self, elasticities: Elasticities) -> float:
        """Standard deviation of the logarithm of a number."""
        return math.sqrt(math.fsum(sorted((share * self.sd(name)) ** 2 for name, share in elasticities.items())))

    def change(self, before: str, after: str) -> Elasticities:
        """Elasticities of a ratio: what both sides share cancels, and so does all that one setup differs by."""
        old, new = self.of(before), self.of(after)
        own = {name for name in {*old} & {*new} if self.kind(name) == RESIDUAL}
        return {name: new.get(name, 0.0) - old.get(name, 0.0) for name in {**old, **new} if name not in own}

    def _leaf(self, name: str) -> Elasticities:
        if name not in self.given:
            return {}
        fact, attribute = self.given[name]
        return {name: 1.0} if attribute and fact.get(f"{attribute}_sd") else {}

    def _computed(self, node: Mapping[str, Any]) -> Elasticities:
        found: Elasticities = {}
        values = {argument: self._value(inner) for argument, inner in node["inputs"].items()}
        for argument, inner in node["inputs"].items():
            for number, one in enumerate(inner) if isinstance(inner, list) else [(None, inner)]:
                below = self.of(one)
                if below:
                    slope = self._slope(node, values, argument, number)
                    for leaf, elasticity in below.items():
                        found[leaf] = found.get(leaf, 0.0) + slope * elasticity
        return found

    def _value(self, inner: Any) -> Any:
        return tuple(self._value(one) for one in inner) if isinstance(inner, list) else self.proofs[inner]["value"]

    def _slope(self, node: Mapping[str, Any], values: Mapping[str, Any], argument: str, number: int | None) -> float:
        """Per cent of the result for one per cent of an input."""
        value = values[argument]
        moved = (
            value * (1 + STEP)
            if number is None
            else tuple(one * (1 + STEP) if place == number else one for place, one in enumerate(value))
        )
        try:
            result = FORMULAS[node["formula"]](**{**values, argument: moved})
        except (RigwiseError, ArithmeticError, ValueError):
            return 0.0
        if not node["value"] or not result or (result > 0) != (node["value"] > 0):
            return 0.0
        return math.log(result / node["value"]) / math.log1p(STEP)


def bounds(value: float, spread: float) -> tuple[float, float]:
    """The central 80 % of a log-normal number around its middle."""
    reach = math.exp(QUANTILE_80 * spread)
    return value / reach, value * reach
