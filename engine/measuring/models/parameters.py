"""Parameters of a model counted from its shape: embedding, head, attention, MLP, experts, norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .families import Family
from .layer_kinds import LayerKinds, whole_of
from .model_read import Entry


def counted(entry: Entry, config: Mapping[str, Any], family: Family, kinds: LayerKinds) -> dict[str, int] | None:
    """total, active, embedding, head and expert counts; None where a part of the shape is not known.

    active: all but the routed experts that a token does not use. A matrix that is embedding and head counts as head.
    """
    layers, hidden = entry["layers"], entry["hidden"]
    attention = _attention(entry, config, family)
    state = _state_layer(config, hidden) if kinds.state else 0
    dense, moe = _mlp(entry, family), _moe(entry, config, family)
    if attention is None or state is None or dense is None or moe is None or kinds.feed_forward or kinds.unknown:
        return None
    experts, other = moe
    moe_layers = _moe_layers(entry)
    head = entry["vocabulary"] * hidden
    embedding = 0 if entry.get("tied_embeddings") else head
    total = (
        embedding + head + hidden
        + (layers - kinds.state) * attention + kinds.state * state
        + layers * family.norms * hidden
        + (layers - moe_layers) * dense + moe_layers * (experts + other)
    )  # fmt: skip
    parameters = {"total": total, "embedding": embedding, "head": head, "active": total}
    if moe_layers:
        share = entry["moe"]["experts_per_token"] / entry["moe"]["experts"]
        parameters["expert"] = moe_layers * experts
        parameters["active"] = total - moe_layers * round(experts * (1 - share))
    return parameters


def _moe_layers(entry: Entry) -> int:
    moe = entry.get("moe")
    return int(entry["layers"] - moe["first_dense_layers"]) if moe else 0


def _attention(entry: Entry, config: Mapping[str, Any], family: Family) -> int | None:
    hidden, heads = entry["hidden"], entry["query_heads"]
    if "mla" in entry:
        return _latent_attention(entry)
    if "window_kv_heads" in entry.get("attention", {}) or "window_head_dim" in entry.get("attention", {}):
        return None
    query, keys = heads * entry["head_dim"], entry["kv_heads"] * entry["head_dim"]
    gate = 2 if family.gated_attention and config.get("attn_output_gate") is not False else 1
    weights = hidden * (query * gate + 2 * keys) + query * hidden
    biased = config.get("attention_bias", config.get("use_bias", config.get("qkv_bias")))
    if family.qkv_bias if biased is None or family.qkv_bias else biased is True:
        weights += query + 2 * keys
    if family.output_bias and biased is not False:
        weights += hidden
    normed = config.get("use_qk_norm") if "use_qk_norm" in config else None
    if family.qk_norm or (normed is True and not family.qk_norm_full):
        weights += 2 * entry["head_dim"]
    if family.qk_norm_full and normed is not False:
        weights += query + keys
    return int(weights + (heads if family.sinks else 0))


def _latent_attention(entry: Entry) -> int:
    hidden, heads, mla = entry["hidden"], entry["query_heads"], entry["mla"]
    per_head = mla["nope"] + mla["rope"]
    query = (
        hidden * mla["q_lora"] + mla["q_lora"] + mla["q_lora"] * heads * per_head
        if mla["q_lora"]
        else hidden * heads * per_head
    )
    latent = hidden * (mla["kv_lora"] + mla["rope"]) + mla["kv_lora"]
    return int(query + latent + mla["kv_lora"] * heads * (mla["nope"] + mla["value"]) + heads * mla["value"] * hidden)


def _mlp(entry: Entry, family: Family) -> int | None:
    if _moe_layers(entry) == entry["layers"]:
        return 0
    inner = entry.get("intermediate")
    if inner is None:
        return None
    bias = inner + entry["hidden"] if family.mlp_bias else 0
    return int(family.mlp_matrices * entry["hidden"] * inner + bias)


def _moe(entry: Entry, config: Mapping[str, Any], family: Family) -> tuple[int, int] | None:
    """Routed experts of one layer, and what stands beside them: router and shared expert."""
    moe = entry.get("moe")
    if not moe:
        return 0, 0
    hidden, inner = entry["hidden"], moe["intermediate"]
    each = 3 * hidden * inner + (2 * inner + hidden if family.expert_bias else 0)
    router = hidden * moe["experts"] + (moe["experts"] if family.router_bias or family.router_correction else 0)
    shared = 3 * hidden * moe["shared_intermediate"]
    gate = hidden if family.shared_gate and moe["shared_intermediate"] else 0
    return int(moe["experts"] * each), int(router + shared + gate)


def _state_layer(config: Mapping[str, Any], hidden: int) -> int | None:
    """A gated delta net layer (Qwen3-Next): projections, convolution, decay and output."""
    heads, key, value = (whole_of(config, f"linear_{n}") for n in ("num_value_heads", "key_head_dim", "value_head_dim"))
    key_heads = whole_of(config, "linear_num_key_heads")
    if not heads or not key or not value or not key_heads:
        return None
    keys, values = key_heads * key, heads * value
    kernel = whole_of(config, "linear_conv_kernel_dim") or 4
    projections = hidden * (2 * keys + 2 * values) + hidden * 2 * heads + values * hidden
    return projections + (2 * keys + values) * kernel + 2 * heads + value
