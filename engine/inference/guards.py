"""What is decided when a rule fires: comparisons, absence, collections, formulas, conclusions.

Each rule is compiled once per rule set into closures over real values. They read `bound`, the attributes of the
matched facts in the order of the rule's patterns, and `known`, the computed values and collections so far. A missing
attribute is None and stops the firing: unknown is not false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import BadInput, InternalFault, OutOfRange
from ..model.fact import Fact, Scalar, Values, canonical, concluded, plainly, typed
from .comparing import COMPARISONS
from .rule import Collection, Comparison, Computation, Pattern, Rule, Template
from .ruleset import RuleSet
from .store import Store
from .term import PRESENT, Constant, Constants, Field, Term, Variable

Attributes = dict[str, Scalar]
Bound = Sequence[Attributes]
Getter = Callable[[Bound, dict[str, Any]], Any]
Test = Callable[[Bound, dict[str, Any]], bool]
Formulas = Mapping[str, Callable[..., Any]]
_KNOWN, _WRITTEN = -1, -2
LONGEST_TEXT = 10_000
"""Characters of a calculated text, beyond which a formula is taken to be at fault."""


class Fired(NamedTuple):
    """What a match came to: numbers of the facts collected, computed values, conclusions."""

    collected: tuple[tuple[int, ...], ...]
    computed: tuple[Scalar, ...]
    conclusions: list[Fact]


class Refused(NamedTuple):
    """A formula was outside its range."""

    formula: str
    message: str


class Guard:
    """One rule, ready to fire."""

    __slots__ = ("collects", "computes", "denials", "early", "equal", "fixed", "late", "rule", "templates")

    def __init__(self, rule: Rule) -> None:
        place = {pattern.name: index for index, pattern in enumerate(rule.when)}
        late = {part.name for part in rule.compute}
        self.rule = rule
        self.fixed = _fixed(rule)
        self.equal = _equal(rule, place)
        self.early = [_test(part, place) for part in rule.where if not _reads(part, late)]
        self.late = [_test(part, place) for part in rule.where if _reads(part, late)]
        self.denials = [Lookup(pattern, place) for pattern in rule.unless]
        self.collects = [Gathering(part, place) for part in rule.collect]
        self.computes = [Call(part, rule, place) for part in rule.compute]
        self.templates = [Form(part, place) for part in rule.then]

    def matches(self, facts: Sequence[Fact], bound: Bound) -> bool:
        """Whether the facts are what the patterns ask for, on real values: an engine's word is not enough."""
        for place, kind, attributes in self.fixed:
            if facts[place].kind != kind:
                return False
            given = bound[place]
            for name, value, family in attributes:
                found = given.get(name)
                if found is None or (family is not None and (type(found) is not family or found != value)):
                    return False
        for place, name, other, attribute in self.equal:
            one, two = bound[place].get(name), bound[other].get(attribute)
            if one is None or type(one) is not type(two) or one != two:
                return False
        return True

    def fire(self, bound: Bound, store: Store, formulas: Formulas) -> Fired | Refused | None:
        """Evaluate the rule on matched facts; None where a condition does not hold or cannot be known."""
        known: dict[str, Any] = {}
        for test in self.early:
            if not test(bound, known):
                return None
        for denial in self.denials:
            found = denial.find(bound, store)
            if found is None or found:
                return None
        collected: tuple[tuple[int, ...], ...] = ()
        for gathering in self.collects:
            numbers = gathering.gather(bound, known, store)
            if not numbers:
                return None
            collected += (numbers,)
        computed: list[Scalar] = []
        for call in self.computes:
            value = call.run(bound, known, formulas)
            if type(value) is Refused:
                return value
            if value is None:
                return None
            computed.append(value)
        for test in self.late:
            if not test(bound, known):
                return None
        return Fired(collected, tuple(computed), [form.fill(bound, known) for form in self.templates])


class Lookup:
    """Facts that match a pattern whose references are all bound."""

    __slots__ = ("attributes", "getters", "kind", "present")

    def __init__(self, pattern: Pattern, place: Mapping[str, int]) -> None:
        tests = [(name, term) for name, term in sorted(pattern.attributes.items()) if term is not PRESENT]
        self.kind = pattern.kind
        self.attributes = tuple(name for name, _ in tests)
        self.getters = [_getter(term, place) for _, term in tests]
        self.present = [name for name, term in pattern.attributes.items() if term is PRESENT]

    def find(self, bound: Bound, store: Store) -> list[int] | None:
        """Numbers of the facts that match; None where a reference has no value."""
        key = []
        for getter in self.getters:
            value = getter(bound, {})
            if value is None:
                return None
            key.append(typed(value))
        found = store.index(self.kind, self.attributes).numbers.get(tuple(key), [])
        if self.present:
            maps = store.maps
            return [number for number in found if all(name in maps[number] for name in self.present)]
        return found


class Gathering:
    """One `collect`."""

    __slots__ = ("lookup", "name", "take")

    def __init__(self, part: Collection, place: Mapping[str, int]) -> None:
        self.name, self.take = part.name, part.take
        self.lookup = Lookup(part.pattern, place)

    def gather(self, bound: Bound, known: dict[str, Any], store: Store) -> tuple[int, ...] | None:
        """Numbers of the facts in canonical order, their values under the name; None where one value is missing."""
        numbers = self.lookup.find(bound, store)
        if not numbers:
            return None
        facts = store.facts
        ordered = sorted(numbers, key=lambda number: facts[number].order)
        values = [store.maps[number].get(self.take) for number in ordered]
        if None in values:
            return None
        known[self.name] = tuple(values)
        return tuple(ordered)


class Call:
    """One `compute`."""

    __slots__ = ("arguments", "formula", "name", "rule")

    def __init__(self, part: Computation, rule: Rule, place: Mapping[str, int]) -> None:
        self.name, self.formula, self.rule = part.name, part.formula, rule
        self.arguments = _sources(part.arguments, place)

    def run(self, bound: Bound, known: dict[str, Any], formulas: Formulas) -> Any:
        """The value, also put under its name; None where an argument has none; Refused outside the formula's range."""
        given = {}
        for name, where, what in self.arguments:
            value = bound[where].get(what) if where >= 0 else known.get(what) if where == _KNOWN else what
            if value is None:
                return None
            given[name] = value
        try:
            result = formulas[self.formula](**given)
        except OutOfRange as refusal:
            return Refused(self.formula, refusal.message)
        except Exception as fault:
            raise self._fault(given, f"raised {type(fault).__name__}: {fault}") from fault
        known[self.name] = result = self._scalar(result, given)
        return result

    def _scalar(self, result: object, given: dict[str, Any]) -> Scalar:
        if type(result) is not str and (ordinary := plainly(result)) is not None:
            return ordinary
        if isinstance(result, str) and len(result) > LONGEST_TEXT:
            raise self._fault({}, f"returned a text of {len(result):,} characters, more than {LONGEST_TEXT:,}")
        try:
            return canonical(result, f"the result of {self.formula}")
        except BadInput as problem:
            raise self._fault(given, problem.message) from None

    def _fault(self, given: dict[str, Any], what: str) -> InternalFault:
        arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
        return InternalFault(
            f"rule {self.rule.id}: the formula {self.formula}({arguments}) {what}",
            where=self.rule.origin or None,
            hint="a formula returns a finite scalar, and raises OutOfRange where it is not valid",
        )


class Form:
    """One conclusion."""

    __slots__ = ("constant", "kind", "sources")

    def __init__(self, part: Template, place: Mapping[str, int]) -> None:
        self.kind = part.kind
        self.sources = _sources(part.attributes, place)
        fixed = all(type(term) is Constant for term in part.attributes.values())
        self.constant = concluded(self.kind, self._values((), {})) if fixed else None

    def fill(self, bound: Bound, known: dict[str, Any]) -> Fact:
        """The fact; an attribute without a value is left out."""
        return self.constant or concluded(self.kind, self._values(bound, known))

    def _values(self, bound: Bound, known: dict[str, Any]) -> Values:
        pairs = [
            (name, bound[where].get(what) if where >= 0 else known.get(what) if where == _KNOWN else what)
            for name, where, what in self.sources
        ]
        return tuple([(name, value) for name, value in pairs if value is not None])


def guards_of(rules: RuleSet) -> list[Guard | None]:
    """The compiled rules of a set; filled as they are needed."""
    found: list[Guard | None] = rules.compiled("guards", lambda: [None] * len(rules))
    return found


def _fixed(rule: Rule) -> list[tuple[int, str, list[tuple[str, Any, type | None]]]]:
    fixed = []
    for place, pattern in enumerate(rule.when):
        tests: list[tuple[str, Any, type | None]] = []
        for name, term in pattern.attributes.items():
            if type(term) is Constant:
                tests.append((name, term.value, type(term.value)))
            elif term is PRESENT:
                tests.append((name, None, None))
        fixed.append((place, pattern.kind, tests))
    return fixed


def _equal(rule: Rule, place: Mapping[str, int]) -> list[tuple[int, str, int, str]]:
    return [
        (index, name, place[term.name], term.attribute)
        for index, pattern in enumerate(rule.when)
        for name, term in pattern.attributes.items()
        if type(term) is Field
    ]


def _reads(part: Comparison, names: set[str]) -> bool:
    return any(isinstance(term, Variable) and term.name in names for term in (part.left, part.right))


def _sources(terms: Mapping[str, Term], place: Mapping[str, int]) -> list[tuple[str, int, Any]]:
    """For each name where its value is found, without a call: (name, place of the fact, attribute), or (name, _KNOWN,
    name of a result), or (name, _WRITTEN, value)."""
    found: list[tuple[str, int, Any]] = []
    for name, term in terms.items():
        if isinstance(term, Field):
            found.append((name, place[term.name], term.attribute))
        elif isinstance(term, Variable):
            found.append((name, _KNOWN, term.name))
        else:
            found.append((name, _WRITTEN, term.values if isinstance(term, Constants) else term.value))  # type: ignore[union-attr]
    return found


def _getter(term: Term, place: Mapping[str, int]) -> Getter:
    if isinstance(term, Field):
        return _field(place[term.name], term.attribute)
    if isinstance(term, Variable):
        name = term.name
        return lambda bound, known: known.get(name)
    value = term.values if isinstance(term, Constants) else term.value  # type: ignore[union-attr]
    return lambda bound, known: value


def _field(index: int, attribute: str) -> Getter:
    return lambda bound, known: bound[index].get(attribute)


def _test(part: Comparison, place: Mapping[str, int]) -> Test:
    compare = COMPARISONS[part.op]
    left, right = _getter(part.left, place), _getter(part.right, place)

    def test(bound: Bound, known: dict[str, Any]) -> bool:
        one, two = left(bound, known), right(bound, known)
        return one is not None and two is not None and compare(one, two)

    return test
