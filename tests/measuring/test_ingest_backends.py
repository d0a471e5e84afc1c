"""What computed a benchmark: backends whose speed the rules tell, and those that are told and not compared."""

# ruff: noqa: E501 (output as tools print it)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.asking.ingestions import ingestion

VULKAN = "ggml_vulkan: Found 1 Vulkan devices:\nggml_vulkan: 0 = {} | uma: 0 | fp16: 1 | warp size: 32 | shared memory: 49152 | int dot: 0 | matrix cores: none\n"
CUDA = "ggml_cuda_init: found 1 CUDA devices:\n  Device 0: NVIDIA GeForce RTX 3090, compute capability 8.6, VMM: yes\n"
HEAD = "| model | size | params | backend | ngl | dev | test | t/s |\n|---|---:|---:|---|--:|---|---:|---:|\n"
ROW = "| gemma3 12B Q6_K | 8.99 GiB | 11.77 B | {} | 99 | {} | tg128 | 47.56 ± {} |\n"


def compared(tmp_path: Path, text: str, **flags: Any) -> list[dict[str, Any]]:
    file = tmp_path / "bench.md"
    file.write_text(text, "utf-8")
    document = ingestion([str(file)], (), flags=flags)
    return [*document["compared"], *document["refused"]]


@pytest.mark.parametrize(
    ("devices", "backend", "chosen", "reason"),
    [
        (VULKAN.format("NVIDIA GeForce RTX 3090 (NVIDIA)"), "Vulkan", "", "it ran on Vulkan; the rules tell the speed of CUDA"),
        (VULKAN.format("AMD Radeon RX 9070 XT (RADV GFX1201) (radv)"), "RPC,Vulkan", "", None),
        (VULKAN.format("Intel(R) Arc(TM) A770 Graphics (Intel Corporation)"), "Vulkan", "", None),
        (CUDA, "CUDA", "", None),
        (CUDA, "CUDA,Vulkan", "", "which of them ran is not told"),
        (CUDA, "CUDA,Vulkan", "CUDA0", None),
        (CUDA, "CUDA,RPC", "RPC[10.0.0.1:50052]", "it ran on RPC"),
        (CUDA, "CUDA", "", None),
    ],
)  # fmt: skip
def test_only_backends_that_the_rules_know_are_compared(
    tmp_path: Path, devices: str, backend: str, chosen: str, reason: str | None
) -> None:
    (row,) = compared(tmp_path, devices + HEAD + ROW.format(backend, chosen, "0.24"))
    assert (reason or "") in row.get("reason", "")
    assert ("predicted" in row) == (reason is None)


def test_what_ran_on_another_backend_is_not_calibrated_with(tmp_path: Path) -> None:
    text = VULKAN.format("NVIDIA GeForce RTX 3090 (NVIDIA)") + HEAD + ROW.format("Vulkan", "", "0.24")
    (tmp_path / "b.md").write_text(text, "utf-8")
    written = ingestion([str(tmp_path / "b.md")], (), into=tmp_path / "own")["written"]
    assert (written["new"], written["left_out"]) == (0, 1) and "Vulkan" in written["reasons"][0]


def test_a_deviation_that_is_no_number_is_refused(tmp_path: Path) -> None:
    (row,) = compared(tmp_path, CUDA + HEAD + ROW.format("CUDA", "", "nan"))
    assert "deviation" in row["reason"]


def test_a_device_line_between_tables_is_no_row(tmp_path: Path) -> None:
    one = CUDA + HEAD + ROW.format("CUDA", "", "0.24") + "\nbuild: 141a908a (5298)\n"
    rows = compared(tmp_path, one + VULKAN.format("AMD Radeon RX 9070 XT (RADV GFX1201) (radv)"))
    assert len(rows) == 1 and "predicted" in rows[0]


def test_the_cache_of_a_log_is_counted_for_its_context(tmp_path: Path) -> None:
    log = CUDA + (
        "llama_model_loader: loaded meta data with 26 key-value pairs and 724 tensors from /m/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf (version GGUF V3 (latest))\n"
        "load_tensors: offloaded {}/33 layers to GPU\nload_tensors:        CUDA0 model buffer size =  4403.49 MiB\n"
        "print_info: file type   = Q4_K - Medium\n"
        "llama_context: n_ctx         = 8192\n"
        "llama_kv_cache_unified: size = 1024.00 MiB (  8192 cells,  32 layers,  1 seqs), K (f16):  512.00 MiB, V (f16):  512.00 MiB\n"
    )
    whole = {row["metric"]: row for row in compared(tmp_path, log.format(33))}
    assert whole["kv_cache_gib"]["ratio"] == pytest.approx(1.0, abs=0.001)
    part = {row["metric"]: row for row in compared(tmp_path, log.format(20))}
    assert "20 of 33 layers" in part["weights_gib"]["reason"]


def test_gguf_under_an_engine_of_other_files_is_told(tmp_path: Path) -> None:
    text = '{"duration": 10.0, "completed": 9, "failed": 1, "output_throughput": 100.0, "total_output_tokens": 1000, "model_id": "Qwen3-8B-Q4_K_M.gguf", "backend": "vllm", "max_concurrency": 1}'
    (tmp_path / "b.json").write_text(text, "utf-8")
    told = [one["says"] for one in ingestion([str(tmp_path / "b.json")], ())["remarks"]]
    assert told[0].startswith("1 of 10 requests failed") and "gguf is not its own" in told[1]
