"""Commands that start: no more context than the model takes, the cards named that are used, files by their names."""

from __future__ import annotations

from typing import Any

from engine.advice.commands import launch, measurement
from engine.advice.rulebook import assuming
from engine.costs import FORMULAS
from engine.grounding.resolve import resolve
from engine.inference import default_matcher
from engine.reading import Knowledge


def resolved(knowledge: Knowledge, gpus: list[str], **workload: Any) -> dict[str, Any]:
    asked = {"rig": {"gpus": [{"gpu": gpu, "count": 1} for gpu in gpus]}, "workload": workload}
    return resolve(asked, knowledge, assuming(knowledge), FORMULAS, default_matcher()).scenario


def test_no_command_asks_for_more_context_than_the_model_is_made_for(knowledge: Knowledge) -> None:
    asked = resolved(knowledge, ["rtx_3090"], model="qwen3_32b", engine="vllm", context_tokens=131072)
    assert "--max-model-len 40960" in launch(asked, knowledge.entries)
    assert "the model is made for no more" in launch(asked, knowledge.entries)


def test_cards_are_numbered_among_those_of_their_maker_and_named(knowledge: Knowledge) -> None:
    one = {"tensor": 1, "pipeline": 1, "replicas": 1, "split_mode": "none"}
    gpus = ["rx_7900_xtx", "rtx_3060_12gb", "rtx_4090"]
    told = launch(resolved(knowledge, gpus, model="qwen3_14b", engine="llama_cpp", parallelism=one), knowledge.entries)
    assert "CUDA_VISIBLE_DEVICES=1 " in told and "HIP_VISIBLE_DEVICES=-1" in told and "GPU 2 (GeForce RTX 4090)" in told
    all_of_them = resolved(knowledge, ["rtx_4090"], model="qwen3_14b", engine="llama_cpp", parallelism=one)
    assert "VISIBLE" not in launch(all_of_them, knowledge.entries)


def test_files_and_checkpoints_are_named_as_they_are_published(knowledge: Knowledge) -> None:
    entries = knowledge.entries
    gguf = resolved(knowledge, ["rtx_4090"], model="gpt_oss_20b", engine="llama_cpp")
    assert "gpt-oss-20b-MXFP4.gguf" in launch(gguf, entries) and "gpt-oss-20b-MXFP4.gguf" in measurement(gguf, entries)
    assert "serve openai/gpt-oss-20b " in launch(
        resolved(knowledge, ["rtx_4090"], model="gpt_oss_20b", engine="vllm"), entries
    )
    awq = measurement(
        resolved(knowledge, ["rtx_4090"], model="qwen3_14b", engine="vllm", quantization="awq_int4"), entries
    )
    assert "--model CHECKPOINT" in awq and "CHECKPOINT: Qwen/Qwen3-14B in AWQ" in awq


def test_the_makers_own_checkpoint_is_assumed_where_it_fits(knowledge: Knowledge) -> None:
    large = resolved(knowledge, ["h200_sxm_141gb"] * 8, model="deepseek_r1", engine="vllm")
    assert large["workload"]["quantization"] == "fp8_block"
    assert "vllm serve deepseek-ai/DeepSeek-R1 " in launch(large, knowledge.entries)
    small = resolved(knowledge, ["h200_sxm_141gb"] * 4, model="deepseek_r1", engine="vllm")
    assert small["workload"]["quantization"] == "awq_int4"
