"""The same rules by brute force: a test oracle that shares no matching, guard or ordering code with the program.

It tries every combination of facts for every rule, over and over, until nothing new comes. Reads only the form of
rules and facts.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ..errors import OutOfRange, RunawayRules
from ..model.fact import Fact
from .rule import Comparison, Pattern, Rule
from .sentence import Formatter, render
from .term import Constant, Constants, Field, Present, Term, Variable


class Derivation(NamedTuple):
    """A firing: rule id, premises (matched, then collected), results, conclusions."""

    rule: str
    premises: tuple[Fact, ...]
    results: tuple[Any, ...]
    conclusions: tuple[Fact, ...]


class Closure(NamedTuple):
    """All facts and all derivations."""

    facts: frozenset[Fact]
    derivations: frozenset[tuple[Any, ...]]


class UnknownError(Exception):
    """A value that is not there."""


def evaluate(
    rules: Iterable[Rule], facts: Iterable[Fact], formulas: Mapping[str, Callable[..., Any]], most: int = 100_000
) -> Closure:
    """Facts and derivations that follow. Raises RunawayRules after `most` derivations."""
    known = set(facts)
    found: dict[tuple[Any, ...], Derivation] = {}
    for group in _layers(list(rules)):
        settled = frozenset(known)
        while True:
            before = len(found)
            for rule in group:
                for derivation in _derive(rule, known, settled, formulas):
                    found[signature(derivation)] = derivation
                    if len(found) > most:
                        raise RunawayRules("the naive evaluator gave up")
            for derivation in found.values():
                known.update(derivation.conclusions)
            if len(found) == before:
                break
    return Closure(frozenset(known), frozenset(found))


def signature(derivation: Derivation) -> tuple[Any, ...]:
    """A derivation as a value that tells 1 from True."""
    return derivation.rule, derivation.premises, tuple(map(_exact, derivation.results)), derivation.conclusions


def sentences(rule: Rule, closure: Closure, formatter: Formatter) -> frozenset[str]:
    """What the rule says of its derivations."""
    said = set()
    for _, premises, results, _ in closure.derivations:
        bindings = {pattern.name: fact for pattern, fact in zip(rule.when, premises, strict=False)}
        computed = {part.name: value for part, (_, value) in zip(rule.compute, results, strict=True)}
        said.add(render(rule.says, bindings, computed, formatter))
    return frozenset(said)


def _exact(value: Any) -> tuple[str, Any]:
    return type(value).__name__, value


def _layers(rules: list[Rule]) -> list[list[Rule]]:
    """Rules layer by layer; a rule comes after every rule whose conclusions it asks the absence or the whole of."""
    layer = {rule.id: 0 for rule in rules}
    for _ in range(len(rules) + 1):
        for reader in rules:
            for writer in rules:
                if any(_feeds(writer, pattern) for pattern in reader.when):
                    layer[reader.id] = max(layer[reader.id], layer[writer.id])
                if any(_feeds(writer, pattern) for pattern in reader.unless):
                    layer[reader.id] = max(layer[reader.id], layer[writer.id] + 1)
                if any(_feeds(writer, part.pattern) for part in reader.collect):
                    layer[reader.id] = max(layer[reader.id], layer[writer.id] + 1)
    return [[rule for rule in rules if layer[rule.id] == n] for n in range(max(layer.values(), default=0) + 1)]


def _feeds(writer: Rule, pattern: Pattern) -> bool:
    for template in writer.then:
        if template.kind == pattern.kind and set(pattern.attributes) <= set(template.attributes):
            fixed = [
                (template.attributes[name], term)
                for name, term in pattern.attributes.items()
                if isinstance(term, Constant) and isinstance(template.attributes[name], Constant)
            ]
            if all(_exact(one.value) == _exact(two.value) for one, two in fixed):  # type: ignore[union-attr]
                return True
    return False


def _derive(
    rule: Rule, known: set[Fact], settled: frozenset[Fact], formulas: Mapping[str, Callable[..., Any]]
) -> list[Derivation]:
    pools = [[fact for fact in known if fact.kind == pattern.kind] for pattern in rule.when]
    found = []
    for premises in itertools.product(*_narrowed(rule, pools)):
        derivation = _try(rule, premises, settled, formulas)
        if derivation is not None:
            found.append(derivation)
    return found


def _narrowed(rule: Rule, pools: list[list[Fact]]) -> list[list[Fact]]:
    return [
        [fact for fact in pool if all(_could_be(fact, name, term) for name, term in pattern.attributes.items())]
        for pool, pattern in zip(pools, rule.when, strict=True)
    ]


def _could_be(fact: Fact, name: str, term: Term) -> bool:
    if name not in fact:
        return False
    return not isinstance(term, Constant) or _exact(fact[name]) == _exact(term.value)


def _try(
    rule: Rule, premises: tuple[Fact, ...], settled: frozenset[Fact], formulas: Mapping[str, Callable[..., Any]]
) -> Derivation | None:
    scope: dict[str, Any] = {pattern.name: fact for pattern, fact in zip(rule.when, premises, strict=True)}
    if not all(_fits(pattern, scope[pattern.name], scope) for pattern in rule.when):
        return None
    try:
        late = {part.name for part in rule.compute}
        early = [part for part in rule.where if not _uses(part, late)]
        if not all(_holds(part, scope) for part in early):
            return None
        for pattern in rule.unless:
            for term in pattern.attributes.values():
                if isinstance(term, Field):
                    _look(term, scope)
            if any(_fits(pattern, fact, scope) for fact in settled):
                return None
        collected = _collect(rule, scope, settled)
        results = _results(rule, scope, formulas)
        if not all(_holds(part, scope) for part in rule.where if part not in early):
            return None
    except (UnknownError, OutOfRange):
        return None
    return Derivation(rule.id, (*premises, *collected), results, _conclusions(rule, scope))


def _uses(part: Comparison, names: set[str]) -> bool:
    return any(isinstance(side, Variable) and side.name in names for side in (part.left, part.right))


def _fits(pattern: Pattern, fact: Fact, scope: dict[str, Any]) -> bool:
    if fact.kind != pattern.kind:
        return False
    for name, term in pattern.attributes.items():
        if name not in fact:
            return False
        if isinstance(term, Present):
            continue
        try:
            wanted = _look(term, scope)
        except UnknownError:
            return False
        if _exact(fact[name]) != _exact(wanted):
            return False
    return True


def _look(term: Term, scope: dict[str, Any]) -> Any:
    match term:
        case Constant(value):
            return value
        case Constants(values):
            return values
        case Field(name, attribute):
            if attribute not in scope[name]:
                raise UnknownError
            return scope[name][attribute]
        case Variable(name):
            return scope[name]
    raise UnknownError


def _holds(part: Comparison, scope: dict[str, Any]) -> bool:
    left, right = _look(part.left, scope), _look(part.right, scope)
    if part.op in ("in", "not in"):
        return any(_exact(left) == _exact(value) for value in right) == (part.op == "in")
    if part.op.endswith("divisible by"):
        if isinstance(left, bool) or isinstance(right, bool) or not isinstance(left, int) or not isinstance(right, int):
            return False
        return right != 0 and (math.gcd(left, right) == abs(right)) == (part.op == "divisible by")
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (left, right))
    texts = isinstance(left, str) and isinstance(right, str)
    switches = isinstance(left, bool) and isinstance(right, bool)
    if part.op in ("==", "!="):
        return (numbers or texts or switches) and (left == right) == (part.op == "==")
    if not numbers and not texts:
        return False
    below, same = left < right, left == right
    orders: dict[str, bool] = {"<": below, "<=": below or same, ">": not below and not same, ">=": not below}
    return orders[part.op]


def _collect(rule: Rule, scope: dict[str, Any], settled: frozenset[Fact]) -> list[Fact]:
    premises: list[Fact] = []
    for part in rule.collect:
        for term in part.pattern.attributes.values():
            if isinstance(term, Field):
                _look(term, scope)
        found = [fact for fact in settled if _fits(part.pattern, fact, scope)]
        if not found or any(part.take not in fact for fact in found):
            raise UnknownError
        found.sort(key=_place)
        scope[part.name] = tuple(fact[part.take] for fact in found)
        premises += found
    return premises


def _place(fact: Fact) -> list[Any]:
    names = {bool: "1", int: "2", float: "2", str: "3"}
    return [
        fact.kind,
        [(name, names[type(fact[name])], fact[name]) for name in sorted(fact.as_dict()) if name != "kind"],
    ]


def _results(rule: Rule, scope: dict[str, Any], formulas: Mapping[str, Callable[..., Any]]) -> tuple[Any, ...]:
    results = []
    for part in rule.compute:
        result = formulas[part.formula](**{name: _look(term, scope) for name, term in part.arguments.items()})
        if isinstance(result, float) and result == math.floor(result):
            result = int(result)
        scope[part.name] = result
        results.append(result)
    return tuple(results)


def _conclusions(rule: Rule, scope: dict[str, Any]) -> tuple[Fact, ...]:
    facts = []
    for template in rule.then:
        values = {}
        for name, term in template.attributes.items():
            try:
                values[name] = _look(term, scope)
            except UnknownError:
                continue
        facts.append(Fact.of({**values, "kind": template.kind}))
    return tuple(facts)
