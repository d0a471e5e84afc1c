"""Outputs found in public issues, each with what it once was misread for."""

# ruff: noqa: E501 (a case a line)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.asking.ingestions import ingestion
from engine.asking.readings import detected, detected_in
from engine.reading import load_knowledge

SAMPLES = Path(__file__).parent / "samples"
KNOWLEDGE = load_knowledge()


@pytest.mark.parametrize(
    ("name", "rig", "said"),
    [
        ("topo-14_2xH20_mp-slots-only", {"gpus": [{"gpu": "unknown", "count": 2}], "numa_nodes": [0, 0]}, ""),
        ("topo-15_4xH100_NV6_nic-legend", {"nvlink": "full", "numa_nodes": [3, 1, 7, 5]}, "NVLink with 6 links a pair"),
        ("p2pBandwidthLatency_4090s-5090_some-pairs", {"gpus": [{"gpu": "rtx_5090", "count": 1}, {"gpu": "rtx_4090", "count": 2}], "p2p": False, "driver": "p2p_patched"}, "between some GPUs only"),
        ("nvidia-smi-table_a100_mig-slices", {"gpus": [{"gpu": "a100_sxm4_40gb", "count": 1, "power_limit_w": 400, "mig": True}]}, "its slices of 19968 MiB, 19968 MiB"),
        ("rocm-smi_2023_showhw", {"gpus": [{"gpu": "unknown", "count": 1}, {"gpu": "unknown", "count": 1, "power_limit_w": 315}]}, "0x744c is one of Radeon RX 7900 XT"),
        ("rocminfo_7900xtx", {"gpus": [{"gpu": "rx_7900_xtx", "count": 1}]}, ""),
        ("amd-smi_26.1_generic-name", {"gpus": [{"gpu": "rx_7900_xtx", "count": 1, "power_limit_w": 327}, {"gpu": "rx_6700_xt", "count": 1, "power_limit_w": 203}, {"gpu": "unknown", "count": 1, "power_limit_w": 304}]}, ""),
        ("rocm-smi-topo_pcie", {"nvlink": [], "numa_nodes": [0, 1]}, "no XGMI"),
        ("boot-llama_journal-other-language", {"gpus": [{"gpu": "rtx_3060", "count": 1}]}, "86% of a model"),
        ("nvidia-smi-table_2x6000D", {"gpus": [{"gpu": "NVIDIA RTX 6000D", "count": 2, "power_limit_w": 600}]}, ""),
        ("amd-smi-static_mi350x", {"gpus": [{"gpu": "mi350x", "count": 1}], "pcie": {"gen": 5, "lanes": 16}}, ""),
    ],
)  # fmt: skip
def test_rigs(name: str, rig: dict[str, Any], said: str) -> None:
    found = detected([str(SAMPLES / f"{name}.txt")], KNOWLEDGE)
    assert {key: found.rig.get(key) for key in rig} == rig
    assert any(said in one for one in [*found.remarks, ""])
    assert not found.refused and ("nvlink" in rig or "nvlink" not in found.rig)


@pytest.mark.parametrize(
    ("name", "values", "refused"),
    [
        ("genai-perf_table", {"output_throughput_tok_s": 520.87, "ttft_ms": 16.26, "tpot_ms": 1.85}, ""),
        ("nccl-tests-10_one-rank_no-hashes", {}, "one rank alone"),
        ("vllm-throughput_2023", {"total_throughput_tok_s": 3484.31}, ""),
        ("vllm-serving_2023_no-tokens", {}, "without their tokens"),
        ("sglang-bench-serving_vllm-chat", {"output_throughput_tok_s": 17.53, "total_throughput_tok_s": 17934.1, "ttft_ms": 25224.2}, ""),
        ("vllm-bench-serve_p90-p95", {"output_throughput_tok_s": 1556.25, "total_throughput_tok_s": 3223.24, "ttft_ms": 118.73, "tpot_ms": 223.08}, ""),
        ("vllm-bench-serve_failed-line", {"output_throughput_tok_s": 10777.64, "total_throughput_tok_s": 14141.12, "ttft_ms": 6866.08}, ""),
    ],
)  # fmt: skip
def test_benchmarks(name: str, values: dict[str, float], refused: str) -> None:
    document = ingestion([str(SAMPLES / f"{name}.txt")], ())
    assert {one["metric"]: pytest.approx(one["value"], rel=1e-4) for one in document["measurements"]} == values
    assert [one["reason"] for one in document["refused"] if refused not in one["reason"]] == []
    assert bool(document["refused"]) == bool(refused)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nccl-tests-09_2xGB10_two-hosts.txt", "it ran over 2 nodes"),
        ("llama-batched-bench_2025.txt", "not told: gpu, model"),
        ("llama-bench-07_7900xtx_device-without-count.md", None),
    ],
)
def test_what_can_be_compared(name: str, reason: str | None, tmp_path: Path) -> None:
    document = ingestion([str(SAMPLES / name)], (), into=tmp_path)
    assert document["measurements"] and not document["refused"]
    assert {("predicted" in row, reason in row.get("reason", "")) for row in document["compared"] if reason} <= {
        (False, True)
    }
    assert reason or all(row["within"] for row in document["compared"])
    assert (document["written"]["new"] == 0) == bool(reason)


def test_an_export_of_aiperf_is_read_with_its_settings(tmp_path: Path) -> None:
    text = (SAMPLES / "aiperf_export.json").read_text("utf-8")
    document = ingestion([str(SAMPLES / "aiperf_export.json")], (), flags={"gpu": ["4090"]})
    rows = {one["metric"]: (one["value"], one["model"], one["batch"]) for one in document["measurements"]}
    assert rows["output_throughput_tok_s"] == (75.6, "qwen3_8b", 1) and rows["tpot_ms"][0] == 13.05
    (tmp_path / "odd.json").write_text(text.replace('"avg": 75.6', '"avg": 756.0'), "utf-8")
    (refused,) = ingestion([str(tmp_path / "odd.json")], ())["refused"]
    assert "are not 756 tokens a second" in refused["reason"]


def test_the_time_of_ollama_ps_is_no_context() -> None:
    found = detected([str(SAMPLES / "ollama-ps_2024_no-context.txt")], KNOWLEDGE)
    assert found.workload == {"engine": "ollama", "model": "llama_3_1_70b"} and found.on_host == 0.42
    assert not detected([str(SAMPLES / "amd-smi_26.1_generic-name.txt")], KNOWLEDGE).unknown_gpus
    (stranger,) = detected([str(SAMPLES / "nvidia-smi-table_2x6000D.txt")], KNOWLEDGE).unknown_gpus
    assert "vram_gib=84" in stranger.command


PASTED: dict[str, tuple[str, Any]] = {
    "deviceQuery numbers in decimal, the fastest card first": ('Device 0: "NVIDIA GeForce RTX 3090"\n  Total amount of global memory:                 24260 MBytes (25438126080 bytes)\n  Device PCI Domain ID / Bus ID / location ID:   0 / 36 / 0\nDevice 1: "NVIDIA GeForce RTX 3060 Ti"\n  Device PCI Domain ID / Bus ID / location ID:   0 / 1 / 0\n> Peer access from NVIDIA GeForce RTX 3090 (GPU0) -> NVIDIA GeForce RTX 3060 Ti (GPU1) : No\n> Peer access from NVIDIA GeForce RTX 3060 Ti (GPU1) -> NVIDIA GeForce RTX 3090 (GPU0) : No\n',
        {"gpus": [{"gpu": "rtx_3060_ti", "count": 1}, {"gpu": "rtx_3090", "count": 1}], "p2p": False}),
    "graphics of the processor beside a card": ('{"card0": {"Card Series": "Radeon RX 7900 XTX", "Card Model": "0x744c"}, "card1": {"Card Series": "AMD Radeon Graphics", "Card Model": "0x164e"}}\n',
        {"gpus": [{"gpu": "rx_7900_xtx", "count": 1}]}),
    "limits of amd-smi since ROCm 7.2": ('{"gpu_data": [{"gpu": 0, "asic": {"market_name": "AMD Instinct MI300X"}, "limit": {"ppt0": {"max_power_limit": {"value": 750, "unit": "W"}, "socket_power_limit": {"value": 600, "unit": "W"}}}}]}\n',
        {"gpus": [{"gpu": "mi300x", "count": 1, "power_limit_w": 600}]}),
    "a matrix whose last row is cut off in its affinity": ("\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity\nGPU0\t X \tNV12\t32-63,96-127\t1\nGPU1\tNV12\t X \t32-63,96", {"nvlink": [[0, 1]], "numa_nodes": None}),
    "a list of the bus in a block of code": ("    01:00.0 VGA compatible controller: NVIDIA Corporation GA102 [GeForce RTX 3090] (rev a1)\n    21:00.0 VGA compatible controller: NVIDIA Corporation GA102 [GeForce RTX 3090] (rev a", {"gpus": [{"gpu": "rtx_3090", "count": 2}]}),
    "amd-smi topology of two cards in slots": ("ACCESS TABLE:\n             0000:03:00.0 0000:0c:00.0\n0000:03:00.0 ENABLED      DISABLED\n0000:0c:00.0 DISABLED     ENABLED\nLINK TYPE TABLE:\n             0000:03:00.0 0000:0c:00.0\n0000:03:00.0 SELF         PCIE\n0000:0c:00.0 PCIE         SELF\n", {"nvlink": [], "p2p": False}),
    "amd-smi topology of joined cards, in JSON": ('[{"gpu": 0, "bdf": "0000:05:00.0", "links": [{"link_status": "ENABLED", "link_type": "SELF"}, {"link_status": "ENABLED", "link_type": "XGMI"}]}, {"gpu": 1, "bdf": "0000:26:00.0", "links": [{"link_status": "ENABLED", "link_type": "XGMI"}, {"link_status": "ENABLED", "link_type": "SELF"}]}]\n', {"nvlink": [[0, 1]]}),
    "a list of the bus without root": ("01:00.0 VGA compatible controller: NVIDIA Corporation AD102 [GeForce RTX 4090] (rev a1)\n\tMemory at f5000000 (32-bit, non-prefetchable) [size=16M]\n\tMemory at e0000000 (64-bit, prefetchable) [size=256M]\n\tCapabilities: <access denied>\n", {"gpus": [{"gpu": "rtx_4090", "count": 1}], "bar1_mb": 256}),
    "a name that two cards share": ("ggml_cuda_init: found 1 ROCm devices:\n  Device 0: AMD Instinct MI60 / MI50, gfx906:sramecc+:xnack- (0x906), VMM: no, Wave Size: 64\n", {"gpus": [{"gpu": "unknown", "count": 1}]}),
}  # fmt: skip


@pytest.mark.parametrize("name", PASTED)
def test_pasted_rigs(name: str) -> None:
    text, rig = PASTED[name]
    found = detected_in([text], KNOWLEDGE)
    assert {key: found.rig.get(key) for key in rig} == rig


def test_a_journal_of_ollama_without_its_name_is_ollamas() -> None:
    text = "llama_model_loader: loaded meta data from /root/.ollama/models/blobs/sha256-6a0746a1ec1aef3e (version GGUF V3)\nllama_context: n_ctx         = 8192\n"
    assert detected_in([text], KNOWLEDGE).workload["engine"] == "ollama"


def test_a_pattern_with_bars_and_a_cache_in_host_memory(tmp_path: Path) -> None:
    table = tmp_path / "bench.md"
    table.write_text("| model | size | params | backend | ngl | ot | nkvo | test | t/s |\n|---|--:|--:|---|--:|---|--:|--:|--:|\n| llama 7B Q4_0 | 3.56 GiB | 6.74 B | CUDA | 99 | ffn_(up|down)_exps=CPU | 0 | tg128 | 14.21 ± 0.03 |\n| llama 7B Q4_0 | 3.56 GiB | 6.74 B | CUDA | 99 | none | 1 | tg128 | 59.99 ± 2.35 |\n", "utf-8")  # fmt: skip
    document = ingestion([str(table)], (), flags={"gpu": ["3090"]})
    assert [one["value"] for one in document["measurements"]] == [14.21, 59.99]
    assert [one["reason"].partition("(")[2].partition(")")[0] for one in document["compared"]] == ["some tensors overridden to other devices", "the cache"]  # fmt: skip
