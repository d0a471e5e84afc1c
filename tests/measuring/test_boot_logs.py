"""Logs of an engine's start, as `detect` and `doctor` read them: engine, model, settings, cards, complaints, room."""

# ruff: noqa: E501 (lines of logs)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.asking.examinations import examination
from engine.asking.readings import detected
from engine.errors import BadInput
from engine.reading import load_knowledge

SAMPLES = Path(__file__).parent / "samples"
KNOWLEDGE = load_knowledge()
VLLM = (
    "INFO [core.py:75] Initializing a V1 LLM engine (v0.10.2) with config: model='Qwen/Qwen3-30B-A3B-AWQ', max_seq_len=32768, tensor_parallel_size=2, pipeline_parallel_size=1, quantization=awq, enforce_eager=True\n"
    "WARNING [fused_moe.py:682] Using default MoE config. Config file not found at /configs/E=128,N=384,device_name=NVIDIA_GeForce_RTX_3090.json\n"
    "INFO [awq_marlin.py:120] Detected that the model can run with awq_marlin, however you specified quantization=awq explicitly, so forcing awq.\n"
    "INFO [kv_cache_utils.py:1744] GPU KV cache size: 96,752 tokens\n"
    "INFO [kv_cache_utils.py:1745] Maximum concurrency for 32,768 tokens per request: 2.95x\n"
)


def seen(*sources: str) -> Any:
    return detected(sources, KNOWLEDGE)


@pytest.mark.parametrize(
    ("name", "gpus", "workload"),
    [
        ("boot-ollama_2025-08_part-on-processor", ["rtx_3060"], {"engine": "ollama", "context_tokens": 2048}),
        ("boot-llama-server_2024-06_two-unlike-cards", ["unknown", "rtx_3060"], {"engine": "llama_cpp", "context_tokens": 8192}),
        ("boot-vllm_V1_2x3090_2026-06", [], {"engine": "vllm", "model": "qwen3_6_27b", "parallelism": {"tensor": 2}, "context_tokens": 262144, "kv_quantization": "fp8", "quantization": "autoround_int4"}),
        ("boot-vllm_V0_pipeline_2025-04", [], {"engine": "vllm", "model": "qwq_32b", "quantization": "nf4", "parallelism": {"tensor": 1, "pipeline": 2}, "context_tokens": 60000}),
        ("boot-sglang_0.4_2025-07", [], {"engine": "sglang", "model": "qwen3_8b", "parallelism": {"tensor": 1, "pipeline": 1}, "context_tokens": 40960}),
    ],
)  # fmt: skip
def test_a_log_tells_engine_model_settings_and_cards(name: str, gpus: list[str], workload: dict[str, Any]) -> None:
    found = seen(str(SAMPLES / f"{name}.txt"))
    assert [group["gpu"] for group in found.rig.get("gpus", [])] == gpus
    assert {key: found.workload.get(key) for key in workload} == workload


def test_layers_that_stay_on_the_processor_are_counted() -> None:
    shares = [seen(str(path)).on_host for path in sorted(SAMPLES.glob("boot-*l*ma*_20*"))]
    assert shares == [pytest.approx(3 / 81), pytest.approx(1 / 49)]


def test_the_doctor_judges_what_a_log_says(tmp_path: Path) -> None:
    log = tmp_path / "vllm.log"
    log.write_text(VLLM, "utf-8")
    areas = {one["id"]: one for one in examination(None, {"users": "4"}, [str(log)], (), None)["areas"]}
    assert [one["status"] for one in areas["flags"]["checks"]] == ["bad", "bad", "bad"]
    assert any("forced" in one["says"] for one in areas["flags"]["checks"])
    assert "room for 2.95 requests of 32768 tokens, and 4" in areas["memory"]["checks"][0]["says"]
    assert areas["cards"]["checks"][0]["says"].startswith("2 cards")


def test_a_log_of_other_cards_than_the_tools_show_is_told(tmp_path: Path) -> None:
    listed, log = tmp_path / "L.txt", tmp_path / "vllm.log"
    listed.write_text(
        "GPU 0: NVIDIA GeForce RTX 4090 (UUID: GPU-1)\nGPU 1: NVIDIA GeForce RTX 4090 (UUID: GPU-2)\n", "utf-8"
    )
    log.write_text(VLLM, "utf-8")
    found = seen(str(listed), str(log))
    assert found.rig["gpus"] == [{"gpu": "rtx_4090", "count": 2}]
    assert any(
        "a log names NVIDIA GeForce RTX 3090, the tools show NVIDIA GeForce RTX 4090" in one for one in found.remarks
    )
    listed.write_text("GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-1)\n", "utf-8")
    assert not any("a log names" in one for one in seen(str(listed), str(log)).remarks)


def test_a_name_that_means_several_cards_is_no_stranger(tmp_path: Path) -> None:
    listed = tmp_path / "L.txt"
    listed.write_text("GPU 0: NVIDIA GeForce RTX 4060 Ti (UUID: GPU-1)\n", "utf-8")
    found = seen(str(listed))
    assert not found.unknown_gpus
    assert "rtx_4060_ti_16gb or rtx_4060_ti_8gb" in found.remarks[0]
    assert "the memory tells them apart" in found.unknown[0]


def test_a_log_that_names_no_card_asks_for_them() -> None:
    log = str(SAMPLES / "boot-vllm_V1_2x3090_2026-06.txt")
    with pytest.raises(BadInput, match="the outputs name no card") as told:
        examination(None, {}, [log], (), None)
    assert "nvidia-smi -L" in str(told.value)
    areas = {one["id"]: one["status"] for one in examination(None, {"gpu": ["2x3090"]}, [log], (), None)["areas"]}
    assert (areas["cards"], areas["memory"], areas["tensor_group"]) == ("ok", "ok", "ok")
