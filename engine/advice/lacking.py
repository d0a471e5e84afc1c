"""Which fact is missing where a number cannot be told: failed conditions, followed back to what nobody gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..inference import Rule, RuleSet, Trace
from ..inference.near_miss import NearMiss, explain_failure, hint_from_goal
from ..inference.term import Constant, Field

Formulas = Mapping[str, Callable[..., Any]]


def lacking(trace: Trace, rules: RuleSet, formulas: Formulas, kind: str, deployment: str = "now") -> list[str]:
    """Attributes of entries that are not known and that keep rules from a fact of a kind about a deployment.

    Such as `pcie_p2p_stock_driver of a10g`; those on the way on which most conditions hold, in the order of names.
    """
    found = _misses(trace, rules, formulas, {"kind": kind, "deployment": deployment}, set())
    unknown = [miss for miss in found if miss.fact and miss.attribute and miss.fact.get("key")]
    most = max((len(miss.held) for miss in unknown), default=0)
    return sorted({f"{one.attribute} of {one.fact['key']}" for one in unknown if one.fact and len(one.held) == most})


def _misses(
    trace: Trace, rules: RuleSet, formulas: Formulas, goal: Mapping[str, Any], seen: set[str]
) -> Iterator[NearMiss]:
    """The near misses under a goal whose observed value is unknown; what other rules conclude is followed back."""
    for rule in rules:
        hint = None if rule.id in seen else hint_from_goal(rule, goal)
        if hint is None:
            continue
        seen.add(rule.id)
        miss = explain_failure(rule, trace, hint, formulas)
        if miss.failed is None:
            continue
        wanted = _wanted(miss)
        if wanted and any(_concludes(other, str(wanted["kind"])) for other in rules):
            yield from _misses(trace, rules, formulas, wanted, seen)
        elif miss.observed_value is None:
            yield miss


def _wanted(miss: NearMiss) -> dict[str, Any] | None:
    """The fact that a failed pattern looked for, as far as its attributes are known; None for another condition."""
    failed = miss.failed
    patterns = {("when", one.name): one for one in miss.rule.when}
    patterns |= {("collect", one.name): one.pattern for one in miss.rule.collect}
    pattern = patterns.get((failed.part, failed.name)) if failed else None
    if pattern is None:
        return None
    wanted: dict[str, Any] = {"kind": pattern.kind}
    for name, term in pattern.attributes.items():
        if isinstance(term, Constant):
            wanted[name] = term.value
        elif isinstance(term, Field) and term.name in miss.bindings:
            wanted[name] = miss.bindings[term.name].get(term.attribute)
    return wanted


def _concludes(rule: Rule, kind: str) -> bool:
    return any(template.kind == kind for template in rule.then)
