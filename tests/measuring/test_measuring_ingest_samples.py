"""Every benchmark sample with its exact values; sources in samples/README.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadInput
from engine.measuring.ingest import COLUMNS, Ingested, Measurement, ingest, physical_limits

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> Ingested:
    return ingest(SAMPLES / name)


def values(found: Ingested, metric: str) -> list[float]:
    return [m.value for m in found.measurements if m.metric == metric]


def only(found: Ingested, metric: str) -> Measurement:
    (one,) = [m for m in found.measurements if m.metric == metric]
    return one


def test_llama_bench_markdown_with_devices_and_build() -> None:
    found = sample("llama-bench-01_md.md")
    prefill, decode = only(found, "prefill_tok_s"), only(found, "decode_tok_s")
    assert (prefill.value, prefill.prompt_len, decode.value, decode.output_len) == (2420.27, 512, 75.03, 128)
    assert (decode.model, decode.quantization, decode.gpu, decode.params_b) == (
        "qwen3 8B",
        "Q5_K_M",
        "NVIDIA A30",
        8.19,
    )
    assert (decode.engine, decode.engine_version, decode.batch) == ("llama.cpp", "8c32d9d96 (7199)", 1)
    assert decode.notes is not None and "4 devices visible, 1 used" in decode.notes
    assert decode.provenance.line == 9 and decode.weights_bytes == round(5.44 * 2**30)


def test_llama_bench_old_test_names() -> None:
    found = sample("llama-bench-02_md_old-spaced-test-names.md")
    assert values(found, "prefill_tok_s") == [2368.80] and values(found, "decode_tok_s") == [131.42]
    decode = only(found, "decode_tok_s")
    assert (decode.model, decode.quantization, decode.gpu, decode.engine_version) == ("llama 7B", "Q4_0", None, None)


def test_llama_bench_json_and_csv() -> None:
    json_one = only(sample("llama-bench-04.json"), "decode_tok_s")
    assert (json_one.value, json_one.output_len, json_one.context_depth) == (118.881588, 128, 0)
    assert (json_one.gpu, json_one.gpu_count, json_one.kv_dtype) == ("NVIDIA GeForce RTX 4080", 1, "f16")
    assert (json_one.weights_bytes, json_one.source_date) == (4677120000, "2025-04-24T11:58:51Z")
    csv = sample("llama-bench-06.csv")
    assert values(csv, "prefill_tok_s") == [7285.676949] and values(csv, "decode_tok_s") == [119.915244]
    assert only(csv, "decode_tok_s").engine_version == "8cf427ff (5163)"


def test_llama_sweep_bench() -> None:
    found = sample("llama-sweep-bench_ik_2x3090_excerpt.md")
    assert values(found, "prefill_tok_s") == [1338.34, 1256.87, 1181.42]
    assert values(found, "decode_tok_s") == [42.33, 41.49, 40.29]
    assert [m.context_depth for m in found.measurements] == [0, 0, 2048, 2048, 4096, 4096]


def test_nccl_failed_before_rows_is_refused_with_its_reason() -> None:
    found = sample("nccl-tests-01_2x3090_failed_before_rows.txt")
    assert not found.measurements
    assert "unhandled cuda error" in found.refusals[0].reason and found.refusals[0].line == 10


def test_nccl_four_nodes() -> None:
    found = sample("nccl-tests-02_4x3090_4nodes_allreduce_OK.txt")
    at_8k = [m for m in found.measurements if m.msg_bytes == 8192]
    assert [(m.metric, m.value) for m in at_8k] == [("allreduce_latency_us", 38.59), ("allreduce_busbw_gb_s", 0.32)]
    assert values(found, "allreduce_busbw_gb_s")[-1] == 7.79 and len(values(found, "allreduce_latency_us")) == 11
    assert (at_8k[0].gpu, at_8k[0].gpu_count, at_8k[0].interconnect) == ("NVIDIA GeForce RTX 3090", 4, "4 nodes")
    assert "worker" not in str([m.row() for m in found.measurements])


def test_nccl_wrong_results_void_the_run() -> None:
    found = sample("nccl-tests-03_4x3090_WRONG-results_FAILED.txt")
    assert not found.measurements and "216 FAILED" in found.refusals[0].reason


def test_nccl_2020_without_reduction_is_all_gather_of_two() -> None:
    """size / count is two ranks' parts, and the bandwidth half of size / time: no all-reduce prints that."""
    found = sample("nccl-tests-04_2x2080ti-nvlink_2020-format_no-redop.txt")
    assert values(found, "allgather_busbw_gb_s") == [1.22, 1.98, 11.06, 20.05, 20.34]
    assert values(found, "allgather_latency_us") == [13.39, 16.57, 47.38, 418.5, 3298.6]
    assert {m.gpu_count for m in found.measurements} == {2}


def test_nccl_truncated_row_is_refused() -> None:
    found = sample("nccl-tests-06_8x4090_header_nccl1530.txt")
    assert not found.measurements and found.refusals[0].line == 12


def test_nccl_interleaved_with_transports() -> None:
    found = sample("nccl-tests-07_8x4090_SHM_interleaved-NCCL-INFO.txt")
    assert values(found, "allreduce_latency_us") == [8.49, 8.26, 8.41, 8.38]
    assert {m.p2p for m in found.measurements} == {"no"}
    assert "nccl_via_shm" in {r.id for r in found.remarks}


def test_nccl_reduced_columns_name_no_collective() -> None:
    found = sample("nccl-tests-08_4xA100_sendrecv_deduped-columns.txt")
    assert values(found, "collective_busbw_gb_s") == [0.51, 31.88, 77.24]
    assert {m.trust for m in found.measurements} == {"C"}


def test_p2p_bandwidth() -> None:
    found = sample("p2pBandwidthLatency_2x4090_tinygrad.txt")
    assert [(m.value, m.p2p) for m in found.measurements] == [(6.34, "no"), (6.60, "yes"), (8.66, "no")]
    assert {m.gpu for m in found.measurements} == {"NVIDIA GeForce RTX 4090"}


def test_vllm_json_with_a_failed_request() -> None:
    found = sample("vllm-bench-serve-01_oneline.json")
    assert {m.metric: round(m.value, 4) for m in found.measurements} == {
        "output_throughput_tok_s": 124.5854,
        "total_throughput_tok_s": 319.2502,
        "ttft_ms": 98.9443,
        "tpot_ms": 34.4503,
    }
    one = found.measurements[0]
    assert (one.trust, one.prompt_len, one.output_len, one.batch, one.model) == (
        "C",
        200,
        128,
        None,
        "Qwen2.5-VL-3B-Instruct",
    )
    assert one.notes is not None and "1 of 200 requests failed" in one.notes and "open loop" in one.notes


def test_vllm_stdout() -> None:
    found = sample("vllm-bench-serve-03_stdout.txt")
    assert [m.value for m in found.measurements] == [6582.87, 14029.44, 9459.70, 48.84]


def test_vllm_boot_log() -> None:
    found = sample("vllm-bootlog_kv-pool.txt")
    assert {m.metric: m.value for m in found.measurements} == {
        "kv_pool_gib": 4.43,
        "kv_pool_tokens": 413470,
        "max_concurrency": 1.58,
    }
    assert only(found, "max_concurrency").context_depth == 262144


def test_diagnostic_lines() -> None:
    ids = [r.id for r in sample("vllm-log-lines_diagnostic.txt").remarks]
    assert {
        "custom_all_reduce_disabled",
        "fp8_weight_only",
        "attention_heads_not_divisible",
        "kv_cache_too_small",
        "quantization_forced",
        "nccl_p2p_disabled",
        "nccl_via_shm",
        "nccl_via_p2p",
    } <= set(ids)


def test_power_log_without_load_measures_nothing() -> None:
    found = sample("gpu_monitor_2x3090.csv")
    assert not found.measurements and len(found.refusals) == 2
    assert "busy in 0 of 172 samples" in found.refusals[0].reason


@pytest.mark.parametrize(
    "name", ["hf-config_QwQ-32B.json", "topo-01_4x3090_nvlink-pairs_NV4-PHB-NODE.txt", "gguf_dump.txt"]
)
def test_what_is_no_benchmark_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="no benchmark output recognised"):
        sample(name)


def test_several_files_and_tools_at_once() -> None:
    found = ingest([SAMPLES / "llama-bench-04.json", SAMPLES / "nccl-tests-02_4x3090_4nodes_allreduce_OK.txt"])
    assert {m.provenance.tool for m in found.measurements} == {"llama-bench", "nccl-tests"}
    both = (
        (SAMPLES / "llama-bench-01_md.md").read_text() + "\n" + (SAMPLES / "vllm-bench-serve-03_stdout.txt").read_text()
    )
    assert {m.provenance.tool for m in ingest(both).measurements} == {"llama-bench", "vllm bench serve"}


def test_rows_have_the_columns_of_a_measurements_file() -> None:
    found = sample("llama-bench-04.json")
    row = found.measurements[0].row()
    assert tuple(row) == COLUMNS and str(row["id"]).startswith("M-") and row["source_path"] == "llama-bench-04.json#2"


def test_known_columns_fill_what_is_open_and_nothing_else() -> None:
    text = (SAMPLES / "llama-bench-02_md_old-spaced-test-names.md").read_text()
    found = ingest(text, known={"gpu": "rtx_3090", "quantization": "other"})
    assert {m.gpu for m in found.measurements} == {"rtx_3090"} and {m.quantization for m in found.measurements} == {
        "Q4_0"
    }
    with pytest.raises(BadInput, match="no column"):
        ingest(text, known={"gpus": 4})


def test_impossible_rates_are_refused_by_the_injected_check() -> None:
    text = (SAMPLES / "llama-bench-04.json").read_text().replace("118.881588", "1180.881588")
    checks = physical_limits(lambda name: {"memory_bandwidth": 716.8e9}, lambda model, quantization: {"arch": "dense"})
    found = ingest(text, checks=checks)
    assert not found.measurements and "impossible" in found.refusals[0].reason
    assert ingest(SAMPLES / "llama-bench-04.json", checks=checks).measurements
