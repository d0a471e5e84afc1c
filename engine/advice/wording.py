"""Words that an answer and its checker share: what failed, where to stop, what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.quantity import percent, spoken

# Metric, kind and attribute of the fact that tells it.
METRICS: tuple[tuple[str, str, str], ...] = (
    ("decode_tok_s", "summary", "decode"),
    ("prefill_tok_s", "summary", "prefill"),
    ("output_throughput_tok_s", "summary", "output_throughput"),
    ("capacity_tokens", "capacity", "tokens"),
    ("power_w", "summary", "power"),
    ("tokens_per_joule", "summary", "efficiency"),
)
FACTORS = (2, 4, 8, 16, 32, 64, 0.5, 0.25, 0.125)  # by which an assumed number is changed to see the verdict turn
FACTS_ALONE = "it follows from what is there, not from a predicted speed"
NO_PREDICTION = "its effect is not predicted"
NO_CHANGE = "it changes nothing"
OF_MONEY = frozenset({"the middle of its price lies within the budget", "a budget is given for so large a sum"})
"""Conditions of knowledge/rules/status.yaml that more money meets."""


def stopping(steps: int, following: tuple[str, float, float] | None, metric: str) -> str:
    """Where to stop, in words. following: the next best option, what it would add and what is asked for.

    >>> stopping(1, ("pcie_p2p", 0.02, 0.05), "decode")
    'Stop after step 1: the next best, pcie_p2p, would add +2.0 % decode on top, +5.0 % is asked for.'
    """
    where = f"after step {steps}" if steps else "before the first step"
    if following is None:
        return f"Stop {where}: nothing else known here adds to it."
    option, gain, needed = following
    return (
        f"Stop {where}: the next best, {option}, would add {percent(gain)} {metric} on top, "
        f"{percent(needed)} is asked for."
    )


def for_more_money(options: Sequence[Mapping[str, Any]], metric: str, words: str) -> tuple[str | None, str]:
    """The option that only the money given bars and that gains most by itself, with the sentence; none: nothing.

    metric: of the goal, called so in `words`.
    """
    found = []
    for row in options:
        gain = next((one["relative"]["value"] for one in row["effects"] if one["metric"] == metric), 0.0)
        barred = ((row["why_not"] or {}).get("failed") or {}).get("condition") in OF_MONEY
        if barred and row["cost_usd"] and gain >= needed_gain({}, row["cost_usd"]):
            found.append((-gain, str(row["id"]), row["cost_usd"]))
    if not found:
        return None, ""
    gain, option, cost = min(found, key=lambda one: one[:2])
    net = "net " if "sold" in cost else ""
    return option, f" For more money: {option} by itself, {net}{price_range(cost)}, {percent(-gain)} {words}."


def price_range(ends: Mapping[str, float]) -> str:
    """The ends of a price in words, once where they are one.

    >>> price_range({"low": 700, "high": 1500}), price_range({"low": 8565, "high": 8565})
    ('$700 to $1,500', '$8,565')
    """
    told = [spoken(ends[end], "USD") for end in ("low", "high")]
    return " to ".join(dict.fromkeys(told))


def staying(says: str | None) -> str:
    """Where no step is worth taking, in words. says: why doing nothing is best."""
    return f"Stop before the first step: {says or 'nothing is worth doing'}."


def untold(option: str) -> str:
    """Of an option whose gain on top cannot be told."""
    return f"what {option} would add cannot be told"


def failed(fact: Mapping[str, Any]) -> dict[str, str]:
    """The condition that a misfit or an obstacle is about, what was observed and what is needed, in words."""
    unit = str(fact.get("unit") or "")
    return {
        "condition": str(fact["condition"]),
        "observed": spoken(fact["observed"], unit),
        "needed": spoken(fact["needed"], unit),
    }


def flip(fact: Mapping[str, Any]) -> str:
    """What would have to be otherwise for an obstacle to fall."""
    said = failed(fact)
    return f"{said['condition']}: {said['needed']} in place of {said['observed']}"


def walked_sources(name: str | None, proofs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The sources of all nodes that a node rests on by its premises, the nearest first, twelve at most."""
    if name is None:
        return []
    seen, queue, found = set[str](), [name], list[str]()
    while queue:
        one = queue.pop(0)
        if one in seen:
            continue
        seen.add(one)
        found += proofs[one].get("sources", [])
        queue += proofs[one].get("premises", [])
    return list(dict.fromkeys(found))[:12]


def bought_and_sold(cost: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Of a fact that tells a price: what is bought, and what the old parts bring where some are sold [USD]."""
    if "sold_high" not in cost:
        return {}
    return {part: {end: float(cost[f"{part}_{end}"]) for end in ("low", "high")} for part in ("bought", "sold")}


def needed_gain(entry: Mapping[str, Any], cost: Mapping[str, Any] | None) -> float:
    """The gain from which an option is worth it: its entry's own, or that of what costs money, of what is free [1]."""
    own = entry.get("worth_from")
    return float(own) if own is not None else 0.15 if cost and cost["high"] > 0 else 0.05


def gain_reason(best: Mapping[str, Any], needed: float) -> tuple[dict[str, str], list[str]]:
    """Why not, where the gain is too small; and what would turn it."""
    told, metric = spoken(needed, "%").replace(".0 ", " "), best["metric"]
    failed = {"condition": f"the gain in {metric} is worth it", "observed": spoken(best["gain"], "%"), "needed": told}
    return failed, [f"the gain in {metric} reaches {told}"]


def untold_reason(after: bool, now: bool) -> tuple[dict[str, str], list[str]]:
    """Why not, where no gain can be told. after, now: whether the speed with the option, and without it, can be."""
    if not after:
        observed, needed = "its speed cannot be told", "a speed that can be predicted"
    elif not now:
        observed, needed = "the speed of what is asked for cannot be told", "a speed to compare with"
    else:
        observed, needed = "its gain for the goal cannot be told", "a gain that can be predicted"
    condition = "its gain can be told"
    failed = {"condition": condition, "observed": observed, "needed": needed}
    return failed, [f"{condition}: {needed} in place of: {observed}"]
