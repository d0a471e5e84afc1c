"""What each term of the model buys: the error of the fit without it, everything else fitted anew.

A term is left out by holding its constants where they do nothing. Errors are those of the fit itself, medians over
groups: leaving out every group for every term would take an hour and order the terms no differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from engine.measuring.calibration.fit import Problem
from engine.measuring.calibration.free import free_constants
from engine.measuring.calibration.recording import Recording
from engine.measuring.calibration.tape import Array
from engine.reading import Knowledge

NOTHING = 1e-12
# Terms by the free constants that make them, each with the value at which it does nothing.
TERMS: Mapping[str, Mapping[str, float]] = {
    "overhead of each layer": {
        "layer_overhead_llama": NOTHING, "layer_overhead_graph": NOTHING, "layer_overhead_eager_engine": NOTHING,
        "eager_layer_overhead_llama": NOTHING,
    },
    "overhead of routers and experts": {"moe_layer_overhead_native": NOTHING, "moe_layer_overhead_graph": NOTHING},
    "overhead of each step": {"step_overhead": NOTHING, "step_overhead_graph": NOTHING, "step_overhead_trt": NOTHING},
    "dequantization of the format": {
        "memory_factor_8_bit": 1.0, "memory_factor_4_bit": 1.0, "memory_factor_codebook": 1.0,
        "compute_factor_8_bit": 1.0, "compute_factor_4_bit": 1.0, "compute_factor_gguf": 1.0, "compute_factor_fp4": 1.0,
    },
    "stacked memory": {"hbm_llama": 1.0, "hbm": 1.0},
    "latency of all-reduces": {
        "nvswitch_hop": NOTHING, "bridge_hop": NOTHING, "p2p_hop": NOTHING, "host_hop": NOTHING, "nccl_base": NOTHING,
        "nccl_simple_hop": NOTHING, "kernel_base_graph": NOTHING, "kernel_base_trt": NOTHING, "skew": NOTHING,
        "reduce_overhead": NOTHING,
    },
    "experts narrower than the units": {"expert_narrow": NOTHING, "expert_ramp": NOTHING},
    "attention without fusing": {"attention_memory_unfused": 1.0, "attention_compute_unfused": 1.0},
    "waiting of a request for others": {"queue": NOTHING, "queue_trt": NOTHING, "queue_prefill_first": NOTHING},
    "stages that overlap": {"pipeline_share": NOTHING},
    "power limits": {"power_exponent": NOTHING, "power_draw": NOTHING},
    "work for each watt": {"flops_per_watt": 1e15},
}  # fmt: skip


def ablation(recording: Recording, knowledge: Knowledge, metrics: Sequence[str]) -> dict[str, dict[str, float]]:
    """Median error by term left out and metric; of the whole model under an empty name."""
    free, noise = free_constants(knowledge.calibration), knowledge.calibration["noise"]
    whole = Problem(recording, free, noise).fit()
    found = {"": _errors(recording, whole.predicted, metrics)}
    for term, held in TERMS.items():
        values = {one.name: one.changed(held[one.name]) for one in free if one.name in held}
        changed = {path: value for pairs in values.values() for path, value in pairs}
        tape = replace(recording.tape, values=recording.tape.run(changed))
        rest = [one for one in free if one.name not in held]
        fitted = Problem(replace(recording, tape=tape), rest, noise).fit()
        found[term] = _errors(recording, fitted.predicted, metrics)
    return found


def _errors(recording: Recording, predicted: Array, metrics: Sequence[str]) -> dict[str, float]:
    found: dict[str, dict[tuple[str, str], list[float]]] = {}
    for row, error in zip(recording.rows, np.abs(predicted - recording.measured).tolist(), strict=True):
        found.setdefault(row.metric, {}).setdefault(row.group, []).append(error)
    return {metric: median(median(one) for one in found[metric].values()) for metric in metrics}
