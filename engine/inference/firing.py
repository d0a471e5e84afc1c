"""One application of a rule, and what can be said of it: bindings, checks, absent facts, calculations."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..model.fact import Fact, Scalar
from .comparing import COMPARISONS
from .rule import Comparison, Computation, Pattern, Rule
from .term import PRESENT, Constant, Constants, Field, Term, Variable

Value = Scalar | tuple[Scalar, ...]


class Operand(NamedTuple):
    """A value and where it came from.

    source: `constant` of the rule; `fact`: `attribute` of the premise called `name`; `computed` earlier under `name`;
    `collected`: `attribute` of all `facts`, collected under `name`.
    """

    value: Value
    source: Literal["constant", "fact", "computed", "collected"]
    name: str = ""
    attribute: str = ""
    facts: tuple[Fact, ...] = ()


class Check(NamedTuple):
    """A comparison with its values put in."""

    text: str
    left: Operand
    op: str
    right: Operand
    holds: bool


class Computed(NamedTuple):
    """A formula with its inputs and its result."""

    name: str
    formula: str
    inputs: dict[str, Operand]
    value: Scalar


class Gathered(NamedTuple):
    """The facts of one `collect`, and the attribute whose values are taken of them."""

    take: str
    facts: tuple[Fact, ...]


class Firing:
    """A rule with the facts it fired on and the facts it concluded.

    matched: one fact for each pattern, in the rule's order. collected: for each `collect` its facts in canonical
    order. values: results of the formulas, in the rule's order. The rest is worked out when asked for.
    """

    __slots__ = ("_bindings", "collected", "concluded", "matched", "rule", "values")

    def __init__(
        self,
        rule: Rule,
        matched: tuple[Fact, ...],
        collected: tuple[tuple[Fact, ...], ...],
        values: tuple[Scalar, ...],
        concluded: tuple[Fact, ...],
    ) -> None:
        self.rule = rule
        self.matched = matched
        self.collected = collected
        self.values = values
        self.concluded = concluded
        self._bindings: dict[str, Fact] | None = None

    @property
    def premises(self) -> tuple[Fact, ...]:
        """The facts matched, then those collected."""
        return self.matched + tuple([fact for part in self.collected for fact in part])

    @property
    def bindings(self) -> dict[str, Fact]:
        """What the rule calls its facts; to look at."""
        if self._bindings is None:
            self._bindings = {pattern.name: fact for pattern, fact in zip(self.rule.when, self.matched, strict=True)}
        return self._bindings

    @property
    def results(self) -> dict[str, Scalar]:
        """Computed values by name."""
        return {part.name: value for part, value in zip(self.rule.compute, self.values, strict=True)}

    @property
    def checks(self) -> tuple[Check, ...]:
        """The comparisons of `where` with their values; all hold, or the rule had not fired."""
        return tuple([self._check(part) for part in self.rule.where])

    @property
    def absent(self) -> tuple[str, ...]:
        """What had to be absent, with the values looked for: `all_reduce_absent(deployment=as_is)`."""
        return tuple([absent_text(pattern, self.bindings) for pattern in self.rule.unless])

    @property
    def computed(self) -> tuple[Computed, ...]:
        """The formulas with the origin of each input."""
        return tuple([self._computed(part, value) for part, value in zip(self.rule.compute, self.values, strict=True)])

    def operand(self, term: Term) -> Operand:
        """The value of a term of this rule, and where it came from."""
        if isinstance(term, Field):
            return Operand(self.value(term), "fact", term.name, term.attribute)
        return self._variable(term.name) if isinstance(term, Variable) else Operand(self.value(term), "constant")

    def _variable(self, name: str) -> Operand:
        gathered = self.gathered(name)
        if gathered is not None:
            return Operand(self.value(Variable(name)), "collected", name, gathered.take, gathered.facts)
        return Operand(self.call(name)[1], "computed", name)

    def gathered(self, name: str) -> Gathered | None:
        """What was collected under a name; None where the name is of no `collect`."""
        for part, facts in zip(self.rule.collect, self.collected, strict=True):
            if part.name == name:
                return Gathered(part.take, facts)
        return None

    def call(self, name: str) -> tuple[Computation, Scalar]:
        """The formula's call of that name, and its result. KeyError where there is none."""
        for part, value in zip(self.rule.compute, self.values, strict=True):
            if part.name == name:
                return part, value
        raise KeyError(name)

    def value(self, term: Term) -> Value:
        """The value of a term of this rule."""
        if isinstance(term, Field):
            return self.bindings[term.name][term.attribute]
        if isinstance(term, Variable):
            gathered = self.gathered(term.name)
            if gathered is None:
                return self.call(term.name)[1]
            return tuple([fact[gathered.take] for fact in gathered.facts])
        if isinstance(term, Constants):
            return term.values
        return term.value if isinstance(term, Constant) else str(term)

    def _check(self, part: Comparison) -> Check:
        left, right = self.operand(part.left), self.operand(part.right)
        holds = COMPARISONS[part.op](left.value, right.value)
        return Check(f"{shown(left.value)} {part.op} {shown(right.value)}", left, part.op, right, holds)

    def _computed(self, part: Computation, value: Scalar) -> Computed:
        inputs = {name: self.operand(term) for name, term in part.arguments.items()}
        return Computed(part.name, part.formula, inputs, value)

    def __repr__(self) -> str:
        return (
            f"Firing({self.rule.id}: {', '.join(map(repr, self.premises))} => {', '.join(map(repr, self.concluded))})"
        )


def shown(value: Value) -> str:
    """A value as it stands in a check."""
    if isinstance(value, tuple):
        return "[" + ", ".join(shown(part) for part in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def absent_text(pattern: Pattern, bindings: dict[str, Fact]) -> str:
    """A pattern with its references replaced by the values of the bound facts."""
    return f"{pattern.kind}({', '.join(_tested(name, term, bindings) for name, term in pattern.attributes.items())})"


def _tested(name: str, term: Term, bindings: dict[str, Fact]) -> str:
    if term is PRESENT:
        return name
    if isinstance(term, Field):
        fact = bindings.get(term.name)
        value = None if fact is None else fact.get(term.attribute)
        return f"{name}={term if value is None else shown(value)}"
    return f"{name}={term}"
