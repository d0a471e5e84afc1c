"""Inference in two steps: what facts of one kind follow from, then all the rest, where that is still wanted.

The rules that lead to the kind read nothing that the others conclude, so what they find stands.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model.fact import Fact
from .again import keep_untouched
from .fixpoint import MOST_FIRINGS, Run, check_formulas
from .guards import Formulas
from .matching import default_matcher, open_matcher
from .ruleset import RuleSet
from .strata import dependencies
from .trace import Trace


class Begun:
    """An inference that has come as far as the facts of one kind."""

    def __init__(
        self, rules: RuleSet, facts: Iterable[Fact], formulas: Formulas, kind: str, matcher: str | None = None,
        former: Trace | None = None,
    ) -> None:  # fmt: skip
        """former: an inference of these rules, by the matcher of which only what could be touched is done again.

        Raises what `infer` raises.
        """
        check_formulas(rules, formulas)
        self.kind = kind
        self.name = former.matcher if former else matcher or default_matcher()
        self.run = Run(rules, facts, formulas, MOST_FIRINGS)
        self.again = keep_untouched(self.run, former) if former else frozenset(range(len(rules)))
        self.first = leading(rules, kind)
        self.matcher = open_matcher(self.name, rules)
        if self.first & self.again:
            self.run.through(self.matcher, self.first & self.again)

    @property
    def reached(self) -> bool:
        """Whether there is a fact of the kind."""
        return bool(self.run.store.kinds.get(self.kind))

    def finish(self) -> Trace:
        """Everything that follows from the facts, as `infer` finds it."""
        run = self.run
        run.through(self.matcher, self.again - self.first)
        return Trace(run.rules.rules, run.store, run.given, run.records, run.refused, self.name)


def leading(rules: RuleSet, kind: str) -> frozenset[int]:
    """The rules that facts of a kind can follow from, directly or through others, by index; worked out once."""
    return frozenset(rules.kept(f"leading_to.{kind}", lambda: sorted(_leading(rules, kind))))


def _leading(rules: RuleSet, kind: str) -> set[int]:
    found = {index for index, rule in enumerate(rules) if any(template.kind == kind for template in rule.then)}
    waiting, reads = list(found), dependencies(list(rules)) if found else []
    while waiting:
        fresh = set(reads[waiting.pop()]) - found
        found |= fresh
        waiting += fresh
    return found
