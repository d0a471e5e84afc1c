"""Benchmarks of one's own rig: recognised, checked against it, held against predictions, laid into an overlay."""

# ruff: noqa: E501 (a case a line)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from engine.asking.ingestions import ingestion
from engine.checking import level, validate
from engine.errors import BadInput
from engine.measuring.ingest import Measurement, Provenance
from engine.measuring.recognition import known_model, recognised
from engine.measuring.rows import read_rows
from engine.paths import KNOWLEDGE
from engine.reading import Knowledge

SAMPLES = Path(__file__).parent / "samples"
SCHEMA = json.loads((KNOWLEDGE.parent / "schemas/output/ingestion.schema.json").read_text("utf-8"))


def ingested(*names: str, **more: Any) -> dict[str, Any]:
    document = ingestion([str(SAMPLES / name) for name in names], (), **more)
    Draft7Validator(SCHEMA).validate(document)
    return document


def reasons(document: dict[str, Any]) -> str:
    return "; ".join(row["reason"] for row in document["refused"])


def test_measured_against_predicted() -> None:
    document = ingested("llama-bench-04.json")
    row = document["measurements"][0]
    assert (row["gpu"], row["model"], row["quantization"], row["engine"]) == (
        "rtx_4080",
        "qwen2_5_7b",
        "q4_k_m",
        "llama_cpp",
    )
    held = document["compared"][0]
    assert held["id"] == row["id"] and held["low"] <= held["predicted"] <= held["high"]
    assert held["ratio"] == pytest.approx(held["measured"] / held["predicted"])


def test_rig_tools_among_the_files_say_whose_rig_it_is() -> None:
    """The same output, beside the topology of the two cards: a model and a format are still to be told."""
    flags = {"gpu": ["2x3090"], "model": "qwen3-32b", "quant": "q4_k_m"}
    document = ingested("llama-sweep-bench_ik_2x3090_excerpt.md", "topo-02_2x3090_NV4_lxc.txt", flags=flags)
    row = document["measurements"][0]
    assert (row["gpu"], row["gpu_count"], row["nvlink"], row["model"]) == ("rtx_3090", 2, "yes", "qwen3_32b")


def test_a_fabricated_topology_is_refused_and_not_used(tmp_path: Path) -> None:
    cards = tmp_path / "cards.csv"
    cards.write_text(
        "index, name, memory.total [MiB]\n" + "".join(f"{i}, NVIDIA GeForce RTX 5090, 32607 MiB\n" for i in range(4))
    )
    topo = SAMPLES / "topo-13_FABRICATED_4x5090-NV4_must-be-rejected.txt"
    whole = tmp_path / "both.txt"
    whole.write_text(cards.read_text("utf-8") + topo.read_text("utf-8"))
    bench = str(SAMPLES / "nccl-tests-07_8x4090_SHM_interleaved-NCCL-INFO.txt")
    document = ingestion([bench, str(whole)], ())
    assert "NVLink" in reasons(document)
    assert all("nvlink" not in row for row in document["measurements"])


@pytest.mark.parametrize(
    ("name", "flags", "reason"),
    [
        ("llama-bench-04.json", {"gpu": ["2x3090"]}, "measured on rtx_4080; the rig has rtx_3090"),
        ("nccl-tests-02_4x3090_4nodes_allreduce_OK.txt", {"gpu": ["2x3090"]}, "measured on 4 cards; the rig has 2"),
        ("p2pBandwidthLatency_2x4090_tinygrad.txt", {"gpu": ["2x4090"], "pcie": "3.0x1", "nvlink": "none"}, "the best slot of the rig moves"),
        ("nccl-tests-03_4x3090_WRONG-results_FAILED.txt", {}, "wrong data"),
        ("nccl-tests-01_2x3090_failed_before_rows.txt", {}, "the run failed"),
    ],
)  # fmt: skip
def test_what_cannot_be_of_this_rig_is_refused(name: str, flags: dict[str, Any], reason: str) -> None:
    document = ingested(name, flags=flags)
    assert reason in reasons(document)


def test_faster_than_the_memory_is_impossible(tmp_path: Path) -> None:
    bench = json.loads((SAMPLES / "llama-bench-04.json").read_text("utf-8"))
    for record in bench:
        record["avg_ts"] = 400.0
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(bench))
    document = ingestion([str(path)], ())
    assert not document["measurements"] and "impossible: 400 tok/s" in reasons(document)


def test_into_an_overlay(tmp_path: Path) -> None:
    site = tmp_path / "site"
    names = ("llama-bench-04.json", "llama-bench-06.csv", "llama-bench-01_md.md")
    first = ingested(*names, into=site)
    again = ingested(*names, into=site)
    count = len(first["measurements"])
    told = first["written"]
    assert (told["new"], told["known"], told["left_out"], told["reasons"]) == (count, 0, 0, [])
    assert again["written"]["new"] == 0 and again["written"]["known"] == count
    rows = read_rows(site / "measurements" / "own.csv")
    assert [row.id for row in rows] == [row["id"] for row in first["measurements"]]
    assert all(row.cell("source_path") and row.cell("source_title") for row in rows)
    assert not [found for found in validate([site]) if level(found) == "error"]
    assert any(command.startswith("rigwise calibrate") for command in first["next"])


def test_a_foreign_file_in_the_overlay_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "measurements").mkdir()
    file = tmp_path / "measurements" / "own.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(BadInput, match="no file of measurements"):
        ingested("llama-bench-04.json", into=tmp_path)
    assert file.read_text("utf-8") == "a,b\n1,2\n"


@pytest.mark.parametrize(
    ("name", "model", "form"),
    [
        ("/models/Qwen3-32B-AWQ", "qwen3_32b", "awq_int4"),
        ("Qwen/Qwen3-32B-FP8", "qwen3_32b", "fp8"),
        ("Qwen3-30B-A3B-Instruct-2507-Q4_K_M", "qwen3_30b_a3b", "q4_k_m"),
        ("Meta-Llama-3.1-70B-Instruct-GPTQ-INT4", "llama_3_1_70b", "gptq_int4"),
        ("C:\\models\\gpt-oss-120b-mxfp4", "gpt_oss_120b", "mxfp4"),
        ("something-nobody-knows", None, None),
    ],
)
def test_names_of_files_and_repositories(name: str, model: str | None, form: str | None, knowledge: Knowledge) -> None:
    found, told = known_model(name, knowledge)
    assert (found, told) == (model, form)


def test_a_count_tells_the_shape_within_a_family(knowledge: Knowledge) -> None:
    at = Provenance("llama-bench", "x", 1, "md")
    plain = Measurement(metric="decode_tok_s", value=1.0, unit="tok/s", provenance=at, model="qwen2 7B", params_b=7.62)
    assert recognised(plain, knowledge).model == "qwen2_5_7b"


def test_a_name_of_several_sizes_is_told_apart_by_the_count(knowledge: Knowledge) -> None:
    at = Provenance("llama-bench", "x", 1, "md")
    for count, key in ((68.98, "llama_2_70b"), (70.55, "llama_3_1_70b")):
        one = Measurement(
            metric="decode_tok_s", value=1.0, unit="tok/s", provenance=at, model="llama 70B", params_b=count
        )
        assert recognised(one, knowledge).model == key


def test_what_is_not_told_is_not_compared(tmp_path: Path) -> None:
    """Two cards and no word of the split; no word of the number of requests."""
    document = ingested(
        "vllm-bench-serve-03_stdout.txt", flags={"gpu": ["8xh100"], "model": "llama_3_1_8b", "quant": "fp8"}
    )
    assert {row["reason"] for row in document["compared"]} == {"how many requests ran at a time is not told"}
    flags = {"gpu": ["8xh100"], "model": "llama_3_1_8b", "quant": "fp8", "tensor": 8, "users": 256}
    told = ingested("vllm-bench-serve-03_stdout.txt", flags=flags)
    assert told["compared"] and not any("requests ran" in row.get("reason", "") for row in told["compared"])
    record = {"backend": "vllm", "model_id": "Qwen/Qwen3-32B-AWQ", "date": "20250912-101112", "num_prompts": 64, "request_rate": "inf",
              "max_concurrency": 8, "duration": 60.5, "completed": 64, "failed": 0, "total_input_tokens": 65536, "total_output_tokens": 16384,
              "request_throughput": 1.05, "output_throughput": 270.8, "total_token_throughput": 1354.0, "mean_ttft_ms": 620.1, "median_ttft_ms": 600.0,
              "mean_tpot_ms": 27.5, "median_tpot_ms": 27.4}  # fmt: skip
    path = tmp_path / "serve.json"
    path.write_text(json.dumps(record))
    apart = ingestion([str(path)], (), flags={"gpu": ["2x3090"]})
    assert all("split" in row["reason"] for row in apart["compared"])
    assert apart["measurements"][0]["source_date"] == "2025-09-12"
    told = ingestion([str(path)], (), flags={"gpu": ["2x3090"], "tensor": "2"})
    assert all("predicted" in row for row in told["compared"])


def test_nccl_tests_as_json(tmp_path: Path) -> None:
    side = {"time": 25.31, "alg_bw": 0.32, "bus_bw": 0.49, "nwrong": "0"}
    devices = [{"rank": rank, "name": "NVIDIA GeForce RTX 3090"} for rank in range(4)]
    record = {"collective": "all_reduce_perf", "devices": devices, "out_of_bounds": {"count": 0, "okay": True},
              "results": [{"size": 8192, "count": 2048, "type": "float", "redop": "sum", "root": -1, "out_of_place": side, "in_place": side}]}  # fmt: skip
    path = tmp_path / "nccl.json"
    path.write_text(json.dumps(record))
    document = ingestion([str(path)], ())
    assert {(row["metric"], row["gpu"], row["gpu_count"]) for row in document["measurements"]} == {
        ("allreduce_latency_us", "rtx_3090", 4), ("allreduce_busbw_gb_s", "rtx_3090", 4),
    }  # fmt: skip


def test_what_no_file_of_measurements_knows_is_left_out_and_said(tmp_path: Path) -> None:
    boot = ingested("vllm-bootlog_kv-pool.txt", into=tmp_path)["written"]
    assert (boot["file"], boot["new"]) == ("", 0) and boot["left_out"] > 0 and "no metric" in boot["reasons"][0]
    mixed = ingested("llama-bench-02_md_old-spaced-test-names.md", "llama-bench-04.json", into=tmp_path)["written"]
    assert mixed["new"] == 1 and mixed["reasons"] == ["the GPU is not told"]
    assert not [found for found in validate([tmp_path]) if level(found) == "error"]
