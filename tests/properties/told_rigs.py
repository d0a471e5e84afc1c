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


def _more_of_the_share(oracle: Any) -> bool | None:
    """Whether 95 % of GPU memory hold what the share that the engine keeps to does not."""
    kept, used = oracle.work.get("gpu_memory_utilization") or oracle.engine.get("memory_share"), oracle.memory
    free = min((row["free_gb"] for row in used if row["used"]), default=None)
    if not oracle.alike or free is None or not kept:
        return None if kept else False
    more = free + (0.95 - kept) * oracle.gpus[0]["vram_gib"] * 2**30 / 1e9
    return None if min(abs(free), abs(more)) < 0.05 else free < 0 <= more


def _bridges_for_prefill(oracle: Any) -> bool | None:
    """Whether a bridge over a whole group of two brings prefill more than decode."""
    if oracle.bridged or oracle.sizes["tensor"] != 2 or "bridged" not in oracle.variants:
        return None
    decode, prefill = oracle.ratio("decode", "speed", "bridged"), oracle.ratio("prefill", "rate", "bridged")
    return None if decode is None or prefill is None or abs(decode - prefill) < 1e-3 else prefill > decode


def _tensor_instead(oracle: Any) -> bool | None:
    """Whether the largest tensor group, where it fits, decodes 1.2 times as fast as the split by layers."""
    if not oracle.layer_split or not oracle.engine.get("tensor_parallel"):
        return False
    ratio = oracle.ratio("decode", "speed", "all tensor") if "all tensor" in oracle.variants else None
    if ratio is None or not oracle.room_in("all tensor") or ratio < 1.2:
        return None  # a smaller group may fit, or be faster
    return True


FOLLOWS = {
    "stay_on_llama_cpp": lambda o: o.work["engine"] in ("ollama", "llama_cpp", "ik_llama_cpp")
    and any(gpu["compute_capability"] < 7.0 for gpu in o.gpus),
    "numa_binding_small_gain": lambda o: len(set(o.rig["numa_nodes"])) > 1 and bool(o.fits)
    if o.alike and not (o.group and not o.meshed and not o.p2p) else None,
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
    "extra_gpu_adds_capacity_not_speed": lambda o: None
    if not o.alike or len(o.cards) == 1  # one card: the engine would spread over a second one
    else o.layer_split and (o.ratio("decode", "speed", "one more") or 9) < 1.02,
    "pipeline_parallel_slow_for_one_user": _tensor_instead,
    "nvlink_helps_prefill_more_than_decode": _bridges_for_prefill,
    "tensor_parallel_fits_inside_nvlink_pair": lambda o: o.room_in("a pair") if o.bridged else False,
    "raise_gpu_memory_utilization": _more_of_the_share,
    "smaller_kv_cache_fits": lambda o: False if o.fits else True if o.room_in("half the context") else None,
    "needs_several_gpus": lambda o: (len(o.cards) > 1 and not any(o.fits_alone())) if o.fits else None,
    "resizable_bar_irrelevant_for_resident_decode": lambda o: None if o.rig.get("bar1_mb") or not o.alike
    else bool(o.fits) and not (o.group and o.p2p and not o.meshed),
    "spreading_does_not_speed_up_one_user": _spread_in_vain,
    "separate_instances_for_unequal_gpus": lambda o: all(o.fits_alone())
    and len({gpu["memory_bandwidth_gb_s"] for gpu in o.gpus}) > 1,
    "decode_all_reduce_is_latency_bound": lambda o: None if o.group else False,  # of groups only that it is theirs
}  # fmt: skip
