"""What a rig tells beside its cards (NUMA nodes, BAR1, ACS, odd flags and formats), drawn, and what follows from it.

oracle: the `Oracle` of test_conclusions, which works sentences out of entries and estimates.
"""

from __future__ import annotations

import random
from typing import Any

Scenario = dict[str, Any]
MIB = 2**20


def tell_more(scenario: Scenario, chance: random.Random) -> Scenario:
    """The scenario with some of what tools tell of a rig, a forced kernel or a format that the engine reads badly."""
    rig, work = scenario["rig"], scenario["workload"]
    cards = sum(group["count"] for group in rig["gpus"])
    if cards > 1 and chance.random() < 0.3:
        rig["numa_nodes"] = [card * 2 // cards for card in range(cards)]
    if chance.random() < 0.3:
        rig["bar1_mb"] = chance.choice((256, 8192, 131072))
    if chance.random() < 0.3:
        rig["acs_enabled"] = chance.choice((True, False))
    if work["engine"] == "vllm" and chance.random() < 0.2:
        work["quantization"] = "q4_k_m"
    if work["engine"] == "vllm" and work["quantization"] == "awq_int4" and chance.random() < 0.5:
        work["engine_flags"] = [*work["engine_flags"], "--quantization=awq"]
    return scenario


def _capable(oracle: Any) -> bool:
    return bool(oracle.gpus[0]["compute_capability"] >= 8.0)


def _in_one_node(oracle: Any) -> bool:
    nodes = list(oracle.rig["numa_nodes"])
    return len(set(nodes)) > 1 and oracle.asked <= max(nodes.count(node) for node in nodes)


def _spread_in_vain(oracle: Any) -> bool | None:
    """Whether one card by itself is as fast for one user as all of them, where it holds the model."""
    ratio = oracle.ratio("decode", "speed", f"alone {oracle.cards[0]}")
    if not oracle.alike or not oracle.layer_split or ratio is None or abs(ratio - 1) < 1e-3:
        return None
    return all(oracle.fits_alone()) and ratio > 1


FOLLOWS = {
    "keep_tensor_parallel_in_one_numa_node": lambda o: o.group and _in_one_node(o),
    "bar1_too_small_for_p2p": lambda o: bool(o.rig.get("bar1_mb"))
    and any(o.rig["bar1_mb"] * MIB < gpu["vram_gib"] * 2**30 for gpu in o.gpus),
    "resizable_bar_is_a_p2p_precondition": lambda o: o.rig.get("bar1_mb") == 256
    and any(gpu.get("resizable_bar") is True for gpu in o.gpus),
    "acs_blocks_p2p": lambda o: (o.group and not o.meshed and o.rig.get("acs_enabled") is True) if o.alike else None,
    "awq_flag_forces_slow_kernel": lambda o: ("--quantization=awq" in o.work["engine_flags"] and _capable(o))
    if o.alike else None,
    "gguf_prefill_slow_in_vllm": lambda o: o.work["engine"] == "vllm" and o.work["quantization"] == "q4_k_m",
    "power_limit_has_a_floor": lambda o: any((gpu.get("power") or {}).get("floor_w") for gpu in o.gpus),
    "patched_driver_is_unsupported": lambda o: (
        o.group and o.gpus[0].get("pcie_p2p_stock_driver") is False and o.gpus[0].get("p2p_patched_driver") is True
    ) if o.alike and not o.rig.get("bar1_mb") else None,
}  # fmt: skip
PREDICTED = {
    "needs_several_gpus": lambda o: (len(o.cards) > 1 and not any(o.fits_alone())) if o.fits else None,
    "resizable_bar_irrelevant_for_resident_decode": lambda o: None if o.rig.get("bar1_mb") or not o.alike
    else bool(o.fits) and not (o.group and o.p2p and not o.meshed),
    "spreading_does_not_speed_up_one_user": _spread_in_vain,
    "separate_instances_for_unequal_gpus": lambda o: all(o.fits_alone())
    and len({gpu["memory_bandwidth_gb_s"] for gpu in o.gpus}) > 1,
    "decode_all_reduce_is_latency_bound": lambda o: None if o.group else False,  # of groups only that it is theirs
}  # fmt: skip
