"""All-reduces over several machines: laws of the formula, and what an answer makes of the network."""

from __future__ import annotations

import pytest

from engine.costs.reductions import machines_reduction_time, nccl_reduction_time
from engine.grounding.deployment import deployment_facts
from engine.reading import Knowledge

CONSTANTS = {"base": 7e-6, "simple_hop": 5e-6, "hop_reference": 1e-6, "ll_share": 0.5, "eager": 0.0}


def over(machines: int, message: float = 14336, hop: float = 5e-6) -> float:
    return machines_reduction_time(
        message=message, machines=machines, each=8, bandwidth=300e9, hop=1e-6, network_bandwidth=50e9, network_hop=hop,
        **CONSTANTS,
    )  # fmt: skip


def test_two_levels_cost_more_than_one_machine_and_less_than_a_ring_of_network_hops() -> None:
    inside = nccl_reduction_time(message=14336, ranks=8, bandwidth=300e9, hop=1e-6, **CONSTANTS)
    ring = nccl_reduction_time(message=14336, ranks=16, bandwidth=50e9, hop=5e-6, **CONSTANTS)
    assert over(1) == 0.0 and inside < over(2) < over(3) <= over(4) < 2 * over(2) < ring
    assert over(2, hop=35e-6) - over(2) == pytest.approx(2 * 30e-6, rel=1e-3)


def test_a_group_over_machines_is_told_with_its_parts(knowledge: Knowledge) -> None:
    rig = {
        "gpus": [{"gpu": "rtx_3090", "count": 4, "power_limit_w": 350}], "pcie": {"gen": 4, "lanes": 16},
        "numa_nodes": [0] * 4, "nvlink": "full", "nodes": 2, "network_gbit_s": 10, "network_transport": "tcp",
        "driver": "stock", "host": {"ram_bandwidth_gb_s": 60, "sockets": 1},
    }  # fmt: skip
    workload = {
        "model": "m", "quantization": "q", "kv_quantization": "f16", "engine": "vllm", "engine_flags": [], "users": 1,
        "parallelism": {"tensor": 4, "pipeline": 1, "replicas": 1, "split_mode": "none"}, "offload": "none",
        "prompt_tokens": 1, "output_tokens": 1, "context_tokens": 2,
    }  # fmt: skip
    facts = list(deployment_facts("now", {"rig": rig, "workload": workload}, {"rtx_3090": {}}))
    whole = [fact for fact in facts if fact["kind"] == "spanning_group"]
    parts = [fact for fact in facts if fact["kind"] == "tensor_group"]
    assert [(one["size"], one["machines"], one["machine_size"]) for one in whole] == [(4, 2, 2)]
    assert [(one["size"], one["part_of"], one["fully_bonded"]) for one in parts] == [(2, whole[0]["id"], True)]
