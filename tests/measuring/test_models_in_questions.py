"""A model named by a file, anywhere a model's key is accepted."""

# ruff: noqa: E501 (a declaration a line)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gguf_files import METADATA, TENSORS, gguf

from engine.advice.recommend import Answer
from engine.asking.model_files import model_path, with_model_file
from engine.asking.plans import planned
from engine.errors import BadInput
from engine.reading import Knowledge

SAMPLES = Path(__file__).parent / "samples"
QWQ = SAMPLES / "hf-config_QwQ-32B.json"


def asked(model: Path | str, **workload: Any) -> dict[str, Any]:
    return {"rig": {"gpus": [{"gpu": "rtx_3090", "count": 2}]}, "workload": {"model": str(model), **workload}}


def estimate(scenario: dict[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    given, lent, told = with_model_file(scenario, knowledge)
    return Answer(given, lent, model_file=told).estimate_document()


def test_a_config_of_a_known_shape_is_the_known_model(knowledge: Knowledge) -> None:
    workload = {"engine": "vllm", "quantization": "fp8", "parallelism": {"tensor": 2}}
    by_file = estimate(asked(QWQ, **workload), knowledge)
    by_key = estimate(asked("qwq_32b", **workload), knowledge)
    assert by_file["model_file"]["same_as"] == "qwq_32b" and "model_file" not in by_key
    assert by_file["estimate"] == by_key["estimate"]


def test_bytes_of_a_gguf_are_those_of_its_tensors(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "Tiny-Q4_K_M.gguf"
    path.write_bytes(gguf(METADATA, TENSORS))
    document = estimate(asked(path, engine="llama_cpp"), knowledge)
    size = document["model_file"]["bytes"]
    assert size == 5000 * 144 + 5000 * 210 + 2048 * 144 + 2048 * 210 + 2 * 256 * 144 + 1024
    assert document["scenario"]["workload"]["quantization"] == "q4_k_m"
    held = sum(row["weights_gb"] for row in document["estimate"]["memory"] if row["used"])
    assert held == pytest.approx(size / 1e9, rel=1e-3)
    origins = {str(node.get("origin")) for node in document["proofs"].values()}
    assert any(str(path) in origin for origin in origins)


def test_other_formats_of_that_model_are_averages_again(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(gguf(METADATA, TENSORS))
    document = estimate(asked(path, engine="llama_cpp", quantization="q8_0"), knowledge)
    assert document["scenario"]["workload"]["quantization"] == "q8_0"
    assert document["estimate"]["fits"] is True
    held = sum(row["weights_gb"] for row in document["estimate"]["memory"] if row["used"])
    assert held * 1e9 > document["model_file"]["bytes"]


def test_an_unknown_architecture_is_not_guessed(knowledge: Knowledge, tmp_path: Path) -> None:
    config = json.loads(QWQ.read_text("utf-8")) | {"model_type": "brand_new", "hidden_size": 5001}
    (tmp_path / "config.json").write_text(json.dumps(config))
    document = estimate(asked(tmp_path), knowledge)
    assert document["estimate"]["fits"] is None and "decode_tok_s" not in document["estimate"]
    assert document["model_file"]["unread"] == [
        "head_dim: not in the file",
        "parameters: the layers of model type 'brand_new' are not known",
    ]


def test_a_file_of_a_known_shape_keeps_its_own_longest_context(knowledge: Knowledge, tmp_path: Path) -> None:
    config = json.loads(QWQ.read_text("utf-8")) | {"max_position_embeddings": 262144}
    (tmp_path / "config.json").write_text(json.dumps(config))
    told = with_model_file(asked(tmp_path), knowledge)[2]
    assert told is not None and told["same_as"] == "qwq_32b" and told["entry"]["max_context"] == 262144


def test_a_path_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "config.json").write_text("{}")
    assert model_path("m/config.json", tmp_path) == tmp_path / "m/config.json"
    assert model_path("m/", tmp_path) == tmp_path / "m"
    assert model_path("Qwen/QwQ-32B") is None and model_path("qwq_32b") is None and model_path(None) is None
    with pytest.raises(BadInput, match="no file"):
        model_path("nowhere.gguf")


@pytest.mark.parametrize("text", ["{}", "[1]", '{"model_type": "clip"}', "{", '{"layers": {"a": 1}}'])
def test_what_is_no_model_is_refused(text: str, knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(BadInput):
        with_model_file(asked(path), knowledge)


def held_gb(model: Path, knowledge: Knowledge, **workload: Any) -> float:
    document = estimate(asked(model, engine="vllm", **workload), knowledge)
    return float(sum(row["weights_gb"] for row in document["estimate"]["memory"] if row["used"]))


def config_with(folder: Path, **values: Any) -> Path:
    config = {name: value for name, value in json.loads(QWQ.read_text("utf-8")).items() if name != "torch_dtype"}
    (folder / "config.json").write_text(json.dumps(config | values))
    return folder


@pytest.mark.parametrize("told", [{"torch_dtype": "bfloat16"}, {"dtype": "float16"}, {}])
def test_a_config_without_quantization_is_a_checkpoint_of_16_bit(
    told: dict[str, Any], knowledge: Knowledge, tmp_path: Path
) -> None:
    assert held_gb(config_with(tmp_path, **told), knowledge) == pytest.approx(65.5, rel=0.01)
    assert held_gb(tmp_path, knowledge, quantization="awq_int4") < 25


def test_an_index_tells_the_bytes_of_all_weights(knowledge: Knowledge, tmp_path: Path) -> None:
    index = config_with(tmp_path, torch_dtype="bfloat16") / "model.safetensors.index.json"
    index.write_text('{"metadata": {"total_size": 67000000000}, "weight_map": {}}')
    assert held_gb(tmp_path, knowledge) == pytest.approx(67.0, rel=1e-3)
    index.write_text('{"metadata": {"total_size": 17000000000}, "weight_map": {}}')
    assert held_gb(tmp_path, knowledge) == pytest.approx(65.5, rel=0.01), "less than its shape takes: not believed"


def test_a_quantization_that_is_not_known_is_not_counted_as_another(knowledge: Knowledge, tmp_path: Path) -> None:
    config_with(tmp_path, torch_dtype="bfloat16", quantization_config={"quant_method": "gptq", "bits": 3})
    with pytest.raises(BadInput, match="'gptq' is not known"):
        with_model_file(asked(tmp_path), knowledge)
    assert held_gb(tmp_path, knowledge, quantization="gptq_int4") < 25


def test_a_file_of_an_unknown_architecture_gets_no_speed(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "zork.gguf"
    renamed = {name.replace("qwen3moe.", "zork."): value for name, value in METADATA.items()}
    path.write_bytes(gguf(renamed | {"general.architecture": "zork"}, TENSORS))
    document = estimate(asked(path, engine="llama_cpp"), knowledge)
    assert document["estimate"]["fits"] is None and "decode_tok_s" not in document["estimate"]


VISION = {"vision_config": {"depth": 32, "hidden_size": 1280}}


def told_of(model: Path, knowledge: Knowledge) -> dict[str, Any]:
    told = with_model_file(asked(model), knowledge)[2]
    assert told is not None
    return told


def test_a_tower_is_counted_where_the_files_tell_and_else_said_not_to_be(knowledge: Knowledge, tmp_path: Path) -> None:
    config = config_with(tmp_path, torch_dtype="bfloat16", **VISION)
    alone = told_of(config, knowledge)
    assert alone["bytes"] is None and any("vision_config" in one and "not counted" in one for one in alone["unread"])
    stored = 2 * alone["entry"]["parameters"]["total"] + 1_350_000_000
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": stored}}), "utf-8")
    whole = told_of(tmp_path, knowledge)
    assert whole["bytes"] == stored and whole["entry"]["file"]["tower_bytes"] == pytest.approx(1.35e9, rel=0.01)
    assert not whole["unread"] and "vision_config: 1.35 GB, counted" in whole["read"]


def test_the_part_for_pictures_beside_a_gguf_file_is_counted(knowledge: Knowledge, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(gguf(METADATA, TENSORS))
    before = told_of(tmp_path / "m.gguf", knowledge)["bytes"]
    (tmp_path / "mmproj-F16.gguf").write_bytes(gguf({"general.architecture": "clip"}, [("v.patch", (64, 64), 1)]))
    assert told_of(tmp_path / "m.gguf", knowledge)["bytes"] == before + 64 * 64 * 2
    (tmp_path / "mmproj-F32.gguf").write_bytes(gguf({"general.architecture": "clip"}, [("v.patch", (64, 64), 0)]))
    two = told_of(tmp_path, knowledge)
    assert two["bytes"] == before and any("mmproj-F32.gguf" in one for one in two["unread"])


FP8_WEIGHT = {"dtype": "fp8_e4m3", "qscheme": "per_tensor"}


@pytest.mark.parametrize(
    ("declared", "key"),
    [
        ({"quant_method": "quark", "global_quant_config": {"weight": FP8_WEIGHT, "input_tensors": FP8_WEIGHT}}, "fp8"),
        ({"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "fp4", "group_size": 32}}}, "mxfp4"),
        ({"quant_method": "torchao", "quant_type": {"default": {"_type": "Int8WeightOnlyConfig"}}}, "int8_weight_only"),
        ({"quant_method": "torchao", "quant_type": "int8_weight_only"}, "int8_weight_only"),
    ],
)  # fmt: skip
def test_formats_of_quark_and_torchao(declared: Any, key: str, knowledge: Knowledge, tmp_path: Path) -> None:
    given, _, _ = with_model_file(asked(config_with(tmp_path, quantization_config=declared)), knowledge)
    assert given["workload"]["quantization"] == key


@pytest.mark.parametrize(
    ("declared", "word"),
    [
        ({"bits": 4, "group_size": 64}, "4 bits in groups of 64, as MLX writes it: 4.5 bits a weight"),
        ({"quant_method": "aqlm", "in_group_size": 8, "num_codebooks": 1, "nbits_per_codebook": 16, "out_group_size": 1}, "codes of 2 bits"),
        ({"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "mx6"}}}, "quark: mx6"),
        ({"quant_method": "quark", "global_quant_config": {"weight": FP8_WEIGHT, "input_tensors": FP8_WEIGHT}, "layer_quant_config": {"*lm_head": {}}}, "quark"),
        ({"quant_method": "torchao", "quant_type": {"default": {"_type": "Int4WeightOnlyConfig", "_data": {"group_size": 128}}}}, "torchao: Int4WeightOnlyConfig"),
        ({"quant_method": "torchao", "quant_type": {"default": [1]}}, "torchao"),
        ({"quant_method": "quark", "global_quant_config": [1]}, "quark"),
    ],
)  # fmt: skip
def test_what_is_not_known_of_a_format_is_said(declared: Any, word: str, knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not known in this form") as told:
        with_model_file(asked(config_with(tmp_path, quantization_config=declared)), knowledge)
    assert word in str(told.value)


def test_no_plan_is_made_for_a_model_whose_parameters_are_not_known(tmp_path: Path) -> None:
    shape = {"model_type": "new_thing", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(shape | {"num_key_value_heads": 2, "vocab_size": 100}))
    with pytest.raises(BadInput, match="no rig can be sized for it") as told:
        planned({"model": str(path)}, (), None)
    assert "model type 'new_thing'" in str(told.value)
