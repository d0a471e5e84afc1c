"""Parameters of a model counted from its shape: embedding, head, attention, MLP, experts, norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .families import Family
from .layer_kinds import LayerKinds, whole_of
from .model_read import Entry, parameters_of
from .state_layers import state_layer

Config = Mapping[str, Any]


def counted(entry: Entry, config: Config, family: Family, kinds: LayerKinds) -> dict[str, int] | None:
    """total, active, embedding, head and expert counts; None where a part of the shape is not known.

    active: all but the routed experts that a token does not use. A matrix that is embedding and head counts as head.
    """
    layers, hidden = entry["layers"], entry["hidden"]
    moe_layers = _moe_layers(entry, kinds)
    attention, state = _attentions(entry, config, family, kinds), _states(config, hidden, kinds)
    dense, moe = _mlps(entry, family, _dense_layers(entry, family, kinds, moe_layers)), _moe(entry, config, family)
    if attention is None or state is None or dense is None or kinds.unknown or _has_layer_embeddings(config):
        return None
    experts, beside = moe
    head = entry["vocabulary"] * hidden
    embedding = 0 if entry.get("tied_embeddings") else head
    norms = (layers * family.norms + 1) * hidden
    body = norms + attention + state + dense + moe_layers * beside
    counts = {"body": body, "experts": moe_layers * experts, "head": head, "embedding": embedding}
    return parameters_of(counts, entry.get("moe"))


def _has_layer_embeddings(config: Config) -> bool:
    """Embeddings of their own for each layer, with layers that share keys and values: not counted here."""
    return whole_of(config, "hidden_size_per_layer_input", "num_kv_shared_layers") is not None


def _moe_layers(entry: Entry, kinds: LayerKinds) -> int:
    if "moe" not in entry:
        return 0
    return kinds.experts if kinds.feed_forward else int(entry["layers"] - entry["moe"]["first_dense_layers"])


def _dense_layers(entry: Entry, family: Family, kinds: LayerKinds, moe_layers: int) -> int:
    """Layers with a dense MLP; in a stack of single blocks they are layers of their own."""
    if kinds.feed_forward:
        return kinds.feed_forward - moe_layers
    return int(entry["layers"]) if family.mlp_beside_experts else int(entry["layers"]) - moe_layers


def _states(config: Config, hidden: int, kinds: LayerKinds) -> int | None:
    if not kinds.state:
        return 0
    found = state_layer(config, hidden)
    return kinds.state * found.parameters if found else None


def _attentions(entry: Entry, config: Config, family: Family, kinds: LayerKinds) -> int | None:
    if "mla" in entry:
        return (kinds.full + kinds.window_layers) * (_latent_attention(entry, config) + _indexer(entry, config))
    own = entry.get("attention", {})
    window_dim, window_heads = own.get("window_head_dim"), own.get("window_kv_heads")
    full = _attention(
        entry, config, family, entry["head_dim"], entry["kv_heads"], config.get("attention_k_eq_v") is True
    )
    window = _attention(
        entry, config, family, window_dim or entry["head_dim"], window_heads or entry["kv_heads"], False
    )
    return kinds.full * full + kinds.window_layers * window


def _attention(entry: Entry, config: Config, family: Family, dim: int, kv_heads: int, one_projection: bool) -> int:
    """One layer: queries, keys, values (or one projection for both), output, biases and norms. dim: of a head."""
    hidden, heads = entry["hidden"], entry["query_heads"]
    query, keys = heads * dim, kv_heads * dim
    gate = 2 if family.gated_attention and config.get("attn_output_gate") is not False else 1
    weights = hidden * (query * gate + keys * (1 if one_projection else 2)) + query * hidden
    biased = config.get("attention_bias", config.get("use_bias", config.get("qkv_bias", config.get("add_qkv_bias"))))
    if family.qkv_bias if biased is None or family.qkv_bias else biased is True:
        weights += query + 2 * keys
    if family.output_bias and biased is not False:
        weights += hidden
    return int(weights + _norm_of_heads(config, family, dim, query + keys) + (heads if family.sinks else 0))


def _norm_of_heads(config: Config, family: Family, dim: int, width: int) -> int:
    """Weights of the norms of queries and keys: of one head each, or of all heads."""
    normed = config.get("use_qk_norm", family.defaults.get("use_qk_norm"))
    if family.weightless_norm:
        return 0
    if family.qk_norm_full:
        return width if normed is not False else 0
    return 2 * dim if family.qk_norm or normed is True else 0


def _latent_attention(entry: Entry, config: Config) -> int:
    hidden, heads, mla = entry["hidden"], entry["query_heads"], entry["mla"]
    per_head = mla["nope"] + mla["rope"]
    query = (
        hidden * mla["q_lora"] + mla["q_lora"] + mla["q_lora"] * heads * per_head
        if mla["q_lora"]
        else hidden * heads * per_head
    )
    latent = hidden * (mla["kv_lora"] + mla["rope"]) + mla["kv_lora"]
    return int(query + latent + mla["kv_lora"] * heads * (mla["nope"] + mla["value"]) + heads * mla["value"] * hidden)


def _indexer(entry: Entry, config: Config) -> int:
    """The indexer of sparse attention: queries, keys with their norm, and weights of its heads."""
    heads, dim = whole_of(config, "index_n_heads"), whole_of(config, "index_head_dim")
    if not heads or not dim:
        return 0
    return int(entry["mla"]["q_lora"] * heads * dim + entry["hidden"] * (dim + heads) + 2 * dim)


def _mlps(entry: Entry, family: Family, layers: int) -> int | None:
    if layers == 0:
        return 0
    inner = entry.get("intermediate")
    if inner is None:
        return None
    bias = inner + entry["hidden"] if family.mlp_bias else 0
    return layers * int(family.mlp_matrices * entry["hidden"] * inner + bias)


def _moe(entry: Entry, config: Config, family: Family) -> tuple[int, int]:
    """Routed experts of one layer, and what stands beside them: router and shared expert."""
    moe = entry.get("moe")
    if not moe:
        return 0, 0
    hidden, inner = entry["hidden"], moe["intermediate"]
    each = family.mlp_matrices * hidden * inner + (2 * inner + hidden if family.expert_bias else 0)
    router = hidden * moe["experts"] + (moe["experts"] if family.router_bias or family.router_correction else 0)
    shared = family.mlp_matrices * hidden * moe["shared_intermediate"]
    gate = hidden if family.shared_gate and moe["shared_intermediate"] else 0
    return int(moe["experts"] * each), int(router + shared + gate)
