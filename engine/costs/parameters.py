"""How many parameters a transformer of a given shape has: matrices only, without norms and biases."""

from __future__ import annotations

from .validity import counts, refusal

__all__ = [
    "attention_parameters",
    "dense_parameters",
    "embedding_parameters",
    "mla_parameters",
    "mlp_parameters",
    "moe_parameters",
    "moe_read_parameters",
]


def attention_parameters(hidden: int, query_heads: int, kv_heads: int, head_dim: int) -> int:
    """Parameters of one attention layer: the projections of queries, keys, values and output [1].

    .. math:: p = 2 d h (q + k)

    hidden: width of the residual stream, d [1]. query_heads: q [1]. kv_heads: k, the same as q without grouping [1].
    head_dim: width of one head, h [1].

    Valid for: multi-head, grouped-query and multi-query attention; biases and norms (below 0.1 %) are left out.
    Source: Vaswani et al., Attention Is All You Need, section 3.2, https://arxiv.org/abs/1706.03762;
    Ainslie et al., GQA, https://arxiv.org/abs/2305.13245.

    >>> attention_parameters(hidden=5120, query_heads=40, kv_heads=8, head_dim=128)
    62914560
    """
    counts(hidden=hidden, query_heads=query_heads, kv_heads=kv_heads, head_dim=head_dim)
    return 2 * hidden * head_dim * (query_heads + kv_heads)


def mla_parameters(hidden: int, query_heads: int, q_lora: int, kv_lora: int, nope: int, rope: int, value: int) -> int:
    """Parameters of one layer of multi-head latent attention [1].

    .. math:: p = Q + d (c + r) + q c (n + v) + q v d, \\quad
        Q = d a + a q (n + r) \\text{ or, for } a = 0, \\; d q (n + r)

    hidden: width of the residual stream, d [1]. query_heads: q [1]. q_lora: rank of the queries, a, 0 for none [1].
    kv_lora: rank of keys and values, c [1]. nope: width of a head without position, n [1].
    rope: width of a head with rotary position, r [1]. value: width of a value head, v [1].

    Valid for: DeepSeek V2 and V3; norms are left out.
    Source: DeepSeek-V2, section 2.1 and appendix C, https://arxiv.org/abs/2405.04434.

    >>> mla_parameters(hidden=7168, query_heads=128, q_lora=1536, kv_lora=512, nope=128, rope=64, value=128)
    187105280
    """
    counts(hidden=hidden, query_heads=query_heads, kv_lora=kv_lora, nope=nope, rope=rope, value=value)
    counts(least=0, q_lora=q_lora)
    head = nope + rope
    queries = hidden * q_lora + q_lora * query_heads * head if q_lora else hidden * query_heads * head
    return queries + hidden * (kv_lora + rope) + query_heads * (kv_lora * (nope + value) + value * hidden)


def mlp_parameters(hidden: int, intermediate: int) -> int:
    """Parameters of one gated feed-forward layer, or of one expert: gate, up and down projection [1].

    .. math:: p = 3 d i

    hidden: width of the residual stream, d [1]. intermediate: width inside, i; 0 for none [1].

    Valid for: gated layers (SwiGLU, GeGLU); a layer without gate has two thirds of this.
    Source: Shazeer, GLU Variants Improve Transformer, https://arxiv.org/abs/2002.05202.

    >>> mlp_parameters(hidden=5120, intermediate=27648)
    424673280
    """
    counts(hidden=hidden)
    counts(least=0, intermediate=intermediate)
    return 3 * hidden * intermediate


def embedding_parameters(vocabulary: int, hidden: int) -> int:
    """Parameters of one embedding matrix; an LM head of its own has as many [1].

    .. math:: p = V d

    vocabulary: tokens known, padding included, V [1]. hidden: width of the residual stream, d [1].

    Valid for: unfactored embeddings.
    Source: definition.

    >>> embedding_parameters(vocabulary=152064, hidden=5120)
    778567680
    """
    counts(vocabulary=vocabulary, hidden=hidden)
    return vocabulary * hidden


def dense_parameters(
    layers: int,
    hidden: int,
    query_heads: int,
    kv_heads: int,
    head_dim: int,
    intermediate: int,
    vocabulary: int,
    tied: bool,
) -> int:
    """All parameters of a dense model [1].

    .. math:: p = L \\left( 2 d h (q + k) + 3 d i \\right) + (2 - \\tau) V d

    layers: L [1]. hidden: width of the residual stream, d [1]. query_heads: q [1]. kv_heads: k [1].
    head_dim: width of one head, h [1]. intermediate: width of the feed-forward layer, i [1].
    vocabulary: tokens known, padding included, V [1].
    tied: whether LM head and embedding are one matrix, tau [true or false].

    Valid for: models of one kind of layer; norms and biases are left out, which for the 36 dense models of the test
    stays within 0.05 % of the published counts.
    Source: sum of the formulas of this page.

    >>> dense_parameters(layers=64, hidden=5120, query_heads=40, kv_heads=8, head_dim=128,
    ...                  intermediate=27648, vocabulary=152064, tied=False)
    32762757120
    """
    counts(layers=layers)
    layer = attention_parameters(hidden, query_heads, kv_heads, head_dim) + mlp_parameters(hidden, intermediate)
    return layers * layer + (1 if tied else 2) * embedding_parameters(vocabulary, hidden)


def moe_parameters(
    layers: int,
    hidden: int,
    attention: int,
    intermediate: int,
    dense_layers: int,
    experts: int,
    expert_intermediate: int,
    shared_intermediate: int,
    vocabulary: int,
    tied: bool,
) -> int:
    """All parameters of a mixture-of-experts model [1].

    .. math:: p = L A + L_d \\, 3 d i + (L - L_d)(3 d (E j + s) + d E) + (2 - \\tau) V d

    layers: all layers, L [1]. hidden: width of the residual stream, d [1].
    attention: parameters of one attention layer, A [1]. intermediate: width of a dense feed-forward layer, i [1].
    dense_layers: leading layers without experts [1]. experts: routed experts of a layer, E [1].
    expert_intermediate: width of one expert, j [1].
    shared_intermediate: width of the shared experts, s; 0 for none [1].
    vocabulary: tokens known, padding included, V [1].
    tied: whether LM head and embedding are one matrix, tau [true or false].

    Valid for: experts of equal size behind a linear router in every layer but the leading ones; norms and biases are
    left out.
    Source: DeepSeekMoE, section 3, https://arxiv.org/abs/2401.06066.

    >>> moe_parameters(layers=48, hidden=2048, attention=18874368, intermediate=0, dense_layers=0, experts=128,
    ...                expert_intermediate=768, shared_intermediate=0, vocabulary=151936, tied=False)
    30531911680
    """
    body = _moe_body(
        layers,
        hidden,
        attention,
        intermediate,
        dense_layers,
        experts,
        experts,
        expert_intermediate,
        shared_intermediate,
    )
    return body + (1 if tied else 2) * embedding_parameters(vocabulary, hidden)


def moe_read_parameters(
    layers: int,
    hidden: int,
    attention: int,
    intermediate: int,
    dense_layers: int,
    experts: int,
    experts_per_token: int,
    expert_intermediate: int,
    shared_intermediate: int,
    vocabulary: int,
) -> int:
    """Parameters that one decoded token reads from memory: active experts and LM head, not the embedding [1].

    .. math:: p = L A + L_d \\, 3 d i + (L - L_d)(3 d (k j + s) + d E) + V d

    layers: all layers, L [1]. hidden: width of the residual stream, d [1].
    attention: parameters of one attention layer, A [1]. intermediate: width of a dense feed-forward layer, i [1].
    dense_layers: leading layers without experts [1]. experts: routed experts of a layer, E [1].
    experts_per_token: experts that one token uses, k [1]. expert_intermediate: width of one expert, j [1].
    shared_intermediate: width of the shared experts, s; 0 for none [1].
    vocabulary: tokens known, padding included, V [1].

    Valid for: one token; several tokens use more experts, see `distinct_experts`.
    Source: DeepSeekMoE, section 3, https://arxiv.org/abs/2401.06066.

    >>> moe_read_parameters(layers=48, hidden=2048, attention=18874368, intermediate=0, dense_layers=0, experts=128,
    ...                     experts_per_token=8, expert_intermediate=768, shared_intermediate=0, vocabulary=151936)
    3041656832
    """
    counts(experts_per_token=experts_per_token)
    if experts_per_token > experts:
        raise refusal("experts_per_token", experts_per_token, f"no more than the {experts} experts there are")
    body = _moe_body(
        layers,
        hidden,
        attention,
        intermediate,
        dense_layers,
        experts,
        experts_per_token,
        expert_intermediate,
        shared_intermediate,
    )
    return body + embedding_parameters(vocabulary, hidden)


def _moe_body(
    layers: int,
    hidden: int,
    attention: int,
    intermediate: int,
    dense_layers: int,
    experts: int,
    counted: int,
    expert_intermediate: int,
    shared_intermediate: int,
) -> int:
    """The layers of a mixture-of-experts model, with `counted` of its experts in each."""
    counts(layers=layers, attention=attention, experts=experts)
    counts(least=0, dense_layers=dense_layers)
    if dense_layers > layers:
        raise refusal("dense_layers", dense_layers, f"no more than the {layers} layers there are")
    expert = mlp_parameters(hidden, expert_intermediate)
    moe_layer = counted * expert + mlp_parameters(hidden, shared_intermediate) + hidden * experts
    dense = dense_layers * mlp_parameters(hidden, intermediate)
    return layers * attention + dense + (layers - dense_layers) * moe_layer
