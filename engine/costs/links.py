"""Links between cards: what PCIe, NVLink and host memory carry, and the time of one message."""

from __future__ import annotations

from .validity import counts, efficiencies, not_negative, positive, refusal

__all__ = [
    "effective_bandwidth",
    "host_staged_bandwidth",
    "nvlink_bandwidth",
    "packet_efficiency",
    "pcie_raw_bandwidth",
    "send_time",
]

# PCI Express base specifications: transfers per second and lane, and the share of the bits that are payload or header.
PCIE_GENERATIONS = {
    1: (2.5e9, 8 / 10),
    2: (5e9, 8 / 10),
    3: (8e9, 128 / 130),
    4: (16e9, 128 / 130),
    5: (32e9, 128 / 130),
    6: (64e9, 242 / 256),
}
PCIE_LANES = (1, 2, 4, 8, 16, 32)
BITS_PER_BYTE = 8


def pcie_raw_bandwidth(generation: int, lanes: int) -> float:
    """Bandwidth of a PCIe slot after line coding, one way [B/s].

    .. math:: B = R_g \\, \\ell \\, c_g / 8

    generation: g, 1 to 6 [1]. lanes: wired and trained, 1 to 32 [1].

    Valid for: links at their full rate; packet headers still come off, see `packet_efficiency`. Line coding is 8b/10b
    up to generation 2, 128b/130b up to 5, and 242 of 256 bytes of a flit in 6.
    Source: PCI-SIG, PCI Express Base Specification, https://pcisig.com/specifications.

    >>> pcie_raw_bandwidth(generation=4, lanes=16)
    31507692307.69
    """
    if generation not in PCIE_GENERATIONS:
        raise refusal("generation", generation, "a PCIe generation from 1 to 6")
    if lanes not in PCIE_LANES:
        raise refusal("lanes", lanes, "1, 2, 4, 8, 16 or 32")
    transfers, coding = PCIE_GENERATIONS[generation]
    return transfers * lanes * coding / BITS_PER_BYTE


def packet_efficiency(payload: float, header: float) -> float:
    """Share of a PCIe link's bytes that are data [1].

    .. math:: \\eta = m / (m + h)

    payload: of one packet, m; MaxPayloadSize, mostly 128 or 256 [B].
    header: of one packet with framing and checksum, h; 24 to 28 [B].

    Valid for: long transfers in one direction.
    Source: PCI-SIG, PCI Express Base Specification, transaction layer packets (recalled), https://pcisig.com/specifications.

    >>> packet_efficiency(payload=256, header=26)
    0.9078
    """
    positive(payload=payload)
    not_negative(header=header)
    return payload / (payload + header)


def effective_bandwidth(raw: float, efficiency: float) -> float:
    """Bandwidth of a link that messages get to see [B/s].

    .. math:: B = \\eta B_r

    raw: of the link, one way, B_r [B/s]. efficiency: share that is reached, eta [1].

    Valid for: long messages; short ones are bound by latency, see `send_time`.
    Source: definition; measured Gen4 x16 25.9 GB/s, https://github.com/ikawrakow/ik_llama.cpp/pull/1018.

    >>> effective_bandwidth(raw=31.5e9, efficiency=0.82)
    25830000000.0
    """
    positive(raw=raw)
    efficiencies(efficiency=efficiency)
    return raw * efficiency


def host_staged_bandwidth(slot_bandwidth: float, dram_bandwidth: float, ranks: int, staging_share: float) -> float:
    """Bus bandwidth of a ring that goes through host memory, for cards without peer-to-peer [B/s].

    .. math:: B = \\min\\left( s B_p, \\; D / 2 n \\right)

    slot_bandwidth: raw, of the slowest slot on the ring, one way, B_p [B/s]. dram_bandwidth: that host memory reaches,
    D [B/s]. ranks: n [1]. staging_share: share of the slot that copies through the host reach, s [1].

    Valid for: cards on the root ports of one machine. A hypothesis with few points (shares 0.44 to 0.55 on servers,
    less on desktops); the memory term is soft where the last-level cache absorbs the writes.
    Source: https://github.com/NVIDIA/nccl/issues/1639 for the points; the rule is rigwise's own.

    >>> host_staged_bandwidth(slot_bandwidth=31.5e9, dram_bandwidth=80e9, ranks=4, staging_share=0.5)
    10000000000.0
    """
    positive(slot_bandwidth=slot_bandwidth, dram_bandwidth=dram_bandwidth)
    counts(ranks=ranks)
    efficiencies(staging_share=staging_share)
    return min(staging_share * slot_bandwidth, dram_bandwidth / (2 * ranks))


def send_time(message: float, bandwidth: float, latency: float) -> float:
    """Time of one message from one card to another [s].

    .. math:: t = l + s / B

    message: s [B]. bandwidth: of the slowest link on the way, one way, B [B/s].
    latency: of an empty message, launch included, l [s].

    Valid for: a link that nothing else uses meanwhile.
    Source: Hockney, The communication challenge for MPP, Parallel Computing 20, 1994 (recalled).

    >>> send_time(message=16384, bandwidth=16.384e9, latency=15e-6)
    1.6e-05
    """
    not_negative(message=message, latency=latency)
    positive(bandwidth=bandwidth)
    return latency + message / bandwidth


def nvlink_bandwidth(links: int, per_link: float, efficiency: float) -> float:
    """Bandwidth of all NVLinks between two cards or from a card to its switch, one way [B/s].

    .. math:: B = \\eta n b

    links: n [1]. per_link: of one link, one way, b [B/s]. efficiency: share that kernels reach, eta [1].

    Valid for: long messages spread over all links; kernels move about 20 of 25 GB/s per link.
    Source: https://github.com/NVIDIA/nccl-tests/issues/149.

    >>> nvlink_bandwidth(links=4, per_link=14.0625e9, efficiency=0.8)
    45000000000.0
    """
    counts(links=links)
    positive(per_link=per_link)
    efficiencies(efficiency=efficiency)
    return links * per_link * efficiency
