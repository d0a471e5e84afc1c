"""The conditions of a rule for one binding of its names: those that held, and the first that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import OutOfRange
from ..model.fact import Fact, Scalar, canonical
from .comparing import COMPARISONS
from .firing import absent_text, shown
from .guards import Formulas
from .rule import Collection, Comparison, Computation, Pattern, Rule
from .store import Store
from .term import Constant, Constants, Field, Term, Variable

Part = Literal["when", "where", "unless", "collect", "compute"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule: as written, and with the values that are known put in."""

    part: Part
    name: str
    text: str
    filled: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """How far a rule got.

    failed: None where every condition held, so that the rule fires. observed, needed: texts; the values behind them,
    where there is one, are observed_value (None: unknown or absent) and needed_value. fact and attribute say where the
    observed value stands. bindings: what was bound. results: what was calculated.
    """

    rule: Rule
    held: tuple[Condition, ...]
    failed: Condition | None
    observed: str = ""
    needed: str = ""
    observed_value: Any = None
    needed_value: Any = None
    fact: Fact | None = None
    attribute: str = ""
    bindings: dict[str, Fact] = field(default_factory=dict)
    results: dict[str, Scalar] = field(default_factory=dict)

    @property
    def fires(self) -> bool:
        """Whether every condition held."""
        return self.failed is None


class _MissingError(Exception):
    """A value that a condition needs is not there."""

    def __init__(self, term: Field) -> None:
        super().__init__(str(term))
        self.term = term


class Evaluation:
    """What comes after the patterns, for one binding."""

    def __init__(self, rule: Rule, store: Store, bound: dict[str, Fact], formulas: Formulas | None) -> None:
        self.rule = rule
        self.store = store
        self.bound = bound
        self.formulas = formulas
        self.known: dict[str, Any] = {}
        self.held = [pattern_condition(pattern, bound) for pattern in rule.when]

    def outcome(self) -> NearMiss:
        """How far the rule gets."""
        late = {part.name for part in self.rule.compute}
        early = [part for part in self.rule.where if not _reads(part, late)]
        after = [part for part in self.rule.where if _reads(part, late)]
        miss = (
            _first(self._compare, early)
            or _first(self._absent, self.rule.unless)
            or _first(self._collect, self.rule.collect)
            or _first(self._compute, self.rule.compute)
            or _first(self._compare, after)
        )
        if miss is not None:
            return miss
        return NearMiss(self.rule, tuple(self.held), None, bindings=self.bound, results=self._results())

    def _miss(self, failed: Condition, observed: str, needed: str, **more: Any) -> NearMiss:
        return NearMiss(
            self.rule, tuple(self.held), failed, observed, needed, bindings=self.bound, results=self._results(), **more
        )

    def _results(self) -> dict[str, Scalar]:
        return {part.name: self.known[part.name] for part in self.rule.compute if part.name in self.known}

    def _unknown(self, failed: Condition, missing: _MissingError) -> NearMiss:
        fact, attribute = self.bound[missing.term.name], missing.term.attribute
        return self._miss(
            failed, seen(fact, attribute), f"a known {fact.kind}.{attribute}", fact=fact, attribute=attribute
        )

    def _value(self, term: Term) -> Any:
        if isinstance(term, Field):
            value = self.bound[term.name].get(term.attribute)
            if value is None:
                raise _MissingError(term)
            return value
        if isinstance(term, Variable):
            return self.known[term.name]
        return term.values if isinstance(term, Constants) else term.value  # type: ignore[union-attr]

    def _compare(self, part: Comparison) -> NearMiss | None:
        try:
            left, right = self._value(part.left), self._value(part.right)
        except _MissingError as missing:
            return self._unknown(Condition("where", "", str(part), str(part)), missing)
        condition = Condition("where", "", str(part), f"{shown(left)} {part.op} {shown(right)}")
        if COMPARISONS[part.op](left, right):
            self.held.append(condition)
            return None
        place = part.left if isinstance(part.left, Field) else part.right
        source = {"fact": self.bound[place.name], "attribute": place.attribute} if isinstance(place, Field) else {}
        return self._miss(
            condition, f"{_plain(part.left)} = {shown(left)}", f"{part.op} {shown(right)}",
            observed_value=left, needed_value=right, **source,
        )  # fmt: skip

    def _absent(self, pattern: Pattern) -> NearMiss | None:
        condition = Condition("unless", "", f"no {pattern}", f"no {absent_text(pattern, self.bound)}")
        try:
            found = self._found(pattern)
        except _MissingError as missing:
            return self._unknown(condition, missing)
        if not found:
            self.held.append(condition)
            return None
        return self._miss(condition, repr(found[0]), condition.filled, fact=found[0])

    def _collect(self, part: Collection) -> NearMiss | None:
        filled = f"{part.take} of all {absent_text(part.pattern, self.bound)}"
        condition = Condition("collect", part.name, f"{part.take} of all {part.pattern}", filled)
        try:
            found = self._found(part.pattern)
        except _MissingError as missing:
            return self._unknown(condition, missing)
        lacking = next((fact for fact in found if part.take not in fact), None)
        if lacking is not None:
            needed = f"{part.take} of every {part.pattern.kind}"
            return self._miss(condition, seen(lacking, part.take), needed, fact=lacking, attribute=part.take)
        if not found:
            return self._miss(condition, f"no {absent_text(part.pattern, self.bound)}", "at least one")
        self.known[part.name] = tuple(fact[part.take] for fact in found)
        self.held.append(condition)
        return None

    def _compute(self, part: Computation) -> NearMiss | None:
        text = f"{part.name} = {part.formula}({', '.join(f'{name}={term}' for name, term in part.arguments.items())})"
        condition = Condition("compute", part.name, text, text)
        if self.formulas is None:
            return self._miss(condition, "not calculated here", f"a result of {part.formula}")
        try:
            given = {name: self._value(term) for name, term in part.arguments.items()}
            result = canonical(self.formulas[part.formula](**given), f"the result of {part.formula}")
        except _MissingError as missing:
            return self._unknown(condition, missing)
        except OutOfRange as refusal:
            return self._miss(condition, refusal.message, f"{part.formula} within its range")
        self.known[part.name] = result
        self.held.append(Condition("compute", part.name, text, f"{part.name} = {shown(result)}"))
        return None

    def _found(self, pattern: Pattern) -> list[Fact]:
        given, any_value = {}, []
        for name, term in pattern.attributes.items():
            if isinstance(term, (Constant, Field)):
                given[name] = self._value(term)
            else:
                any_value.append(name)
        index = self.store.index(pattern.kind, tuple(sorted(given)))
        found = [self.store.facts[number] for number in index.numbers.get(index.key(given), ())]
        found.sort(key=lambda fact: fact.order)
        return [fact for fact in found if all(name in fact for name in any_value)]


def _first(step: Callable[[Any], NearMiss | None], parts: Iterable[Any]) -> NearMiss | None:
    return next((miss for part in parts if (miss := step(part)) is not None), None)


def pattern_condition(pattern: Pattern, bound: dict[str, Fact]) -> Condition:
    """A pattern as a condition, with its fact where it is bound."""
    fact = bound.get(pattern.name)
    return Condition("when", pattern.name, str(pattern), absent_text(pattern, bound) if fact is None else repr(fact))


def seen(fact: Fact, attribute: str) -> str:
    """A value as it was found, or that it is unknown."""
    value = fact.get(attribute)
    return f"{fact.kind}.{attribute} " + ("unknown" if value is None else f"= {shown(value)}")


def _reads(part: Comparison, names: set[str]) -> bool:
    return any(isinstance(side, Variable) and side.name in names for side in (part.left, part.right))


def _plain(term: Term) -> str:
    return str(term).removeprefix("$")
