"""All-reduce by every algorithm of the field: what one costs in latency and in bytes on the wire."""

from __future__ import annotations

from .validity import counts, not_negative, positive, refusal

__all__ = [
    "all_reduce_message",
    "all_reduces_per_step",
    "bus_bandwidth",
    "hierarchical_all_reduce_time",
    "logits_gather_message",
    "nccl_all_reduce_time",
    "nccl_ll_time",
    "nccl_simple_time",
    "one_shot_all_reduce_time",
    "rabenseifner_time",
    "recursive_doubling_time",
    "ring_all_reduce_time",
    "tree_all_reduce_time",
    "two_shot_all_reduce_time",
]

# Every layer of a transformer has two row-parallel products: the output of attention and that of the feed-forward part.
ALL_REDUCES_PER_LAYER = 2
# Protocol LL stores four bytes of data with a flag of four.
LL_SHARE = 0.5


def _check(message: float, ranks: int, bandwidth: float, **latencies: float) -> None:
    """What every collective asks of its inputs."""
    not_negative(message=message, **latencies)
    counts(ranks=ranks)
    positive(bandwidth=bandwidth)


def _doublings(ranks: int) -> int:
    """Base-2 logarithm of a power of two; other numbers of ranks are refused."""
    whole = int(ranks)
    if whole & (whole - 1):
        raise refusal("ranks", ranks, "a power of two")
    return whole.bit_length() - 1


def all_reduces_per_step(layers: int) -> int:
    """All-reduces of one step under tensor parallelism [1].

    .. math:: N = 2 L

    layers: L [1].

    Valid for: transformers whose attention and feed-forward part follow each other, dense or with experts; where both
    run in parallel (GPT-J, Command R) engines may join the two.
    Source: Shoeybi et al., Megatron-LM, section 3, https://arxiv.org/abs/1909.08053.

    >>> all_reduces_per_step(layers=64)
    128
    """
    counts(layers=layers)
    return ALL_REDUCES_PER_LAYER * layers


def all_reduce_message(tokens: float, hidden: int, bytes_per_value: float) -> float:
    """Bytes that each rank brings into one all-reduce [B].

    .. math:: S = T d e

    tokens: in the step: the batch in decode, the chunk in prefill, T [1]. hidden: width of the residual stream, d [1].
    bytes_per_value: of one activation, e; 2 for BF16, 4 for F32 [B].

    Valid for: tensor parallelism; sequence parallelism sends the same bytes in two halves.
    Source: Shoeybi et al., Megatron-LM, section 3, https://arxiv.org/abs/1909.08053.

    >>> all_reduce_message(tokens=2048, hidden=5120, bytes_per_value=2)
    20971520
    """
    not_negative(tokens=tokens)
    counts(hidden=hidden)
    positive(bytes_per_value=bytes_per_value)
    return tokens * hidden * bytes_per_value


def logits_gather_message(tokens: float, vocabulary: int, bytes_per_value: float, ranks: int) -> float:
    """Bytes that each rank brings into the gather of the logits at the end of a step [B].

    .. math:: S = T V e / n

    tokens: whose logits are wanted, T [1]. vocabulary: V [1]. bytes_per_value: of one logit, e [B].
    ranks: that share the LM head, n [1].

    Valid for: an LM head split by vocabulary.
    Source: Shoeybi et al., Megatron-LM, section 3, https://arxiv.org/abs/1909.08053.

    >>> logits_gather_message(tokens=1, vocabulary=152064, bytes_per_value=2, ranks=4)
    76032.0
    """
    not_negative(tokens=tokens)
    counts(vocabulary=vocabulary, ranks=ranks)
    positive(bytes_per_value=bytes_per_value)
    return tokens * vocabulary * bytes_per_value / ranks


def ring_all_reduce_time(message: float, ranks: int, bandwidth: float, latency: float) -> float:
    """Time of one ring all-reduce [s].

    .. math:: t = 2 (n - 1) \\left( l + \\frac{s}{n B} \\right)

    message: bytes each rank holds, s [B]. ranks: n [1]. bandwidth: of the slowest hop, one way, B [B/s].
    latency: of one hop, l [s].

    Valid for: any number of ranks; one rank costs nothing. Every chunk crosses every hop, so the slowest bounds all.
    Source: Patarasuk and Yuan, Bandwidth optimal all-reduce algorithms, JPDC 69, 2009,
    https://doi.org/10.1016/j.jpdc.2008.09.002.

    >>> ring_all_reduce_time(message=1e9, ranks=4, bandwidth=25e9, latency=10e-6)
    0.06006
    """
    _check(message, ranks, bandwidth, latency=latency)
    return 2 * (ranks - 1) * (latency + message / (ranks * bandwidth))


def tree_all_reduce_time(message: float, ranks: int, bandwidth: float, latency: float) -> float:
    """Time of one pipelined tree all-reduce, up and down again [s].

    .. math:: t = 2 \\lceil \\log_2 n \\rceil \\, l + 2 s / B

    message: bytes each rank holds, s [B]. ranks: n [1]. bandwidth: of the slowest hop, one way, B [B/s].
    latency: of one hop, l [s].

    Valid for: messages of many chunks; one rank costs nothing.
    Source: NVIDIA, Massively Scale Your Deep Learning Training with NCCL 2.4,
    https://developer.nvidia.com/blog/massively-scale-deep-learning-training-nccl-2-4/.

    >>> tree_all_reduce_time(message=1e9, ranks=4, bandwidth=25e9, latency=10e-6)
    0.08004
    """
    _check(message, ranks, bandwidth, latency=latency)
    if ranks == 1:
        return 0.0
    depth = (int(ranks) - 1).bit_length()
    return 2 * depth * latency + 2 * message / bandwidth


def recursive_doubling_time(message: float, ranks: int, bandwidth: float, latency: float) -> float:
    """Time of one all-reduce by recursive doubling: whole messages between partners [s].

    .. math:: t = \\log_2 n \\, (l + s / B)

    message: bytes each rank holds, s [B]. ranks: a power of two, n [1]. bandwidth: of the slowest pair, one way,
    B [B/s]. latency: of one exchange, l [s].

    Valid for: powers of two; other numbers of ranks are refused. Good for short messages.
    Source: Thakur, Rabenseifner, Gropp, Optimization of Collective Communication Operations in MPICH, section 4.5,
    IJHPCA 19, 2005, https://doi.org/10.1177/1094342005051521.

    >>> recursive_doubling_time(message=10240, ranks=4, bandwidth=10.24e9, latency=10e-6)
    2.2e-05
    """
    _check(message, ranks, bandwidth, latency=latency)
    return _doublings(ranks) * (latency + message / bandwidth)


def rabenseifner_time(message: float, ranks: int, bandwidth: float, latency: float) -> float:
    """Time of one all-reduce by Rabenseifner's algorithm: halving, then doubling [s].

    .. math:: t = 2 \\log_2 n \\, l + 2 \\frac{n - 1}{n} \\frac{s}{B}

    message: bytes each rank holds, s [B]. ranks: a power of two, n [1]. bandwidth: of the slowest pair, one way,
    B [B/s]. latency: of one exchange, l [s].

    Valid for: powers of two; other numbers of ranks are refused.
    Source: Thakur, Rabenseifner, Gropp, Optimization of Collective Communication Operations in MPICH, section 4.5,
    IJHPCA 19, 2005, https://doi.org/10.1177/1094342005051521.

    >>> rabenseifner_time(message=1e9, ranks=4, bandwidth=25e9, latency=10e-6)
    0.06004
    """
    _check(message, ranks, bandwidth, latency=latency)
    return 2 * _doublings(ranks) * latency + 2 * (ranks - 1) / ranks * message / bandwidth


def one_shot_all_reduce_time(message: float, ranks: int, bandwidth: float, latency: float) -> float:
    """Time of one all-reduce in which every rank reads all others and adds by itself [s].

    .. math:: t = l + (n - 1) s / B

    message: bytes each rank holds, s [B]. ranks: n [1]. bandwidth: into one rank, one way, B [B/s].
    latency: of the kernel and its barrier, l [s].

    Valid for: peer-to-peer access between all ranks; one rank costs nothing. vLLM uses it up to 512 KiB (256 KiB with
    more than 4 ranks), and with 2 ranks always.
    Source: vLLM, csrc/custom_all_reduce.cuh, https://github.com/vllm-project/vllm/blob/main/csrc/custom_all_reduce.cuh.

    >>> one_shot_all_reduce_time(message=10240, ranks=2, bandwidth=40e9, latency=5e-6)
    5.256e-06
    """
    _check(message, ranks, bandwidth, latency=latency)
    return latency + (ranks - 1) * message / bandwidth if ranks > 1 else 0.0


def two_shot_all_reduce_time(message: float, ranks: int, bandwidth: float, latency: float) -> float:
    """Time of one all-reduce by direct reads: each rank adds its part, then gathers the others' [s].

    .. math:: t = 2 l + 2 \\frac{n - 1}{n} \\frac{s}{B}

    message: bytes each rank holds, s [B]. ranks: n [1]. bandwidth: into one rank, one way, B [B/s].
    latency: of one of the two phases, l [s].

    Valid for: peer-to-peer access between all ranks; one rank costs nothing.
    Source: vLLM, csrc/custom_all_reduce.cuh, https://github.com/vllm-project/vllm/blob/main/csrc/custom_all_reduce.cuh.

    >>> two_shot_all_reduce_time(message=1e6, ranks=4, bandwidth=100e9, latency=4e-6)
    2.3e-05
    """
    _check(message, ranks, bandwidth, latency=latency)
    return 2 * latency + 2 * (ranks - 1) / ranks * message / bandwidth if ranks > 1 else 0.0


def hierarchical_all_reduce_time(
    message: float, fast_bandwidth: float, slow_bandwidth: float, fast_latency: float, slow_latency: float
) -> float:
    """Time of one all-reduce over two pairs: halves within the pair, across, and back [s].

    .. math:: t = 2 l_f + 2 l_s + \\frac{s}{B_f} + \\frac{s}{2 B_s}

    message: bytes each rank holds, s [B]. fast_bandwidth: within a pair, one way, B_f [B/s].
    slow_bandwidth: between the pairs, for each card, one way, B_s [B/s]. fast_latency: of one hop in a pair, l_f [s].
    slow_latency: of one hop across, l_s [s].

    Valid for: four cards in two bridged pairs, and software that works in levels; NCCL does not within one node.
    Source: Jia et al., Highly Scalable Deep Learning Training System, section 3.3, https://arxiv.org/abs/1807.11205.

    >>> hierarchical_all_reduce_time(message=33554432, fast_bandwidth=40e9, slow_bandwidth=14e9,
    ...                              fast_latency=3e-6, slow_latency=10e-6)
    0.0020632
    """
    _check(message, 4, fast_bandwidth, fast_latency=fast_latency, slow_latency=slow_latency)
    positive(slow_bandwidth=slow_bandwidth)
    return 2 * (fast_latency + slow_latency) + message / fast_bandwidth + message / (2 * slow_bandwidth)


def nccl_ll_time(message: float, ranks: int, bandwidth: float, base: float, hop: float) -> float:
    """Time of one NCCL ring all-reduce with protocol LL: flags beside the data, half the bandwidth [s].

    .. math:: t = a + 2 (n - 1) h + 2 \\frac{n - 1}{n} \\frac{s}{B / 2}

    message: bytes each rank holds, s [B]. ranks: n [1]. bandwidth: bus bandwidth of the ring, one way, B [B/s].
    base: of a launch, a [s]. hop: of one hop, h [s].

    Valid for: short messages; the hop is calibrated, NCCL's own table is optimistic on PCIe. One rank costs nothing.
    Source: NCCL, src/graph/tuning.cc, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_ll_time(message=10240, ranks=2, bandwidth=14e9, base=6.6e-6, hop=2.5e-6)
    1.3063e-05
    """
    _check(message, ranks, bandwidth, base=base, hop=hop)
    if ranks == 1:
        return 0.0
    return base + ring_all_reduce_time(message, ranks, LL_SHARE * bandwidth, hop)


def nccl_simple_time(message: float, ranks: int, bandwidth: float, base: float, hop: float, hop_factor: float) -> float:
    """Time of one NCCL ring all-reduce with protocol Simple: fences instead of flags, full bandwidth [s].

    .. math:: t = a + 2 (n - 1) g h + 2 \\frac{n - 1}{n} \\frac{s}{B}

    message: bytes each rank holds, s [B]. ranks: n [1]. bandwidth: bus bandwidth of the ring, one way, B [B/s].
    base: of a launch, a [s]. hop: of one hop with protocol LL, h [s]. hop_factor: how much slower a hop is here, g [1].

    Valid for: long messages; hop and factor are calibrated. One rank costs nothing.
    Source: NCCL, src/graph/tuning.cc, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_simple_time(message=20971520, ranks=2, bandwidth=14e9, base=8.4e-6, hop=2.5e-6, hop_factor=1.8)
    0.001515
    """
    _check(message, ranks, bandwidth, base=base, hop=hop, hop_factor=hop_factor)
    if ranks == 1:
        return 0.0
    return base + ring_all_reduce_time(message, ranks, bandwidth, hop_factor * hop)


def nccl_all_reduce_time(
    message: float, ranks: int, bandwidth: float, ll_base: float, simple_base: float, hop: float, hop_factor: float
) -> float:
    """Time of one NCCL ring all-reduce by the better of its protocols LL and Simple [s].

    .. math:: t = \\min(t_{LL}, t_{Simple})

    message: bytes each rank holds [B]. ranks: n [1]. bandwidth: bus bandwidth of the ring, one way [B/s].
    ll_base: of a launch with protocol LL [s]. simple_base: of a launch with protocol Simple [s].
    hop: of one hop with protocol LL [s]. hop_factor: how much slower a hop is with protocol Simple [1].

    Valid for: rings on one node without LL128, as on PCIe always; one rank costs nothing.
    Source: `nccl_ll_time` and `nccl_simple_time`.

    >>> nccl_all_reduce_time(message=10240, ranks=4, bandwidth=14e9, ll_base=6.6e-6, simple_base=8.4e-6, hop=2.5e-6,
    ...                      hop_factor=1.8)
    2.3794e-05
    """
    flagged = nccl_ll_time(message, ranks, bandwidth, ll_base, hop)
    return min(flagged, nccl_simple_time(message, ranks, bandwidth, simple_base, hop, hop_factor))


def bus_bandwidth(message: float, ranks: int, seconds: float) -> float:
    """Bandwidth per link that an all-reduce reached, comparable between numbers of ranks [B/s].

    .. math:: B = 2 \\frac{n - 1}{n} \\frac{s}{t}

    message: bytes each rank holds, s [B]. ranks: n, 2 or more [1]. seconds: measured, t [s].

    Valid for: all-reduce; for reduce-scatter and all-gather the factor is (n - 1) / n.
    Source: nccl-tests, doc/PERFORMANCE.md, https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md.

    >>> bus_bandwidth(message=1e9, ranks=4, seconds=0.06)
    25000000000.0
    """
    not_negative(message=message)
    counts(least=2, ranks=ranks)
    positive(seconds=seconds)
    return 2 * (ranks - 1) / ranks * message / seconds
