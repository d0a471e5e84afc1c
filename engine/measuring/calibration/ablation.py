"""What each term of the model buys: the error of the fit without it, everything else fitted anew.

A term is left out by holding its constants where they do nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import BadInput
from ..rows import Row
from .fit import Problem
from .folds import left_out
from .free import free_constants
from .recording import Recording, record
from .tape import Array

if TYPE_CHECKING:
    from ...reading import Knowledge

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


def ablation(
    rows: Iterable[Row], knowledge: Knowledge, unseen: bool = False, matcher: str | None = None
) -> dict[str, Any]:
    """Median error by metric: of the whole model, and without each term.

    unseen: each source and GPU is predicted by constants fitted on the others. Raises BadInput where no row can be
    predicted.
    """
    recording = record(rows, knowledge, matcher)
    if not recording.rows:
        raise BadInput("none of the measurements can be predicted", hint="`rigwise backtest` says why, row by row")
    return {
        "whole": _error(recording, knowledge, {}, unseen),
        "without": [
            {"term": term, "error": _error(recording, knowledge, held, unseen)} for term, held in TERMS.items()
        ],
    }


def _error(recording: Recording, knowledge: Knowledge, held: Mapping[str, float], unseen: bool) -> dict[str, float]:
    """Medians over groups, by metric. held: values at which free constants stay, by name."""
    free, noise = free_constants(knowledge.calibration), knowledge.calibration["noise"]
    changed = {path: value for one in free if one.name in held for path, value in one.changed(held[one.name])}
    if changed:
        recording = replace(recording, tape=replace(recording.tape, values=recording.tape.run(changed)))
    problem = Problem(recording, [one for one in free if one.name not in held], noise)
    fitted = problem.fit()
    return _medians(recording, left_out(problem, fitted)[0] if unseen else fitted.predicted)


def _medians(recording: Recording, predicted: Array) -> dict[str, float]:
    found: dict[str, dict[tuple[str, str], list[float]]] = {}
    for row, error in zip(recording.rows, np.abs(predicted - recording.measured).tolist(), strict=True):
        found.setdefault(row.metric, {}).setdefault(row.group, []).append(error)
    return {metric: median(median(one) for one in found[metric].values()) for metric in sorted(found)}
