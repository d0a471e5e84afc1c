"""Other versions and settings of the same tools, shaped after public outputs (samples/README.md, "Variants")."""

# ruff: noqa: E501 (raw outputs of tools keep their lines)

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.measuring.ingest import Ingested, ingest

RECORD: dict[str, Any] = {
    "build_commit": "e047f9ee9", "build_number": 7721, "cpu_info": "x", "gpu_info": "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 3090",
    "backends": "CUDA", "model_filename": "/home/someone/models/m.gguf", "model_type": "llama 70B IQ3_S mix - 3.66 bpw",
    "model_size": 31000000000, "model_n_params": 70553706496, "n_batch": 2048, "n_ubatch": 512, "type_k": "q8_0", "type_v": "q8_0",
    "n_gpu_layers": 99, "split_mode": "layer", "main_gpu": 0, "flash_attn": 1, "tensor_split": "0.00", "devices": "auto",
    "n_prompt": 512, "n_gen": 0, "n_depth": 4096, "test_time": "2026-01-01T00:00:00Z", "avg_ns": 1, "stddev_ns": 1,
    "avg_ts": 700.5, "stddev_ts": 1.5,
}  # fmt: skip


def summary(found: Ingested) -> list[tuple[str, float]]:
    return [(m.metric, m.value) for m in found.measurements]


@pytest.mark.parametrize(
    ("changes", "layout"),
    [
        ({}, ("layer_split", 1, 2, 2)),
        ({"split_mode": "tensor"}, ("tp", 2, 1, 2)),
        ({"split_mode": "row"}, ("row_split", 2, 1, 2)),
        ({"split_mode": "none", "main_gpu": 1}, ("single", 1, 1, 1)),
        ({"tensor_split": "0.00/1.00"}, ("single", 1, 1, 1)),
        ({"tensor_split": "3.00/1.00"}, ("layer_split", 1, 2, 2)),
        ({"devices": "CUDA1"}, ("single", 1, 1, 1)),
        ({"n_gpu_layers": 0}, (None, None, None, None)),
    ],
)
def test_llama_bench_layouts(changes: dict[str, Any], layout: tuple[object, ...]) -> None:
    (one,) = ingest(json.dumps([RECORD | changes])).measurements
    assert (one.parallelism, one.tp, one.pp, one.gpu_count) == layout
    assert (one.metric, one.value, one.context_depth, one.quantization, one.kv_dtype) == (
        "prefill_tok_s",
        700.5,
        4096,
        "IQ3_M",
        "q8_0",
    )
    assert "someone" not in str(one.row())


def test_llama_bench_main_gpu_names_the_card() -> None:
    (one,) = ingest(json.dumps(RECORD | {"split_mode": "none", "main_gpu": 1})).measurements
    assert one.gpu == "NVIDIA GeForce RTX 3090"


def test_llama_bench_without_layers_on_a_card_names_its_machine() -> None:
    (one,) = ingest(json.dumps(RECORD | {"n_gpu_layers": 0})).measurements
    assert "RTX 3090" in str(one.gpu) and one.gpu_count is None


def test_llama_bench_jsonl_keeps_whole_lines_of_a_cut_file() -> None:
    lines = "\n".join(json.dumps(RECORD | {"avg_ts": value}) for value in (1.5, 2.5, 3.5))
    assert [v for _, v in summary(ingest(lines[:-30]))] == [1.5, 2.5]


def test_llama_bench_pretty_json_cut_inside_its_list() -> None:
    text = json.dumps([RECORD, RECORD | {"avg_ts": 2.5}], indent=2)
    assert [v for _, v in summary(ingest(text[:-40]))] == [700.5]


def test_llama_bench_sql() -> None:
    columns, cells = ", ".join(RECORD), ", ".join("'" + str(v) + "'" for v in RECORD.values())
    text = f"CREATE TABLE IF NOT EXISTS llama_bench (\n  build_commit TEXT\n);\n\nINSERT INTO llama_bench ({columns}) VALUES ({cells});\n"
    assert summary(ingest(text)) == [("prefill_tok_s", 700.5)]
    assert ingest(text[:-20]).refusals[0].reason == "the INSERT is cut off or damaged"


MARKDOWN = """\
ggml_cuda_init: found 2 ROCm devices (Total VRAM: 65504 MiB):
  Device 0: AMD Instinct MI50/MI60, gfx906:sramecc-:xnack- (0x906), VMM: no, Wave Size: 64, VRAM: 32752 MiB
  Device 1: AMD Instinct MI50/MI60, gfx906:sramecc-:xnack- (0x906), VMM: no, Wave Size: 64, VRAM: 32752 MiB
load_backend: loaded ROCm backend from /app/libggml-hip.so
| model                          |       size |     params | backend    | ngl | n_batch | n_ubatch |     sm | type_k | type_v | fa | mmap |            test |                  t/s |
| ------------------------------ | ---------: | ---------: | ---------- | --: | ------: | -------: | -----: | -----: | -----: | -: | ---: | --------------: | -------------------: |
| qwen35 27B Q4_1                |  16.28 GiB |    26.90 B | ROCm       | 999 |    8192 |     2048 | tensor |   q8_0 |   q8_0 |  1 |    0 |          pp2048 |        251.43 ± 0.10 |
| qwen35 27B Q4_1                |  16.28 GiB |    26.90 B | ROCm       | 999 |    8192 |     2048 | tensor |   q8_0 |   q8_0 |  1 |    0 |  tg128 @ d32768 |         17.01 ± 0.02 |
| gpt-oss 20B MXFP4 MoE          |  11.27 GiB |    20.91 B | ROCm       | 999 |    8192 |     2048 | tensor |   q8_0 |   q8_0 |  1 |    0 |     pp512+tg128 |        512.00 ± 1.00 |

build: 4fa3b9e (8863)
"""


def test_llama_bench_markdown_of_rocm_with_many_columns() -> None:
    found = ingest(MARKDOWN)
    assert summary(found) == [("prefill_tok_s", 251.43), ("decode_tok_s", 17.01), ("total_throughput_tok_s", 512.0)]
    decode = found.measurements[1]
    assert (decode.context_depth, decode.kv_dtype, decode.parallelism, decode.gpu_count) == (32768, "q8_0", "tp", 2)
    assert (decode.gpu, decode.engine_version, decode.quantization) == (
        "AMD Instinct MI50/MI60",
        "4fa3b9e (8863)",
        "Q4_1",
    )
    assert (found.measurements[2].arch, found.measurements[2].quantization) == ("moe", "MXFP4")


def test_llama_bench_tables_through_docker_compose_prefixes() -> None:
    found = ingest("".join(f"llama-1  | {line}\n" for line in MARKDOWN.splitlines()))
    assert len(found.measurements) == 3 and found.measurements[0].gpu_count == 2


def test_two_tables_have_their_own_builds() -> None:
    found = ingest(MARKDOWN + MARKDOWN.replace("4fa3b9e (8863)", "ffffff1 (9000)"))
    assert [m.engine_version for m in found.measurements] == ["4fa3b9e (8863)"] * 3 + ["ffffff1 (9000)"] * 3


def test_old_pipe_table_without_size_and_with_plus_minus_damage() -> None:
    text = "| model | backend | n_gpu_layers | test | t/s |\n|--|--|--|--|--|\n| llama 7B mostly F16 | CUDA | 99 | tg 128 | 61.03 ? 0.07 |\n"
    (one,) = ingest(text).measurements
    assert (one.value, one.model, one.quantization) == (61.03, "llama 7B", "F16")


BATCHED = """\
main: n_kv_max = 32768, n_batch = 2048, n_ubatch = 512, flash_attn = 1, is_pp_shared = 0, n_gpu_layers = 99, n_threads = 8

|    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
|-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
|   128 |    128 |    1 |    256 |    0.108 |  1186.64 |    3.079 |    41.57 |    3.187 |    80.32 |
|   128 |    128 |    8 |   2048 |    0.790 |  1296.20 |    6.000 |   170.67 |    6.790 |   301.62 |
"""


def test_batched_bench() -> None:
    found = ingest(BATCHED)
    assert [(m.metric, m.value, m.batch) for m in found.measurements] == [
        ("prefill_tok_s", 1186.64, 1), ("decode_tok_s", 41.57, 1), ("total_throughput_tok_s", 80.32, 1),
        ("prefill_tok_s", 1296.20, 8), ("output_throughput_tok_s", 170.67, 8), ("total_throughput_tok_s", 301.62, 8),
    ]  # fmt: skip


def test_rate_that_does_not_follow_from_its_time_is_refused() -> None:
    found = ingest(BATCHED.replace("41.57", "415.7"))
    assert len(found.measurements) == 3 and "does not follow" in found.refusals[0].reason


TIMINGS = """\
prompt eval time =     245.12 ms /   512 tokens (    0.48 ms per token,  2088.77 tokens per second)
       eval time =    5045.53 ms /   128 tokens (   39.42 ms per token,    25.37 tokens per second)
      total time =    5290.65 ms /   640 tokens
"""
OLLAMA = """\
total duration:       8.763437708s
load duration:        21.3445ms
prompt eval count:    26 token(s)
prompt eval duration: 120ms
prompt eval rate:     216.67 tokens/s
eval count:           298 token(s)
eval duration:        5.497s
eval rate:            54.21 tokens/s
"""


def test_server_timings_and_ollama_verbose() -> None:
    assert summary(ingest(TIMINGS)) == [("prefill_tok_s", 2088.77), ("decode_tok_s", 25.37)]
    found = ingest(OLLAMA)
    assert summary(found) == [("prefill_tok_s", 216.67), ("decode_tok_s", 54.21)]
    assert {m.engine for m in found.measurements} == {"ollama"} and {m.trust for m in found.measurements} == {"C"}


SERVE = """\
Namespace(subparser='bench', bench_type='serve', model='Qwen/Qwen3-0.6B', random_input_len=1024, request_rate=inf)
Starting initial single prompt test run...
Traffic request rate: inf
Burstiness factor: 1.0 (Poisson process)
Maximum request concurrency: 10
100%|██████████| 100/100 [00:15<00:00,  6.29it/s]
============ Serving Benchmark Result ============
Successful requests:                     100
Failed requests:                         0
Maximum request concurrency:             10
Benchmark duration (s):                  15.90
Total input tokens:                      77700
Total generated tokens:                  746
Request throughput (req/s):              6.29
Output token throughput (tok/s):         46.93
Peak output token throughput (tok/s):    88.00
Peak concurrent requests:                20.00
Total token throughput (tok/s):          4934.95
---------------Time to First Token----------------
Mean TTFT (ms):                          1073.16
Median TTFT (ms):                        1022.13
P99 TTFT (ms):                           1522.29
-----Time per Output Token (excl. 1st token)------
Mean TPOT (ms):                          72.74
Median TPOT (ms):                        73.60
P99 TPOT (ms):                           79.29
==================================================
"""


def test_vllm_stdout_of_newer_versions_several_runs() -> None:
    found = ingest(
        SERVE
        + SERVE.replace("concurrency: 10", "concurrency: 20").replace(
            "concurrency:             10", "concurrency:             20"
        )
    )
    assert [m.batch for m in found.measurements] == [10] * 4 + [20] * 4
    first = found.measurements[0]
    assert (first.model, first.prompt_len, first.output_len, first.trust) == ("Qwen/Qwen3-0.6B", 777, 7.46, "B")


def test_serving_numbers_that_contradict_each_other_are_refused() -> None:
    found = ingest(SERVE.replace("46.93", "469.3"))
    assert not found.measurements and "are not 469.3 tokens a second" in found.refusals[0].reason


def test_serving_without_one_request_done() -> None:
    found = ingest(
        SERVE.replace("Successful requests:                     100", "Successful requests:                     0")
    )
    assert [r.reason for r in found.refusals] == ["no request was completed"]


SGLANG = """\
============ Serving Benchmark Result ============
Backend:                                 sglang-oai
Traffic request rate:                    inf
Max request concurrency:                 4
Successful requests:                     20
Benchmark duration (s):                  42.49
Total input tokens:                      10240
Total generated tokens:                  20480
Total generated tokens (retokenized):    19627
Request throughput (req/s):              0.47
Input token throughput (tok/s):          240.98
Output token throughput (tok/s):         481.95
Total token throughput (tok/s):          722.93
Concurrency:                             3.97
----------------End-to-End Latency----------------
Mean E2E Latency (ms):                   8432.23
---------------Time to First Token----------------
Mean TTFT (ms):                          2731.00
Median TTFT (ms):                        2465.51
P99 TTFT (ms):                           6884.07
==================================================
"""


def test_sglang_bench_serving() -> None:
    found = ingest(SGLANG)
    assert [(m.metric, m.value) for m in found.measurements][:2] == [
        ("output_throughput_tok_s", 481.95),
        ("total_throughput_tok_s", 722.93),
    ]
    assert {(m.engine, m.batch, m.provenance.tool) for m in found.measurements} == {
        ("sglang", 4, "sglang.bench_serving")
    }


def test_speculation_is_marked() -> None:
    text = json.dumps({"duration": 10.0, "completed": 5, "total_input_tokens": 500, "total_output_tokens": 1000, "output_throughput": 100.0,
                       "median_tpot_ms": 8.0, "median_itl_ms": 24.0, "backend": "vllm", "request_rate": "inf"})  # fmt: skip
    found = ingest(text)
    assert {m.spec_decode for m in found.measurements} == {"suspected: several tokens arrive in one step"}
    assert {m.batch for m in found.measurements} == {"max (infinite request rate)"}


HEADER_2_20 = """\
# nccl-tests version 2.20.0 (b4d5bee) nccl-headers=23102 nccl-library=23102
# Collective test starting: all_reduce_perf
# nThread 1 nGpus 2 minBytes 8192 maxBytes 16384 step: 2(factor) warmup iters: 10 iters: 100 agg iters: 1 validation: 1 graph: 1 unalign: 0
#
# Using devices
#  Rank  0 Group  0 Pid 1001 on host-one device  0 [000f:01:00] NVIDIA GB10
#  Rank  1 Group  0 Pid 1002 on host-two device  0 [000f:01:00] NVIDIA GB10
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)
        8192          2048     float     sum      -1    35.15    0.23    0.23       0    30.33    0.27    0.27       0
       16384          4096     float     sum      -1    31.67    0.52    0.52       0    30.75    0.53    0.53       0
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 0.3875
#
# Collective test concluded: all_reduce_perf
"""


def test_nccl_2_20() -> None:
    found = ingest(HEADER_2_20)
    assert summary(found) == [
        ("allreduce_latency_us", 35.15), ("allreduce_busbw_gb_s", 0.23), ("allreduce_latency_us", 31.67), ("allreduce_busbw_gb_s", 0.52),
    ]  # fmt: skip
    one = found.measurements[0]
    assert (one.gpu, one.gpu_count, one.provenance.version) == ("NVIDIA GB10", 2, "2.20.0")
    assert one.notes is not None and "CUDA graph" in one.notes and "host-" not in str(one.row())


def test_nccl_row_broken_by_a_log_line_is_refused_and_the_rest_kept() -> None:
    broken = HEADER_2_20.replace(
        "sum      -1    31.67", "sum      -1  host:12:34 [0] NCCL INFO Channel 00 : 0[0] -> 1[1] via SHM/direct/direct"
    )
    found = ingest(broken)
    assert [v for _, v in summary(found)] == [35.15, 0.23]
    assert any("broken" in r.reason or "cut off" in r.reason for r in found.refusals)


def test_nccl_unchecked_results_count_less() -> None:
    found = ingest(HEADER_2_20.replace("       0    3", "     N/A    3").replace("       0\n", "     N/A\n"))
    assert {m.trust for m in found.measurements} == {"C"} and len(found.measurements) == 4


def test_nccl_edited_bandwidth_is_refused() -> None:
    found = ingest(HEADER_2_20.replace("0.52    0.52", "5.20    5.20"))
    assert "are not 5.2 GB/s" in found.refusals[0].reason and len(found.measurements) == 2


def test_nccl_json() -> None:
    side = {"time": 35.15, "alg_bw": 0.23306, "bus_bw": 0.23306, "nwrong": 0.0}
    record = {
        "version": 1, "args": ["./build/all_reduce_perf", "-g", "2"], "nccl_version": 23102,
        "config": {"graph": 0, "devices": [{"rank": 0, "hostname": "a", "device_info": "NVIDIA GB10"}, {"rank": 1, "hostname": "a", "device_info": "NVIDIA GB10"}]},
        "results": [{"size": 8192, "count": 2048, "type": "float", "redop": "sum", "root": "    -1", "out_of_place": side, "in_place": side}],
        "out_of_bounds": {"count": 0, "okay": "true"},
    }  # fmt: skip
    found = ingest(json.dumps(record))
    assert summary(found) == [("allreduce_latency_us", 35.15), ("allreduce_busbw_gb_s", 0.23306)]
    assert found.measurements[0].gpu == "NVIDIA GB10"
    record["out_of_bounds"] = {"count": 3, "okay": "false"}
    assert not ingest(json.dumps(record)).measurements


P2P4 = """\
P2P=Disabled Latency Matrix (us)
   GPU     0      1      2      3
     0   2.61  14.95  19.61  14.42
     1  11.09   2.10  19.16  18.72
     2  13.34  16.44   2.06  16.80
     3  11.92  16.62  16.72   2.09

   CPU     0      1      2      3
     0   2.67   6.78   6.18   6.14
     1   6.71   2.62   6.33   6.30
     2   6.35   6.27   2.50   5.78
     3   6.20   6.24   5.79   2.49
P2P=Enabled Latency (P2P Writes) Matrix (us)
   GPU     0      1      2      3
     0   2.59   2.31   1.85   1.86
     1   2.26   2.10   1.88   1.83
     2   1.81   1.83   2.07   2.31
     3   1.84   1.81   2.23   2.09
"""


def test_p2p_latency_of_four_gpus() -> None:
    found = ingest(P2P4)
    assert [m.value for m in found.measurements] == [
        14.95,
        19.61,
        14.42,
        19.16,
        18.72,
        16.8,
        2.31,
        1.85,
        1.86,
        1.88,
        1.83,
        2.31,
    ]
    assert len([r for r in ingest("\n".join(P2P4.splitlines()[:3]) + "\n").refusals if "not complete" in r.reason]) == 1


BOOT = """\
INFO 10-16 07:41:31 [__init__.py:216] vLLM API server version 0.11.0
INFO 10-16 07:41:36 [core.py:77] Initializing a V1 LLM engine (v0.11.0) with config: model='/models/Qwen3-32B-AWQ', dtype=torch.float16, tensor_parallel_size=2, pipeline_parallel_size=1, quantization=awq_marlin, enforce_eager=True, kv_cache_dtype=auto
(Worker_TP0 pid=95) INFO 10-16 07:42:03 [gpu_model_runner.py:2653] Model loading took 9.0955 GiB and 12.345 seconds
(Worker_TP0 pid=95) INFO 10-16 07:42:30 [gpu_worker.py:298] Available KV cache memory: 10.98 GiB
(EngineCore_DP0 pid=90) INFO 10-16 07:42:31 [kv_cache_utils.py:1087] GPU KV cache size: 89,952 tokens
(EngineCore_DP0 pid=90) INFO 10-16 07:42:31 [kv_cache_utils.py:1091] Maximum concurrency for 40,960 tokens per request: 2.20x
(Worker_TP0 pid=95) INFO 10-16 07:42:55 [gpu_model_runner.py:3480] Graph capturing finished in 21 secs, took 0.61 GiB
"""


def test_boot_log_with_its_configuration() -> None:
    found = ingest(BOOT)
    assert {m.metric: m.value for m in found.measurements} == {
        "weights_gib": 9.0955, "kv_pool_gib": 10.98, "kv_pool_tokens": 89952, "max_concurrency": 2.2, "cuda_graphs_gib": 0.61,
    }  # fmt: skip
    one = found.measurements[0]
    assert (one.model, one.tp, one.quantization, one.engine_version, one.gpu_count) == (
        "Qwen3-32B-AWQ",
        2,
        "awq_marlin",
        "0.11.0",
        2,
    )
    assert "enforce_eager" in {r.id for r in found.remarks}


def test_llama_cpp_and_sglang_pools() -> None:
    text = "llama_kv_cache:      CUDA0 KV buffer size =  1536.00 MiB\nload_tensors:        CUDA0 model buffer size = 20480.00 MiB\n[2026-01-01 10:00:00 TP0] max_total_num_tokens=86408, chunked_prefill_size=8192\n"
    assert {m.metric: m.value for m in ingest(text).measurements} == {
        "kv_buffer_gib": 1.5,
        "weights_gib": 20.0,
        "kv_pool_tokens": 86408,
    }


def test_offline_throughput() -> None:
    text = "Throughput: 7.15 requests/s, 4656.00 total tokens/s, 1072.15 output tokens/s\n"
    assert summary(ingest(text)) == [("total_throughput_tok_s", 4656.0), ("output_throughput_tok_s", 1072.15)]


def test_power_log_under_load() -> None:
    rows = "".join(f"2026/01/01 10:00:0{i}.000, {i % 2}, {200 + i}.50 W, {95 if i % 2 else 3} %\n" for i in range(8))
    found = ingest("timestamp, index, power.draw [W], utilization.gpu [%]\n" + rows)
    assert summary(found) == [("power_w", 204.5)]
