"""The memory that an engine's boot log names, against what the rules count for the same cards, model and engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..advice.estimator import NUMBERS, Estimator
from ..errors import RigwiseError
from .ingest import Check, Measurement
from .limits import gpu_limits, model_caches, weights_bytes
from .rows import Row, rig_of

if TYPE_CHECKING:
    from ..inference import Trace
    from ..reading import Knowledge

GIB = 2**30
NARROWEST_CACHE = 8
"""Bits of a value of the cache, where a log does not say: below 8 an engine says so."""
KINDS = frozenset({"card_memory", "capacity"})
Count = Callable[["Trace", Measurement], float | None]


def _of_cards(attribute: str, choose: Callable[..., float]) -> Count:
    def count(trace: Trace, one: Measurement) -> float | None:
        found = [float(fact[attribute]) for fact in trace.of_kind("card_memory") if fact.get(attribute) is not None]
        return choose(found) / GIB if found else None

    return count


def _tokens(trace: Trace, one: Measurement) -> float | None:
    found = [float(fact["tokens"]) for fact in trace.of_kind("capacity")]
    return min(found, default=None)


def _requests(trace: Trace, one: Measurement) -> float | None:
    tokens = _tokens(trace, one)
    return tokens / one.context_depth if tokens and one.context_depth else None


def _whole_cache(trace: Trace, one: Measurement) -> float | None:
    """The cache of all cards together, where the log names the context that it is for."""
    found = [float(fact["kv_cache"]) for fact in trace.of_kind("card_memory") if fact.get("kv_cache") is not None]
    return sum(found) / GIB if found and one.context_depth else None


COUNTED: Mapping[str, Count] = {
    "weights_gib": _of_cards("weights", max),
    "kv_cache_gib": _whole_cache,
    "kv_pool_gib": _of_cards("room", min),
    "kv_pool_tokens": _tokens,
    "max_concurrency": _requests,
}
NEEDED = ("gpu", "model", "quantization", "engine")


def memory_compared(
    found: Sequence[Measurement], knowledge: Knowledge, matcher: str | None
) -> dict[str, dict[str, Any]]:
    """For each measurement of `COUNTED`, by its id, what is counted and the ratio, or the reason why nothing is."""
    asked = [one for one in found if one.metric in COUNTED]
    if not asked:
        return {}
    estimator = Estimator(knowledge, matcher, NUMBERS | KINDS)
    traces: dict[str, Trace | str] = {}
    told: dict[str, dict[str, Any]] = {}
    for one in asked:
        key = repr([getattr(one, name) for name in (*NEEDED, "gpu_count", "tp", "pp", "kv_dtype", "context_depth")])
        if key not in traces:
            traces[key] = _trace(one, estimator)
        trace = traces[key]
        if isinstance(trace, str):
            told[one.id] = {"reason": trace}
            continue
        predicted = COUNTED[one.metric](trace, one)
        told[one.id] = {"reason": "the rules count none for this engine and model"}
        if predicted and predicted > 0:
            told[one.id] = {"predicted": predicted, "ratio": one.value / predicted}
    return told


def _trace(one: Measurement, estimator: Estimator) -> Trace | str:
    """What the rules find for the same deployment, or why they cannot be asked."""
    missing = [name for name in NEEDED if getattr(one, name) is None]
    if missing:
        return f"not told: {', '.join(missing)}"
    if one.in_host:
        return f"a part of the weights lay in host memory: {one.in_host}"
    if (one.gpu_count or 1) > 1 and one.tp is None and one.pp is None and one.replicas is None:
        return "how the model is split over the cards is not told: give --tensor or --pipeline"
    cells = {name: "" if value is None else str(value) for name, value in one.row().items()}
    row = Row(cells["id"], one.metric, one.value, cells)
    workload = {
        "model": one.model, "quantization": one.quantization, "engine": one.engine, "users": 1,
        "parallelism": {"tensor": row.size("tp"), "pipeline": row.size("pp"), "replicas": 1},
        **({"context_tokens": one.context_depth} if one.context_depth else {}),
        **({"kv_quantization": one.kv_dtype} if one.kv_dtype not in (None, "auto") else {}),
    }  # fmt: skip
    try:
        rig = rig_of(row, max(row.ranks, 1), estimator.knowledge)
        return estimator.of({"now": estimator.resolved({"rig": rig, "workload": workload})}).trace
    except RigwiseError as error:
        return str(getattr(error, "message", error))


def more_than_cards_hold(knowledge: Knowledge) -> Check:
    """The check that weights and a pool of so many tokens have room on all cards together."""
    caches, gpus = model_caches(knowledge), gpu_limits(knowledge)

    def check(found: Measurement) -> str | None:
        if found.metric != "kv_pool_tokens" or not found.model or not found.gpu or found.in_host:
            return None
        cache, memory = caches(found.model), (gpus(found.gpu) or {}).get("memory")
        if not cache or not memory:
            return None
        weights = weights_bytes(knowledge, found.model, found.quantization)
        most = memory * (found.gpu_count or 1)
        needed = weights + found.value * cache["bytes"] * NARROWEST_CACHE / 16 / (found.replicas or 1)
        if needed <= most:
            return None
        told = f"{found.value:,.0f} tokens of {found.model} with its weights take {needed / GIB:.3g} GiB even in 8 bit"
        return f"impossible: {told}; {found.gpu_count or 1} x {found.gpu} have {most / GIB:.3g} GiB"

    return check
