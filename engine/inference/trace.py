"""What was concluded and how: every firing, in an order that no order of facts or rules can change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from ..model.fact import Fact
from .firing import Firing
from .rule import Rule
from .store import Store


class Record(NamedTuple):
    """A firing in numbers, as the fixpoint notes it down."""

    rule: int
    matched: tuple[int, ...]
    collected: tuple[tuple[int, ...], ...]
    computed: tuple[bool | int | float | str, ...]
    conclusions: tuple[int, ...]

    @property
    def premises(self) -> tuple[int, ...]:
        """Facts matched, then facts collected."""
        return self.matched if not self.collected else self.matched + tuple(n for part in self.collected for n in part)


class Refusal(NamedTuple):
    """A match that came to nothing because a formula was outside its range."""

    rule: Rule
    premises: tuple[Fact, ...]
    formula: str
    message: str


class Trace:
    """The outcome of one inference.

    facts: all facts, given and derived, in canonical order. firings: all firings, by rule id, then premises.
    store, records, refused: facts by number, firings and refusals in numbers, as inference left them; look, do not
    touch.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        store: Store,
        given: int,
        records: list[Record],
        refused: list[tuple[int, tuple[int, ...], str, str]],
        matcher: str,
    ) -> None:
        self.matcher = matcher
        self._rules = rules
        self.store = store
        self._given = given
        self.records = records
        self.refused = refused
        self._of_kind: dict[str, tuple[Fact, ...]] = {}
        self._firings: dict[int, Firing] = {}

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """All facts in canonical order."""
        return tuple([fact for kind in sorted(self.store.kinds) for fact in self.of_kind(kind)])

    @cached_property
    def given(self) -> tuple[Fact, ...]:
        """The facts given, in canonical order."""
        return tuple([fact for fact in self.facts if self.is_given(fact)])

    @cached_property
    def derived(self) -> tuple[Fact, ...]:
        """The facts that were not given, in canonical order."""
        return tuple([fact for fact in self.facts if not self.is_given(fact)])

    @cached_property
    def firings(self) -> tuple[Firing, ...]:
        """All firings by rule id, then premises in canonical order."""
        return tuple([self._firing(index) for index in sorted(range(len(self.records)), key=self._order)])

    @cached_property
    def fired(self) -> frozenset[str]:
        """Ids of the rules that fired."""
        return frozenset([self._rules[index].id for index in {record.rule for record in self.records}])

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Matches that a formula refused, by rule id, then premises."""
        facts = self.store.facts
        ordered = sorted(self.refused, key=lambda part: (part[0], [facts[number].order for number in part[1]]))
        return tuple(
            Refusal(self._rules[rule], tuple(facts[number] for number in matched), formula, message)
            for rule, matched, formula, message in ordered
        )

    def __contains__(self, fact: Fact) -> bool:
        return fact.identity in self.store.numbers

    def is_given(self, fact: Fact) -> bool:
        """Whether the fact was given rather than derived."""
        return self.store.numbers.get(fact.identity, self._given) < self._given

    def of_kind(self, kind: str) -> tuple[Fact, ...]:
        """The facts of a kind in canonical order."""
        found = self._of_kind.get(kind)
        if found is None:
            facts = [self.store.facts[number] for number in self.store.kinds.get(kind, ())]
            found = self._of_kind[kind] = tuple(sorted(facts, key=_order_of))
        return found

    def firings_of(self, fact: Fact) -> tuple[Firing, ...]:
        """All firings that conclude the fact, in canonical order."""
        concluding = self._concluding.get(self.store.numbers.get(fact.identity), ())
        return tuple([self._firing(index) for index in sorted(concluding, key=self._order)])

    def height(self, fact: Fact) -> int | None:
        """Firings on the longest path down from the fact in its lowest tree; 0 where given, None where unknown."""
        number = self.store.numbers.get(fact.identity)
        return None if number is None else self._heights[number]

    def best(self, fact: Fact) -> Firing | None:
        """The firing of minimal height, least by rule id and premises; None where the fact is given or unknown.

        A tree that follows `best` from premise to premise always ends at given facts.
        """
        number = self.store.numbers.get(fact.identity)
        if number is None or number < self._given:
            return None
        concluding = self._concluding[number]
        if len(concluding) > 1:
            records, heights = self.records, self._heights
            return self._firing(min(concluding, key=lambda one: (_height(records[one], heights), self._order(one))))
        return self._firing(concluding[0])

    def __iter__(self) -> Iterator[Firing]:
        return iter(self.firings)

    @cached_property
    def _concluding(self) -> dict[int | None, list[int]]:
        found: dict[int | None, list[int]] = {}
        for index, record in enumerate(self.records):
            for number in dict.fromkeys(record.conclusions):
                found.setdefault(number, []).append(index)
        return found

    @cached_property
    def _heights(self) -> list[int]:
        unknown = len(self.records) + 1
        heights = [0 if number < self._given else unknown for number in range(len(self.store.facts))]
        changed = True
        while changed:
            changed = False
            for record in self.records:
                height = _height(record, heights)
                for number in record.conclusions:
                    if height < heights[number]:
                        heights[number] = height
                        changed = True
        return heights

    def _order(self, index: int) -> tuple[int, list[tuple[Any, ...]]]:
        """Sort key of a record: the rule, then its premises, which are of like kinds for one rule."""
        record, facts = self.records[index], self.store.facts
        return record.rule, [facts[number].order for number in record.matched]

    def _firing(self, index: int) -> Firing:
        """The firing of a record, made once."""
        found = self._firings.get(index)
        if found is None:
            record, facts = self.records[index], self.store.facts
            found = self._firings[index] = Firing(
                self._rules[record.rule],
                tuple([facts[number] for number in record.matched]),
                tuple([tuple([facts[number] for number in part]) for part in record.collected]),
                record.computed,
                tuple([facts[number] for number in record.conclusions]),
            )
        return found


_order_of = attrgetter("order")


def _height(record: Record, heights: list[int]) -> int:
    return 1 + max([heights[number] for number in record.premises])
