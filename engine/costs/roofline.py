"""The roofline: a step takes as long as its memory traffic or its arithmetic, whichever is slower."""

from __future__ import annotations

from .validity import counts, efficiencies, not_negative, positive

__all__ = [
    "arithmetic_intensity",
    "attention_flops",
    "compute_time",
    "launch_time",
    "matmul_flops",
    "memory_time",
    "ridge_intensity",
    "slower_of",
]


def memory_time(bytes_read: float, bandwidth: float, efficiency: float) -> float:
    """Time to read bytes from a card's memory [s].

    .. math:: t = R / (\\eta B)

    bytes_read: R [B]. bandwidth: of the memory, as the vendor prints it, B [B/s].
    efficiency: share that is reached, eta; 0.75 to 0.9 for weights [1].

    Valid for: traffic far larger than the caches, each byte read once.
    Source: Williams, Waterman, Patterson, Roofline, CACM 52(4), 2009, https://doi.org/10.1145/1498765.1498785.

    >>> memory_time(bytes_read=16.38e9, bandwidth=936e9, efficiency=0.875)
    0.02
    """
    not_negative(bytes_read=bytes_read)
    positive(bandwidth=bandwidth)
    efficiencies(efficiency=efficiency)
    return bytes_read / (bandwidth * efficiency)


def compute_time(flops: float, rate: float, efficiency: float) -> float:
    """Time for arithmetic on a card [s].

    .. math:: t = F / (\\eta P)

    flops: F [FLOP]. rate: dense rate of the format, P [FLOP/s]. efficiency: share that is reached, eta [1].

    Valid for: large matrix products; small ones reach less.
    Source: Williams, Waterman, Patterson, Roofline, CACM 52(4), 2009, https://doi.org/10.1145/1498765.1498785.

    >>> compute_time(flops=134.2e12, rate=71e12, efficiency=0.7)
    2.7002
    """
    not_negative(flops=flops)
    positive(rate=rate)
    efficiencies(efficiency=efficiency)
    return flops / (rate * efficiency)


def matmul_flops(parameters: float, tokens: float) -> float:
    """Arithmetic of the matrix products of a step [FLOP].

    .. math:: F = 2 p T

    parameters: that each token meets, unused experts left out, p [1]. tokens: in the step, T [1].

    Valid for: everything but attention over the cache, see `attention_flops`.
    Source: Kaplan et al., Scaling Laws for Neural Language Models, section 2.1, https://arxiv.org/abs/2001.08361.

    >>> matmul_flops(parameters=32763e6, tokens=2048)
    134197248000000.0
    """
    not_negative(parameters=parameters, tokens=tokens)
    return 2 * parameters * tokens


def attention_flops(tokens: float, depth: float, layers: int, query_heads: int, head_dim: int) -> float:
    """Arithmetic of causal attention: scores and weighted values [FLOP].

    .. math:: F = 4 L q h \\left( T D + T (T + 1) / 2 \\right)

    tokens: new in this step, T [1]. depth: tokens already in the cache, D [1].
    layers: with full attention, L [1]. query_heads: q [1]. head_dim: width of one head, h [1].

    Valid for: kernels that skip the masked half, as FlashAttention does; grouped queries change nothing.
    Source: Dao, FlashAttention-2, section 3.1, https://arxiv.org/abs/2307.08691.

    >>> attention_flops(tokens=1, depth=32767, layers=64, query_heads=40, head_dim=128)
    42949672960.0
    """
    not_negative(tokens=tokens, depth=depth)
    counts(least=0, layers=layers)
    counts(query_heads=query_heads, head_dim=head_dim)
    return 4 * layers * query_heads * head_dim * (tokens * depth + tokens * (tokens + 1) / 2)


def launch_time(layers: int, per_layer: float, fixed: float) -> float:
    """Time that a step loses to kernel launches and to its host [s].

    .. math:: t = L t_l + t_0

    layers: L [1]. per_layer: of the kernels of one layer, t_l [s]. fixed: scheduler and sampling, t_0 [s].

    Valid for: launches that the card waits for; a captured graph makes t_l small.
    Source: definition; the two times are calibrated for each engine.

    >>> launch_time(layers=64, per_layer=10e-6, fixed=0.5e-3)
    0.00114
    """
    counts(layers=layers)
    not_negative(per_layer=per_layer, fixed=fixed)
    return layers * per_layer + fixed


def slower_of(memory: float, compute: float) -> float:
    """Time of a step whose memory traffic and arithmetic overlap [s].

    .. math:: t = \\max(t_m, t_c)

    memory: time of the traffic, t_m [s]. compute: time of the arithmetic, t_c [s].

    Valid for: complete overlap; without any, the times add.
    Source: Williams, Waterman, Patterson, Roofline, CACM 52(4), 2009, https://doi.org/10.1145/1498765.1498785.

    >>> slower_of(memory=0.020, compute=0.003)
    0.02
    """
    not_negative(memory=memory, compute=compute)
    return max(memory, compute)


def arithmetic_intensity(flops: float, bytes_read: float) -> float:
    """Arithmetic per byte of memory traffic [FLOP/B].

    .. math:: I = F / R

    flops: F [FLOP]. bytes_read: R [B].

    Valid for: any step that reads something.
    Source: Williams, Waterman, Patterson, Roofline, CACM 52(4), 2009, https://doi.org/10.1145/1498765.1498785.

    >>> arithmetic_intensity(flops=64e9, bytes_read=32e9)
    2.0
    """
    not_negative(flops=flops)
    positive(bytes_read=bytes_read)
    return flops / bytes_read


def ridge_intensity(rate: float, bandwidth: float) -> float:
    """Intensity from which on a card is bound by arithmetic, no more by memory [FLOP/B].

    .. math:: I^* = P / B

    rate: that arithmetic reaches, P [FLOP/s]. bandwidth: that memory reaches, B [B/s].

    Valid for: rates and bandwidths of the same standing, both printed or both reached.
    Source: Williams, Waterman, Patterson, Roofline, CACM 52(4), 2009, https://doi.org/10.1145/1498765.1498785.

    >>> ridge_intensity(rate=71e12, bandwidth=936e9)
    75.85
    """
    positive(rate=rate, bandwidth=bandwidth)
    return rate / bandwidth
