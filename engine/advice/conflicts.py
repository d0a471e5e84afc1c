"""Where sources disagree: the claims about a value, or the measurements of an effect, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..grounding.lookups import told_claims
from ..grounding.scenario import Scenario
from ..model.quantity import spoken
from .commands import measurement

if TYPE_CHECKING:
    from ..reading import Knowledge

Values = Mapping[str, Any]


def of_value(fact: Values, knowledge: Knowledge) -> dict[str, Any]:
    """A value of an entry about which sources disagree; `fact` says which. It is settled by a better source."""
    evidence = told_claims(knowledge, f"{fact['of']}s", str(fact["key"]), str(fact["attribute"]))
    return {"about": f"{fact['attribute']} of {fact['key']}", "evidence": evidence, "widens": [],
            "settled_by": "a vendor's document or a reading on the card"}  # fmt: skip


def of_shown(fact: Values, knowledge: Knowledge) -> dict[str, Any]:
    """A value of a link, or the prices of an item, on which sources disagree; `fact` says which."""
    if fact["of"] != "price":
        return of_value(fact, knowledge)
    entry = knowledge.entries["prices"].get(str(fact["key"])) or {}
    evidence = [_price(one) for one in entry.get("prices") or []]
    evidence += [f"{_price(one)}: not counted" for one in entry.get("not_counted") or []]
    return {"about": f"price of {fact['key']}", "evidence": evidence, "widens": [], "settled_by": "an offer of today"}


def _price(one: Values) -> str:
    to = f" to {spoken(one['high'], 'USD')}" if one["high"] > one["low"] else ""
    words = [str(one[name]) for name in ("condition", "source", "date") if one.get(name)]
    return f"{spoken(one['low'], 'USD')}{to} ({', '.join(words)})"


def of_effect(facts: Sequence[Values], scenario: Scenario, entries: Mapping[str, Any]) -> dict[str, Any]:
    """The measurements of one effect that disagree; the interval of the option covers them all."""
    first = facts[0]
    return {
        "about": f"{first['option']} in {first['metric']}",
        "evidence": [_measured(one) for one in facts] + _not_counted(str(first["effect"]), entries),
        "widens": [str(first["option"])],
        "settled_by": f"before and after on this rig: {measurement(scenario, entries)}",
    }


def _not_counted(effect: str, entries: Mapping[str, Any]) -> list[str]:
    entry = (entries.get("effects") or {}).get(effect) or {}
    return [f"{_measured(one)}: not counted, {one.get('note', '')}" for one in entry.get("not_counted") or []]


def _measured(fact: Values) -> str:
    told = fact.get("source") or "no source"
    version = f", version {fact['engine_version']}" if fact.get("engine_version") else ""
    return f"{spoken(fact['low'], '%')} to {spoken(fact['high'], '%')} ({told}{version})"
