"""The cost model of NCCL's own tuner, term by term: why it picks one algorithm and protocol over another."""

from __future__ import annotations

from .validity import counts, efficiencies, not_negative, positive, refusal

__all__ = [
    "nccl_bus_bandwidth",
    "nccl_nodes_ring_latency",
    "nccl_nodes_tree_latency",
    "nccl_nvls_bandwidth",
    "nccl_protocol_bandwidth",
    "nccl_ring_bandwidth",
    "nccl_ring_latency",
    "nccl_tree_bandwidth",
    "nccl_tree_latency",
    "nccl_tuned_time",
]


def nccl_tuned_time(latency: float, message: float, bandwidth: float) -> float:
    """Time that NCCL expects of an operation; it picks the algorithm and protocol that has the least [s].

    .. math:: t = l + s / B

    latency: of the algorithm and protocol, l [s]. message: bytes each rank holds, s [B].
    bandwidth: algorithm bandwidth, B [B/s].

    Valid for: one operation; for several that are joined, ring latency counts once each.
    Source: NCCL 2.30.7, ncclTopoGetAlgoTime, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_tuned_time(latency=7.8e-6, message=10240, bandwidth=20e9)
    8.312e-06
    """
    not_negative(latency=latency, message=message)
    positive(bandwidth=bandwidth)
    return latency + message / bandwidth


def nccl_ring_latency(base: float, hop: float, ranks: int) -> float:
    """Latency that NCCL expects of a ring all-reduce on one node [s].

    .. math:: l = a + 2 (n - 1) h

    base: of a launch, a [s]. hop: of one hop over the worst link, h [s]. ranks: n [1].

    Valid for: one node; several: `nccl_nodes_ring_latency`.
    Source: NCCL 2.30.7, ncclTopoTuneModel, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_ring_latency(base=6.6e-6, hop=1.0e-6, ranks=4)
    1.26e-05
    """
    not_negative(base=base, hop=hop)
    counts(least=2, ranks=ranks)
    return base + 2 * (ranks - 1) * hop


def nccl_tree_latency(base: float, hop: float, ranks: int) -> float:
    """Latency that NCCL expects of a tree all-reduce on one node, where the tree is a chain [s].

    .. math:: l = a + 2 (n - 1) h

    base: of a launch, a [s]. hop: of one hop over the worst link, h [s]. ranks: n [1].

    Valid for: one node; several: `nccl_nodes_tree_latency`.
    Source: NCCL 2.30.7, ncclTopoTuneModel, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_tree_latency(base=6.8e-6, hop=0.6e-6, ranks=8)
    1.52e-05
    """
    not_negative(base=base, hop=hop)
    counts(least=2, ranks=ranks)
    return base + 2 * (ranks - 1) * hop


def nccl_nodes_ring_latency(
    base: float, hop: float, network_hop: float, network_overhead: float, ranks: int, nodes: int
) -> float:
    """Latency that NCCL expects of a ring all-reduce over several nodes [s].

    .. math:: l = a + (2 (n - 1) - 2 (N - 1)) \\max(h, o) + 2 (N - 1) h_n

    base: of a launch, a [s]. hop: of one hop within a node, h [s].
    network_hop: of one hop between nodes, the network's own latency added, h_n [s].
    network_overhead: of posting to the network, o [s]. ranks: of all nodes, n [1]. nodes: N [1].

    Valid for: 2 nodes or more, with as many ranks each.
    Source: NCCL 2.30.7, ncclTopoTuneModel, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_nodes_ring_latency(base=6.6e-6, hop=0.6e-6, network_hop=2.7e-6, network_overhead=1e-6, ranks=16, nodes=2)
    4e-05
    """
    not_negative(base=base, hop=hop, network_hop=network_hop, network_overhead=network_overhead)
    _check_nodes(ranks, nodes)
    across = 2 * (nodes - 1)
    return base + (2 * (ranks - 1) - across) * max(hop, network_overhead) + across * network_hop


def nccl_nodes_tree_latency(base: float, hop: float, network_hop: float, ranks: int, nodes: int) -> float:
    """Latency that NCCL expects of a tree all-reduce over several nodes [s].

    .. math:: l = a + 2 \\left( (n / N - 1) h + \\lfloor \\log_2 N \\rfloor h_n \\right)

    base: of a launch, a [s]. hop: of one hop within a node, h [s].
    network_hop: of one hop between nodes, the network's own latency added, h_n [s]. ranks: of all nodes, n [1].
    nodes: N [1].

    Valid for: 2 nodes or more, with as many ranks each.
    Source: NCCL 2.30.7, ncclTopoTuneModel, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_nodes_tree_latency(base=6.8e-6, hop=0.6e-6, network_hop=5e-6, ranks=16, nodes=2)
    2.52e-05
    """
    not_negative(base=base, hop=hop, network_hop=network_hop)
    _check_nodes(ranks, nodes)
    return base + 2 * ((ranks // nodes - 1) * hop + (int(nodes).bit_length() - 1) * network_hop)


def _check_nodes(ranks: int, nodes: int) -> None:
    """Refuse anything but several nodes of as many ranks each."""
    counts(least=2, nodes=nodes)
    counts(ranks=ranks)
    if ranks % nodes:
        raise refusal("ranks", ranks, f"a multiple of the {nodes} nodes")


def nccl_bus_bandwidth(channels: int, channel_bandwidth: float) -> float:
    """Bus bandwidth of the rings or trees that NCCL's search laid out [B/s].

    .. math:: B = c b

    channels: rings or trees side by side, c [1]. channel_bandwidth: of one, as the search found it, b [B/s].

    Valid for: one node or two; from three on NCCL takes the bandwidth between nodes.
    Source: NCCL 2.30.7, ncclTopoTuneModel, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_bus_bandwidth(channels=2, channel_bandwidth=12e9)
    24000000000.0
    """
    counts(channels=channels)
    positive(channel_bandwidth=channel_bandwidth)
    return channels * channel_bandwidth


def nccl_protocol_bandwidth(bus: float, share: float, most: float) -> float:
    """What a protocol makes of a bus bandwidth [B/s].

    .. math:: B_p = \\min(\\sigma B, m)

    bus: of ring or tree, B [B/s]. share: that the protocol reaches, sigma: 0.5 for ring LL, 0.92 for ring LL128 and for
    trees, of which 1/3.8 for LL and 7/9 for LL128 [1]. most: of the protocol, over all channels, m [B/s].

    Valid for: all protocols but ring Simple, which has the whole bus.
    Source: NCCL 2.30.7, ncclTopoTuneModel, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_protocol_bandwidth(bus=360e9, share=0.5, most=141e9)
    141000000000.0
    """
    positive(bus=bus, most=most)
    efficiencies(share=share)
    return min(share * bus, most)


def nccl_ring_bandwidth(bus: float, ranks: int) -> float:
    """Algorithm bandwidth of a ring or NVLS all-reduce: message over time [B/s].

    .. math:: B_a = B \\frac{n}{2 (n - 1)}

    bus: of the protocol, B [B/s]. ranks: n [1].

    Valid for: all-reduce.
    Source: NCCL 2.30.7, ncclTopoTuneModel, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_ring_bandwidth(bus=24e9, ranks=4)
    16000000000.0
    """
    positive(bus=bus)
    counts(least=2, ranks=ranks)
    return bus * ranks / (2 * (ranks - 1))


def nccl_tree_bandwidth(bus: float, correction: float) -> float:
    """Algorithm bandwidth of a tree all-reduce: message over time [B/s].

    .. math:: B_a = \\gamma B / 2

    bus: of the protocol, B [B/s]. correction: for the size of the message, gamma, from 0.4 to 1 [1].

    Valid for: all-reduce.
    Source: NCCL 2.30.7, treeCorrectionFactor, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_tree_bandwidth(bus=331.2e9, correction=0.5)
    82800000000.0
    """
    positive(bus=bus)
    efficiencies(correction=correction)
    return bus * correction / 2


def nccl_nvls_bandwidth(channels: int, channel_bandwidth: float, efficiency: float) -> float:
    """Bus bandwidth of an all-reduce that the NVSwitch itself adds up [B/s].

    .. math:: B = 2 \\eta b (c - 1)

    channels: c, 2 or more [1]. channel_bandwidth: of one, as the search found it, b [B/s].
    efficiency: eta, 0.85 on Hopper, 0.74 on Blackwell [1].

    Valid for: NVSwitch of the third generation on, compute capability 9.0 on.
    Source: NCCL 2.30.7, ncclTopoTuneModel, https://github.com/NVIDIA/nccl/blob/master/src/graph/tuning.cc.

    >>> nccl_nvls_bandwidth(channels=8, channel_bandwidth=40e9, efficiency=0.85)
    476000000000.0
    """
    counts(least=2, channels=channels)
    positive(channel_bandwidth=channel_bandwidth)
    efficiencies(efficiency=efficiency)
    return 2 * efficiency * channel_bandwidth * (channels - 1)
