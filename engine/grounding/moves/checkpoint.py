"""Steps that change the checkpoint: its quantization, and the engine that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..scenario import Scenario, changed
from .forms import Entries, Variant


def smaller_quantization(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`smaller_quantization`: the rungs of the ladder with fewer bits, in the container that is in use.

    Where the engine reads another container best and the quantization has a counterpart there: that and its rungs.
    """
    now = entries["quantizations"][scenario["workload"]["quantization"]]
    best = entries["engines"][scenario["workload"]["engine"]]["containers"][0]
    other = now.get("counterpart")
    moves = other is not None and now["container"] != best == entries["quantizations"][other]["container"]
    for key, rung in _ladder(entries):
        smaller = rung["bits_per_weight"] < now["bits_per_weight"] or (moves and key == other)
        if smaller and rung["container"] == (best if moves else now["container"]):
            yield key, changed(scenario, workload__quantization=key)


def set_quantization(scenario: Scenario, key: str, entries: Entries) -> Iterator[Variant]:
    """`set_quantization: KEY`: another quantization, where the engine can read it and it is another one."""
    engine = entries["engines"][scenario["workload"]["engine"]]
    if key != scenario["workload"]["quantization"] and readable(entries["quantizations"][key], engine):
        yield key, changed(scenario, workload__quantization=key)


def switch_engine(scenario: Scenario, engine: str, entries: Entries) -> Iterator[Variant]:
    """`switch_engine: KEY`: that engine, no flags, the checkpoint of nearest size in the container it reads best."""
    workload = scenario["workload"]
    if workload["engine"] == engine:
        return
    containers = entries["engines"][engine]["containers"]
    now = entries["quantizations"][workload["quantization"]]
    if now["container"] == containers[0] or containers[0] in (now.get("also_in") or []):
        key = workload["quantization"]
    else:
        key = now.get("counterpart") or _nearest(now, containers[:1], entries)
    if key is not None and not _runs_on(key, scenario, entries):
        key = _nearest(now, containers[:1], entries, scenario)
    if key is None:
        return
    fresh = changed(
        scenario,
        workload__engine=engine,
        workload__engine_version=None,
        workload__engine_flags=[],
        workload__quantization=key,
        workload__kv_quantization=_cache_type(workload["kv_quantization"], entries["engines"][engine], entries),
        workload__offload="none",
    )
    fresh["workload"]["parallelism"] = {**workload["parallelism"], "split_mode": "none"}
    yield key, fresh


def engine_keeping_experts(scenario: Scenario, engine: str, entries: Entries) -> Iterator[Variant]:
    """`engine_keeping_experts: KEY`: the engine, where it can keep experts in host memory; otherwise that one."""
    workload, engines = scenario["workload"], entries["engines"]
    if "experts_cpu" in (engines[workload["engine"]].get("offload") or []):
        yield "", scenario
    elif readable(entries["quantizations"][workload["quantization"]], engines[engine]):
        fresh = changed(scenario, workload__engine=engine, workload__engine_version=None, workload__engine_flags=[])
        yield f"under {engines[engine]['name']}", fresh


def readable(quantization: Mapping[str, Any], engine: Mapping[str, Any]) -> bool:
    """Whether an engine reads a container in which the quantization is published."""
    return bool({quantization["container"], *(quantization.get("also_in") or [])} & set(engine["containers"]))


def _ladder(entries: Entries) -> list[tuple[str, Mapping[str, Any]]]:
    rungs = [(key, entry) for key, entry in entries["quantizations"].items() if entry.get("ladder")]
    return sorted(rungs, key=lambda rung: (-float(rung[1]["bits_per_weight"]), rung[0]))


def _nearest(
    now: Mapping[str, Any], containers: list[str], entries: Entries, scenario: Scenario | None = None
) -> str | None:
    """The rung of nearest size in some containers. scenario: only of those that its cards have kernels for."""
    rungs = [
        (abs(rung["bits_per_weight"] - now["bits_per_weight"]), key)
        for key, rung in _ladder(entries)
        if rung["container"] in containers and (scenario is None or _runs_on(key, scenario, entries))
    ]
    return min(rungs)[1] if rungs else None


def _runs_on(key: str, scenario: Scenario, entries: Entries) -> bool:
    """Whether the cards have the compute capability that a quantization needs; what is not known does not bar it."""
    least = entries["quantizations"][key].get("min_compute_capability")
    cards = [entries["gpus"][group["gpu"]].get("compute_capability") for group in scenario["rig"]["gpus"]]
    return least is None or all(one is None or one >= least for one in cards)


def _cache_type(now: str, engine: Mapping[str, Any], entries: Entries) -> str:
    """The type of KV cache of an engine that comes nearest in bits; the same where the engine has it."""
    known = [str(key) for key in engine.get("kv_quantizations") or [] if key in entries["quantizations"]]
    if not known or now in known:
        return now
    bits = {key: float(entries["quantizations"][key]["bits_per_weight"]) for key in (now, *known)}
    return min(known, key=lambda key: (abs(bits[key] - bits[now]), key))
