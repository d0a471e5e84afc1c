"""Whole answers for the claims that speak of conclusions and bottlenecks: one inference for each scenario."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..grounding.scenario import Scenario
from ..inference import Fact
from .predictions import resolved

if TYPE_CHECKING:
    from ..advice.recommend import Answer
    from ..reading import Knowledge


class Answers:
    """Answers by scenario, each worked out once."""

    def __init__(self, knowledge: Knowledge, matcher: str) -> None:
        self.knowledge, self.matcher = knowledge, matcher
        self.by_name: dict[str, Answer] = {}
        self._names: dict[str, str] = {}

    def name_of(self, asked: Scenario) -> str:
        """The name of the answer to a scenario. Raises Unsettled for unknown names, Impossible for no rig."""
        from ..advice.recommend import Answer

        key = json.dumps(asked, sort_keys=True)
        if key not in self._names:
            resolved(asked, self.knowledge, self.matcher)
            self._names[key] = name = f"s{len(self._names) + 1}"
            self.by_name[name] = Answer(asked, self.knowledge, self.matcher)
        return self._names[key]

    def facts(self, name: str, kind: str, **wanted: Any) -> list[Fact]:
        """Facts of a kind in an answer, with these values."""
        found = self.by_name[name].trace.of_kind(kind)
        return [fact for fact in found if all(fact.get(one) == value for one, value in wanted.items())]

    def proof(self, name: str, fact: Fact) -> tuple[str, str]:
        """Where the proof of a fact of an answer is."""
        return name, self.by_name[name].proofs.fact(fact)
