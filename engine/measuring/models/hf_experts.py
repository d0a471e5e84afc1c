"""The experts of a Hugging Face config.json: how many, how large, how many a token uses, in which layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .families import family_of
from .layer_kinds import whole_of
from .model_read import ModelRead

_EXPERTS = ("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts", "num_moe_experts")
_EXPERTS_USED = (
    "num_experts_per_tok", "num_experts_per_token", "experts_per_token", "moe_topk", "moe_k", "num_experts_per_topk",
    "num_selected_experts", "top_k_experts",
)  # fmt: skip


def read_experts(found: ModelRead, config: Mapping[str, Any], layers: int) -> None:
    """Put the experts of a mixture into the entry; what is not told of them goes to `unread`."""
    experts = whole_of(config, *_EXPERTS)
    if experts is None or experts < 2:
        return
    entry = found.entry
    entry["architecture"] = "moe"
    used = whole_of(config, *_EXPERTS_USED)
    inner = whole_of(config, "moe_intermediate_size", "expert_intermediate_size", "moe_ffn_hidden_size")
    if inner is None:
        inner = whole_of(config, "intermediate_size", "ffn_hidden_size")
    if used is None or inner is None:
        found.unread.append("experts: " + ("how many a token uses" if used is None else "their size"))
        return
    dense = _dense_layers(config, layers)
    entry["moe"] = {
        "experts": experts,
        "experts_per_token": used,
        "intermediate": inner,
        "shared_intermediate": _shared(config, inner),
        "first_dense_layers": dense,
    }
    if dense == 0 and not _mlp_beside(config):
        entry.pop("intermediate", None)


def _mlp_beside(config: Mapping[str, Any]) -> bool:
    family = family_of(str(config.get("model_type") or ""))
    return family is not None and family.mlp_beside_experts


def _shared(config: Mapping[str, Any], inner: int) -> int:
    size = whole_of(
        config, "shared_expert_intermediate_size", "shared_intermediate_size", "moe_shared_expert_intermediate_size"
    )
    if size is not None:
        return size
    if config.get("model_type") == "llama4_text":
        return inner
    names = ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert")
    return (whole_of(config, *names) or 0) * inner


def _dense_layers(config: Mapping[str, Any], layers: int) -> int:
    """Layers without experts, wherever they stand."""
    types = config.get("mlp_layer_types")
    if isinstance(types, list) and len(types) >= layers:
        return sum(str(kind) == "dense" for kind in types[:layers])
    pattern = config.get("hybrid_override_pattern")
    if isinstance(pattern, str) and len(pattern) >= layers:
        return layers - pattern[:layers].upper().count("E")
    period, offset = whole_of(config, "expert_layer_period"), config.get("expert_layer_offset")
    if period:
        first = offset if isinstance(offset, int) and 0 <= offset < period else 0
        return layers - len(range(first, layers, period))
    frequency = config.get("moe_layer_freq")
    if isinstance(frequency, list) and len(frequency) >= layers:
        return sum(not flag for flag in frequency[:layers])
    with_experts = config.get("moe_layers")
    if isinstance(with_experts, list) and with_experts:
        return layers - len(with_experts)
    first = whole_of(config, "first_k_dense_replace", "moe_layer_start_index", "num_dense_layers") or 0
    step = (
        whole_of(config, "interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_freq", "moe_layer_interval")
        or 1
    )
    only = config.get("mlp_only_layers")
    dense = set(only) if isinstance(only, list) and all(isinstance(i, int) for i in only) else set()
    llama4 = "interleave_moe_layer_step" in config or "decoder_sparse_step" in config
    sparse = [i for i in range(first, layers) if ((i + 1) % step == 0 if llama4 else i % step == 0) and i not in dense]
    return layers - len(sparse)
