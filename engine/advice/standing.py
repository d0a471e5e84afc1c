"""How a scenario stands: what runs, the status of each option, what comes first; no page, path, proofs or intervals.

Half the work of a whole answer: for questions that are asked of many scenarios.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..costs import FORMULAS
from ..grounding.ground import Tried, ground
from ..grounding.resolve import resolve
from ..inference import Rule, Trace, default_matcher
from .options import rank_key, weakest_first
from .rulebook import assuming
from .rulebook import standing as rules_of_standing
from .taken_up import NEEDED, ORDER
from .together import answered

if TYPE_CHECKING:
    from ..grounding.scenario import Scenario
    from ..reading import Knowledge


class Standing(NamedTuple):
    """trouble: as `trouble` gives it. statuses: of the options. first: the option that ranks before all others."""

    trouble: int
    statuses: Mapping[str, str]
    first: str


def standing(
    asked: Scenario, knowledge: Knowledge, matcher: str | None = None, former: Trace | None = None
) -> Standing:
    """How a scenario stands, as the whole answer would say. Raises BadInput and its kin.

    former: what `standing_trace` found for a scenario that differs little; it changes nothing but the time.
    """
    return standing_of(standing_trace(asked, knowledge, matcher, former), knowledge.entries["options"])


def standing_trace(
    asked: Scenario, knowledge: Knowledge, matcher: str | None = None, former: Trace | None = None
) -> Trace:
    """What the standing of a scenario follows from. Raises BadInput and its kin."""
    return stood(asked, knowledge, matcher, former).trace


class Stood(NamedTuple):
    """trace: what the standing follows from. deployments: what was tried, by name."""

    trace: Trace
    deployments: Mapping[str, Scenario]


def stood(asked: Scenario, knowledge: Knowledge, matcher: str | None = None, former: Trace | None = None) -> Stood:
    """What the standing of a scenario follows from, with what was tried. Raises BadInput and its kin."""
    engine = matcher or default_matcher()
    resolved = resolve(asked, knowledge, assuming(knowledge), FORMULAS, engine)
    rules = rules_of_standing(knowledge)
    compared = knowledge.derived("standing.compared", lambda: sorted(constants(rules, "comparison", "name")))
    tried = Tried(None, frozenset(compared))
    found, trace = answered(rules, tried, lambda wanted: ground(resolved, knowledge, wanted), engine, former)
    return Stood(trace, found.deployments)


def standing_of(trace: Trace, options: Mapping[str, Mapping[str, Any]]) -> Standing:
    """How it stands by what was inferred already. options: entries of the catalogue."""
    statuses = {str(fact["option"]): str(fact["status"]) for fact in weakest_first(trace.of_kind("status"))}
    return Standing(trouble(trace), {key: statuses.get(key, "rejected") for key in options}, _first(trace, options))


def trouble(trace: Trace) -> int:
    """Whether what is asked for runs in GPU memory (0), in part from host memory (1) or not at all (2)."""
    found = {fact.kind for kind in ("misfit", "spill") for fact in trace.of_kind(kind) if fact["deployment"] == "now"}
    return 2 if "misfit" in found else int("spill" in found)


def _first(trace: Trace, options: Mapping[str, Mapping[str, Any]]) -> str:
    """The option that a path begins with: what comes before any gain, then by rank."""
    statuses = {str(fact["option"]): fact for fact in weakest_first(trace.of_kind("status"))}
    best = {str(fact["option"]): fact for fact in reversed(trace.of_kind("best"))}
    costs: dict[tuple[str, str], Any] = {}
    for fact in trace.of_kind("option_cost"):
        costs.setdefault((str(fact["option"]), str(fact["variant"])), fact)
    rows = []
    for key, entry in options.items():
        status, gain = statuses.get(key), best.get(key)
        told = status or gain
        rows.append({
            "id": key, "status": str(status["status"]) if status else "rejected",
            "cost_usd": _cost(key, entry, str(told["variant"]) if told else "", costs),
            "gain": float(gain["gain"]) if gain else 0.0,
            "needed": bool(status and status["why"] in NEEDED),
        })  # fmt: skip
    return str(min(rows, key=lambda row: (ORDER[str(row["status"])], not row["needed"], rank_key(row)))["id"])


def _cost(
    key: str, entry: Mapping[str, Any], variant: str, costs: Mapping[tuple[str, str], Any]
) -> dict[str, float] | None:
    """What the variant of an option costs at most, or the first variant that has a price."""
    found = costs.get((key, variant)) or next((fact for (one, _), fact in costs.items() if one == key), None)
    high = found["high"] if found is not None else entry["cost"].get("usd")
    return None if high is None else {"high": float(high)}


def patterns(rule: Rule) -> Iterator[Any]:
    """All patterns of a rule."""
    yield from rule.when
    yield from rule.unless
    yield from (part.pattern for part in rule.collect)


def constants(rules: Iterable[Rule], kind: str, attribute: str) -> set[str]:
    """The values that the patterns of some rules ask of an attribute of a kind of fact."""
    values = {
        getattr(pattern.attributes.get(attribute), "value", None)
        for rule in rules
        for pattern in patterns(rule)
        if pattern.kind == kind
    }
    return {one for one in values if isinstance(one, str)}
