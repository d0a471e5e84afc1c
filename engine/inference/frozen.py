"""A rule that was read and checked as plain data, and back again without reading it a second time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from sys import intern
from typing import Any

from .rule import Collection, Comparison, Computation, Pattern, Rule, Template
from .term import PRESENT, Constant, Constants, Field, Term, Variable

Frozen = tuple[Any, ...]
"""Tuples, mappings and scalars only."""
_TERMS: tuple[Callable[..., Term], ...] = (Constant, Constants, Field, Variable, lambda: PRESENT)


def freeze(rule: Rule) -> Frozen:
    """A rule as plain data; its examples are left out."""
    return (
        rule.id,
        tuple(_frozen_pattern(part) for part in rule.when),
        tuple((_frozen(part.left), part.op, _frozen(part.right)) for part in rule.where),
        tuple(_frozen_pattern(part) for part in rule.unless),
        tuple((part.name, _frozen_pattern(part.pattern), part.take) for part in rule.collect),
        tuple((part.name, part.formula, _frozen_terms(part.arguments)) for part in rule.compute),
        tuple((intern(part.kind), _frozen_terms(part.attributes)) for part in rule.then),
        rule.title,
        rule.because,
        rule.evidence,
        dict(rule.valid_when),
        rule.says,
        rule.says_not,
        rule.origin,
    )


def thaw(data: Frozen) -> Rule:
    """The rule that was frozen."""
    name, when, where, unless, collect, compute, then, title, because, evidence, valid_when, says, says_not, origin = (
        data
    )
    return Rule(
        id=name,
        when=tuple([_pattern(part) for part in when]),
        where=tuple([Comparison(_term(left), op, _term(right)) for left, op, right in where]),
        unless=tuple([_pattern(part) for part in unless]),
        collect=tuple([Collection(called, _pattern(part), take) for called, part, take in collect]),
        compute=tuple([Computation(called, formula, _terms(terms)) for called, formula, terms in compute]),
        then=tuple([Template(kind, _terms(terms)) for kind, terms in then]),
        title=title,
        because=because,
        evidence=evidence,
        valid_when=valid_when,
        says=says,
        says_not=says_not,
        examples=(),
        origin=origin,
    )


def _frozen_pattern(pattern: Pattern) -> Frozen:
    return intern(pattern.name), intern(pattern.kind), _frozen_terms(pattern.attributes)


def _frozen_terms(terms: Mapping[str, Term]) -> dict[str, Frozen]:
    return {intern(name): _frozen(term) for name, term in terms.items()}


def _frozen(term: Term) -> Frozen:
    if isinstance(term, Constant):
        return 0, term.value
    if isinstance(term, Constants):
        return 1, term.values
    if isinstance(term, Field):
        return 2, intern(term.name), intern(term.attribute)
    return (3, intern(term.name)) if isinstance(term, Variable) else (4,)


def _pattern(data: Frozen) -> Pattern:
    name, kind, terms = data
    return Pattern(name, kind, _terms(terms))


def _terms(data: Mapping[str, Frozen]) -> dict[str, Term]:
    return {name: _term(term) for name, term in data.items()}


def _term(data: Frozen) -> Term:
    return _TERMS[data[0]](*data[1:])
