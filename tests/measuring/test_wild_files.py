"""Outputs of public threads in versions and of tools that the samples have not; sources in samples/README.md, "Wild"."""

# ruff: noqa: E501 (a case a line)

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from engine.asking.ingestions import ingestion
from engine.asking.readings import detected
from engine.errors import BadInput
from engine.measuring.detect import detect
from engine.measuring.ingest import ingest
from engine.measuring.recognition import recognised
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
        ("collect_env_2x3090-2x1080ti.txt", {"gpus": [{"gpu": "rtx_3090", "count": 2}, {"gpu": "gtx_1080_ti", "count": 2}]}, ""),
        ("collect_env_5090-5060ti.txt", {"gpus": [{"gpu": "rtx_5090", "count": 1}, {"gpu": "unknown", "count": 1}], "host": {"cpu": "AMD Ryzen 7 9700X 8-Core Processor", "sockets": 1}}, "may be rtx_5060_ti_16gb or rtx_5060_ti_8gb"),
        ("topo_collect_env_one-card.txt", {"numa_nodes": [1]}, "no NVLink"),
        ("check_env_2xh100.txt", {"gpus": [{"gpu": "h100_sxm5_80gb", "count": 2}], "nvlink": [[0, 1]], "numa_nodes": [1, 1]}, "driver 590.48.01"),
        ("rocm-smi_3.3_card1.txt", {"gpus": [{"gpu": "unknown", "count": 1}]}, ""),
        ("rocm-smi_showtoponuma.txt", {"gpus": [{"gpu": "unknown", "count": 4}], "numa_nodes": [0, 0, 1, 1]}, ""),
        ("rocm-smi_6.2_780m.json", {"gpus": None}, "graphics of the processor, not counted as a card"),
        ("rocm-smi_2018_radeon-vii.txt", {"gpus": [{"gpu": "radeon_vii", "count": 1}]}, ""),
        ("rocm-smi_2019_prose.txt", {"gpus": [{"gpu": "unknown", "count": 1, "power_limit_w": 250}]}, ""),
        ("rocm-smi_cpx-partitions.txt", {"gpus": [{"gpu": "mi300x", "count": 2, "power_limit_w": 750}]}, "counted as the one card that it is"),
        ("amd-smi-metric_2025.txt", {"gpus": [{"gpu": "unknown", "count": 1}]}, ""),
        ("system_profiler_m1_tabs.txt", {"gpus": [{"gpu": "m1", "count": 1}]}, "are not told"),
        ("system_profiler_m5-max_one-line.md", {"gpus": [{"gpu": "m5_max", "count": 1}], "host": {"cpu": "Apple M5 Max", "ram_gb": 137.4}}, ""),
        ("system_profiler_m4-pro.txt", {"gpus": [{"gpu": "m4_pro", "count": 1}]}, ""),
        ("nvlink-status_same-line.txt", {"gpus": [{"gpu": "rtx_a4000", "count": 1}, {"gpu": "quadro_rtx_5000", "count": 1}], "nvlink": []}, "no NVLink is active"),
        ("nvlink-status_no-uuid.txt", {"gpus": [{"gpu": "h100_sxm5_80gb", "count": 1}]}, "2 NVLinks active, 53.124 GB/s"),
        ("lspci_gtx1080_commented.txt", {"gpus": [{"gpu": "gtx_1080", "count": 1}]}, "PCIe x16"),
        ("nvidia-smi-q_grep.txt", {"gpus": [{"gpu": "unknown", "count": 2}]}, "PCIe generation 1 of 3 at an unknown load"),
        ("boot-ollama_2025_windows.txt", {"gpus": [{"gpu": "rtx_2080_ti", "count": 1}]}, "driver 531.79"),
        ("boot-ik_llama_4-cards.txt", {"gpus": [{"gpu": "rtx_4090", "count": 2}, {"gpu": "rtx_5090", "count": 1}, {"gpu": "rtx_a6000", "count": 1}]}, "56% of a model runs on the processor"),
        ("boot-llama_m4.txt", {"gpus": [{"gpu": "m4", "count": 1}]}, "Bge Small has no entry"),
        ("boot-llama_r9700.txt", {"gpus": [{"gpu": "ai_pro_r9700", "count": 1}]}, ""),
    ],
)  # fmt: skip
def test_rigs(name: str, rig: dict[str, Any], said: str) -> None:
    found = detected([str(WILD / name)], KNOWLEDGE)
    assert {key: found.rig.get(key) for key in rig} == rig
    assert any(said in one for one in [*found.remarks, ""])
    assert not found.refused and not found.unknown_gpus


@pytest.mark.parametrize(
    ("name", "rig", "refused"),
    [
        ("topo_8xa100_18-nics_cut.txt", {}, "incomplete, 3 of 8 GPU rows"),
        ("check_env_8xh200_cut.txt", {"gpus": [{"gpu": "h200_sxm_141gb", "count": 8}]}, "incomplete, 2 of 8 GPU rows"),
        ("nvidia-smi-x_430_gtx1080_cut.xml", {"gpus": [{"gpu": "gtx_1080", "count": 1}]}, "cut off or damaged"),
    ],
)
def test_what_is_cut_is_said_beside_what_stands(name: str, rig: dict[str, Any], refused: str) -> None:
    found = detected([str(WILD / name)], KNOWLEDGE)
    assert found.rig == rig and refused in found.refused[0]


@pytest.mark.parametrize(
    ("name", "count", "first", "refused"),
    [
        ("nvbandwidth_0.2_2x4090.txt", 16, {"metric": "h2d_bw_gb_s", "value": 25.5, "gpu": "rtx_4090", "gpu_count": 1}, ["not complete: 0 of 1 rows"]),
        ("nvbandwidth_0.8_6xa6000_prose.md", 15, {"metric": "p2p_bw_gb_s", "value": 26.34, "p2p": "yes"}, []),
        ("nvbandwidth_0.10_8xh100_latency.txt", 28, {"metric": "p2p_latency_us", "value": 0.82642}, []),
        ("nvbandwidth_b200_total.txt", 21, {"value": 1521.22, "notes": "GPU0-GPU1; bidirectional; read by copy engines"}, []),
        ("nvbandwidth_0.6_invented-gh200.txt", 0, {}, ["2 of 1 rows", "2 of 1 rows"]),
        ("nvbandwidth_0.7_2xa100_failed.txt", 0, {}, ["the test failed: Invalid value"]),
        ("rccl-tests_8xmi300x_one-row.txt", 2, {"metric": "allreduce_latency_us", "value": 91.1, "gpu": "mi300x", "gpu_count": 8}, []),
        ("rccl-tests_2023_mi250x.txt", 7, {"value": 25.06, "msg_bytes": 8}, []),
        ("rccl-tests_broadcast_name-below.txt", 10, {"metric": "broadcast_latency_us", "value": 1189.1}, []),
        ("nccl-tests_rows-alone.txt", 12, {"metric": "allreduce_latency_us", "value": 18.66, "gpu_count": 8}, ["cut off"]),
        ("nccl-tests_2022_no-rows.txt", 0, {}, ["a header and no rows"]),
        ("llama-bench_rx580_build-above.md", 4, {"value": 346.76, "gpu": "AMD Radeon RX 580 Series", "engine_version": "e598697d (4696)", "model": "llama_3_2_3b"}, []),
        ("llama-bench_9070xt_generic-name_cut.md", 2, {"value": 2086.07, "gpu": "AMD Radeon Graphics"}, ["not readable"]),
        ("llama-bench_7900xt-and-v3d.md", 4, {"value": 335.63, "gpu": "rx_7900_xt + V3D 7.1.10.2", "gpu_count": 2, "model": "qwen2_5_14b"}, []),
        ("llama-bench_2024_three-backends.md", 5, {"value": 103.91, "model": "llama_2_13b", "quantization": "q6_k"}, []),
        ("llama-bench_2026_indented.txt", 2, {"value": 653.37, "gpu": "rx_6700_xt", "model": "gemma_4_12b", "kv_dtype": "q8_0", "prompt_len": 8192}, []),
        ("llama-bench_underscore.md", 2, {"value": 669.73, "model": "gemma_3_1b", "quantization": "iq1_s"}, []),
        ("llama-bench_tabs-of-a-browser.md", 2, {"value": 669.73, "model": "gemma_3_1b"}, []),
        ("llama-bench_two-backends.md", 2, {"value": 124.14, "gpu": "ryzen_ai_max_395", "gpu_count": 1, "model": "nemotron_3_super_120b"}, []),
        ("sglang-serving_2026_gb10.txt", 2, {"value": 14.0, "model": "qwen3_5_397b_a17b", "quantization": "gptq_int4", "engine": "sglang", "prompt_len": 53}, []),
        ("sglang-serving_2-nodes.txt", 2, {"value": 3206.1, "batch": 512, "output_len": 4189}, []),
        ("sglang-serving_0.2.14.txt", 3, {"value": 3236.86, "prompt_len": 2033}, []),
        ("vllm-serve_poisson.md", 3, {"value": 718.35, "batch": 25, "model": "Qwen/Qwen3.5-0.8B"}, []),
        ("vllm-serve_images.txt", 4, {"value": 167.05, "prompt_len": 719}, []),
        ("vllm-serving_one-line.txt", 2, {"value": 113.73, "model": "llama_3_1_8b", "output_len": 1377}, ["ends inside this line"]),
        ("vllm-serve_placeholders.txt", 0, {}, ["does not say how many requests"]),
        ("boot-vllm_commented.txt", 3, {"metric": "kv_pool_gib", "value": 52.36}, []),
        ("boot-sglang_0.5.17_draft-pool.txt", 1, {"metric": "kv_pool_tokens", "value": 171008.0}, []),
        ("mlx-benchmark_m4-pro.md", 2, {"metric": "prefill_tok_s", "value": 119.782, "gpu": "m4_pro", "quantization": "MLX 2 bit", "engine_version": "0.31.2", "prompt_len": 512}, []),
        ("mlx-generate_m4-pro.txt", 2, {"value": 261.786, "model": "llama_3_1_8b", "quantization": "MLX 4 bit", "prompt_len": 32159}, []),
    ],
)  # fmt: skip
def test_benchmarks(name: str, count: int, first: dict[str, Any], refused: list[str]) -> None:
    found = ingest(WILD / name)
    rows = [recognised(one, KNOWLEDGE).row() for one in found.measurements]
    assert len(rows) == count
    assert first.items() <= (rows or [{}])[0].items()
    assert [part in one.reason for part, one in zip(refused, found.refusals, strict=True)] == [True] * len(refused)


@pytest.mark.parametrize("name", ["llama-bench_comparison.md", "llama-bench_own-table.md"])
def test_tables_of_other_tools_are_refused_with_what_is_read(name: str) -> None:
    with pytest.raises(BadInput, match="no benchmark output recognised") as error:
        ingestion([str(WILD / name)], ())
    assert "llama-bench" in str(error.value)


def _damaged(text: str) -> list[bytes]:
    """A text as copies change it without losing anything."""
    lines = text.split("\n")
    return [
        ("\ufeff" + text).encode("utf-16-le"),
        text.replace("\n", "\r\n").encode(),
        "".join(f"> {line}\n" if line else ">\n" for line in ["```", *lines, "```"]).encode(),
        f"<pre><code>{html.escape(text)}</code></pre>".encode(),
        "".join(f"\x1b[32m{line}\x1b[0m\u200b\n" for line in lines).encode(),
        text.replace("  ", " \u00a0").encode(),
        "".join(f"\t{line}\n" for line in lines).encode(),
        "".join(f"{number:6d}\t{line}\n" for number, line in enumerate(lines, 1)).encode(),
    ]


@pytest.mark.parametrize(
    "name", ["nvbandwidth_b200_total.txt", "llama-bench_2026_indented.txt", "rccl-tests_8xmi300x_one-row.txt"]
)
def test_benchmarks_read_alike_however_they_were_copied(name: str, tmp_path: Path) -> None:
    text = (WILD / name).read_text("utf-8")
    plain = [(one.metric, one.value, one.gpu) for one in ingest(WILD / name).measurements]
    for number, raw in enumerate(_damaged(text)):
        (tmp_path / f"{number}.txt").write_bytes(raw)
        assert [(one.metric, one.value, one.gpu) for one in ingest(tmp_path / f"{number}.txt").measurements] == plain


@pytest.mark.parametrize("name", ["check_env_2xh100.txt", "rocm-smi_showtoponuma.txt", "nvlink-status_no-uuid.txt"])
def test_rigs_read_alike_however_they_were_copied(name: str, tmp_path: Path) -> None:
    text = (WILD / name).read_text("utf-8")
    plain = detect([WILD / name]).rig
    for number, raw in enumerate(_damaged(text)):
        (tmp_path / f"{number}.txt").write_bytes(raw)
        assert detect([tmp_path / f"{number}.txt"]).rig == plain


def test_a_matrix_is_held_against_its_sum_and_its_links(tmp_path: Path) -> None:
    text = (WILD / "nvbandwidth_0.2_2x4090.txt").read_text("utf-8")
    for wrong, reason in (("25.50", "add up to"), ("24.26     23.90", "columns")):
        (tmp_path / "odd.txt").write_text(text.replace(wrong, "35.50", 1), "utf-8")
        assert any(reason in one["reason"] for one in ingestion([str(tmp_path / "odd.txt")], ())["refused"])
    (tmp_path / "fast.txt").write_text(text.replace("25.50", "45.50").replace("205.04", "225.04"), "utf-8")
    refused = ingestion([str(tmp_path / "fast.txt")], ())["refused"]
    assert any("the PCIe link of rtx_4090 carries" in one["reason"] for one in refused)


UUIDS = ("GPU-1f7c2a90-5b3e-4d18-9a6c-0e2b4d6f8a13", "GPU-9e8d7c6b-5a49-4837-a625-143f2e1d0c9b")


@pytest.mark.parametrize(
    ("name", "known"), [("gpustat_2021.txt", "vram_gib=12"), ("rocm-smi_mi250x.json", "tdp_w=560")]
)
def test_cards_without_an_entry_keep_what_the_tools_said(name: str, known: str) -> None:
    (stranger,) = detected([str(WILD / name)], KNOWLEDGE).unknown_gpus
    assert stranger.command.startswith("rigwise add gpu") and known in stranger.command


def test_outputs_of_two_machines_are_no_rig() -> None:
    both = [
        f"me@box{i}:~$ nvidia-smi -L\nGPU 0: NVIDIA GeForce RTX 3090 (UUID: {uuid})\n" for i, uuid in enumerate(UUIDS)
    ]
    with pytest.raises(BadInput, match="GPU 0 is one card at .* and another at") as error:
        detect(["".join(both)])
    assert "of two machines" in str(error.value) and "9e8d7c6b" not in str(error.value)
    unreadable = re.sub(r"[0-9a-f]{4,12}(?=[-)])", lambda found: "x" * len(found[0]), "".join(both))
    found = detect([unreadable])
    assert found.rig["gpus"][0]["count"] == 1 and any("of several machines" in one for one in found.remarks)


def test_rows_whose_collective_is_not_said_are_told_by_their_counts() -> None:
    row = "           8             2     float     sum      -1    15.06    0.00    0.00      0    15.95    0.00    0.00      0\n"
    (one,) = ingest(row).measurements
    assert (one.metric, one.value) == ("allreduce_latency_us", 15.06)
    found = ingest("# size count type time algbw busbw error time algbw busbw error\n" + row.replace("sum      -1", ""))
    assert found.measurements[0].metric == "collective_latency_us"
    assert any("give the command with them" in one.says for one in found.remarks)


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
