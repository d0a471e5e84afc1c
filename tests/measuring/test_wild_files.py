"""Outputs of public threads in versions and of tools that the samples have not; sources in samples/README.md, "Wild"."""

# ruff: noqa: E501 (a case a line)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.asking.ingestions import ingestion
from engine.asking.readings import detected
from engine.reading import load_knowledge

WILD = Path(__file__).parent / "wild"
KNOWLEDGE = load_knowledge()


@pytest.mark.parametrize(
    ("name", "rig", "said"),
    [
        ("nvbandwidth_0.2_2x4090.txt", {"gpus": [{"gpu": "rtx_4090", "count": 8}]}, "a log or a benchmark names"),
        ("nvbandwidth_0.7_2xa100_failed.txt", {"gpus": [{"gpu": "a100_sxm4_80gb", "count": 2}]}, ""),
        ("xpu-smi_2.0_b580.txt", {"gpus": [{"gpu": "arc_b580", "count": 1, "power_limit_w": 380}]}, ""),
        ("xpu-smi-discovery-d0_b580.txt", {"gpus": [{"gpu": "arc_b580", "count": 1}]}, "PCIe x8"),
        ("xpu-smi-discovery_2xb60.txt", {"gpus": [{"gpu": "arc_pro_b60", "count": 2}]}, ""),
    ],
)  # fmt: skip
def test_rigs(name: str, rig: dict[str, Any], said: str) -> None:
    found = detected([str(WILD / name)], KNOWLEDGE)
    assert {key: found.rig.get(key) for key in rig} == rig
    assert any(said in one for one in [*found.remarks, ""])
    assert not found.refused and not found.unknown_gpus


@pytest.mark.parametrize(
    ("name", "count", "first", "refused"),
    [
        ("nvbandwidth_0.2_2x4090.txt", 16, {"metric": "h2d_bw_gb_s", "value": 25.5, "gpu": "rtx_4090", "gpu_count": 1}, ["not complete: 0 of 1 rows"]),
        ("nvbandwidth_0.8_6xa6000_prose.md", 15, {"metric": "p2p_bw_gb_s", "value": 26.34, "p2p": "yes"}, []),
        ("nvbandwidth_0.10_8xh100_latency.txt", 28, {"metric": "p2p_latency_us", "value": 0.82642}, []),
        ("nvbandwidth_b200_total.txt", 21, {"value": 1521.22, "notes": "GPU0-GPU1; bidirectional; read by copy engines"}, []),
        ("nvbandwidth_0.6_invented-gh200.txt", 0, {}, ["2 of 1 rows", "2 of 1 rows"]),
        ("nvbandwidth_0.7_2xa100_failed.txt", 0, {}, ["the test failed: Invalid value"]),
        ("mlx-benchmark_m4-pro.md", 2, {"metric": "prefill_tok_s", "value": 119.782, "gpu": "m4_pro", "quantization": "MLX 2 bit", "engine_version": "0.31.2", "prompt_len": 512}, []),
        ("mlx-generate_m4-pro.txt", 2, {"value": 261.786, "model": "llama_3_1_8b", "quantization": "MLX 4 bit", "prompt_len": 32159}, []),
    ],
)  # fmt: skip
def test_benchmarks(name: str, count: int, first: dict[str, Any], refused: list[str]) -> None:
    document = ingestion([str(WILD / name)], ())
    assert len(document["measurements"]) == count
    assert first.items() <= (document["measurements"] or [{}])[0].items()
    assert [part in one["reason"] for part, one in zip(refused, document["refused"], strict=True)] == [True] * len(
        refused
    )


def test_a_matrix_is_held_against_its_sum_and_its_links(tmp_path: Path) -> None:
    text = (WILD / "nvbandwidth_0.2_2x4090.txt").read_text("utf-8")
    for wrong, reason in (("25.50", "add up to"), ("24.26     23.90", "columns")):
        (tmp_path / "odd.txt").write_text(text.replace(wrong, "35.50", 1), "utf-8")
        assert any(reason in one["reason"] for one in ingestion([str(tmp_path / "odd.txt")], ())["refused"])
    (tmp_path / "fast.txt").write_text(text.replace("25.50", "45.50").replace("205.04", "225.04"), "utf-8")
    refused = ingestion([str(tmp_path / "fast.txt")], ())["refused"]
    assert any("the PCIe link of rtx_4090 carries" in one["reason"] for one in refused)


def test_json_of_nvbandwidth_has_its_last_matrix_as_total_and_tells_a_narrow_link(tmp_path: Path) -> None:
    text = """{"nvbandwidth": {"GPU Device list": ["0: NVIDIA H100 80GB HBM3 (00000000:07:00): (n)", "1: NVIDIA H100 80GB HBM3 (00000000:0a:00): (n)"],
      "testcases": [{"bandwidth_description": "memcpy CE CPU(row) -> GPU(column) bandwidth (GB/s)", "bandwidth_matrix": [["26.03", "55.94"]],
        "name": "host_to_device_memcpy_ce", "status": "Passed", "sum": 81.97},
      {"bandwidth_description": "memcpy CE GPU(row) <-> GPU(column) Total bandwidth (GB/s)", "name": "device_to_device_bidirectional_memcpy_read_ce",
        "bandwidth_matrix": [["N/A", "387.1"], ["386.2", "N/A"], ["N/A", "388.1"], ["388.2", "N/A"], ["N/A", "775.2"], ["774.4", "N/A"]], "sum": 1549.6}]}}"""
    (tmp_path / "nvb.json").write_text(text, "utf-8")
    document = ingestion([str(tmp_path / "nvb.json")], ())
    assert [one["value"] for one in document["measurements"]] == [26.03, 55.94, 774.4] and not document["refused"]
    assert "GPU 0 copies from the host at 26.03 GB/s, the fastest card at 55.94" in document["remarks"][0]["says"]
    assert detected([str(tmp_path / "nvb.json")], KNOWLEDGE).rig["p2p"] is True
