"""The numbers of many deployments at once, by the rules of the answer alone: no options, no conclusions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..costs import FORMULAS
from ..grounding.ground import ground_deployments
from ..grounding.resolve import resolve
from ..grounding.scenario import Scenario
from ..inference import Fact, Trace, default_matcher, infer
from .proofs import Proofs
from .rulebook import assuming, leading_to
from .spread import Spread

if TYPE_CHECKING:
    from ..reading import Knowledge

NUMBERS = frozenset({"decode", "loaded_step", "prefill", "serving", "reductions", "group_link"})
# What ties a deployment to its model: without it nothing is known of its weights and cache.
OF_MODEL = frozenset({"pair", "kv_pair"})
DEPLOYMENTS_AT_ONCE = 40


class Estimates:
    """Facts and intervals of some deployments. Equal numbers of two deployments are told for each of them."""

    def __init__(self, trace: Trace, spread: Spread) -> None:
        self.trace, self.spread = trace, spread
        self._facts = {(kind, str(fact["deployment"])): fact for kind in NUMBERS for fact in trace.of_kind(kind)}

    def fact(self, kind: str, deployment: str) -> Fact | None:
        """The fact of a kind about a deployment; None where the rules found none."""
        return self._facts.get((kind, deployment))

    def interval(self, kind: str, deployment: str, attribute: str) -> tuple[float, float, float] | None:
        """Value, low and high of the central 80 % [SI]; None where the rules found no such number."""
        fact = self.fact(kind, deployment)
        if fact is None or not fact.get(attribute):
            return None
        return self.spread.interval(fact, attribute)


class Estimator:
    """Holds what all estimates share: the rules that lead to numbers, the scenarios that were resolved before."""

    def __init__(self, knowledge: Knowledge, matcher: str | None = None, numbers: frozenset[str] = NUMBERS) -> None:
        self.knowledge = knowledge
        self.matcher = matcher or default_matcher()
        self.rules = leading_to(knowledge, numbers)
        self._resolved: dict[str, Scenario] = {}

    def resolved(self, asked: dict[str, Any]) -> Scenario:
        """The scenario with every absent value assumed. Raises BadInput and its kin."""
        key = json.dumps(asked, sort_keys=True)
        if key not in self._resolved:
            self._resolved[key] = resolve(
                asked, self.knowledge, assuming(self.knowledge), FORMULAS, self.matcher
            ).scenario
        return self._resolved[key]

    def of(self, scenarios: Mapping[str, Scenario]) -> Estimates:
        """Estimates of resolved scenarios, by name."""
        return self._inferred(scenarios, ())

    def of_messages(self, scenarios: Mapping[str, Scenario], messages: Iterable[Fact]) -> Estimates:
        """Estimates of the links of resolved scenarios alone, for messages of given sizes instead of the model's."""
        return self._inferred(scenarios, tuple(messages))

    def _inferred(self, scenarios: Mapping[str, Scenario], messages: tuple[Fact, ...]) -> Estimates:
        ground = ground_deployments(scenarios, self.knowledge)
        facts = [fact for fact in ground.facts if not messages or fact.kind not in OF_MODEL]
        trace = infer(self.rules, [*facts, *messages], FORMULAS, self.matcher)
        return Estimates(trace, Spread(Proofs(trace, ground.origins, self.knowledge, {}, trace), FORMULAS))
