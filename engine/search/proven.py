"""Rows of an answer as the rules themselves have them: values with intervals, checked against the search."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..advice.proofs import Proofs
from ..advice.spread import Spread
from ..costs import FORMULAS
from ..errors import InternalFault
from ..grounding.ground import ground_deployments
from ..grounding.scenario import Scenario
from ..grounding.sizes import size_facts
from ..inference import Fact, RuleSet, Trace, default_matcher, infer
from ..model.quantity import spoken
from ..model.sentence import render
from .evaluate import FOLLOWING, NUMBERS, SAID
from .naming import SHOWN

if TYPE_CHECKING:
    from ..reading import Knowledge

# Two ways to add up the same floats.
ROUNDING = 1e-9
FACTS = NUMBERS | FOLLOWING
BARRED = "misfit"
AT_ONCE = 25


def proven(
    scenarios: Sequence[Scenario], found: Sequence[Mapping[str, float] | None], book: RuleSet, knowledge: Knowledge
) -> list[dict[str, Any]]:
    """The numbers of each scenario with their intervals, what has to be said of it (doubts), and what keeps it from
    running (stopped); of one that cannot run no numbers.

    found: the same numbers by the search; None: not searched. Raises InternalFault where both differ by more than
    rounding.
    """
    rows = []
    for start in range(0, len(scenarios), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        rows += _part(scenarios[part], found[part], book, knowledge)
    return rows


def _part(
    scenarios: Sequence[Scenario], found: Sequence[Mapping[str, float] | None], book: RuleSet, knowledge: Knowledge
) -> list[dict[str, Any]]:
    named = {str(number): one for number, one in enumerate(scenarios)}
    ground = ground_deployments(named, knowledge)
    cards = max((sum(group["count"] for group in one["rig"]["gpus"]) for one in scenarios), default=1)
    for values in size_facts({}, cards):
        ground.say(values)
    trace = infer(book, ground.facts, FORMULAS, default_matcher())
    spread = Spread(Proofs(trace, ground.origins, knowledge, {}, trace), FORMULAS)
    facts = {(kind, str(fact["deployment"])): fact for kind, _ in FACTS.values() for fact in trace.of_kind(kind)}
    return [_row(name, values, facts, spread, trace) for name, values in zip(named, found, strict=True)]


def _row(
    name: str, values: Mapping[str, float] | None, facts: Mapping[tuple[str, str], Fact], spread: Spread, trace: Trace
) -> dict[str, Any]:
    doubts, stopped = (list(dict.fromkeys(_said(name, trace, kinds))) for kinds in (SAID, {BARRED}))
    row: dict[str, Any] = {"doubts": doubts, "stopped": stopped}
    if row["stopped"]:
        if values is not None:
            raise InternalFault(f"the search runs what the rules stop: {row['stopped'][0]}")
        return row
    for number, shown, factor in SHOWN:
        kind, attribute = FACTS[number]
        fact = facts.get((kind, name))
        if fact is None or fact.get(attribute) is None:
            if values is None or math.isnan(values[number]):
                continue
            raise InternalFault(f"the search has a {number} of {values[number]!r} where the rules have none")
        told = spread.interval(fact, attribute)
        if values is not None and not math.isclose(told[0], values[number], rel_tol=ROUNDING):
            raise InternalFault(f"the search has a {number} of {values[number]!r}, the rules {told[0]!r}")
        row[shown] = dict(zip(("value", "low", "high"), (one * factor for one in told), strict=True))
    return row


def _said(name: str, trace: Trace, kinds: Collection[str]) -> Iterator[str]:
    """What the rules say of one deployment beside its numbers, in facts of some kinds."""
    for fact in (fact for kind in sorted(kinds) for fact in trace.of_kind(kind) if str(fact["deployment"]) == name):
        firing = trace.best(fact)
        if firing is not None:
            yield render(firing.rule.says, firing.bindings, firing.results, spoken)
