"""The first two lines of an answer: what to do first, what to leave, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..inference import Trace
from ..inference.sentence import render
from ..model.quantity import percent, spoken

MAIN = {
    "latency": "decode_tok_s",
    "throughput": "output_throughput_tok_s",
    "prefill": "prefill_tok_s",
    "efficiency": "tokens_per_joule",
    "capacity": "capacity_tokens",
}
WORDS = {
    "decode_tok_s": "decode",
    "prefill_tok_s": "prefill",
    "output_throughput_tok_s": "throughput",
    "tokens_per_joule": "tokens per joule",
    "power_w": "power",
    "capacity_tokens": "room for context",
}


def verdict_text(
    options: Sequence[Mapping[str, Any]],
    numbers: Mapping[str, Any],
    scenario: Mapping[str, Any],
    cautions: Sequence[str] = (),
) -> str:
    """One to three sentences from the ranked options, after what has to be said first."""
    first = [row for row in options if row["status"] == "recommended"]
    metric = MAIN[scenario["goal"]["optimize"]]
    lines = [f"{caution[0].upper()}{caution[1:]}." for caution in cautions]
    if trouble := _trouble(numbers, metric):
        lines.append(trouble)
    if not first or first[0]["id"] == "do_nothing":
        lines.append(_stay(trouble, numbers["fits"] is False))
    else:
        lines.append(_step("First", first[0], metric))
        lines += [_step("Or", row, metric) for row in first[1:2]]
    left = [
        row["name"] for row in options if row["kind"] == "hardware" and row["status"] == "rejected" and row["cost_usd"]
    ]
    if left:
        lines.append(f"Do not buy for this: {', '.join(left[:4])}.")
    return " ".join(lines)


def _trouble(numbers: Mapping[str, Any], metric: str) -> str:
    """What stands in the way of an answer: it does not fit, cannot run, or its speed cannot be told; else empty."""
    if numbers["cannot_run"]:
        why = numbers["cannot_run"][0]
        return (
            f"What is asked for cannot run: needs that {why['condition']}; "
            f"observed {why['observed']}, needed {why['needed']}."
        )
    if numbers["fits"] is False:
        return f"What is asked for does not fit in GPU memory: {_lacking(numbers)} too much on the fullest card."
    if metric not in numbers:
        return f"The {WORDS[metric]} of this rig cannot be told from the facts known about it."
    return ""


def _lacking(numbers: Mapping[str, Any]) -> str:
    """How much the fullest card lacks."""
    least = min(float(row["free_gb"]) for row in numbers["memory"] if row["used"])
    return spoken(-least * 1e9, "B")


def _stay(trouble: str, too_large: bool) -> str:
    if trouble:
        return "Nothing in the catalogue mends that" + ("; a smaller model would." if too_large else ".")
    return "Leave the rig as it is: no change known here is worth its price or trouble for this goal."


def _step(word: str, row: Mapping[str, Any], metric: str) -> str:
    variant = f" ({row['variant']})" if row["variant"] else ""
    effect = next((one for one in row["effects"] if one["metric"] == metric), None)
    gain = ""
    if effect:
        relative = effect["relative"]
        gain = (
            f": {percent(relative['value'])} {WORDS[metric]} [{percent(relative['low'])}, {percent(relative['high'])}]"
        )
    cost = row["cost_usd"]
    price = (
        ""
        if cost is None
        else ", free"
        if cost["high"] == 0
        else f", {spoken(cost['low'], 'USD')} to {spoken(cost['high'], 'USD')}"
    )
    return f"{word}: {row['name'].lower() if word == 'Or' else row['name']}{variant}{gain}{price}."


def cautions(trace: Trace) -> list[str]:
    """Sentences of the rules in knowledge/rules/cautions.yaml that fired, the gravest first."""
    facts = sorted(trace.of_kind("caution"), key=lambda fact: (int(fact["order"]), str(fact["of"])))
    firings = [firing for fact in facts for firing in trace.firings_of(fact)]
    return list(dict.fromkeys(render(one.rule.says, one.bindings, one.results, spoken) for one in firings))


def confidence(trace: Trace, numbers: Mapping[str, Any], assumptions: Sequence[Any]) -> tuple[str, list[str]]:
    """Tier and the factors it follows from; the factors are facts of the rules in knowledge/rules/confidence.yaml."""
    facts = sorted(trace.of_kind("confidence_factor"), key=lambda fact: (-int(fact["weight"]), str(fact["says"])))
    tiers = trace.of_kind("confidence")
    tier = str(tiers[0]["tier"]) if tiers else "low"
    return tier, [str(fact["says"]) for fact in facts]
