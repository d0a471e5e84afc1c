"""A model named by a file, anywhere a model's key is accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gguf_files import METADATA, TENSORS, gguf

from engine.advice.recommend import Answer
from engine.asking.model_files import model_path, with_model_file
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
