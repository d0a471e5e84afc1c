"""Steps that change the checkpoint: its quantization, and the engine that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..scenario import Scenario, changed
from .forms import Entries, Variant


def smaller_quantization(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`smaller_quantization`: the rungs of the ladder with fewer bits, in the container that is in use.

    Where the engine reads another container best and the quantization has a counterpart there: that and its rungs.
    Where the engine cannot read it and it has no counterpart there: the nearest rungs of each container it reads.
    Where the cards have no kernels for it: also the nearest rung with as many bits or more for which they have.
    """
    now = entries["quantizations"][scenario["workload"]["quantization"]]
    engine = entries["engines"][scenario["workload"]["engine"]]
    best = engine["containers"][0]
    other = now.get("counterpart")
    moves = other is not None and now["container"] != best == entries["quantizations"][other]["container"]
    if not moves and not readable(now, engine):
        for container in engine["containers"]:
            for key in nearest_rungs(scenario, container, entries):
                yield key, changed(scenario, workload__quantization=key)
        return
    own = best if moves or best in _containers(now) else now["container"]
    runs = _runs_on(scenario["workload"]["quantization"], scenario, entries)
    wanted = {other if moves else None, *([] if runs else nearest_rungs(scenario, own, entries))}
    for key, rung in _ladder(entries):
        if (rung["bits_per_weight"] < now["bits_per_weight"] or key in wanted) and rung["container"] == own:
            yield key, changed(scenario, workload__quantization=key)


def set_quantization(scenario: Scenario, key: str, entries: Entries) -> Iterator[Variant]:
    """`set_quantization: KEY`: another quantization, where the engine can read it and it is another one."""
    engine = entries["engines"][scenario["workload"]["engine"]]
    if key != scenario["workload"]["quantization"] and readable(entries["quantizations"][key], engine):
        yield key, changed(scenario, workload__quantization=key)


def switch_engine(scenario: Scenario, engine: str, entries: Entries) -> Iterator[Variant]:
    """`switch_engine: KEY`: that engine, no flags, the checkpoints of nearest size in the container it reads best.

    What is kept in host memory stays there where the engine has a setting for it; of experts also only those that have
    no room on the cards.
    """
    workload, entry = scenario["workload"], entries["engines"][engine]
    if workload["engine"] == engine:
        return
    for key in _in_container(scenario, entry["containers"][0], entries):
        fresh = changed(
            scenario,
            workload__engine=engine,
            workload__engine_version=None,
            workload__engine_flags=[],
            workload__quantization=key,
            workload__kv_quantization=_cache_type(workload["kv_quantization"], entry, entries),
        )
        fresh["workload"]["parallelism"] = {**workload["parallelism"], "split_mode": "none"}
        for offload in _kept_on_host(workload["offload"], entry):
            told = "nothing in host memory" if offload == "none" else offload
            label = key if offload == workload["offload"] else f"{key}, {told}"
            yield label, changed(fresh, workload__offload=offload)


def _kept_on_host(asked: str, engine: Mapping[str, Any]) -> list[str]:
    """What an engine can keep in host memory of what is asked to be kept there; `none` where that is nothing."""
    wanted = {"experts_cpu": ("experts_cpu", "some_experts_cpu")}.get(asked, (asked,))
    return [one for one in wanted if one in (engine.get("offload") or [])] or ["none"]


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
    return bool(_containers(quantization) & set(engine["containers"]))


def _containers(quantization: Mapping[str, Any]) -> set[str]:
    """The containers in which a quantization is published."""
    return {quantization["container"], *(quantization.get("also_in") or [])}


def _ladder(entries: Entries) -> list[tuple[str, Mapping[str, Any]]]:
    rungs = [(key, entry) for key, entry in entries["quantizations"].items() if entry.get("ladder")]
    return sorted(rungs, key=lambda rung: (-float(rung[1]["bits_per_weight"]), rung[0]))


def _in_container(scenario: Scenario, container: str, entries: Entries) -> list[str]:
    """The quantization itself where it is published in a container, its counterpart there, or the nearest rungs."""
    now = scenario["workload"]["quantization"]
    formats = [key for key in (now, entries["quantizations"][now].get("counterpart")) if key]
    own = [key for key in formats if entries["quantizations"][key]["container"] == container]
    for key in (*own, *formats):
        if container in _containers(entries["quantizations"][key]) and _runs_on(key, scenario, entries):
            return [key]
    return nearest_rungs(scenario, container, entries)


def nearest_rungs(scenario: Scenario, container: str, entries: Entries) -> list[str]:
    """The next rung of a container with as many bits or more, then the next with fewer; either may be missing.

    Only of those that the cards have kernels for.
    """
    now = float(entries["quantizations"][scenario["workload"]["quantization"]]["bits_per_weight"])
    rungs = [
        (float(rung["bits_per_weight"]), key)
        for key, rung in _ladder(entries)
        if rung["container"] == container and _runs_on(key, scenario, entries)
    ]
    finer = min((rung for rung in rungs if rung[0] >= now), default=None)
    coarser = min(((-bits, key) for bits, key in rungs if bits < now), default=None)
    return [rung[1] for rung in (finer, coarser) if rung]


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
