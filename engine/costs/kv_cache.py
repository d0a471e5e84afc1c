"""The KV cache: bytes of a token, of a sequence, on a rank, and how many tokens fit."""

from __future__ import annotations

from .validity import counts, not_negative, positive, refusal

__all__ = [
    "kv_bytes_per_token_layer",
    "kv_rank_share",
    "kv_sequence_bytes",
    "kv_tokens_that_fit",
    "mla_bytes_per_token_layer",
]

BITS_PER_BYTE = 8


def kv_bytes_per_token_layer(kv_heads: int, head_dim: int, bits: float) -> float:
    """Keys and values of one token in one layer [B].

    .. math:: c = 2 k h w / 8

    kv_heads: k [1]. head_dim: width of one head, h [1]. bits: of one cached value, scales included, w [bit].

    Valid for: multi-head, grouped-query and multi-query attention with keys and values of one width.
    Source: Pope et al., Efficiently Scaling Transformer Inference, section 3.3, https://arxiv.org/abs/2211.05102.

    >>> kv_bytes_per_token_layer(kv_heads=8, head_dim=128, bits=16)
    4096.0
    """
    counts(kv_heads=kv_heads, head_dim=head_dim)
    positive(bits=bits)
    return 2 * kv_heads * head_dim * bits / BITS_PER_BYTE


def mla_bytes_per_token_layer(latent: int, rope: int, bits: float) -> float:
    """Latent and rotary key of one token in one layer of multi-head latent attention [B].

    .. math:: c = (l + r) w / 8

    latent: rank of keys and values, l [1]. rope: width of the rotary key that all heads share, r [1].
    bits: of one cached value, scales included, w [bit].

    Valid for: engines that cache the latent, not the expanded heads.
    Source: DeepSeek-V2, section 2.1.3 and table 1, https://arxiv.org/abs/2405.04434.

    >>> mla_bytes_per_token_layer(latent=512, rope=64, bits=16)
    1152.0
    """
    counts(latent=latent)
    counts(least=0, rope=rope)
    positive(bits=bits)
    return (latent + rope) * bits / BITS_PER_BYTE


def kv_sequence_bytes(
    tokens: float,
    full_layers: int,
    full_bytes: float,
    window_layers: int,
    window_bytes: float,
    window: float,
    state_bytes: float,
) -> float:
    """Cache of one sequence, all layers and GPUs together [B].

    .. math:: C(t) = L_f c_f t + L_w c_w \\min(t, w) + s

    tokens: in the sequence, prompt and output, t [1]. full_layers: that attend to everything, L_f [1].
    full_bytes: of one token in one such layer, c_f [B]. window_layers: that attend to a sliding window, L_w [1].
    window_bytes: of one token in one such layer, c_w [B]. window: length of the window, w [1].
    state_bytes: of all layers with a state of fixed size, s [B].

    Valid for: engines that drop what has left the window; llama.cpp with --swa-full and engines without a hybrid
    cache keep all t tokens in the window layers too: count those layers as full.
    Source: Gemma 3 technical report, section 2.1, https://arxiv.org/abs/2503.19786.

    >>> kv_sequence_bytes(tokens=32768, full_layers=10, full_bytes=8192, window_layers=52, window_bytes=8192,
    ...                   window=1024, state_bytes=0)
    3120562176
    """
    counts(least=0, full_layers=full_layers, window_layers=window_layers)
    not_negative(
        tokens=tokens, full_bytes=full_bytes, window_bytes=window_bytes, window=window, state_bytes=state_bytes
    )
    return full_layers * full_bytes * tokens + window_layers * window_bytes * min(tokens, window) + state_bytes


def kv_rank_share(kv_heads: int, tensor: int) -> float:
    """Share of the cache that each rank of a tensor-parallel group holds [1].

    .. math:: f = \\max(1 / n, 1 / k)

    kv_heads: k; 1 for multi-head latent attention, whose latent every rank needs [1].
    tensor: ranks of the group, n [1].

    Valid for: heads dealt out evenly, and replicated where there are fewer heads than ranks, as vLLM does; where n
    neither divides k nor is a multiple of it the fullest rank holds more.
    Source: vLLM, get_num_kv_heads, https://github.com/vllm-project/vllm/blob/main/vllm/config/model.py.

    >>> kv_rank_share(kv_heads=4, tensor=8)
    0.25
    """
    counts(kv_heads=kv_heads, tensor=tensor)
    return max(1 / tensor, 1 / kv_heads)


def kv_tokens_that_fit(
    free_bytes: float,
    full_layers: int,
    full_bytes: float,
    window_layers: int,
    window_bytes: float,
    window: float,
    state_bytes: float,
) -> int:
    """Longest sequence whose cache fits; 0 where not even the state fits [1].

    .. math:: t = \\max \\{ t \\in \\mathbb{N} : L_f c_f t + L_w c_w \\min(t, w) + s \\le F \\}

    free_bytes: memory left for the cache, F [B]. full_layers: that attend to everything, L_f [1].
    full_bytes: of one token in one such layer, c_f [B]. window_layers: that attend to a sliding window, L_w [1].
    window_bytes: of one token in one such layer, c_w [B]. window: length of the window, w [1].
    state_bytes: of all layers with a state of fixed size, s [B].

    Valid for: caches that grow with the sequence; where nothing bounds the length the call is refused.
    Source: inverse of `kv_sequence_bytes`.

    >>> kv_tokens_that_fit(free_bytes=3120562176, full_layers=10, full_bytes=8192, window_layers=52,
    ...                    window_bytes=8192, window=1024, state_bytes=0)
    32768
    """
    counts(least=0, full_layers=full_layers, window_layers=window_layers)
    not_negative(full_bytes=full_bytes, window_bytes=window_bytes, window=window, state_bytes=state_bytes)
    not_negative(free_bytes=max(free_bytes, 0))
    room, full, sliding = free_bytes - state_bytes, full_layers * full_bytes, window_layers * window_bytes
    if room < 0:
        return 0
    if sliding > 0 and room < (full + sliding) * window:
        return int(room // (full + sliding))
    if full == 0:
        raise refusal("full_layers", full_layers, "layers whose cache grows with the sequence")
    return int((room - sliding * window) // full)
