"""What a transformers model type is built of, where its config.json does not say: defaults and the matrices of a layer.

Source: huggingface/transformers src/transformers/models/<type>/configuration_<type>.py and modeling_<type>.py.
A type that is not listed has its shape read, and its parameters left uncounted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Family:
    """One model type. `mlp_matrices`: 3 with a gate, 2 without. `norms`: vectors of hidden size a layer.

    `qk_norm`: vectors of head size a layer, 2 where queries and keys are normed; `qk_norm_full` over all heads.
    `tied`: default of tie_word_embeddings. `defaults`: values of the configuration class. `weightless_norm`: the norm
    of queries and keys has no weights. `mlp_beside_experts`: every layer has a dense MLP too.
    `state_beside_attention`: every layer has both.
    """

    mlp_matrices: int = 3
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    norms: int = 2
    qk_norm: bool = False
    qk_norm_full: bool = False
    tied: bool = False
    gated_attention: bool = False
    sinks: bool = False
    router_bias: bool = False
    router_correction: bool = False
    expert_bias: bool = False
    shared_gate: bool = False
    weightless_norm: bool = False
    mlp_beside_experts: bool = False
    state_beside_attention: bool = False
    window_every: int | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)


_LLAMA = Family()
_QWEN2 = Family(qkv_bias=True)
_QWEN3 = Family(qk_norm=True)
_DEEPSEEK = Family(router_correction=True)
_GEMMA3 = Family(
    norms=4, qk_norm=True, tied=True, window_every=6,
    defaults={
        "vocab_size": 262208, "max_position_embeddings": 131072, "num_attention_heads": 8, "num_key_value_heads": 4,
        "head_dim": 256, "sliding_window": 4096,
    },
)  # fmt: skip
_GEMMA4 = Family(
    norms=4, qk_norm=True, tied=True, mlp_beside_experts=True, defaults={"head_dim": 256, "vocab_size": 262144}
)
_QWEN3_NEXT = Family(qk_norm=True, gated_attention=True, shared_gate=True, defaults={"full_attention_interval": 4})
_COHERE = Family(norms=1, tied=True, qk_norm_full=True, defaults={"use_qk_norm": False})
_GLM4 = Family(norms=4)
_GLM4_MOE = Family(router_correction=True)
_ERNIE = Family(router_correction=True, tied=True)
_SQUARED = Family(mlp_matrices=2)
_HUNYUAN = Family(qk_norm=True)
_FALCON_H1 = Family(state_beside_attention=True)

FAMILIES: dict[str, Family] = {
    "apertus": Family(mlp_matrices=2, qk_norm=True),
    "arcee": _SQUARED,
    "aya_vision_text": _COHERE,
    "baichuan": _LLAMA,
    "bailing_moe_v2": Family(qk_norm=True, router_correction=True),
    "bamba": _LLAMA,
    "chatglm": Family(qkv_bias=True),
    "cohere": _COHERE,
    "cohere2": Family(norms=1, tied=True, window_every=4, defaults={"sliding_window": 4096}),
    "deepseek_v2": _LLAMA,
    "deepseek_v3": _DEEPSEEK,
    "deepseek_v32": _DEEPSEEK,
    "dots1": Family(qk_norm=True, router_correction=True),
    "ernie4_5": Family(tied=True),
    "ernie4_5_moe": _ERNIE,
    "exaone": _LLAMA,
    "exaone4": Family(qk_norm=True),
    "falcon_h1": _FALCON_H1,
    "gemma": Family(tied=True, defaults={"head_dim": 256}),
    "gemma2": Family(norms=4, tied=True, window_every=2, defaults={"head_dim": 256, "sliding_window": 4096}),
    "gemma3_text": _GEMMA3,
    "gemma4_text": _GEMMA4,
    "glm": Family(qkv_bias=True),
    "glm4": _GLM4,
    "glm4v_text": _GLM4,
    "glm4_moe": _GLM4_MOE,
    "glm4_moe_lite": _GLM4_MOE,
    "glm4v_moe_text": _GLM4_MOE,
    "glm_moe_dsa": _GLM4_MOE,
    "gpt_oss": Family(
        qkv_bias=True, output_bias=True, sinks=True, router_bias=True, expert_bias=True, window_every=2,
        defaults={"sliding_window": 128, "head_dim": 64},
    ),
    "granite": _LLAMA,
    "granitemoe": _LLAMA,
    "granitemoehybrid": _LLAMA,
    "granitemoeshared": _LLAMA,
    "hunyuan_v1_dense": _HUNYUAN,
    "hunyuan_v1_moe": _HUNYUAN,
    "internlm2": _LLAMA,
    "internlm3": _LLAMA,
    "jamba": _LLAMA,
    "kimi_k2": _DEEPSEEK,
    "kimi_linear": _DEEPSEEK,
    "llama": _LLAMA,
    "llama4_text": Family(weightless_norm=True),
    "minimax_m2": Family(qk_norm_full=True, router_correction=True),
    "ministral": _LLAMA,
    "ministral3": _LLAMA,
    "mistral": _LLAMA,
    "mistral4": _LLAMA,
    "mixtral": _LLAMA,
    "nemotron": Family(mlp_matrices=2, norms=4),
    "nemotron_h": Family(mlp_matrices=2, norms=1, router_correction=True),
    "olmo2": Family(qk_norm_full=True),
    "olmo3": Family(qk_norm_full=True),
    "olmoe": Family(qk_norm_full=True),
    "phi3": _LLAMA,
    "phimoe": Family(norms=4),
    "qwen2": _QWEN2,
    "qwen2_vl": _QWEN2,
    "qwen2_vl_text": _QWEN2,
    "qwen2_5_vl": _QWEN2,
    "qwen2_5_vl_text": _QWEN2,
    "qwen2_5_omni_text": _QWEN2,
    "qwen2_moe": Family(qkv_bias=True, shared_gate=True),
    "qwen3": _QWEN3,
    "qwen3_moe": _QWEN3,
    "qwen3_next": _QWEN3_NEXT,
    "qwen3_omni_moe_text": _QWEN3,
    "qwen3_vl_text": _QWEN3,
    "qwen3_vl_moe_text": _QWEN3,
    "qwen3_5_text": _QWEN3_NEXT,
    "qwen3_5_moe_text": _QWEN3_NEXT,
    "seed_oss": _QWEN2,
    "smollm3": Family(tied=True),
    "starcoder2": Family(mlp_matrices=2, qkv_bias=True, output_bias=True, mlp_bias=True, tied=True),
    "yi": _LLAMA,
}  # fmt: skip


def family_of(model_type: str) -> Family | None:
    """The family of a model type, None where it is not known."""
    return FAMILIES.get(model_type.lower().replace("-", "_").replace(".", "_"))
