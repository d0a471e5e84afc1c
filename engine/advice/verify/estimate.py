"""The estimate of a saved answer: numbers, fit, what each card holds, shares of the time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from .nodes import Checker, Fault, fault, safely, same
from .quantities import number

MEMORY = {"weights_gb": "weights", "kv_cache_gb": "kv_cache", "overhead_gb": "overhead", "free_gb": "free"}
TOLD: dict[str, tuple[tuple[str, str], ...]] = {
    "decode": (("decode_tok_s", "speed"),),
    "user_decode": (("user_decode_tok_s", "speed"),),
    "prefill": (("prefill_tok_s", "rate"),),
    "serving": (
        ("output_throughput_tok_s", "throughput"), ("total_throughput_tok_s", "total"), ("ttft_ms", "ttft"),
        ("tpot_ms", "tpot"),
    ),
    "step_waits": (("all_reduce_us", "each"),),
    "watts": (("power_w", "power"), ("tokens_per_joule", "efficiency")),
    "capacity": (("capacity_tokens", "tokens"),),
    "queue": (("requests_at_once", "requests"),),
}  # fmt: skip  # fmt: skip


def estimate(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Numbers, fit, cards and shares of the time."""
    estimate = document.get("estimate") or {}
    for name, value in estimate.items():
        if isinstance(value, Mapping) and name != "shares":
            yield from safely(f"estimate.{name}", number, f"estimate.{name}", value, checker)
    yield from _fits(estimate, checker)
    yield from _numbers_told(document, checker)
    if [row["gpu"] for row in estimate["memory"]] != list(range(len(estimate["memory"]))):
        yield fault("estimate.memory", "does not count the cards through")
    held = {checker.fact(name).get("gpu") for name in checker.named("card_memory", deployment="now")}
    if {row["model"] for row in estimate["memory"] if row["used"]} != held:
        yield fault("estimate.memory", "does not tell all cards")
    asked = [group["gpu"] for group in document["scenario"]["rig"]["gpus"] for _ in range(group["count"])]
    if [row["model"] for row in estimate["memory"]] != asked:
        yield fault("estimate.memory", "tells other cards than the scenario")
    if [row["proof"] for row in estimate["cannot_run"]] != _misfits(checker):
        yield fault("estimate.cannot_run", "is not what the proofs conclude")
    for place, row in enumerate(estimate["memory"]):
        yield from safely(f"estimate.memory.{place}", _card, f"estimate.memory.{place}", row, checker)
    told = {row["phase"] for row in document["bottlenecks"]}
    if told != {phase for phase, terms in estimate["shares"].items() if terms}:
        yield fault("bottlenecks", "are not told for the phases of which shares are told")
    for phase, terms in estimate["shares"].items():
        if terms and not math.isclose(math.fsum(terms.values()), 1.0, rel_tol=1e-6):
            yield fault(f"estimate.shares.{phase}", f"add up to {math.fsum(terms.values())}, not to 1")
        if any(not 0 <= share <= 1 for share in terms.values()):
            yield fault(f"estimate.shares.{phase}", "one lies outside 0 to 1")


def _numbers_told(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Every number that the facts of the rig as it stands hold is told."""
    for name in document["grounds"]["numbers"]:
        fact = checker.fact(name)
        if fact.get("deployment") != "now":
            yield fault("grounds.numbers", f"{name} is about something else")
        for metric, attribute in TOLD.get(str(fact.get("kind")), ()):
            if fact.get(attribute) and not isinstance(document["estimate"].get(metric), Mapping):
                yield fault(f"estimate.{metric}", "is not told")
    kinds = {checker.fact(name).get("kind") for name in document["grounds"]["numbers"]}
    told = {
        metric for metric in document["estimate"] if any(metric == one for rows in TOLD.values() for one, _ in rows)
    }
    if told - {metric for kind in kinds for metric, _ in TOLD.get(str(kind), ())}:
        yield fault("grounds.numbers", "leave out a fact of which the estimate tells a number")


def _misfits(checker: Checker) -> list[str]:
    """The nodes of what keeps the rig as asked from running, the gravest first."""
    own = [name for name in checker.named("misfit", deployment="now") if checker.fact(name)["id"] != "does_not_fit"]
    return sorted(own, key=lambda name: (int(checker.fact(name)["order"]), str(checker.fact(name)["id"])))


def _fits(estimate: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    kind = {None: None, True: "fits", False: "fit"}[estimate["fits"]]
    fact = checker.fact(estimate["fits_proof"])
    if fact.get("kind") != kind or fact.get("deployment", "now") != "now":
        yield fault("estimate.fits", f"says {estimate['fits']}, its proof concludes {fact.get('kind')}")


def _card(path: str, row: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """What a card holds against its fact."""
    if not row["used"]:
        if "proof" in row or row["used"] is not False:
            yield fault(path, "is told not to be used and what it holds")
        return
    fact = checker.fact(row["proof"])
    if (fact.get("kind"), fact.get("deployment"), fact.get("gpu")) != ("card_memory", "now", row["model"]):
        yield fault(path, "its proof is about something else")
        return
    for name, attribute in MEMORY.items():
        if not same(row[name], fact[attribute] / 1e9):
            yield fault(path, f"{name} is {row[name]}, its proof says {fact[attribute] / 1e9}")
