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
    `tied`: default of tie_word_embeddings. `defaults`: values of the configuration class.
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
_QWEN3_NEXT = Family(qk_norm=True, gated_attention=True, shared_gate=True, defaults={"full_attention_interval": 4})

FAMILIES: dict[str, Family] = {
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "ministral": _LLAMA,
    "ministral3": _LLAMA,
    "mixtral": _LLAMA,
    "yi": _LLAMA,
    "smollm3": Family(tied=True),
    "seed_oss": _QWEN2,
    "qwen2": _QWEN2,
    "qwen2_5_vl_text": _QWEN2,
    "qwen2_vl_text": _QWEN2,
    "qwen2_moe": Family(qkv_bias=True, shared_gate=True),
    "qwen3": _QWEN3,
    "qwen3_moe": _QWEN3,
    "qwen3_vl_text": _QWEN3,
    "qwen3_vl_moe_text": _QWEN3,
    "qwen3_next": _QWEN3_NEXT,
    "qwen3_5_text": _QWEN3_NEXT,
    "qwen3_5_moe_text": _QWEN3_NEXT,
    "gemma": Family(tied=True, defaults={"head_dim": 256}),
    "gemma2": Family(norms=4, tied=True, window_every=2, defaults={"head_dim": 256, "sliding_window": 4096}),
    "gemma3_text": _GEMMA3,
    "phi3": _LLAMA,
    "cohere": Family(norms=1, tied=True),
    "cohere2": Family(norms=1, tied=True, window_every=4, defaults={"sliding_window": 4096}),
    "deepseek_v2": _LLAMA,
    "deepseek_v3": _DEEPSEEK,
    "kimi_k2": _DEEPSEEK,
    "glm4": Family(norms=4),
    "glm4_moe": _LLAMA,
    "gpt_oss": Family(
        qkv_bias=True, output_bias=True, sinks=True, router_bias=True, expert_bias=True, window_every=2,
        defaults={"sliding_window": 128, "head_dim": 64},
    ),
    "granite": _LLAMA,
    "granitemoe": _LLAMA,
    "olmo2": Family(qk_norm_full=True),
    "starcoder2": Family(mlp_matrices=2, qkv_bias=True, output_bias=True, mlp_bias=True, tied=True),
    "llama4_text": _LLAMA,
    "minimax_m2": Family(qk_norm_full=True, router_correction=True),
}  # fmt: skip


def family_of(model_type: str) -> Family | None:
    """The family of a model type, None where it is not known."""
    return FAMILIES.get(model_type.lower().replace("-", "_"))
