"""Which attributes of the facts that it matches a rule reads: a change of any other changes none of its firings."""

from __future__ import annotations

from collections.abc import Iterator

from .rule import Pattern, Rule
from .strata import denied
from .term import Field, Term

Read = tuple[Pattern, frozenset[str]]


def reads(rule: Rule) -> tuple[Read, ...]:
    """Each pattern of a rule with the attributes that it asks for, or that the rule takes from its fact."""
    taken: dict[str, set[str]] = {}
    for term in _terms(rule):
        if type(term) is Field:
            taken.setdefault(term.name, set()).add(term.attribute)
    collected = {id(part.pattern): {part.take} for part in rule.collect}
    return tuple(
        (pattern, frozenset({*pattern.attributes, *taken.get(pattern.name, ()), *collected.get(id(pattern), ())}))
        for pattern in (*rule.when, *denied(rule))
    )


def _terms(rule: Rule) -> Iterator[Term]:
    """All terms of a rule."""
    for pattern in (*rule.when, *denied(rule)):
        yield from pattern.attributes.values()
    for comparison in rule.where:
        yield comparison.left
        yield comparison.right
    for computation in rule.compute:
        yield from computation.arguments.values()
    for template in rule.then:
        yield from template.attributes.values()
