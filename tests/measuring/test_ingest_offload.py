"""Weights in host memory, cards of several models, files of a size they cannot have: neither compared nor kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.asking.ingestions import ingestion

RUN = {"build_commit": "4b385bf", "build_number": 6123, "backends": "CUDA", "model_type": "llama 70B Q4_K - Medium",
       "gpu_info": "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 4090", "model_filename": "Llama-3.1-70B-Q4_K_M.gguf",
       "model_size": 42520395776, "model_n_params": 70553706496, "n_gpu_layers": 99, "split_mode": "layer",
       "n_depth": 0, "n_prompt": 0, "n_gen": 128, "avg_ts": 19.0, "stddev_ts": 0.1}  # fmt: skip


def ingested(folder: Path, flags: dict[str, Any] | None = None, **run: Any) -> dict[str, Any]:
    path = folder / "run.jsonl"
    path.write_text(json.dumps(RUN | run))
    return ingestion([str(path)], (), flags=flags or {}, into=folder / "mine")


@pytest.mark.parametrize("run", [{"n_gpu_layers": 30}, {"n_cpu_moe": 40}, {"tensor_buft_overrides": "exps=CPU"}])
def test_a_run_with_weights_in_host_memory_is_no_run_on_the_cards_alone(run: dict[str, Any], tmp_path: Path) -> None:
    document = ingested(tmp_path, **run, avg_ts=3.1)
    assert "host memory" in document["compared"][0]["reason"] and document["written"]["new"] == 0
    assert ingested(tmp_path, n_gpu_layers=80)["written"]["new"] == 1


def test_cards_of_several_models_are_those_of_their_rig(tmp_path: Path) -> None:
    cards = "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 3090"
    document = ingested(tmp_path, {"gpu": ["1x4090", "1x3090"]}, gpu_info=cards)
    assert document["measurements"][0]["gpu"] == "rtx_4090 + rtx_3090" and not document["refused"]
    assert "1 x" not in str(document["refused"]) and document["written"]["left_out"] == 1


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ({"gpu_info": "NVIDIA GeForce RTX 4090"}, "of weights on 1 x"),
        ({"model_size": 4252039577}, "contradicts itself"),
    ],
)
def test_a_file_of_a_size_that_cannot_be_is_refused(run: dict[str, Any], reason: str, tmp_path: Path) -> None:
    document = ingested(tmp_path, **run)
    assert not document["measurements"] and reason in document["refused"][0]["reason"]


VLLM = """INFO Initializing a V1 LLM engine (v0.10.2) with config: model='{0}', dtype=torch.float16, tensor_parallel_size=2, pipeline_parallel_size=1, quantization={1}, kv_cache_dtype=auto
INFO 09-12 10:01:10 [gpu_worker.py:298] Available KV cache memory: 5.42 GiB
"""  # noqa: E501
SGLANG = """[2025-08-12 10:11:12] server_args=ServerArgs(model_path='Qwen/Qwen3-32B-FP8', tp_size=2, kv_cache_dtype='auto')
[2025-08-12 10:11:40 TP0] Load weight end. type=Qwen3ForCausalLM, dtype=torch.bfloat16, mem usage=16.51 GB.
"""  # noqa: E501
LLAMA = """print_info: file type   = Q4_K - Medium
print_info: general.name     = Llama 3.3 70B Instruct
load_tensors: offloaded 75/81 layers to GPU
load_tensors:        CUDA0 model buffer size = 20038.81 MiB
llama_perf_context_print:        eval time =   16000.00 ms /   128 runs   (  125.00 ms per token,     8.00 tokens per second)
"""  # noqa: E501


@pytest.mark.parametrize(
    ("log", "model", "form"),
    [
        (VLLM.format("Qwen/Qwen2.5-32B-Instruct-AWQ", "awq_marlin"), "qwen2_5_32b", "awq_int4"),
        (VLLM.format("Qwen/Qwen2.5-32B-Instruct-GPTQ-Int4", "gptq_marlin"), "qwen2_5_32b", "gptq_int4"),
        (VLLM.format("RedHatAI/Qwen3-32B-FP8-dynamic", "compressed-tensors"), "qwen3_32b", "fp8"),
        (SGLANG, "qwen3_32b", "fp8"),
        (LLAMA, "llama_3_3_70b", "q4_k_m"),
    ],
)
def test_a_log_tells_its_model_and_format(log: str, model: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / "boot.log"
    path.write_text(log)
    document = ingestion([str(path)], (), flags={"gpu": ["2x3090"]})
    assert {(row["model"], row["quantization"]) for row in document["measurements"]} == {(model, form)}
    if log is LLAMA:
        assert all("predicted" not in row for row in document["compared"]), "75 of 81 layers, on one of two cards"


NCCL = """# nccl-tests version 2.17.6 nccl-headers=22706 nccl-library=22706
# Collective test starting: all_reduce_perf
# nThread 1 nGpus 4 minBytes 8 maxBytes 134217728 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
     8388608       2097152     float     sum      -1   172.30   48.69  {0}      0   171.90   48.80   73.20      0
"""  # noqa: E501


def test_an_output_of_nccl_tests_names_its_release_and_its_end(tmp_path: Path) -> None:
    path = tmp_path / "nccl.txt"
    path.write_text(NCCL.format("73.03"))
    document = ingestion([str(path)], ())
    assert document["measurements"][0]["engine_version"] == "2.27.6"
    assert any("no summary" in remark["says"] for remark in document["remarks"])
    path.write_text(NCCL.format("173.03"))
    refused = ingestion([str(path)], ())["refused"]
    assert "more than 1.5 times" in refused[0]["reason"]


SERVED = {"backend": "vllm", "model_id": "Qwen/QwQ-32B-AWQ", "max_concurrency": 8, "duration": 40.0, "completed": 50,
          "failed": 0, "total_input_tokens": 102400, "total_output_tokens": 25600, "request_throughput": 1.25,
          "output_throughput": 640.0, "total_token_throughput": 3200.0, "median_ttft_ms": 290.2,
          "median_tpot_ms": 11.1}  # fmt: skip


@pytest.mark.parametrize(
    ("run", "reason"),
    [({}, ""), ({"completed": 25, "failed": 25}, "25 of 50"), ({"completed": 40, "failed": 10}, "requests a second")],
)
def test_a_serving_run_that_half_failed_or_contradicts_its_rate(
    run: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "served.json"
    path.write_text(json.dumps(SERVED | run))
    refused = ingestion([str(path)], ())["refused"]
    assert reason in str(refused) and bool(refused) is bool(reason)


def test_a_run_on_the_processor_is_none_of_the_cards_that_are_given(tmp_path: Path) -> None:
    document = ingested(tmp_path, {"gpu": ["2x4090"]}, backends="CPU,BLAS", n_gpu_layers=None, avg_ts=1.1)
    assert "host memory" in document["compared"][0]["reason"] and document["written"]["new"] == 0
