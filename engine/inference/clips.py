"""CLIPS through clipspy: the same matches by another engine, and the engine where durable_rules cannot be built.

A fresh environment per shard, dropped whole. The engine sees codes as symbols; `nil` stands for an absent attribute
and joins nothing. A match reaches us through a function that only records it: whatever it raises CLIPS would print
and forget, so it is kept and raised after the run. Tested with clipspy 1.0.6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import clips

from ..errors import InternalFault
from ..model.fact import Fact
from .matching import Candidate, Match
from .plan import Codes, Encoding, Node, Plan, RulePlan, Shard, plan_of
from .ruleset import RuleSet

_NO_LIMIT = 1 << 30


def open_matcher(rules: RuleSet) -> ClipsMatcher:
    """The matcher of one inference; constructs are written once per rule set."""
    compiled = rules.compiled.get("clips")
    if compiled is None:
        compiled = rules.compiled["clips"] = Compiled(plan_of(rules))
    return ClipsMatcher(compiled)


class Compiled:
    """The constructs of each stratum."""

    def __init__(self, plan: Plan) -> None:
        self.codes = plan.codes
        self.names = {code: name for name, code in plan.codes.kinds.items()}
        self.strata = [
            [CompiledShard(shard, self.names, plan.codes) for shard in stratum] for stratum in plan.shards(_NO_LIMIT)
        ]


class CompiledShard:
    """Templates and rules of one stratum, as CLIPS reads them."""

    def __init__(self, shard: Shard, names: dict[str, str], codes: Codes) -> None:
        self.kinds = frozenset(names[code] for code in shard.kinds)
        wants = {frozenset(names[code] for code in rule.kinds) for rule in shard.rules}
        self.wants = tuple(one for one in wants if not any(other < one for other in wants))
        self.positions = {rule.index: rule.positions for rule in shard.rules if rule.positions is not None}
        templates = [_template(code, codes.attributes.get(names[code], {})) for code in sorted(shard.kinds)]
        self.constructs = [*templates, *(_rule(rule) for rule in shard.rules)]


def _template(kind: str, attributes: dict[str, str]) -> str:
    slots = "".join(f" (slot {code} (default nil))" for code in attributes.values())
    return f"(deftemplate {kind} (slot number){slots})"


def _rule(rule: RulePlan) -> str:
    patterns = " ".join(_pattern(place, node) for place, node in enumerate(rule.nodes))
    numbers = " ".join(f"?n{place}" for place in range(len(rule.nodes)))
    return f"(defrule r{rule.index} {patterns} => (matched {rule.index} {numbers}))"


def _pattern(place: int, node: Node) -> str:
    slots: dict[str, list[str]] = {code: [f"?x{place}{code}", "~nil"] for code in sorted(node.present)}
    for attribute, value in node.constants:
        slots.setdefault(attribute, []).append(value)
    for attribute, earlier, source in node.joins:
        slots.setdefault(attribute, []).append(f"?x{earlier}{source}")
    tests = "".join(f" ({code} {'&'.join(terms)})" for code, terms in slots.items())
    return f"({node.kind} (number ?n{place}){tests})"


class ClipsMatcher:
    """The texts of one inference's facts, made once each."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.encoding = Encoding(compiled.codes)
        self.texts: dict[int, str] = {}

    def stratum(self, number: int) -> list[Candidate]:
        """The shards of a stratum, one or none."""
        return [ClipsCandidate(self, shard) for shard in self.compiled.strata[number]]

    def text(self, number: int, fact: Fact) -> str:
        """The fact as CLIPS reads it."""
        found = self.texts.get(number)
        if found is None:
            slots = "".join([f"({code} {value})" for code, value in self.encoding.pairs(fact)])
            found = self.texts[number] = f"({self.encoding.kinds[fact.kind]} (number {number}){slots})"
        return found


class ClipsCandidate:
    """A shard that may be started."""

    def __init__(self, matcher: ClipsMatcher, shard: CompiledShard) -> None:
        self.matcher = matcher
        self.shard = shard
        self.kinds = shard.kinds
        self.wants = shard.wants

    def open(self) -> ClipsSession:
        """Create the environment."""
        return ClipsSession(self.matcher, self.shard)


class ClipsSession:
    """One environment."""

    def __init__(self, matcher: ClipsMatcher, shard: CompiledShard) -> None:
        self.matcher = matcher
        self.positions = shard.positions
        self.found: list[Match] = []
        self.fault: BaseException | None = None
        self.environment: Any = clips.Environment()
        self.environment.define_function(self._matched, "matched")
        for construct in shard.constructs:
            self.environment.build(construct)

    def _matched(self, rule: int, *numbers: int) -> None:
        try:
            places = self.positions.get(rule)
            ordered = tuple([numbers[place] for place in places]) if places else numbers
            self.found.append((rule, ordered))
        except BaseException as fault:  # CLIPS would print it and go on
            self.fault = fault
            raise

    def add(self, facts: Iterable[tuple[int, Fact]]) -> None:
        """Assert facts."""
        text, assert_string = self.matcher.text, self.environment.assert_string
        for number, fact in facts:
            assert_string(text(number, fact))

    def matches(self) -> list[Match]:
        """Run the engine until its agenda is empty."""
        self.environment.run()
        if self.fault is not None:
            raise InternalFault(f"recording a match failed: {self.fault!r}") from self.fault
        found, self.found = self.found, []
        return found

    def close(self) -> None:
        """Drop the environment."""
        self.environment = None
