"""The first two lines of an answer: what to do first, what to leave, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.quantity import percent, spoken
from .wording import OF_MONEY, price_range

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


NOTHING = "Nothing in the catalogue mends that"
INSTEAD = (
    "smaller_model_would_run"  # the conclusion that tells what the rig is good for where nothing free makes it run
)
EASES = 0.05  # of a gain: what is less is not named where something stands in the way


def verdict_text(
    options: Sequence[Mapping[str, Any]],
    numbers: Mapping[str, Any],
    scenario: Mapping[str, Any],
    path: Mapping[str, Any],
    cautions: Sequence[str] = (),
    conclusions: Sequence[Mapping[str, Any]] = (),
) -> str:
    """A few sentences: what has to be said first, what stands in the way, the steps of the path, what to leave.

    conclusions: those of the answer, of which one may name a smaller model that would run.
    """
    metric = MAIN[scenario["goal"]["optimize"]]
    names = {row["id"]: row["name"] for row in options}
    lines = [f"{caution[0].upper()}{caution[1:]}." for caution in cautions]
    if trouble := _trouble(numbers, metric):
        lines.append(trouble)
    steps = path["steps"]
    if steps:
        lines.append(_step("First", names[steps[0]["option"]], steps[0], metric))
        lines += [_step("Then", names[step["option"]], step, metric) for step in steps[1:3]]
        measured = next(row for row in options if row["id"] == "measure_first")["status"] != "rejected"
        lines += _before_money(steps, names) if measured else []
    else:
        lines.append(_stay(trouble, numbers["fits"] is False, options))
    lines += [f"Without a change: {row['says']}." for row in conclusions if row["id"] == INSTEAD]
    taken = {step["option"] for step in steps}
    hardware = [row for row in options if row["kind"] == "hardware" and row["id"] not in taken]
    barred = [row for row in hardware if row["status"] == "rejected" and not (row["why_not"] or {}).get("moot")]
    left = [row["name"] for row in barred if row["cost_usd"]]
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
    if numbers["fits"] is False and "requests_at_once" not in numbers:
        too_much = f"{_lacking(numbers)} too much on the fullest card"
        return f"What is asked for does not fit in GPU memory: {too_much}{_slow(numbers)}."
    if metric not in numbers:
        lacks = ", ".join(numbers.get("lacks", ()))
        known = f"not known: {lacks}" if lacks else "a fact that it rests on is not known"
        return f"The {WORDS[metric]} of this rig cannot be told ({known})."
    return ""


def _slow(numbers: Mapping[str, Any]) -> str:
    """At what speed it runs all the same, in part from host memory; that it does not start; empty where not told."""
    decode = numbers.get("decode_tok_s")
    if decode is None and "lacks" not in numbers:
        return "; it does not start"
    if decode is None or not numbers["shares"].get("decode", {}).get("host_memory"):
        return ""
    return f"; it runs in part from host memory, at {spoken(decode['value'], 'tok/s')} for one user"


def _before_money(steps: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """That measuring comes before the first step that costs money."""
    for step in steps:
        if step["cost_usd"] and step["cost_usd"]["high"] > 0:
            price = spoken(step["cost_usd"]["high"], "USD")
            return [f"A few minutes of measuring come before {price} for {names[step['option']]}."]
    return []


def _measure(options: Sequence[Mapping[str, Any]]) -> list[str]:
    """That measuring comes first, where it is recommended."""
    row = next((row for row in options if row["id"] == "measure_first"), None)
    if row is None or row["status"] != "recommended":
        return []
    says = str(row["says"])
    named = says.split(" ", 1)[0] in {one["id"] for one in options}  # its name is put in for it as it stands
    return [f"{says}." if named else f"{says[0].upper()}{says[1:]}."]


def _lacking(numbers: Mapping[str, Any]) -> str:
    """How much the fullest card lacks."""
    least = min(float(row["free_gb"]) for row in numbers["memory"] if row["used"])
    return spoken(-least * 1e9, "B")


def _stay(trouble: str, too_large: bool, options: Sequence[Mapping[str, Any]]) -> str:
    """Where no step is advised: to leave it so, to measure, or what is open where something stands in the way."""
    nothing = next((row for row in options if row["id"] == "do_nothing"), None)
    if trouble and nothing and nothing["status"] == "recommended":
        return f"Leave it so: {nothing['says']}."
    if trouble:
        open_ones = [row["name"] for row in options if row["status"] == "optional" and _mends(row)][:3]
        said = f"No change is advised for that; what eases it is open: {', '.join(open_ones)}" if open_ones else NOTHING
        return f"{said}; a smaller model would mend it." if too_large else f"{said}."
    if told := _measure(options):
        return told[0]
    return "Leave the rig as it is: no change known here is worth its price or trouble for this goal."


def _mends(row: Mapping[str, Any]) -> bool:
    """Whether an option makes something faster, or would be advised if there were money for it."""
    lacks = ((row["why_not"] or {}).get("failed") or {}).get("condition")
    return lacks in OF_MONEY or any(one["relative"]["value"] >= EASES for one in row["effects"])


def _step(word: str, name: str, step: Mapping[str, Any], metric: str) -> str:
    """A step with what it adds on top of the former ones; where there was nothing before, how it runs."""
    variant = f" ({step['variant']})" if step["variant"] else ""
    effect = next((one["relative"] for one in step["effects"] if one["metric"] == metric), None)
    gain = ""
    if effect:
        told = f"{percent(effect['value'])} {WORDS[metric]} [{percent(effect['low'])}, {percent(effect['high'])}]"
        gain = f": {told}{' on top' if word != 'First' else ''}"
    if not step["effects"] or (effect and effect["value"] < 0):  # what loses for the goal is for something else
        gain += f"{',' if gain else ':'} {step['says']}"
    told = name if word == "First" or name[1].isupper() else name[0].lower() + name[1:]
    return f"{word}: {told}{variant}{gain}{_price(step['cost_usd'])}."


def _price(cost: Mapping[str, Any] | None) -> str:
    if cost is None:
        return ""
    if cost["high"] == 0:
        return ", free"
    if "sold" not in cost:
        return f", {price_range(cost)}"
    return f", for {price_range(cost['bought'])} less {price_range(cost['sold'])} that the old parts bring"
