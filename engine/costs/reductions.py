"""All-reduces as engines carry them out: NCCL's protocols, custom one-shot and two-shot kernels, host staging."""

from __future__ import annotations

from math import ceil, log2

from ..errors import OutOfRange

__all__ = [
    "custom_reduction_time", "host_staged_rate", "link_rate", "machines_reduction_time", "nccl_reduction_time",
    "reductions_time", "sends_time",
]  # fmt: skip


def link_rate(bandwidth: float, efficiency: float) -> float:
    """Bandwidth that collectives reach on a link [B/s].

    .. math:: b = B e

    bandwidth: of the link, one way, as it stands in its specification [B/s]. efficiency: share of it reached [1].

    Valid for: NVLink and PCIe with peer-to-peer.
    Source: nccl-tests and engine kernels in knowledge/measurements; efficiency fitted.

    >>> link_rate(56.25e9, 0.6)
    33750000000.0
    """
    if bandwidth <= 0:
        raise OutOfRange("a link without bandwidth")
    return bandwidth * min(efficiency, 1.0)


def host_staged_rate(bandwidth: float, efficiency: float, ranks: float, decay: float, dram_bandwidth: float) -> float:
    """Bandwidth that a collective reaches through host memory [B/s].

    .. math:: b = \\min\\left(B e (2 / n)^{q}, D / 2n\\right)

    bandwidth: B, of the slowest slot, one way [B/s]. efficiency: e, for two cards [1]. ranks: n [1]. decay: q, of the
    efficiency with the number of cards [1].
    dram_bandwidth: D, of host memory, written and read once for each hop [B/s].

    Valid for: cards without peer-to-peer on the root ports of one machine.
    Source: communication model, section 5; nccl issue 1639; constants fitted.

    >>> host_staged_rate(31.5e9, 0.65, 2, 1.5, 200e9)
    20475000000.0
    """
    if bandwidth <= 0 or ranks < 1 or dram_bandwidth <= 0:
        raise OutOfRange("host staging without slot, cards or host memory")
    slot = bandwidth * min(efficiency, 1.0) * float((2 / max(ranks, 2)) ** decay)
    return min(slot, dram_bandwidth / (2 * ranks))


def nccl_reduction_time(
    message: float, ranks: float, bandwidth: float, base: float, hop: float, simple_hop: float, hop_reference: float,
    ll_share: float, eager: float,
) -> float:  # fmt: skip
    """Time of one all-reduce by NCCL, the better of its two ring protocols [s].

    .. math:: t = \\min\\left(a + \\sqrt[3]{(2(n-1) h)^3 + \\left(\\frac{f S}{l B}\\right)^3},\\;
              a + 2(n-1) h_s \\sqrt{h / h_0} + \\frac{f S}{B}\\right) + e, \\quad f = 2 (n-1) / n

    message: S, on each rank [B]. ranks: n [1]. bandwidth: B, of the slowest hop [B/s]. base: a, of a launch [s].
    hop: h, of one hop with protocol LL [s]. simple_hop: h_s, of one NVSwitch hop with protocol Simple [s].
    hop_reference: h_0, LL hop over NVSwitch [s]. ll_share: l, of the bandwidth that LL reaches [1]. eager: e, added
    outside a CUDA graph [s].

    Valid for: rings in one machine. LL hands every eight bytes on as they arrive, so that hops and transfer overlap;
    Simple waits for whole slices at each hop.
    Source: NCCL 2.30 src/graph/tuning.cc for the form, src/device/prims_ll.h for the overlap; constants fitted, see
    knowledge/calibration.yaml.

    >>> nccl_reduction_time(10240, 2, 20e9, 6e-6, 2e-6, 4e-6, 1e-6, 0.5, 0.0)
    1.00222e-05
    """
    if ranks < 2:
        return 0.0
    if bandwidth <= 0:
        raise OutOfRange("an all-reduce over a link without bandwidth")
    hops, bytes_sent = 2 * (ranks - 1), 2 * (ranks - 1) / ranks * message
    low_latency = base + ((hops * hop) ** 3 + (bytes_sent / (ll_share * bandwidth)) ** 3) ** (1 / 3)
    simple = base + hops * simple_hop * (hop / hop_reference) ** 0.5 + bytes_sent / bandwidth
    return float(min(low_latency, simple) + eager)


def machines_reduction_time(
    message: float, machines: float, each: float, bandwidth: float, hop: float, network_bandwidth: float,
    network_hop: float, base: float, simple_hop: float, hop_reference: float, ll_share: float, eager: float,
) -> float:  # fmt: skip
    """Time of one all-reduce over machines in two levels, by the better of NCCL's protocols [s].

    .. math:: t = a + \\min\\left(\\sqrt[3]{d^3 + (c / l)^3}, d' + c\\right) + e, \\quad
              d = 2 (m-1) h + 2 \\lceil \\log_2 N \\rceil h_n, \\quad
              c = \\frac{2 (m-1)}{m} \\frac{S}{B} + \\frac{2 (N-1)}{N} \\frac{S}{B_n}

    message: S, on each rank [B]. machines: N [1]. each: m, ranks of one machine [1]. bandwidth: B, of the slowest hop
    in a machine [B/s]. hop: h, of one hop in a machine with protocol LL [s]. network_bandwidth: B_n, of one machine's
    network, one way, which its ranks share [B/s]. network_hop: h_n, from machine to machine [s]. base: a, of a launch
    [s]. simple_hop: of one NVSwitch hop with protocol Simple [s]. hop_reference: LL hop over NVSwitch [s].
    ll_share: l, of the bandwidth that LL reaches; 1 for Simple [1]. eager: e, added outside a CUDA graph [s].

    Valid for: two ranks or more in each of two machines or more; machines that hold one rank each make a plain ring,
    see `nccl_reduction_time`. Simple's hops grow with the root of the link's, and no hop is shorter than with LL.
    Source: NCCL 2.30 src/graph/tuning.cc, latency of a tree over nodes, https://github.com/NVIDIA/nccl; bytes in two
    levels: Jia et al., section 3.3, https://arxiv.org/abs/1807.11205.

    >>> machines_reduction_time(14336, 2, 8, 300e9, 1e-6, 50e9, 5e-6, 7e-6, 5e-6, 1e-6, 0.5, 0.0)
    3.10002e-05
    """
    if machines < 2 or each < 1:
        return 0.0
    if bandwidth <= 0 or network_bandwidth <= 0:
        raise OutOfRange("an all-reduce over a link without bandwidth")
    rounds = 2 * ceil(log2(machines))
    carried = 2 * (each - 1) / each * message / bandwidth + 2 * (machines - 1) / machines * message / network_bandwidth
    slow, slow_network = (max(h, simple_hop * (h / hop_reference) ** 0.5) for h in (hop, network_hop))
    low_latency = ((2 * (each - 1) * hop + rounds * network_hop) ** 3 + (carried / ll_share) ** 3) ** (1 / 3)
    simple = 2 * (each - 1) * slow + rounds * slow_network + carried
    return float(base + min(low_latency, simple) + eager)


def custom_reduction_time(
    message: float, ranks: float, bandwidth: float, base: float, rank_overhead: float, two_shot: float, most: float,
    otherwise: float,
) -> float:  # fmt: skip
    """Time of one all-reduce by an engine's own kernel, or by NCCL where that is faster or the message too large [s].

    .. math:: t = \\min\\left(a + n r + (n-1) \\frac{S}{B},\\;
              a + n r + d + \\frac{2(n-1)}{n} \\frac{S}{B},\\; o\\right)

    message: S, on each rank [B]. ranks: n [1]. bandwidth: B, that the kernel reaches [B/s]. base: a [s].
    rank_overhead: r, for each rank [s]. two_shot: d, added by the second phase, which two ranks never use [s].
    most: largest message the kernel takes [B]. otherwise: o, time of the same all-reduce by NCCL [s].

    Valid for: groups that the engine's gates let use the kernel.
    Source: vLLM custom_all_reduce.cuh (one and two phases); constants fitted, see knowledge/calibration.yaml.

    >>> custom_reduction_time(10240, 2, 32e9, 5e-6, 0.15e-6, 2.5e-6, 8388608, 1e-5)
    5.62e-06
    """
    if ranks < 2:
        return 0.0
    if message > most:
        return otherwise
    if bandwidth <= 0:
        raise OutOfRange("an all-reduce over a link without bandwidth")
    fixed = base + ranks * rank_overhead
    one = fixed + (ranks - 1) * message / bandwidth
    two = fixed + two_shot + 2 * (ranks - 1) / ranks * message / bandwidth
    return min(one, otherwise) if ranks <= 2 else min(one, two, otherwise)


def reductions_time(layers: float, one: float, engine_overhead: float) -> float:
    """Time of all all-reduces of a step [s].

    .. math:: t = 2 L (r + o)

    layers: L, each with two all-reduces, after attention and after the MLP [1]. one: r, of one all-reduce [s].
    engine_overhead: o, added by the engine to each [s].

    Valid for: Megatron-style tensor parallelism.
    Source: Shoeybi and others, "Megatron-LM", arXiv:1909.08053 (recalled); ik_llama.cpp pull request 1018.

    >>> reductions_time(64, 10e-6, 0.0)
    0.00128
    """
    return 2 * layers * (one + engine_overhead)


def sends_time(sends: float, message: float, latency: float, bandwidth: float) -> float:
    """Time of handing activations from stage to stage [s].

    .. math:: t = n (l + S / B)

    sends: n, boundaries between stages [1]. message: S [B]. latency: l [s]. bandwidth: B [B/s].

    Valid for: stages that work one after another.
    Source: alpha-beta model; communication model, section 7.

    >>> sends_time(3, 16384, 20e-6, 25e9)
    6.1966e-05
    """
    if bandwidth <= 0:
        raise OutOfRange("a send over a link without bandwidth")
    return sends * (latency + message / bandwidth)
