"""Bytes of the weights: stored in memory, and read for one step."""

from __future__ import annotations

from .validity import counts, not_negative, positive, refusal

__all__ = [
    "distinct_experts",
    "expert_bytes",
    "moe_read_bytes",
    "read_weight_bytes",
    "stored_weight_bytes",
]

BITS_PER_BYTE = 8


def stored_weight_bytes(
    body_parameters: float,
    body_bits: float,
    head_parameters: float,
    head_bits: float,
    embedding_parameters: float,
    embedding_bits: float,
) -> float:
    """Memory that the weights of a model take, all GPUs together [B].

    .. math:: M = (P_b w_b + P_h w_h + P_e w_e) / 8

    body_parameters: of the layers, P_b [1]. body_bits: per weight, scales included, w_b [bit].
    head_parameters: of an LM head of its own, P_h; 0 where it is tied to the embedding [1].
    head_bits: per weight, w_h [bit]. embedding_parameters: of the input embedding, P_e [1].
    embedding_bits: per weight, w_e [bit].

    Valid for: any quantization whose average bits per weight are known. The container's own overhead, below 0.1 %, is
    left out; an engine that copies a tied matrix to another rank stores it twice.
    Source: definition; bits per weight of GGUF mixes: https://github.com/ggml-org/llama.cpp/blob/master/tools/quantize/README.md.

    >>> stored_weight_bytes(body_parameters=31205621760, body_bits=8, head_parameters=778567680, head_bits=16,
    ...                     embedding_parameters=778567680, embedding_bits=16)
    34319892480.0
    """
    not_negative(body_parameters=body_parameters, head_parameters=head_parameters)
    not_negative(embedding_parameters=embedding_parameters)
    positive(body_bits=body_bits, head_bits=head_bits, embedding_bits=embedding_bits)
    head, embedding = head_parameters * head_bits, embedding_parameters * embedding_bits
    return (body_parameters * body_bits + head + embedding) / BITS_PER_BYTE


def read_weight_bytes(
    active_body_parameters: float, body_bits: float, head_parameters: float, head_bits: float
) -> float:
    """Weights read from memory for one decode step of one sequence, all GPUs together [B].

    .. math:: W = (P_a w_b + P_h w_h) / 8

    active_body_parameters: of the layers, without unused experts, P_a [1]. body_bits: per weight, w_b [bit].
    head_parameters: of the LM head, tied or not, P_h [1]. head_bits: per weight, w_h [bit].

    Valid for: steps that read each weight once, as decoding does at any batch size in a dense model. Of an input
    embedding only one row per token is read, so it does not count.
    Source: Pope et al., Efficiently Scaling Transformer Inference, section 2, https://arxiv.org/abs/2211.05102.

    >>> read_weight_bytes(active_body_parameters=31205621760, body_bits=8, head_parameters=778567680, head_bits=16)
    32762757120.0
    """
    not_negative(active_body_parameters=active_body_parameters, head_parameters=head_parameters)
    positive(body_bits=body_bits, head_bits=head_bits)
    return (active_body_parameters * body_bits + head_parameters * head_bits) / BITS_PER_BYTE


def expert_bytes(expert_parameters: float, bits: float) -> float:
    """Memory that routed experts take: what offloading them to the CPU frees [B].

    .. math:: M_e = P_e w / 8

    expert_parameters: of the experts counted, P_e [1]. bits: per weight, scales included, w [bit].

    Valid for: any quantization whose average bits per weight are known.
    Source: definition.

    >>> expert_bytes(expert_parameters=28991029248, bits=4.5)
    16307453952.0
    """
    not_negative(expert_parameters=expert_parameters)
    positive(bits=bits)
    return expert_parameters * bits / BITS_PER_BYTE


def distinct_experts(experts: int, experts_per_token: int, tokens: float) -> float:
    """How many experts of one layer a step of several tokens touches, on average [1].

    .. math:: D = E \\left( 1 - (1 - k / E)^T \\right)

    experts: routed experts of the layer, E [1]. experts_per_token: k [1].
    tokens: in the step, T; a batch decodes one each [1].

    Valid for: tokens that choose independently and evenly. Real routers favour some experts, and tokens of one text
    resemble each other, so the true number is lower.
    Source: expected number of different ones among draws with equal chances: each is missed with (1 - k/E)^T.

    >>> distinct_experts(experts=128, experts_per_token=8, tokens=16)
    82.4
    """
    counts(experts=experts, experts_per_token=experts_per_token)
    not_negative(tokens=tokens)
    if experts_per_token > experts:
        raise refusal("experts_per_token", experts_per_token, f"no more than the {experts} experts there are")
    return float(experts * (1 - (1 - experts_per_token / experts) ** tokens))


def moe_read_bytes(
    shared_parameters: float,
    expert_parameters: float,
    experts: int,
    experts_per_token: int,
    tokens: float,
    body_bits: float,
    head_parameters: float,
    head_bits: float,
) -> float:
    """Weights that one step of a mixture-of-experts model reads, all GPUs together [B].

    .. math:: W = \\left( P_s + P_x D / E \\right) w_b / 8 + P_h w_h / 8, \\quad D = E (1 - (1 - k/E)^T)

    shared_parameters: attention, routers, dense layers and shared experts, P_s [1].
    expert_parameters: all routed experts of all layers, P_x [1]. experts: routed experts of a layer, E [1].
    experts_per_token: k [1]. tokens: in the step, T [1]. body_bits: per weight of the layers, w_b [bit].
    head_parameters: of the LM head, P_h [1]. head_bits: per weight, w_h [bit].

    Valid for: as `distinct_experts`; with one token it is exact.
    Source: `read_weight_bytes` and `distinct_experts`.

    >>> moe_read_bytes(shared_parameters=918552576, expert_parameters=28991029248, experts=128, experts_per_token=8,
    ...                tokens=1, body_bits=8, head_parameters=311164928, head_bits=16)
    3352821760.0
    """
    not_negative(shared_parameters=shared_parameters, expert_parameters=expert_parameters)
    touched = expert_parameters * distinct_experts(experts, experts_per_token, tokens) / experts
    return read_weight_bytes(shared_parameters + touched, body_bits, head_parameters, head_bits)
