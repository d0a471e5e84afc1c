"""Asking once more, with several free changes as one step, where the rules say that none alone makes the model run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..grounding.ground import Ground, Tried

if TYPE_CHECKING:
    from ..inference import Fact, Trace

ASKED = "tries_together"
"""The kind of fact by which the rules ask for it."""


def answered(
    tried: Tried, grounded: Callable[[Tried], Ground], asked: Callable[[Iterable[Fact]], Trace]
) -> tuple[Ground, Trace]:
    """The facts and what follows from them; of a rig that runs nothing is asked twice.

    tried: the options that are wanted. grounded: the facts, with these. asked: what follows from facts.
    """
    found = grounded(tried)
    trace = asked(found.facts)
    if not trace.of_kind(ASKED):
        return found, trace
    found = grounded(tried._replace(together=True))
    return found, asked(found.facts)
