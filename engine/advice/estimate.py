"""The numbers of the rig as it stands: fit, memory of each card, speeds with intervals, where the time goes."""

from __future__ import annotations

from typing import Any

from ..grounding.deployment import layout_of
from ..grounding.placement import place
from ..grounding.rig import bonds_of, cards_of
from ..grounding.scenario import Scenario
from ..inference import Fact, Trace
from .proofs import Proofs
from .spread import Spread
from .wording import failed

# Name in the answer, kind and attribute of the fact, factor from SI to the unit in the name.
METRICS: tuple[tuple[str, str, str, float], ...] = (
    ("decode_tok_s", "decode", "speed", 1.0),
    ("user_decode_tok_s", "user_decode", "speed", 1.0),
    ("prefill_tok_s", "prefill", "rate", 1.0),
    ("output_throughput_tok_s", "serving", "throughput", 1.0),
    ("total_throughput_tok_s", "serving", "total", 1.0),
    ("ttft_ms", "serving", "ttft", 1e3),
    ("tpot_ms", "serving", "tpot", 1e3),
    ("all_reduce_us", "step_waits", "each", 1e6),
    ("power_w", "watts", "power", 1.0),
    ("tokens_per_joule", "watts", "efficiency", 1.0),
    ("capacity_tokens", "capacity", "tokens", 1.0),
    ("requests_at_once", "queue", "requests", 1.0),
)
MEMORY = (("weights_gb", "weights"), ("kv_cache_gb", "kv_cache"), ("overhead_gb", "overhead"), ("free_gb", "free"))


def one_of(trace: Trace, kind: str, deployment: str) -> Fact | None:
    """The fact of a kind about a deployment, if the rules found one."""
    return next((fact for fact in trace.of_kind(kind) if fact.get("deployment") == deployment), None)


def estimate(
    trace: Trace, proofs: Proofs, spread: Spread, scenario: Scenario, speeds: dict[str, float]
) -> dict[str, Any]:
    """The `estimate` section of an answer. speeds: memory bandwidth of each GPU model, for the order of cards."""
    fit = one_of(trace, "fit", "now")
    fits = one_of(trace, "fits", "now")
    found: dict[str, Any] = {
        "fits": None if fit is None else fits is not None,
        "fits_proof": None if fit is None else proofs.fact(fits or fit),
        "cannot_run": misfits(trace, proofs),
        "memory": memory(trace, proofs, scenario, speeds),
    }
    runs = starts(trace)
    for name, kind, attribute, factor in METRICS if runs else ():
        fact = one_of(trace, kind, "now")
        if fact is not None and fact.get(attribute):
            found[name] = quantity(proofs, spread, fact, attribute, factor)
    found["shares"] = {phase: shares(trace, proofs, phase) if runs else {} for phase in ("decode", "prefill")}
    return found


def starts(trace: Trace) -> bool:
    """Whether what is asked for starts at all: what does not has no speed."""
    return one_of(trace, "misfit", "now") is None


def misfits(trace: Trace, proofs: Proofs) -> list[dict[str, Any]]:
    """Why what is asked for cannot run, the gravest first; what does not fit in memory is told by `fits`."""
    own = [fact for fact in trace.of_kind("misfit") if fact["deployment"] == "now" and fact["id"] != "does_not_fit"]
    own.sort(key=lambda fact: (int(fact["order"]), str(fact["id"])))
    return [{"id": str(fact["id"]), **failed(fact.attributes), "proof": proofs.fact(fact)} for fact in own]


def quantity(proofs: Proofs, spread: Spread, fact: Fact, attribute: str, factor: float) -> dict[str, Any]:
    """A number with its interval and proof."""
    value, low, high = spread.interval(fact, attribute)
    return {"value": value * factor, "low": low * factor, "high": high * factor, "proof": proofs.value(fact, attribute)}


def memory(trace: Trace, proofs: Proofs, scenario: Scenario, speeds: dict[str, float]) -> list[dict[str, Any]]:
    """What each card holds [GB = 1e9 B]; cards outside the layout hold nothing."""
    told = {
        (fact["gpu"], fact["replica"]): fact for fact in trace.of_kind("card_memory") if fact.get("deployment") == "now"
    }
    cards = cards_of(scenario["rig"])
    layout = layout_of(scenario["workload"])
    replicas = place(cards, bonds_of(scenario["rig"], len(cards)), layout, speeds)
    home = {card.index: number for number, stages in enumerate(replicas) for group in stages for card in group}
    rows = []
    for card in cards:
        fact = told.get((card.gpu, home.get(card.index, -1))) or (
            told.get((card.gpu, 0)) if card.index in home else None
        )
        row: dict[str, Any] = {"gpu": card.index, "model": card.gpu}
        if fact is None:
            rows.append(row | {"used": False})
            continue
        row |= {name: float(fact[attribute]) / 1e9 for name, attribute in MEMORY}
        rows.append(row | {"used": True, "proof": proofs.fact(fact)})
    return rows


def shares(trace: Trace, proofs: Proofs, phase: str) -> dict[str, float]:
    """Share of each term in the time of a phase."""
    facts = [fact for fact in trace.of_kind("time_share") if fact["phase"] == phase and fact["deployment"] == "now"]
    return {str(fact["term"]): float(fact["share"]) for fact in sorted(facts, key=lambda one: -float(one["share"]))}


def bottlenecks(trace: Trace, proofs: Proofs) -> list[dict[str, Any]]:
    """What takes the largest share of each phase."""
    facts = sorted(trace.of_kind("bottleneck"), key=lambda one: (one["phase"], one["id"]))
    return [
        {"phase": fact["phase"], "id": fact["id"], "share": fact["share"], "proof": proofs.value(fact, "share")}
        for fact in facts
    ]


def times(trace: Trace, proofs: Proofs) -> dict[str, dict[str, Any]]:
    """How long a decode step and a prompt take, and where the milliseconds go, the largest part first."""
    found: dict[str, dict[str, Any]] = {}
    for whole in sorted(trace.of_kind("phase_time"), key=lambda fact: str(fact["phase"])):
        if whole["deployment"] == "now":
            parts = _parts(trace, proofs, str(whole["phase"]))
            ms = float(whole["seconds"]) * 1e3
            found[str(whole["phase"])] = {"ms": ms, "proof": proofs.value(whole, "seconds"), "parts": parts}
    return found


def _parts(trace: Trace, proofs: Proofs, phase: str) -> list[dict[str, Any]]:
    """Time and share of each term of a phase."""
    parts = {fact["term"]: fact for fact in _now(trace, "time_term", phase)}
    told = sorted(_now(trace, "time_share", phase), key=lambda fact: (-float(fact["share"]), str(fact["term"])))
    return [
        {"term": str(fact["term"]), "ms": float(parts[fact["term"]]["seconds"]) * 1e3, "share": float(fact["share"]),
         "proof": proofs.value(parts[fact["term"]], "seconds"), "share_proof": proofs.value(fact, "share")}
        for fact in told
    ]  # fmt: skip


def _now(trace: Trace, kind: str, phase: str) -> list[Fact]:
    return [fact for fact in trace.of_kind(kind) if fact["phase"] == phase and fact["deployment"] == "now"]
