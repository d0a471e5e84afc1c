"""What each pattern asks of one fact alone, and which rules could fire at all: an engine is told of no others.

An alpha is a kind with the constants that a pattern wants of it; many patterns share one. A rule is awake when each of
its alphas has facts, or may get some from the conclusions of other rules that are awake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..model.fact import typed
from .rule import Pattern, Template
from .ruleset import RuleSet
from .store import Store
from .term import Constant

Alpha = tuple[str, tuple[str, ...], tuple[Any, ...]]
"""Kind, attributes that must have a constant, and these constants as `typed` gives them."""


class Alphas(NamedTuple):
    """The alphas of a rule set; by index of the rule how many patterns it has of each kind, the alphas these ask for,
    and those its conclusions may be facts of."""

    alphas: tuple[Alpha, ...]
    patterns: tuple[tuple[tuple[str, int], ...], ...]
    asked: tuple[tuple[int, ...], ...]
    fed: tuple[tuple[int, ...], ...]


def alphas_of(rules: RuleSet) -> Alphas:
    """The alphas of a rule set, worked out once."""
    return Alphas(*rules.kept("alphas", lambda: tuple(_alphas(rules))))


def _alphas(rules: RuleSet) -> Alphas:
    known: dict[Alpha, int] = {}
    asked = tuple(
        tuple(sorted({known.setdefault(_alpha(pattern), len(known)) for pattern in rule.when})) for rule in rules
    )
    kinds: dict[str, list[tuple[int, Alpha]]] = {}
    for alpha, number in known.items():
        kinds.setdefault(alpha[0], []).append((number, alpha))
    patterns = tuple(tuple(sorted(Counter(pattern.kind for pattern in rule.when).items())) for rule in rules)
    return Alphas(tuple(known), patterns, asked, tuple(_fed(rule.then, kinds) for rule in rules))


def _alpha(pattern: Pattern) -> Alpha:
    fixed = sorted((name, term.value) for name, term in pattern.attributes.items() if type(term) is Constant)
    return pattern.kind, tuple(name for name, _ in fixed), tuple(typed(value) for _, value in fixed)


def _fed(templates: Iterable[Template], kinds: dict[str, list[tuple[int, Alpha]]]) -> tuple[int, ...]:
    return tuple(sorted({n for form in templates for n, alpha in kinds.get(form.kind, ()) if _could_be(form, alpha)}))


def _could_be(template: Template, alpha: Alpha) -> bool:
    """Whether a conclusion of this form could be a fact of the alpha."""
    for name, value in zip(alpha[1], alpha[2], strict=True):
        term = template.attributes.get(name)
        if term is None or (type(term) is Constant and typed(term.value) != value):
            return False
    return True


def awake(alphas: Alphas, store: Store) -> list[int]:
    """The rules that could fire on the facts there and on what rules conclude."""
    missing: dict[int, int] = {}
    waiting: dict[int, list[int]] = {}
    found: list[int] = []
    there = {}
    for rule, asked in enumerate(alphas.asked):
        lacks = 0
        for number in asked:
            if number not in there:
                there[number] = bool(store.memory(*alphas.alphas[number]))
            if not there[number]:
                waiting.setdefault(number, []).append(rule)
                lacks += 1
        if lacks:
            missing[rule] = lacks
        else:
            found.append(rule)
    for rule in found:  # grows on the way
        for number in alphas.fed[rule]:
            for other in waiting.pop(number, ()):
                missing[other] -= 1
                if not missing[other]:
                    found.append(other)
    return sorted(found)
