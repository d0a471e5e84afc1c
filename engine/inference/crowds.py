"""Rules whose patterns are joined too loosely: told by name before an engine starts to enumerate.

Patterns that share no value match every combination of their facts, and no engine comes to the end of these. How many
a rule matches is estimated from the number of facts and of different values at its joins, as databases do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..errors import RunawayRules
from .rule import Pattern, Rule
from .ruleset import RuleSet
from .store import Store
from .term import Constant, Field

MOST_COMBINATIONS = 200_000
"""Matches of one rule, more than which no rule of sense has; an engine takes seconds for as many."""
GROWTH = 1.5
"""By how much a kind of fact may grow before its crowds are counted again."""
PAUSE = 1.2
"""By how much the facts in all may grow before it is asked which kinds grew."""

Step = tuple[str, tuple[str, ...]]
"""Kind of a pattern, and its attributes whose values are fixed: by constants, and by the patterns before it."""


class Crowds:
    """Estimates for one inference."""

    def __init__(self, rules: RuleSet, store: Store) -> None:
        self.rules, self.store = rules, store
        self.steps: Sequence[tuple[Step, ...]] = rules.kept("crowds", lambda: tuple(_steps(rule) for rule in rules))
        self.known: dict[Step, tuple[int, float]] = {}
        self.readers: Mapping[str, Sequence[int]] = rules.kept("readers", lambda: _readers(self.steps))
        self.counted: dict[str, int] = {}
        self.total = 0

    def refuse(self) -> None:
        """Raise RunawayRules for the first rule that would match more combinations than can be gone through."""
        for index in sorted({index for kind in self._grown() for index in self.readers.get(kind, ())}):
            number = self.combinations(index)
            if number > MOST_COMBINATIONS:
                raise _refusal(self.rules.rules[index], number)

    def _grown(self) -> list[str]:
        """Kinds of which there are many more facts than when they were counted last; looked for now and then."""
        total = len(self.store.facts)
        if total <= PAUSE * self.total:
            return []
        self.total = total
        counted = self.counted
        grown = [kind for kind, facts in self.store.kinds.items() if len(facts) > GROWTH * counted.get(kind, 0)]
        counted.update({kind: len(self.store.kinds[kind]) for kind in grown})
        return grown

    def combinations(self, index: int) -> float:
        """About how many combinations of facts a rule's patterns match."""
        number = 1.0
        for step in self.steps[index]:
            size = len(self.store.kinds.get(step[0], ()))
            if not size:
                return 0.0
            known = self.known.get(step)
            if known is None or size > GROWTH * known[0]:
                known = self.known[step] = size, self._crowd(step)
            number *= known[1]
        return number

    def _crowd(self, step: Step) -> float:
        """Facts of a kind for each different value of the attributes, on average."""
        kind, attributes = step
        numbers, maps = self.store.kinds[kind], self.store.maps
        if not attributes:
            return len(numbers)
        return len(numbers) / len({tuple([maps[number].get(name) for name in attributes]) for number in numbers})


def _steps(rule: Rule) -> tuple[Step, ...]:
    """The patterns, each that can be joined right behind one it joins."""
    steps: list[Step] = []
    bound, left = set[str](), list(rule.when)
    while left:
        pattern = next((one for one in left if _joins(rule, one, bound)), left[0])
        constants = {name for name, term in pattern.attributes.items() if type(term) is Constant}
        steps.append((pattern.kind, tuple(sorted(constants | _joins(rule, pattern, bound)))))
        bound.add(pattern.name)
        left.remove(pattern)
    return tuple(steps)


def _readers(steps: Iterable[Sequence[Step]]) -> dict[str, list[int]]:
    """By kind the rules that join it with something: one of a single pattern matches no more than there are facts."""
    readers: dict[str, list[int]] = {}
    for index, one in enumerate(steps):
        if len(one) > 1:
            for kind in dict.fromkeys(kind for kind, _ in one):
                readers.setdefault(kind, []).append(index)
    return readers


def _joins(rule: Rule, pattern: Pattern, bound: set[str]) -> set[str]:
    """Attributes of a pattern whose values the bound facts fix."""
    own = {name for name, term in pattern.attributes.items() if type(term) is Field and term.name in bound}
    for other in rule.when:
        if other.name in bound:
            terms = other.attributes.values()
            own |= {term.attribute for term in terms if type(term) is Field and term.name == pattern.name}
    return own


def _refusal(rule: Rule, number: float) -> RunawayRules:
    names = [pattern.name for pattern in rule.when]
    loose = [one.name for one in rule.when if not _joins(rule, one, {name for name in names if name != one.name})]
    which = f"; {', '.join(loose)} share{'s' if len(loose) == 1 else ''} no value with the others" if loose else ""
    return RunawayRules(
        f"rule {rule.id} would match about {number:.2g} combinations of facts{which}",
        where=rule.origin or None,
        hint="join its patterns: let an attribute of one be $name.attribute of another",
    )
