"""Models out of config.json and GGUF headers. Totals are those of the published safetensors indices."""

# ruff: noqa: E501 (raw outputs of tools keep their lines)

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from gguf_files import METADATA, TENSORS, gguf, string
from hypothesis import given, settings
from hypothesis import strategies as st
from published_configs import CONFIGS, OTHERS

from engine.asking.model_files import with_model_file
from engine.errors import BadInput
from engine.measuring.models import read_config, read_header, read_model
from engine.reading import Knowledge

SAMPLES = Path(__file__).parent / "samples"

LLAMA_8B = {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
            "intermediate_size": 14336, "vocab_size": 128256, "tie_word_embeddings": False, "max_position_embeddings": 131072, "torch_dtype": "bfloat16"}  # fmt: skip
QWEN3_30B = {"model_type": "qwen3_moe", "decoder_sparse_step": 1, "head_dim": 128, "hidden_size": 2048, "intermediate_size": 6144,
             "moe_intermediate_size": 768, "num_attention_heads": 32, "num_experts": 128, "num_experts_per_tok": 8, "num_hidden_layers": 48,
             "num_key_value_heads": 4, "vocab_size": 151936, "tie_word_embeddings": False, "mlp_only_layers": [], "sliding_window": None,
             "use_sliding_window": False, "max_window_layers": 48, "max_position_embeddings": 40960}  # fmt: skip
QWEN2_7B = {"model_type": "qwen2", "hidden_size": 3584, "intermediate_size": 18944, "num_attention_heads": 28, "num_hidden_layers": 28,
            "num_key_value_heads": 4, "vocab_size": 152064, "tie_word_embeddings": False, "use_sliding_window": False,
            "sliding_window": 131072, "max_position_embeddings": 32768, "max_window_layers": 28}  # fmt: skip
MIXTRAL = {"model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_hidden_layers": 32,
           "num_key_value_heads": 8, "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000, "tie_word_embeddings": False,
           "sliding_window": None, "max_position_embeddings": 32768}  # fmt: skip
GPT_OSS = {"model_type": "gpt_oss", "attention_bias": True, "head_dim": 64, "hidden_size": 2880, "intermediate_size": 2880,
           "layer_types": ["sliding_attention", "full_attention"] * 12, "max_position_embeddings": 131072, "num_attention_heads": 64,
           "num_experts_per_tok": 4, "num_hidden_layers": 24, "num_key_value_heads": 8, "num_local_experts": 32, "sliding_window": 128,
           "tie_word_embeddings": False, "vocab_size": 201088, "quantization_config": {"quant_method": "mxfp4"}}  # fmt: skip
DEEPSEEK = {"model_type": "deepseek_v3", "first_k_dense_replace": 3, "hidden_size": 7168, "intermediate_size": 18432, "kv_lora_rank": 512,
            "moe_intermediate_size": 2048, "moe_layer_freq": 1, "n_routed_experts": 256, "n_shared_experts": 1, "num_attention_heads": 128,
            "num_experts_per_tok": 8, "num_hidden_layers": 61, "num_key_value_heads": 128, "q_lora_rank": 1536, "qk_nope_head_dim": 128,
            "qk_rope_head_dim": 64, "tie_word_embeddings": False, "v_head_dim": 128, "vocab_size": 129280,
            "max_position_embeddings": 163840, "quantization_config": {"quant_method": "fp8", "fmt": "e4m3"}}  # fmt: skip
GEMMA3 = {"model_type": "gemma3", "text_config": {"head_dim": 128, "hidden_size": 5376, "intermediate_size": 21504, "model_type": "gemma3_text",
          "num_attention_heads": 32, "num_hidden_layers": 62, "num_key_value_heads": 16, "sliding_window": 1024},
          "vision_config": {"hidden_size": 1152, "num_hidden_layers": 27}, "torch_dtype": "bfloat16"}  # fmt: skip
QWEN3_NEXT = {"model_type": "qwen3_next", "hidden_size": 2048, "intermediate_size": 5120, "num_hidden_layers": 48, "num_attention_heads": 16,
              "num_key_value_heads": 2, "head_dim": 256, "full_attention_interval": 4, "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128,
              "linear_num_key_heads": 16, "linear_num_value_heads": 32, "linear_value_head_dim": 128, "moe_intermediate_size": 512,
              "shared_expert_intermediate_size": 512, "num_experts": 512, "num_experts_per_tok": 10, "vocab_size": 151936,
              "tie_word_embeddings": False, "decoder_sparse_step": 1, "mlp_only_layers": [], "max_position_embeddings": 262144}  # fmt: skip


@pytest.mark.parametrize(
    ("config", "total", "active", "quantization"),
    [
        (LLAMA_8B, 8_030_261_248, 8_030_261_248, "bf16"),
        (QWEN2_7B, 7_615_616_512, 7_615_616_512, None),
        (QWEN3_30B, 30_532_122_624, 3_353_032_704, None),
        (MIXTRAL, 46_702_792_704, 12_879_925_248, None),
        (GPT_OSS, 20_914_757_184, 4_187_440_704, "mxfp4"),
        (DEEPSEEK, 671_026_419_200, 37_552_297_472, "fp8"),
        (GEMMA3, 27_009_346_304, 27_009_346_304, "bf16"),
        (QWEN3_NEXT, 79_674_391_296, 3_874_929_408, None),
    ],
    ids=["llama", "qwen2", "qwen3-moe", "mixtral", "gpt-oss", "deepseek-v3", "gemma3", "qwen3-next"],
)
def test_parameters_are_exact(config: dict[str, Any], total: int, active: int, quantization: str | None) -> None:
    found = read_config(config)
    assert (found.entry["parameters"]["total"], found.entry["parameters"]["active"]) == (total, active)
    assert found.quantization == quantization and found.complete and not found.unread


RECALLED = {"kimi_linear_48b_a3b": 0.025}  # its entry has round figures from its name


@pytest.mark.parametrize("key", CONFIGS)
def test_a_published_config_gives_the_published_count(key: str, knowledge: Knowledge) -> None:
    """Parameters within 0.1 % of the entry, and the file is recognised as that model or one of its shape."""
    found, entry = read_config(CONFIGS[key]), knowledge.entries["models"][key]
    assert found.entry["parameters"]["total"] == pytest.approx(
        entry["parameters"]["total"], rel=RECALLED.get(key, 1e-3)
    )
    assert found.complete and not found.unread


@pytest.mark.parametrize("name", OTHERS)
def test_a_model_without_entry_is_counted_as_well(name: str) -> None:
    total, config = OTHERS[name]
    assert read_config(config).entry["parameters"]["total"] == pytest.approx(total, rel=2e-3)


def test_shapes_are_recognised(knowledge: Knowledge, tmp_path: Path) -> None:
    unlike = set()
    for key, config in CONFIGS.items():
        (tmp_path / "config.json").write_text(json.dumps({**config, "_name_or_path": key}))
        scenario = {"rig": {"gpus": [{"gpu": "rtx_3090"}]}, "workload": {"model": str(tmp_path)}}
        told = with_model_file(scenario, knowledge)[2]
        if told is None or told["same_as"] != key:
            unlike.add(key)
    assert unlike == {"granite_4_h_small", "granite_4_h_tiny", "kimi_linear_48b_a3b"}  # entries without a shape


def test_sample_of_qwq() -> None:
    found = read_model(SAMPLES / "hf-config_QwQ-32B.json")
    parameters = found.entry.pop("parameters")
    assert found.entry == {
        "name": "QwQ-32B", "family": "qwen2", "architecture": "dense", "layers": 64, "hidden": 5120, "query_heads": 40, "kv_heads": 8,
        "head_dim": 128, "intermediate": 27648, "vocabulary": 152064, "tied_embeddings": False, "max_context": 131072,
    }  # fmt: skip
    assert parameters == {
        "total": 32_763_876_352,
        "active": 32_763_876_352,
        "embedding": 778_567_680,
        "head": 778_567_680,
    }


def test_shapes_of_attention_and_experts() -> None:
    assert read_config(GPT_OSS).entry["attention"] == {
        "full_layers": 12,
        "window_layers": 12,
        "linear_layers": 0,
        "window": 128,
    }
    assert read_config(GEMMA3).entry["attention"] == {
        "full_layers": 10,
        "window_layers": 52,
        "linear_layers": 0,
        "window": 1024,
    }
    linear = read_config(QWEN3_NEXT).entry["attention"]
    assert linear == {"full_layers": 12, "window_layers": 0, "linear_layers": 36, "state_bytes_per_layer": 2_146_304}
    deepseek = read_config(DEEPSEEK).entry
    assert deepseek["mla"] == {"q_lora": 1536, "kv_lora": 512, "nope": 128, "rope": 64, "value": 128}
    assert deepseek["moe"] == {
        "experts": 256,
        "experts_per_token": 8,
        "intermediate": 2048,
        "shared_intermediate": 2048,
        "first_dense_layers": 3,
    }
    assert read_config(GEMMA3).towers == ["vision_config"]


@pytest.mark.parametrize(
    ("extra", "attention"),
    [
        ({"model_type": "mistral", "sliding_window": 4096, "max_position_embeddings": 32768}, (0, 32, 0)),
        ({"model_type": "mistral", "sliding_window": None}, None),
        ({"sliding_window": 131072}, None),
        ({"layer_types": ["linear_attention"] * 24 + ["full_attention"] * 8}, (8, 0, 24)),
        ({"sliding_window": 4096, "sliding_window_pattern": "LLLG"}, (8, 24, 0)),
        ({"sliding_window": 4096, "sliding_window_pattern": 4}, (8, 24, 0)),
        ({"attention_chunk_size": 8192, "no_rope_layers": [1, 1, 1, 0] * 8}, (8, 24, 0)),
        ({"hybrid_override_pattern": "M-M*" * 8}, (8, 0, 16)),
        ({"attn_layer_period": 8, "attn_layer_offset": 4}, (4, 0, 28)),
    ],
)
def test_kinds_of_layers(extra: dict[str, Any], attention: tuple[int, int, int] | None) -> None:
    found = read_config(LLAMA_8B | extra).entry.get("attention")
    assert (
        None if found is None else (found["full_layers"], found["window_layers"], found["linear_layers"])
    ) == attention


@pytest.mark.parametrize(
    ("declared", "key"),
    [
        ({"quant_method": "awq", "bits": 4}, "awq_int4"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 128}, "gptq_int4"),
        ({"quant_method": "gptq", "bits": 3}, None),
        ({"quant_method": "exl2", "bits": 4.0}, "exl2_4_0bpw"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "nf4"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "float"}, "input_activations": {"num_bits": 8}}}}, "fp8"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "int"}, "input_activations": {"num_bits": 8}}}}, "int8_w8a8"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int"}, "input_activations": None}}}, "gptq_int4"),
        ({"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int", "group_size": 32, "symmetric": True}, "input_activations": None}}}, "int4_g32_symmetric"),
        ({"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized", "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "float"}, "input_activations": {"num_bits": 4}}}}, "nvfp4"),
        ({"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]}, "fp8_block"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "compressed-tensors", "format": "mxfp4-pack-quantized", "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "float", "group_size": 32}, "input_activations": None}}}, "mxfp4"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 32}, "gptq_int4_g32"),
        ({"quant_method": "auto-round", "bits": 4}, "autoround_int4"),
        ({"quant_algo": "FP8", "kv_cache_quant_algo": "FP8"}, "fp8"),
        ({"quant_method": "something-new"}, None),
    ],
)  # fmt: skip
def test_quantization_hints(declared: dict[str, Any], key: str | None) -> None:
    assert read_config(LLAMA_8B | {"quantization_config": declared}).quantization == key


@pytest.mark.parametrize("key", ["awq_int4", "gptq_int4", "gptq_int4_g32", "autoround_int4", "int4_g32_symmetric", "int4_g128_symmetric", "int8_weight_only", "int8_w8a8", "fp8", "fp8_block", "nf4", "nvfp4", "nvfp4_weight_only", "mxfp4", "mxfp8", "hqq_int4"])  # fmt: skip
def test_quantizations_named_are_in_the_knowledge(key: str, knowledge: Knowledge) -> None:
    assert key in knowledge.entries["quantizations"]


def test_a_folder_with_weights_tells_their_bytes(tmp_path: Path) -> None:
    """A model type that nobody knows is counted by its tensors, where they are not packed."""
    config = LLAMA_8B | {"model_type": "brand_new", "num_hidden_layers": 2, "vocab_size": 100, "hidden_size": 64}
    (tmp_path / "config.json").write_text(json.dumps(config))
    shapes = {"model.embed_tokens.weight": [100, 64], "lm_head.weight": [100, 64], "model.layers.0.mlp.up.weight": [128, 64],
              "model.layers.1.mlp.experts.3.up.weight": [16, 64], "model.layers.2.eh_proj.weight": [64, 64], "visual.patch_embed.proj.weight": [10, 64]}  # fmt: skip
    header, at = {}, 0
    for name, (rows, columns) in shapes.items():
        header[name] = {"dtype": "BF16", "shape": [rows, columns], "data_offsets": [at, at + rows * columns * 2]}
        at += rows * columns * 2
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    (tmp_path / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    found = read_model(tmp_path)
    assert found.bytes is not None and found.bytes.towers == 1280 and found.bytes.head == found.bytes.embedding == 12800
    assert (found.bytes.body, found.bytes.experts) == (16384, 2048)
    assert found.entry["parameters"]["total"] == 2 * 6400 + 8192 + 1024 and not found.unread
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 200)
    with pytest.raises(BadInput, match="no sound safetensors"):
        read_model(tmp_path)


def test_unknown_architecture_says_what_was_read_and_guesses_nothing() -> None:
    found = read_config(
        LLAMA_8B | {"model_type": "brand_new", "tie_word_embeddings": None, "num_key_value_heads": None}
    )
    assert found.entry["layers"] == 32 and "parameters" not in found.entry and "kv_heads" not in found.entry
    assert "tied_embeddings" not in found.entry and not found.complete
    assert found.unread == [
        "kv_heads: not in the file",
        "parameters: the layers of model type 'brand_new' are not known",
    ]


@pytest.mark.parametrize(
    ("changes", "longest"),
    [
        ({"max_position_embeddings": 32768, "rope_scaling": {"type": "yarn", "factor": 4.0}}, 131072),
        ({"max_position_embeddings": 163840,
          "rope_scaling": {"rope_type": "yarn", "factor": 40, "original_max_position_embeddings": 4096}}, 163840),
        ({"max_position_embeddings": 131072, "rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, 131072),
        ({"max_position_embeddings": 32768, "rope_scaling": {"type": "yarn", "factor": float("nan")}}, 32768),
    ],
)  # fmt: skip
def test_the_longest_context_with_yarn(changes: dict[str, Any], longest: int) -> None:
    assert read_config(LLAMA_8B | changes).entry["max_context"] == longest


def test_a_size_that_can_be_none_is_told_as_it_stands() -> None:
    assert "hidden: hidden_size is -4096, which is no size" in read_config(LLAMA_8B | {"hidden_size": -4096}).unread


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (LLAMA_8B | {"num_hidden_layers": "32"}, "num_hidden_layers is '32', a text in place of a number"),
        ({"model_type": "t5", "d_model": 1024, "num_layers": 24, "is_encoder_decoder": True}, "with an encoder of its own"),
        ({"model_type": "whisper", "num_hidden_layers": 32, "is_encoder_decoder": True}, "a model of sound"),
        ({"model_type": "xlm-roberta", "num_hidden_layers": 24, "hidden_size": 1024}, "an encoder"),
        ({"model_type": "vit", "num_hidden_layers": 12}, "a model of pictures"),
        ({"_class_name": "FluxTransformer2DModel", "num_layers": 19}, "a part of an image or video generator"),
        ({"peft_type": "LORA", "base_model_name_or_path": "meta-llama/Llama-3.1-8B"}, "give the config.json of meta-llama/Llama-3.1-8B"),
        ({"_from_model_config": True, "eos_token_id": 2}, "settings of how answers are drawn"),
        ({"model_type": "llava", "text_config": {"model_type": "llama", "_name_or_path": "lmsys/vicuna-7b-v1.5"}}, "to lmsys/vicuna-7b-v1.5"),
    ],
)  # fmt: skip
def test_what_is_another_sort_of_model_is_refused_by_what_it_is(config: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as error:
        read_config(config)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null", '{"a": 1}', '{"num_hidden_layers": 1e9}', '{"num_hidden_layers": -4}', "[" * 100_000],
)
def test_what_is_no_config_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(BadInput):
        read_model(path)


def test_gguf_exact_bytes_and_parameters(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(gguf(METADATA, TENSORS))
    found = read_model(path)
    assert found.quantization == "q4_k_m" and found.complete
    assert found.bytes is not None
    assert found.bytes.embedding == 256 * 5000 // 256 * 144 and found.bytes.head == 256 * 5000 // 256 * 210
    assert found.bytes.experts == 2048 * 144 + 2048 * 210 and found.bytes.body == 2 * 256 * 144 + 1024
    assert found.bytes.total == sum(found.bytes.by_type.values())
    assert found.entry["moe"] == {
        "experts": 8,
        "experts_per_token": 2,
        "intermediate": 256,
        "shared_intermediate": 0,
        "first_dense_layers": 0,
    }
    total = 2 * 1_280_000 + 2 * 65_536 + 2 * 524_288 + 256
    assert found.entry["parameters"] == {
        "total": total,
        "active": total - 786_432,
        "embedding": 1_280_000,
        "head": 1_280_000,
        "expert": 1_048_576,
    }
    assert (
        found.entry["vocabulary"] == 5000 and found.entry["tied_embeddings"] is False and found.entry["head_dim"] == 64
    )


def test_gguf_of_several_files(tmp_path: Path) -> None:
    (tmp_path / "m-00001-of-00002.gguf").write_bytes(gguf(METADATA | {"split.count": 2}, TENSORS[:4]))
    second = tmp_path / "m-00002-of-00002.gguf"
    second.write_bytes(gguf({"split.count": 2}, TENSORS[4:]))
    assert read_model(second).complete and len(read_header(second).tensors) == len(TENSORS)
    (tmp_path / "m-00001-of-00002.gguf").unlink()
    with pytest.raises(BadInput):
        read_model(second)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GGUF",
        b"GGML" + b"\0" * 60,
        b"GGUF" + struct.pack("<IQQ", 9, 0, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 2**63, 0) + b"\0" * 64,
        b"GGUF" + struct.pack("<IQQ", 3, 0, 2**40) + b"\0" * 64,
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**62) + b"\0" * 64,
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + string("a") + struct.pack("<IIQ", 9, 4, 2**60) + b"\0" * 64,
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + string("a") + struct.pack("<I", 77) + b"\0" * 64,
        gguf(METADATA, [("t", (2**47, 2**47), 0)]),
        gguf(METADATA, [("t", (3,), 12)]),
        gguf({"general.architecture": "clip"}, []),
        gguf({"general.name": "x"}, []),
    ],
)
def test_hostile_headers_are_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    with pytest.raises(BadInput):
        read_model(path)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_damaged_headers_raise_only_our_errors(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    good = bytearray(gguf({k: v for k, v in METADATA.items() if k != "tokenizer.ggml.tokens"}, TENSORS))
    for _ in range(data.draw(st.integers(0, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("gguf") / "x.gguf"
    path.write_bytes(bytes(good[: data.draw(st.integers(0, len(good)))]))
    try:
        read_model(path)
    except BadInput:
        return


def test_every_truncation_of_a_header_is_refused(tmp_path: Path) -> None:
    whole = gguf({k: v for k, v in METADATA.items() if k != "tokenizer.ggml.tokens"}, TENSORS)
    end = len(whole.rstrip(b"\0"))
    path = tmp_path / "cut.gguf"
    for length in range(0, end - 16, 3):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInput):
            read_model(path)


@pytest.mark.parametrize("name", ["gguf_dump.txt", "gguf_dump.json"])
def test_dumps(name: str) -> None:
    found = read_model(SAMPLES / name)
    assert found.entry == {
        "name": "tiny-llama-shape-of-70B", "family": "llama", "architecture": "dense", "layers": 80, "hidden": 8192, "query_heads": 64,
        "kv_heads": 8, "head_dim": 128, "intermediate": 28672, "vocabulary": 32, "max_context": 131072,
    }  # fmt: skip
    assert found.quantization == "q4_k_m" and found.unread == [
        "parameters and bytes: the file does not hold the whole model"
    ]


def test_config_given_as_folder(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B))
    assert read_model(tmp_path).entry["layers"] == 32


LLAMA = {
    "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_hidden_layers": 32,
    "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 8192, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "declared", "key"),
    [
        ("hf_quant_config.json", {"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "NVFP4"}}, "nvfp4"),
        ("quantize_config.json", {"bits": 4, "group_size": 128, "desc_act": True}, "gptq_int4"),
        ("quant_config.json", {"zero_point": True, "q_group_size": 128, "w_bit": 4, "version": "GEMM"}, "awq_int4"),
        ("quant_config.json", [4], "bf16"),
    ],
)
def test_a_quantization_declared_in_a_file_of_its_own(name: str, declared: Any, key: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    (tmp_path / name).write_text(json.dumps(declared))
    assert read_config(tmp_path / "config.json").quantization == key


def test_a_mixture_of_formats_is_none_of_them() -> None:
    groups = {str(bits): {"weights": {"num_bits": bits, "type": "float"}, "input_activations": {}} for bits in (8, 4)}
    declared = {"quant_method": "compressed-tensors", "config_groups": groups}
    assert read_config({**LLAMA, "quantization_config": declared}).quantization is None
    declared["config_groups"] = {"a": groups["8"], "b": groups["8"]}
    assert read_config({**LLAMA, "quantization_config": declared}).quantization == "fp8"


@pytest.mark.parametrize("heads", [0, "8", -1, [8, 4]])
def test_an_odd_number_of_heads_is_not_taken_for_silence(heads: Any) -> None:
    found = read_config({**LLAMA, "num_key_value_heads": heads})
    assert "kv_heads" not in found.entry and any("no number of heads" in one for one in found.unread)


@pytest.mark.parametrize(
    ("params", "total"),
    [
        ({"dim": 5120, "n_layers": 40, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 131072}, 12_247_782_400),
        ({"dim": 4096, "n_layers": 32, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 32000, "moe": {"num_experts": 8, "num_experts_per_tok": 2}}, 46_702_792_704),
        ({"dim": 8192, "ffn_dim_multiplier": 1.3, "multiple_of": 4096, "n_heads": 64, "n_kv_heads": 8, "n_layers": 80, "vocab_size": 128256}, 70_553_706_496),
        ({"dim": 4096, "multiple_of": 256, "n_heads": 32, "n_layers": 32, "vocab_size": -1}, None),
        ({"dim": 4096, "n_layers": 36, "hidden_dim": 12288, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 131072, "_sliding_window": [None, 32768]}, None),
        ({"dim": 7168, "n_layers": 61, "n_heads": 128, "vocab_size": 131072, "moe": {"num_experts": 128, "num_experts_per_tok": 4, "num_shared_experts": 1}}, None),
    ],
)  # fmt: skip
def test_params_in_the_words_of_their_makers(params: dict[str, Any], total: int | None) -> None:
    found = read_config(params)
    assert (found.entry.get("parameters") or {}).get("total") == total
    assert bool(found.unread) == (total is None)


def test_what_declares_no_quantization_is_not_sixteen_bit() -> None:
    found = read_config({**CONFIGS["llama_3_1_8b"], "torch_dtype": "bfloat16", "quantization_config": True})
    assert found.quantization is None and found.strange and "no object" in found.unread[0]
