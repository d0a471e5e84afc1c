"""params.json, as Meta and Mistral ship it beside their own checkpoints, in the words of a config.json.

Source: meta-llama/llama models/llama3/model.py (ModelArgs, FeedForward), mistralai/mistral-inference args.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .layer_kinds import whole_of
from .model_read import without_gaps

Params = Mapping[str, Any]
_MOE = {"num_experts", "num_experts_per_tok"}
_CONTEXT = ("max_position_embeddings", "max_seq_len", "model_max_length")


def is_native(root: Params) -> bool:
    """Whether a file has the words of params.json, and none of config.json."""
    return "architectures" not in root and all(whole_of(root, name) for name in ("dim", "n_layers", "n_heads"))


def as_config(root: Params) -> dict[str, Any]:
    """The same shape by the names of config.json; what has no name there keeps its own, and is not understood."""
    moe = root.get("moe")
    experts = moe if isinstance(moe, Mapping) else {}
    plain = set(experts) <= _MOE and whole_of(root, "kv_lora_rank", "q_lora_rank") is None
    return without_gaps(
        {
            **{name: value for name, value in root.items() if name not in ("model_type", "quantization")},
            "model_type": ("mixtral" if experts else "mistral") if plain else "params.json with layers of other kinds",
            "hidden_size": whole_of(root, "dim"),
            "num_hidden_layers": whole_of(root, "n_layers"),
            "num_attention_heads": whole_of(root, "n_heads"),
            "num_key_value_heads": whole_of(root, "n_kv_heads", "n_heads"),
            "intermediate_size": whole_of(root, "hidden_dim") or _feed_forward(root),
            "max_position_embeddings": whole_of(root, *_CONTEXT),
            "tie_word_embeddings": root.get("tied_embeddings") is True,
            "num_local_experts": whole_of(experts, "num_experts"),
            "num_experts_per_tok": whole_of(experts, "num_experts_per_tok"),
            "vision_config": root.get("vision_encoder"),
            "layer_types": _windows(root),
            "quantization_config": _quantization(root.get("quantization")),
        }
    )


def _windows(root: Params) -> list[str] | None:
    """Kinds of layers where windows go by a pattern that config.json has other words for: none that are known."""
    return ["_sliding_window"] * (whole_of(root, "n_layers") or 0) if "_sliding_window" in root else None


def _feed_forward(root: Params) -> int | None:
    """Width of the MLP as Meta's code finds it: two thirds of four times the width, scaled, up to a multiple."""
    dim, multiple, factor = whole_of(root, "dim"), whole_of(root, "multiple_of"), root.get("ffn_dim_multiplier")
    if not dim or not multiple:
        return None
    width = int(2 * (4 * dim) / 3)
    if isinstance(factor, int | float) and not isinstance(factor, bool):
        width = int(factor * width)
    return -(-width // multiple) * multiple


def _quantization(told: object) -> Any:
    """Mistral's `qformat_weight` by the name that config.json has for it."""
    if not isinstance(told, Mapping):
        return told
    return {"quant_method": "fp8"} if str(told.get("qformat_weight")).startswith("fp8") else dict(told)
