"""Steps that change settings of the engine and the request: flags, context, cache, what is kept in host memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..scenario import Scenario, changed, with_values
from .forms import Entries, Variant


def put_values(scenario: Scenario, values: Mapping[str, Any], _: Entries) -> Iterator[Variant]:
    """`set: {path: value, …}`: the scenario with these values."""
    yield "", with_values(scenario, values)


def only_layer_split(scenario: Scenario, _: Any, __: Entries) -> Iterator[Variant]:
    """`only_layer_split`: the scenario unchanged where its layers are split, otherwise nothing."""
    if scenario["workload"]["parallelism"]["pipeline"] > 1:
        yield "", scenario


def only_mixture(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`only_mixture`: the scenario unchanged where the model has experts, otherwise nothing."""
    if entries["models"][scenario["workload"]["model"]].get("moe"):
        yield "", scenario


def drop_flag(scenario: Scenario, flag: str, _: Entries) -> Iterator[Variant]:
    """`drop_flag: NAME`: without this engine flag, where it is set."""
    flags = scenario["workload"]["engine_flags"]
    if flag in flags:
        yield f"without {flag}", changed(scenario, workload__engine_flags=[one for one in flags if one != flag])


def add_flag(scenario: Scenario, flag: str, _: Entries) -> Iterator[Variant]:
    """`add_flag: NAME`: with this engine flag or environment setting, whether or not it was there."""
    flags = scenario["workload"]["engine_flags"]
    yield "", scenario if flag in flags else changed(scenario, workload__engine_flags=[*flags, flag])


def shorter_context(scenario: Scenario, shares: list[float], entries: Entries) -> Iterator[Variant]:
    """`shorter_context: [0.5, …]`: what the model is made for at most, then these shares of the context, where prompt
    and output still fit in."""
    workload = scenario["workload"]
    asked = workload["context_tokens"]
    most = min(asked, entries["models"][workload["model"]].get("max_context") or asked)
    for context in ([most] if most < asked else []) + [int(most * share) for share in shares]:
        if context >= workload["prompt_tokens"] + workload["output_tokens"]:
            yield f"{context} tokens", changed(scenario, workload__context_tokens=context)


def quantize_kv(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`quantize_kv`: the 8-bit KV cache types of the engine, where the cache has more bits now."""
    engine = entries["engines"][scenario["workload"]["engine"]]
    quantizations = entries["quantizations"]
    now = quantizations[scenario["workload"]["kv_quantization"]]["bits_per_weight"]
    for key in engine.get("kv_quantizations") or []:
        bits = quantizations[key]["bits_per_weight"] if key in quantizations else now
        if 7 < bits < min(now, 9):
            yield key, changed(scenario, workload__kv_quantization=key)


def layers_on_host(scenario: Scenario, places: list[str], entries: Entries) -> Iterator[Variant]:
    """`layers_on_host: [experts_cpu, …]`: each of what can be kept in host memory, where that is a change."""
    for where in places:
        if scenario["workload"]["offload"] != where:
            yield where, changed(scenario, workload__offload=where)


def off_the_host(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`off_the_host`: the scenario as it is, and with nothing kept in host memory on purpose, where something is."""
    yield "", scenario
    if scenario["workload"]["offload"] != "none":
        yield "nothing in host memory", changed(scenario, workload__offload="none")
