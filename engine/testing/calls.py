"""Mutants of `compute`: an argument changed, two arguments exchanged."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from math import isclose
from random import Random
from typing import Any

from ..costs import FORMULAS
from ..errors import RigwiseError
from ..inference.rule import Computation, Rule
from ..inference.term import Constant, Field, Term, Variable
from .meaning import Meaning
from .values import neighbours, other

PROBES = 24
"""Points at which a formula is asked whether it is symmetric."""


def changed_calls(rule: Rule, meaning: Meaning) -> Iterator[tuple[str, Rule]]:
    """The rule with one call changed, and what was changed."""
    collections = frozenset(part.name for part in rule.collect)
    for index, call in enumerate(rule.compute):
        for change, changed in _changes(call, meaning, collections):
            compute = (*rule.compute[:index], changed, *rule.compute[index + 1 :])
            yield f"compute.{call.name}{change}", rule._replace(compute=compute)


def _changes(call: Computation, meaning: Meaning, collections: frozenset[str]) -> Iterator[tuple[str, Computation]]:
    for name, term in call.arguments.items():
        for changed in _instead(call, name, meaning, collections):
            yield f".{name}: {term} to {changed}", call._replace(arguments={**call.arguments, name: changed})
    for one, two in combinations(call.arguments, 2):
        if not _exchangeable(call, one, two, meaning, collections):
            continue
        exchanged = {**call.arguments, one: call.arguments[two], two: call.arguments[one]}
        yield f": {one} and {two} exchanged", call._replace(arguments=exchanged)


def _instead(call: Computation, name: str, meaning: Meaning, collections: frozenset[str]) -> list[Term]:
    term = call.arguments[name]
    if isinstance(term, Constant):
        if isinstance(term.value, (bool, str)):
            return [Constant(other(term.value))]
        return [Constant(neighbours(term.value)[0] if term.value else 1)]
    if isinstance(term, Variable) and term.name in collections:
        return []
    beside = [one for key, one in call.arguments.items() if key != name and _single(one, collections)]
    around = meaning.others(term) if isinstance(term, Field) else []
    return [one for one in [*beside, *around] if not meaning.equal(one, term)][:1]


def _single(term: Term, collections: frozenset[str]) -> bool:
    return isinstance(term, Field) or (isinstance(term, Variable) and term.name not in collections)


def _exchangeable(call: Computation, one: str, two: str, meaning: Meaning, collections: frozenset[str]) -> bool:
    """Whether an exchange may matter, and is of neighbours: of two scalars or two collections that differ."""
    first, second = call.arguments[one], call.arguments[two]
    names = list(call.arguments)
    return (
        abs(names.index(one) - names.index(two)) == 1
        and not meaning.equal(first, second)
        and _many(first, collections) == _many(second, collections)
        and not symmetric(call.formula, one, two)
    )


def _many(term: Term, collections: frozenset[str]) -> bool:
    return isinstance(term, Variable) and term.name in collections


@cache
def symmetric(formula: str, one: str, two: str) -> bool:
    """Whether a formula gives the same with two arguments exchanged, wherever it answers both ways."""
    function = FORMULAS.get(formula)
    if function is None:
        return False
    random = Random(formula)
    names = list(inspect.signature(function).parameters)
    answers = 0
    for _ in range(PROBES):
        point = {name: random.choice((1, 2, 3, 7, 16, 0.25, 12.5, 1000)) for name in names}
        here, there = _asked(formula, point), _asked(formula, {**point, one: point[two], two: point[one]})
        if here is None or there is None:
            continue
        if not isclose(here, there, rel_tol=1e-9):
            return False
        answers += 1
    return answers > 0


def _asked(formula: str, point: dict[str, Any]) -> Any:
    try:
        return FORMULAS[formula](**point)
    except (RigwiseError, TypeError, ValueError, ArithmeticError, AttributeError):
        return None
