"""Asking once more, with several free changes as one step, where the rules say that none alone makes the model run."""

from __future__ import annotations

from collections.abc import Callable

from ..costs import FORMULAS
from ..grounding.ground import Ground, Tried
from ..inference import Begun, RuleSet, Trace

ASKED = "tries_together"
"""The kind of fact by which the rules ask for it."""


def answered(
    rules: RuleSet, tried: Tried, grounded: Callable[[Tried], Ground], matcher: str, former: Trace | None = None
) -> tuple[Ground, Trace]:
    """The facts and what follows from them. Whether it is asked once more shows before most of the rules have run.

    tried: the options that are wanted. grounded: the facts, with these. former: as `Begun` has it.
    """
    found = grounded(tried)
    begun = Begun(rules, found.facts, FORMULAS, ASKED, matcher, former)
    if begun.reached:
        found = grounded(tried._replace(together=True))
        begun = Begun(rules, found.facts, FORMULAS, ASKED, matcher, former)
    return found, begun.finish()
