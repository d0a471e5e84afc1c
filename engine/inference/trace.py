"""What was concluded and how: every firing, in an order that no order of facts or rules can change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

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
    store: the facts by number, as inference left them; look, do not touch.
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
        self._records = records
        self._refused = refused

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """All facts in canonical order."""
        facts = self.store.facts
        return tuple([facts[number] for number in self._ordered])

    @cached_property
    def given(self) -> tuple[Fact, ...]:
        """The facts given, in canonical order."""
        facts = self.store.facts
        return tuple([facts[number] for number in self._ordered if number < self._given])

    @cached_property
    def derived(self) -> tuple[Fact, ...]:
        """The facts that were not given, in canonical order."""
        facts = self.store.facts
        return tuple([facts[number] for number in self._ordered if number >= self._given])

    @cached_property
    def firings(self) -> tuple[Firing, ...]:
        """All firings by rule id, then premises in canonical order."""
        return tuple([self._firing(record) for record in self._sorted_records])

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Matches that a formula refused, by rule id, then premises."""
        facts, rank = self.store.facts, self._rank
        ordered = sorted(self._refused, key=lambda part: (part[0], [rank[number] for number in part[1]]))
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
        facts, rank = self.store.facts, self._rank
        return tuple([facts[number] for number in sorted(self.store.kinds.get(kind, ()), key=rank.__getitem__)])

    def firings_of(self, fact: Fact) -> tuple[Firing, ...]:
        """All firings that conclude the fact, in canonical order."""
        number = self.store.numbers.get(fact.identity)
        return tuple([self.firings[index] for index in self._concluding.get(number, ())])

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
        records, heights = self._sorted_records, self._heights
        least = min(self._concluding[number], key=lambda index: (_height(records[index], heights), index))
        return self.firings[least]

    def __iter__(self) -> Iterator[Firing]:
        return iter(self.firings)

    @cached_property
    def _ordered(self) -> list[int]:
        facts = self.store.facts
        kinds = self.store.kinds
        return [
            number for kind in sorted(kinds) for number in sorted(kinds[kind], key=lambda number: facts[number].order)
        ]

    @cached_property
    def _rank(self) -> list[int]:
        rank = [0] * len(self.store.facts)
        for position, number in enumerate(self._ordered):
            rank[number] = position
        return rank

    @cached_property
    def _sorted_records(self) -> list[Record]:
        rank = self._rank
        return sorted(self._records, key=lambda record: (record.rule, [rank[number] for number in record.matched]))

    @cached_property
    def _concluding(self) -> dict[int | None, list[int]]:
        found: dict[int | None, list[int]] = {}
        for index, record in enumerate(self._sorted_records):
            for number in dict.fromkeys(record.conclusions):
                found.setdefault(number, []).append(index)
        return found

    @cached_property
    def _heights(self) -> list[int]:
        unknown = len(self._records) + 1
        heights = [0 if number < self._given else unknown for number in range(len(self.store.facts))]
        changed = True
        while changed:
            changed = False
            for record in self._records:
                height = _height(record, heights)
                for number in record.conclusions:
                    if height < heights[number]:
                        heights[number] = height
                        changed = True
        return heights

    def _firing(self, record: Record) -> Firing:
        facts = self.store.facts
        return Firing(
            self._rules[record.rule],
            tuple([facts[number] for number in record.matched]),
            tuple([tuple([facts[number] for number in part]) for part in record.collected]),
            record.computed,
            tuple([facts[number] for number in record.conclusions]),
        )


def _height(record: Record, heights: list[int]) -> int:
    return 1 + max([heights[number] for number in record.premises])
