"""The C engine of durable_rules, driven directly and only within the subset in which it is right.

That is: equality joins over texts, a condition that always holds last in each pattern that joins (the engine reads
past the end of the heap where the last condition fails), `dist` 0 so that one fact may fill two patterns, at most 48
patterns of one kind a ruleset (it fails where one fact meets more than 64; a kind is an attribute of its own, so that
a fact meets no test of another kind), a rule that fires once at the start (deleting a state that never fired crashes),
a rule that takes in every fact (others are dropped), and a state and ruleset that are always deleted.
Comparisons, absence and formulas are not its business. Tested with durable_rules 2.0.28.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import durable_rules_engine as engine

from ..errors import InternalFault
from ..model.fact import Fact
from .encoding import Encoding, Tables
from .matching import Match
from .ruleset import RuleSet

if TYPE_CHECKING:
    from .plan import Node, RulePlan

MOST_PATTERNS = 48
_BOOT = '"boot":{"all":[{"p0":{"boot":1}}],"dist":0}'
_SINK = '"sink":{"all":[{"p0":{"$ex":{"_":1}}},{"p1":{"never":1}}],"dist":0}'
_OBSERVED = 2
_RETRIES = 8
_NUMBER = re.compile(r'"id":"(\d+)')


def open_matcher(rules: RuleSet) -> DurableMatcher:
    """The matcher of one inference; the rules' texts are made once per rule set."""
    return DurableMatcher(Compiled(*rules.kept("durable", lambda: tuple(_compiled(rules)))))


class Compiled(NamedTuple):
    """A rule set for the engine: codes, the text of each rule, and where its patterns' nodes stand."""

    codes: Tables
    texts: tuple[str, ...]
    positions: dict[int, tuple[int, ...]]


def _compiled(rules: RuleSet) -> Compiled:
    from .plan import plan_of

    plan = plan_of(rules)
    return Compiled(plan.codes.tables, tuple(rule_text(rule) for rule in plan.rules), plan.positions)


def ruleset_text(rules: Iterable[str]) -> str:
    """A ruleset as the engine reads it, of the texts of its rules."""
    return "{" + ",".join([_BOOT, _SINK, *rules]) + "}"


def rule_text(rule: RulePlan) -> str:
    """One rule: `"r<index>":{"all":[{"p0":…},{"p1":…}],"dist":0}`."""
    patterns = ",".join(f'{{"p{place}":{_pattern_text(node)}}}' for place, node in enumerate(rule.nodes))
    return f'"r{rule.index}":{{"all":[{patterns}],"dist":0}}'


def _pattern_text(node: Node) -> str:
    tests = [f'{{"{node.kind}":1}}']
    tests += [f'{{"{attribute}":"{value}"}}' for attribute, value in node.constants]
    tests += [f'{{"$ex":{{"{attribute}":1}}}}' for attribute in sorted(node.present)]
    tests += [f'{{"{attribute}":{{"p{earlier}":"{source}"}}}}' for attribute, earlier, source in node.joins]
    if node.joins:
        tests.append('{"_":{"p0":"_"}}')
    return tests[0] if len(tests) == 1 else f'{{"$and":[{",".join(tests)}]}}'


class DurableMatcher:
    """The messages of one inference's facts, made once each."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.encoding = Encoding(*compiled.codes)
        self.bodies: dict[int, str] = {}

    @property
    def most_patterns(self) -> int:
        """Patterns of one kind in one ruleset, so that no fact meets more tests than the engine has room for."""
        return MOST_PATTERNS

    def open(self, rules: Sequence[int]) -> DurableSession:
        """Create a ruleset of these rules."""
        return DurableSession(self, rules)

    def body(self, number: int, fact: Fact) -> str:
        """The message without its id: kind, what rules test, and the attribute that always joins."""
        found = self.bodies.get(number)
        if found is None:
            tested = "".join([f',"{code}":"{value}"' for code, value in self.encoding.pairs(fact)])
            found = self.bodies[number] = f'","{self.encoding.kinds[fact.kind]}":1{tested},"_":1}}'
        return found


class DurableSession:
    """One ruleset in the engine."""

    def __init__(self, matcher: DurableMatcher, rules: Sequence[int]) -> None:
        self.matcher = matcher
        positions, texts = matcher.compiled.positions, matcher.compiled.texts
        self.positions = {rule: positions[rule] for rule in rules if rule in positions}
        text = ruleset_text([texts[rule] for rule in rules])
        self.handle: int | None = engine.create_ruleset("rules", text)
        self.state = 0
        try:
            self._boot()
        except BaseException:
            engine.delete_ruleset(self.handle)
            raise

    def _boot(self) -> None:
        code, self.state = engine.assert_fact(self.handle, '{"boot":1,"id":"boot","_":1}')
        started = engine.start_action_for_state(self.handle, self.state)
        if code != 0 or not started or not started[1].startswith('{"boot"'):
            raise InternalFault(f"the rule engine did not start: code {code}, {started!r}")
        self._expect_none(engine.complete_and_start_action(self.handle, self.state))

    def _expect_none(self, message: Any) -> None:
        if message:
            raise InternalFault(f"the rule engine fired before it knew a fact: {message!r}")

    def add(self, facts: Iterable[tuple[int, Fact]]) -> None:
        """Assert facts; an id whose 32-bit hash is taken is given a suffix."""
        body, handle, assert_fact = self.matcher.body, self.handle, engine.assert_fact
        for number, fact in facts:
            text = body(number, fact)
            if assert_fact(handle, f'{{"id":"{number}{text}')[0] != 0:
                self._assert_again(number, text)

    def _assert_again(self, number: int, text: str) -> None:
        code = _OBSERVED
        for attempt in range(_RETRIES):
            code, _ = engine.assert_fact(self.handle, f'{{"id":"{number}x{attempt}{text}')
            if code != _OBSERVED:
                break
        if code != 0:
            raise InternalFault(f"the rule engine refused fact {number} with code {code}")

    def matches(self) -> list[Match]:
        """Run the engine until it has nothing left to fire."""
        found: list[Match] = []
        started = engine.start_action_for_state(self.handle, self.state)
        message = started[1] if started else None
        complete, handle, state, numbers = engine.complete_and_start_action, self.handle, self.state, _NUMBER.findall
        while message:
            name, _, bound = message.partition('":{')
            found.append((int(name[3:]), tuple([int(number) for number in numbers(bound)])))
            message = complete(handle, state)
        return self._in_author_order(found) if self.positions else found

    def _in_author_order(self, found: list[Match]) -> list[Match]:
        moved = self.positions
        return [
            (rule, tuple([numbers[place] for place in places])) if (places := moved.get(rule)) else (rule, numbers)
            for rule, numbers in found
        ]

    def close(self) -> None:
        """Delete state and ruleset; without both the engine keeps their memory."""
        handle, self.handle = self.handle, None
        if handle is not None:
            try:
                engine.delete_state(handle, "0")
            finally:
                engine.delete_ruleset(handle)
