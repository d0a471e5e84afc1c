"""Rules in an order in which whatever a rule reads is concluded before it, and what of a fact each rule reads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter

from ..errors import InternalFault
from ..inference import Rule
from ..inference.rule import Pattern
from ..inference.strata import dependencies
from ..inference.term import Field, Term


def split(rules: list[Rule], moving: frozenset[str]) -> tuple[list[Rule], list[Rule]]:
    """Rules that read nothing of the moving kinds, directly or through others; and those that do, in order.

    Raises InternalFault where rules feed each other in a circle.
    """
    kinds = set(moving)
    found: dict[str, Rule] = {}
    grown = True
    while grown:
        fresh = [rule for rule in rules if rule.id not in found and kinds & reads(rule)]
        found |= {rule.id: rule for rule in fresh}
        kinds |= {template.kind for rule in fresh for template in rule.then}
        grown = bool(fresh)
    fixed = [rule for rule in rules if rule.id not in found]
    mixed = {template.kind for rule in fixed for template in rule.then} & kinds
    if mixed:
        raise InternalFault(f"facts of {sorted(mixed)} are concluded both with and without a deployment")
    return fixed, ordered(list(found.values()))


def ordered(rules: list[Rule]) -> list[Rule]:
    """Rules after all rules that feed them."""
    by_id = {rule.id: rule for rule in rules}
    graph = {rule.id: sorted(rules[index].id for index in written)
             for rule, written in zip(rules, dependencies(rules), strict=True)}  # fmt: skip
    try:
        return [by_id[one] for one in TopologicalSorter(graph).static_order()]
    except CycleError as circle:
        raise InternalFault(f"rules feed each other: {' -> '.join(circle.args[1])}") from None


def patterns(rule: Rule) -> list[Pattern]:
    """All forms of fact that a rule reads."""
    return [*rule.when, *rule.unless, *(part.pattern for part in rule.collect)]


@cache
def reads(rule: Rule) -> frozenset[str]:
    """The kinds of fact that a rule reads."""
    return frozenset(pattern.kind for pattern in patterns(rule))


@cache
def used(rule: Rule) -> dict[str, frozenset[str]]:
    """The attributes that a rule reads, by kind of fact."""
    found: dict[str, set[str]] = {pattern.kind: set() for pattern in patterns(rule)}
    kinds = {pattern.name: pattern.kind for pattern in rule.when}
    for pattern in patterns(rule):
        found[pattern.kind] |= set(pattern.attributes)
    for part in rule.collect:
        found[part.pattern.kind].add(part.take)
    for term in _terms(rule):
        if isinstance(term, Field):
            found[kinds[term.name]].add(term.attribute)
    return {kind: frozenset(names) for kind, names in found.items()}


def _terms(rule: Rule) -> Iterator[Term]:
    for pattern in patterns(rule):
        yield from pattern.attributes.values()
    for part in rule.where:
        yield from (part.left, part.right)
    for call in rule.compute:
        yield from call.arguments.values()
    for template in rule.then:
        yield from template.attributes.values()
