"""The step that changes the model: another, smaller one, where the one asked for fills the cards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..scenario import Scenario, changed
from .checkpoint import nearest_rungs, readable
from .forms import Entries, Variant

FULL = 0.9  # share of the cards' memory beyond which weights leave no room for cache and engine: our choice
MOST = 3  # models tried, each of which costs an estimate


def smaller_models(scenario: Scenario, named: list[str], entries: Entries) -> Iterator[Variant]:
    """`smaller_models: [KEY, …]`: where the weights fill the cards, smaller models that leave a tenth of them free.

    The first three of those named, in the format asked for or in the one in which the maker publishes them. Nothing is
    kept in host memory; of a model whose parameters are not known none is smaller.
    """
    workload, models = scenario["workload"], entries["models"]
    if "parameters" not in models[workload["model"]]:
        return
    memory = sum(entries["gpus"][one["gpu"]]["vram_gib"] * one["count"] for one in scenario["rig"]["gpus"]) * 2**30
    if _size(workload["model"], workload["quantization"], entries) <= FULL * memory:
        return
    asked = models[workload["model"]]["parameters"]["total"]
    smaller = [key for key in named if models[key]["parameters"]["total"] < asked]
    formats = {key: form for key in smaller if (form := _format(key, scenario, entries))}
    fitting = [key for key, form in formats.items() if _size(key, form, entries) <= FULL * memory]
    for key in fitting[:MOST]:
        fresh = changed(scenario, workload__model=key, workload__quantization=formats[key], workload__offload="none")
        yield f"{key} in {formats[key]}", fresh


def _format(model: str, scenario: Scenario, entries: Entries) -> str | None:
    """The format for another model under the engine in use: its maker's, what stands for that, or that asked for."""
    workload, formats = scenario["workload"], entries["quantizations"]
    engine = entries["engines"][workload["engine"]]
    made = entries["models"][model].get("published_as")
    if made:
        own = [key for key in (made, formats[made].get("counterpart")) if key and readable(formats[key], engine)]
        return own[0] if own else None
    now = formats[workload["quantization"]]
    if now.get("ladder") and readable(now, engine):
        return str(workload["quantization"])
    return next(
        (key for container in engine["containers"] for key in nearest_rungs(scenario, container, entries)), None
    )


def _size(model: str, quantization: str, entries: Entries) -> float:
    """Bytes of the weights, roughly: all of them at the mean of the format [B]."""
    bits: Any = entries["quantizations"][quantization]["bits_per_weight"]
    return float(entries["models"][model]["parameters"]["total"]) * float(bits) / 8
