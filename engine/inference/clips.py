"""CLIPS through clipspy: the same matches by another engine, and the engine where durable_rules cannot be built.

A fresh environment per session, dropped whole. The engine sees codes as symbols; `nil` stands for an absent attribute
and joins nothing. A match reaches us through a function that only records it: whatever it raises CLIPS would print
and forget, so it is kept and raised after the run. Tested with clipspy 1.0.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import clips

from ..errors import InternalFault
from ..model.fact import Fact
from .encoding import Encoding
from .matching import Match
from .plan import Node, Plan, RulePlan, plan_of
from .ruleset import RuleSet

_NO_LIMIT = 1 << 30


def open_matcher(rules: RuleSet) -> ClipsMatcher:
    """The matcher of one inference; constructs are written once per rule set."""
    return ClipsMatcher(rules.compiled("clips", lambda: Compiled(plan_of(rules))))


class Compiled:
    """Templates by kind's code and rules, as CLIPS reads them."""

    def __init__(self, plan: Plan) -> None:
        self.codes, self.positions = plan.codes.tables, plan.positions
        kinds, attributes, _ = self.codes
        self.templates = {code: _template(code, attributes.get(name, {})) for name, code in kinds.items()}
        self.rules = [_rule(rule) for rule in plan.rules]
        self.kinds = [frozenset(node.kind for node in rule.nodes) for rule in plan.rules]


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
        self.encoding = Encoding(*compiled.codes)
        self.texts: dict[int, str] = {}

    @property
    def most_patterns(self) -> int:
        """Patterns of one kind in one environment: any number."""
        return _NO_LIMIT

    def open(self, rules: Sequence[int]) -> ClipsSession:
        """Create an environment of these rules."""
        return ClipsSession(self, rules)

    def text(self, number: int, fact: Fact) -> str:
        """The fact as CLIPS reads it."""
        found = self.texts.get(number)
        if found is None:
            slots = "".join([f"({code} {value})" for code, value in self.encoding.pairs(fact)])
            found = self.texts[number] = f"({self.encoding.kinds[fact.kind]} (number {number}){slots})"
        return found


class ClipsSession:
    """One environment."""

    def __init__(self, matcher: ClipsMatcher, rules: Sequence[int]) -> None:
        self.matcher = matcher
        self.positions = matcher.compiled.positions
        self.found: list[Match] = []
        self.fault: BaseException | None = None
        self.environment: Any = clips.Environment()
        self.environment.define_function(self._matched, "matched")
        compiled = matcher.compiled
        for kind in sorted(frozenset().union(*[compiled.kinds[rule] for rule in rules])):
            self.environment.build(compiled.templates[kind])
        for rule in rules:
            self.environment.build(compiled.rules[rule])

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
