"""Small changes of an example, simplest first: a value, a value wherever a join repeats it, a fact or value left out,
a fact more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ..inference.rule import Pattern, Rule
from ..inference.term import PRESENT, Constant, Field, Term
from ..model.fact import Scalar
from ..reading.examples import assignment
from .values import neighbours, other
from .vocabulary import Vocabulary

MOST_VALUES = 4
STRANGE = 12
"""How far from simple it is to make a negative number of one that is none, or a fraction of a whole one."""
MOST_PAIRED = 48
Facts = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Edit:
    """`but`, `without` and `also` as an example writes them. weight: how far from simple."""

    changes: Mapping[str, Any]
    weight: int


def edits(rule: Rule, mapping: Mapping[str, Any], given: Facts, vocabulary: Vocabulary) -> Iterator[Edit]:
    """Changes of one thing each."""
    names = Names(mapping, given)
    values = Values(rule, given, names, vocabulary)
    found = [*_values(names, values), *_left_out(names), *_more(rule, names, values)]
    yield from sorted(found, key=lambda edit: edit.weight)


def pairs(single: Sequence[Edit]) -> Iterator[Edit]:
    """Two changes at a time that do not touch the same thing."""
    plain = [edit for edit in single if len(edit.changes) == 1][:MOST_PAIRED]
    for one, two in combinations(plain, 2):
        if _apart(one.changes, two.changes):
            yield Edit(_merged(one.changes, two.changes), one.weight + two.weight + 5)


def _apart(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    if "but" in one and "but" in two:
        return not set(one["but"]) & set(two["but"])
    return True


def _merged(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in ("but", "without", "also"):
        if isinstance(one.get(part), Mapping) or isinstance(two.get(part), Mapping):
            merged[part] = {**(one.get(part) or {}), **(two.get(part) or {})}
        elif part in one or part in two:
            merged[part] = [*(one.get(part) or ()), *(two.get(part) or ())]
    return merged


class Names:
    """What an example may call its facts: by the rule's name, else by kind where that is one fact's alone."""

    def __init__(self, mapping: Mapping[str, Any], given: Facts) -> None:
        self.given = [dict(fact) for fact in given]
        self.places = assignment(mapping.get("when") or {}, self.given)
        kinds = [str(fact.get("kind")) for fact in self.given]
        self.of = {index: name for name, index in reversed(self.places.items())}
        for index, kind in enumerate(kinds):
            if index not in self.of and kinds.count(kind) == 1 and kind not in self.places:
                self.of[index] = kind

    def addresses(self) -> Iterator[tuple[str, int, str, Scalar]]:
        """(address, index of the fact, attribute, value) of every value that can be called."""
        for index, name in sorted(self.of.items()):
            for attribute, value in self.given[index].items():
                if attribute != "kind":
                    yield f"{name}.{attribute}", index, attribute, value


class Values:
    """Values worth trying for an attribute."""

    def __init__(self, rule: Rule, given: Facts, names: Names, vocabulary: Vocabulary) -> None:
        self.rule, self.given, self.names, self.vocabulary = rule, given, names, vocabulary

    def near(self, index: int, attribute: str, value: Scalar) -> list[Scalar]:
        """At and beside the thresholds that the rule compares with, real ones of such facts, and any others."""
        kind = str(self.given[index]["kind"])
        found = [*self._compared(index, attribute, value), *self.asked(kind, attribute, value)]
        found += self.vocabulary.others(kind, attribute, value, MOST_VALUES)
        found += self._calculated_with(value)
        found += [*_beside(value)]
        distinct = {(type(one).__name__, one): one for one in found if one != value or type(one) is not type(value)}
        return list(distinct.values())

    def _compared(self, index: int, attribute: str, value: Scalar) -> Iterator[Scalar]:
        for part in self.rule.where:
            for term, against in ((part.left, part.right), (part.right, part.left)):
                here = isinstance(term, Field) and term.attribute == attribute
                if here and self.names.places.get(term.name) == index:  # type: ignore[union-attr]
                    yield from self._at(against, value)

    def _at(self, against: object, value: Scalar) -> Iterator[Scalar]:
        if isinstance(against, Constant):
            goal: Any = against.value
        elif isinstance(against, Field) and against.name in self.names.places:
            goal = self.given[self.names.places[against.name]].get(against.attribute)
        else:
            yield from getattr(against, "values", ())
            return
        if goal is None:
            return
        yield goal
        if not isinstance(goal, (bool, str)):
            counted = _whole(goal) and _whole(value)
            yield from (goal + 1, goal - 1) if counted else (tidy(goal * 1.05), tidy(goal * 0.95))
            yield from () if goal or counted else (0.5, -0.5)

    def _calculated_with(self, value: Scalar) -> Iterator[Scalar]:
        """Numbers that the rule's formulas are called with."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            terms = [term for call in self.rule.compute for term in call.arguments.values()]
            found = [term.value for term in terms if isinstance(term, Constant) and isinstance(term.value, int)]
            yield from (one for one in found if one > 1)

    def asked(self, kind: str, attribute: str, value: Scalar) -> Iterator[Scalar]:
        """Values that the rule's own patterns name for such facts."""
        patterns = [*self.rule.when, *self.rule.unless, *(part.pattern for part in self.rule.collect)]
        for pattern in patterns:
            term = pattern.attributes.get(attribute)
            if pattern.kind == kind and isinstance(term, Constant) and type(term.value) is type(value):
                yield term.value


def _whole(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _beside(value: Scalar) -> list[Scalar]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, str):
        return [other(value)]
    half = value // 2 if isinstance(value, int) else tidy(value / 2)
    more: list[Scalar] = [*neighbours(value), value * 2, half, 0]
    return more


def tidy(value: float) -> Scalar:
    short = float(f"{value:.6g}")
    return int(short) if short.is_integer() else short


def _values(names: Names, values: Values) -> Iterator[Edit]:
    for address, index, attribute, value in names.addresses():
        joined = _joined(names, values.rule, index, attribute, value)
        for rank, new in enumerate(values.near(index, attribute, value)):
            rank += STRANGE * _strange(value, new)
            yield Edit({"but": {address: new}}, rank)
            if joined:
                yield Edit({"but": {address: new, **dict.fromkeys(joined, new)}}, rank + 2)


def _strange(value: Scalar, new: Scalar) -> bool:
    if isinstance(value, (bool, str)) or isinstance(new, (bool, str)):
        return False
    return (new < 0 <= value) or (_whole(value) and not _whole(new) and abs(value) > 1)


def _joined(names: Names, rule: Rule, index: int, attribute: str, value: Scalar) -> list[str]:
    """Addresses that joins hold equal to this one, directly or through others."""
    reached = {(index, attribute)}
    equal: list[tuple[Field, Term]]
    equal = [(Field(pattern.name, name), term) for pattern in rule.when for name, term in pattern.attributes.items()]
    equal += [(part.left, part.right) for part in rule.where if part.op == "==" and isinstance(part.left, Field)]
    links = [
        ((names.places.get(one.name), one.attribute), (names.places.get(two.name), two.attribute))
        for one, two in equal
        if isinstance(two, Field)
    ]
    while True:
        more = {b for a, b in links if a in reached} | {a for a, b in links if b in reached}
        if more <= reached:
            break
        reached |= more  # type: ignore[arg-type]
    others = sorted(pair for pair in reached if pair != (index, attribute) and pair[0] in names.of)
    return [f"{names.of[place]}.{name}" for place, name in others if names.given[place].get(name) == value]


def _left_out(names: Names) -> Iterator[Edit]:
    for _, name in sorted(names.of.items()):
        yield Edit({"without": [name]}, 1)
    for address, _, _, _ in names.addresses():
        yield Edit({"without": [address]}, 2)


def _more(rule: Rule, names: Names, values: Values) -> Iterator[Edit]:
    for pattern in rule.unless:
        fact = _made(pattern, names, values.vocabulary)
        yield Edit({"also": [fact]}, 2)
        for one in _altered(fact, values):
            yield Edit({"also": [one]}, 3)
    for part in rule.collect:
        for fact in names.given:
            if fact.get("kind") == part.pattern.kind:
                for one in _altered(fact, values):
                    yield Edit({"also": [one]}, 4)
                    for changed in _taken(one, part.take):
                        yield Edit({"also": [changed]}, 5)
    for index in dict.fromkeys(names.places.values()):
        for one in _altered(names.given[index], values):
            yield Edit({"also": [one]}, 6)


def _made(pattern: Pattern, names: Names, vocabulary: Vocabulary) -> dict[str, Any]:
    """A fact that matches a pattern, with the values of the example in place of references."""
    fact: dict[str, Any] = {"kind": pattern.kind}
    for name, term in pattern.attributes.items():
        if isinstance(term, Constant):
            fact[name] = term.value
        elif isinstance(term, Field) and term.name in names.places:
            fact[name] = names.given[names.places[term.name]].get(term.attribute)
        elif term is PRESENT:
            fact[name] = vocabulary.some(pattern.kind, name) or 1
    return {name: value for name, value in fact.items() if value is not None}


def _altered(fact: Mapping[str, Any], values: Values) -> Iterator[dict[str, Any]]:
    """The fact with one value changed."""
    for name, value in fact.items():
        if name == "kind":
            continue
        asked = set(values.asked(str(fact["kind"]), name, value))
        real = [one for one in values.vocabulary.others(str(fact["kind"]), name, value, 12) if one not in asked][:2]
        for new in (*_values_in_use(values, name, value), *real, *([] if real else _beside(value))):
            yield {**fact, name: new}


def _values_in_use(values: Values, name: str, value: Scalar) -> Iterable[Scalar]:
    """Values that other facts of the example have under that name."""
    found = [fact[name] for fact in values.names.given if name in fact]
    return [one for one in dict.fromkeys(found) if one != value and type(one) is type(value)][:2]


def _taken(fact: Mapping[str, Any], take: str) -> Iterator[dict[str, Any]]:
    """The fact with the collected value raised and lowered."""
    value = fact.get(take)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield {**fact, take: tidy(value * 4)}
        yield {**fact, take: tidy(value / 4)}
    elif value is not None:
        yield {**fact, take: other(value)}
