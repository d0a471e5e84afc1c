"""Claims on what a rig does: a speed, a gain from an option, whether a model fits. Asked first, told later."""

from __future__ import annotations

from ...grounding.entries import Origin
from ...grounding.scenario import Scenario
from ..bench import Bench
from ..claims import Claim
from ..naming import Unsettled
from ..predictions import option_key
from ..scenarios import named, scenario_of
from ..stated import stated_flag, stated_number
from ..units import Unit, required_unit
from .numbers import PERCENT

RATES = {"tpot_ms": "decode_tok_s"}
"""Times that cannot be shorter than the limit of a rate allows."""
UNITS = {
    "decode_tok_s": ("speed", "tok_s"),
    "prefill_tok_s": ("speed", "tok_s"),
    "output_throughput_tok_s": ("speed", "tok_s"),
    "total_throughput_tok_s": ("speed", "tok_s"),
    "ttft_ms": ("time", "ms"),
    "tpot_ms": ("time", "ms"),
    "all_reduce_us": ("time", "us"),
    "power_w": ("power", "w"),
    "tokens_per_joule": ("energy", ""),
}


def ask_measurement(claim: Claim, bench: Bench) -> None:
    """Register the rig of a measured number. Raises Unsettled, Impossible, BadInput."""
    _measured_in(claim)
    if "model" not in claim.content and not (claim.content.get("scenario") or {}).get("workload", {}).get("model"):
        raise Unsettled("no model is named")
    bench.predictions.ask(claim.name, scenario_of(claim))


def measurement(claim: Claim, bench: Bench) -> None:
    """What is predicted, and what physics allows at most."""
    given, metric = claim.content, str(claim.content["metric"])
    bench.open_claim(claim, f"{metric} of {named(given)}")
    bench.say(stated_number(claim.name, given, "value", "upper", _measured_in(claim), exact=False))
    _tell_room(claim, bench)
    found = bench.predictions.number(claim.name, metric)
    if found is None:
        bench.unknown(claim, f"{metric} of this rig cannot be predicted")
    else:
        bench.say(
            {"kind": "predicted", "claim": claim.name, "value": found.value, "low": found.low, "high": found.high},
            _interval(),
            [(found.part, found.proof)],
        )
    for fact, proof in bench.predictions.limits(claim.name, RATES.get(metric, "")):
        bench.say(
            {"kind": "step_limit_told", "claim": claim.name, "rate": fact["value"], "what": fact["what"]}, None, [proof]
        )
    for fact, proof in bench.predictions.limits(claim.name, metric):
        bench.say(
            {"kind": "limit_told", "claim": claim.name, "value": fact["value"], "what": fact["what"]}, None, [proof]
        )


def _measured_in(claim: Claim) -> Unit:
    dimension, usual = UNITS[str(claim.content["metric"])]
    return required_unit(dimension, str(claim.content.get("unit", usual)), claim.place)


def _interval() -> Origin:
    return Origin("calibration", "calibration", {})


def _tell_room(claim: Claim, bench: Bench) -> None:
    """Say where weights alone are more than all memory, and where nothing is left and the engine does not spill."""
    for kind in ("claim_overfull", "claim_no_room"):
        found = bench.predictions.fact(claim.name, kind)
        if found is not None:
            fact, proof = found
            values = {name: value for name, value in fact.as_dict().items() if name not in ("kind", "deployment")}
            bench.say(
                {"kind": "room_told", "claim": claim.name, "sort": kind.removeprefix("claim_"), **values}, None, [proof]
            )


def ask_fits(claim: Claim, bench: Bench) -> None:
    """Register the rig of a claim on fitting. Raises Unsettled, Impossible, BadInput."""
    bench.predictions.ask(claim.name, scenario_of(claim))


def fits(claim: Claim, bench: Bench) -> None:
    """Whether weights, cache and overhead stay within memory, and what is left."""
    bench.open_claim(claim, f"whether it fits: {named(claim.content)}")
    bench.say(stated_flag(claim.name, bool(claim.content["value"])))
    _tell_room(claim, bench)
    found = bench.predictions.fact(claim.name, "fit")
    if found is None:
        bench.unknown(claim, "what it takes in memory cannot be told")
        return
    fact, proof = found
    within = bench.predictions.fact(claim.name, "fits")
    bench.say(
        {
            "kind": "fit_told",
            "claim": claim.name,
            "fits": within is not None,
            "free": fact["least_free"],
            "room": fact["least_room"],
            "context_given": _context_given(claim),
        },
        None,
        [within[1] if within else proof],
    )


def _context_given(claim: Claim) -> bool:
    workload: Scenario = (claim.content.get("scenario") or {}).get("workload") or {}
    return "context_tokens" in claim.content or "context_tokens" in workload


def ask_gain(claim: Claim, bench: Bench) -> None:
    """Register both sides of a gain. Raises Unsettled, Impossible, BadInput."""
    option = option_key(bench.knowledge, str(claim.content["option"]))
    labels = bench.predictions.ask_option(claim.name, scenario_of(claim), option)
    bench.labels[claim.name] = labels


def gain(claim: Claim, bench: Bench) -> None:
    """The predicted change with its interval, and the published ones of the same cards, engine and size."""
    given, metric = claim.content, str(claim.content["metric"])
    option = option_key(bench.knowledge, str(given["option"]))
    bench.open_claim(claim, f"change of {metric} by {option}: {named(given)}")
    bench.say(stated_number(claim.name, given, "states_percent", "upper_percent", PERCENT, exact=False))
    if not bench.labels[claim.name]:
        bench.say({"kind": "cannot_be", "claim": claim.name, "reason": f"{option} changes nothing in this rig"})
        return
    _tell_published(claim, bench, option, metric)
    told = [bench.predictions.change(claim.name, label, metric) for label in bench.labels[claim.name]]
    for label, one in zip(bench.labels[claim.name], told, strict=True):
        if one is not None:
            change, links = one
            bench.say(
                {
                    "kind": "gain_told",
                    "claim": claim.name,
                    "variant": label,
                    "value": change.value,
                    "low": change.low,
                    "high": change.high,
                },
                _interval(),
                links,
            )
    if not any(told):
        bench.unknown(claim, f"{metric} of this rig cannot be predicted")


def _tell_published(claim: Claim, bench: Bench, option: str, metric: str) -> None:
    scenario = bench.predictions.scenario(f"{claim.name}/now")
    gpus = {group["gpu"] for group in scenario["rig"]["gpus"]}
    workload = scenario["workload"]
    for key, entry in bench.knowledge.entries["effects"].items():
        same = (entry["option"], entry["metric"], entry["engine"], entry["tensor"]) == (
            option,
            metric,
            workload["engine"],
            workload["parallelism"]["tensor"],
        )
        if not same or gpus != {entry["gpu"]}:
            continue
        for number, one in enumerate(entry["measurements"]):
            path = f"measurements.{number}"
            bench.say(
                {
                    "kind": "effect_told",
                    "claim": claim.name,
                    "low": one["low"],
                    "high": one["high"],
                    "source": one.get("source", ""),
                },
                Origin("effects", key, {"low": f"{path}.low", "high": f"{path}.high"}),
            )
        bench.disputed.setdefault(claim.name, []).append(("effects", key, ""))
