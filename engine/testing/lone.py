"""A rule alone over a few facts by brute force: fast enough to try thousands of mutants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..costs import FORMULAS
from ..errors import RunawayRules
from ..inference.naive import Closure, evaluate, sentences
from ..inference.rule import Rule
from ..model.fact import Fact
from ..model.quantity import spoken
from .example import Example

MOST_FIRINGS = 200


class Outcome(NamedTuple):
    """How often a rule fires and what it concludes; fault: a formula failed or the rule came to no end."""

    fired: int
    concluded: frozenset[Fact]
    fault: bool = False
    rule: Rule | None = None
    closure: Closure | None = None

    def said(self) -> frozenset[str]:
        """The rule's sentences, as people read them."""
        return sentences(self.rule, self.closure, spoken) if self.rule and self.closure else frozenset()


def outcome(rule: Rule, facts: Iterable[Fact]) -> Outcome:
    """What the rule alone makes of the facts."""
    try:
        closure = evaluate([rule], facts, FORMULAS, MOST_FIRINGS)
    except RunawayRules:
        return Outcome(0, frozenset(), True)
    except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError):
        return Outcome(0, frozenset(), True)
    concluded = frozenset(fact for part in closure.derivations for fact in part[3])
    return Outcome(len(closure.derivations), concluded, False, rule, closure)


def holds(rule: Rule, example: Example) -> bool:
    """Whether the example holds of the rule."""
    found = outcome(rule, example.facts)
    return not found.fault and example.met(found.fired, found.concluded, found.said)
