"""NCCL's choice of algorithm and protocol for one all-reduce on one node, from the tables of its tuner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .nccl import (
    nccl_bus_bandwidth,
    nccl_nvls_bandwidth,
    nccl_protocol_bandwidth,
    nccl_ring_bandwidth,
    nccl_ring_latency,
    nccl_tree_bandwidth,
    nccl_tree_latency,
    nccl_tuned_time,
)

MICROSECOND = 1e-6
GB_S = 1e9
# The first entry of a correction table is for messages of this many bytes.
SMALLEST_CORRECTED = 64


@dataclass(frozen=True, slots=True)
class Tuning:
    """The tables of the tuner in SI units, keyed as in the knowledge: algorithm, protocol, link, architecture."""

    base: Mapping[tuple[str, str], float]
    hop: Mapping[tuple[str, str, str], float]
    share: Mapping[str, float]
    ll_most: Mapping[str, float]
    channel_most: Mapping[tuple[str, str], float]
    nvls_efficiency: Mapping[str, float]
    correction: Mapping[str, tuple[float, ...]]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Tuning:
        """The tables of an entry with unit suffixes, as it stands in a knowledge file."""
        hops = entry["hop_latency"].items()
        channels = entry["channel_bandwidth"].items()
        return cls(
            base={(a, p): v for a, row in entry["base_latency"].items() for p, v in _times(row)},
            hop={(link, a, p): v for link, rows in hops for a, row in rows.items() for p, v in _times(row)},
            share=dict(entry["bandwidth_share"]),
            ll_most=dict(_bandwidths(entry["ll_bandwidth"])),
            channel_most={(kind, gpu): v for kind, row in channels for gpu, v in _bandwidths(row)},
            nvls_efficiency=dict(entry["nvls_efficiency"]),
            correction={p: tuple(map(float, row.split())) for p, row in entry["tree_correction"].items()},
        )

    def correction_of(self, protocol: str, message: float) -> float:
        """Factor on a tree's bandwidth for a message of this size [1]."""
        step = (int(message) // SMALLEST_CORRECTED).bit_length() - 1
        table = self.correction[protocol]
        return table[step] if 0 <= step < len(table) else 1.0


def _times(row: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    return ((name.removesuffix("_us"), value * MICROSECOND) for name, value in row.items())


def _bandwidths(row: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    return ((name.removesuffix("_gb_s"), value * GB_S) for name, value in row.items())


@dataclass(frozen=True, slots=True)
class Layout:
    """What NCCL's search found: channels and bandwidth of one [B/s], and of NVLS where the switch offers it."""

    ranks: int
    link: str  # nvlink, or pcie where any hop is not NVLink
    architecture: str  # volta, ampere (Ada too), hopper, blackwell
    channels: int
    channel_bandwidth: float
    nvls_channels: int = 0
    nvls_channel_bandwidth: float = 0.0


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """One algorithm with one protocol, and the time that the tuner expects of it [s]."""

    seconds: float
    algorithm: str
    protocol: str


def candidates(tuning: Tuning, layout: Layout, message: float) -> tuple[Candidate, ...]:
    """All that the tuner weighs for an all-reduce of `message` bytes, best first."""
    protocols = ("ll", "ll128", "simple") if layout.link == "nvlink" else ("ll", "simple")
    found = [Candidate(_ring_time(tuning, layout, message, p), "ring", p) for p in protocols]
    found += [Candidate(_tree_time(tuning, layout, message, p), "tree", p) for p in protocols]
    if layout.nvls_channels and layout.architecture in tuning.nvls_efficiency:
        found.append(Candidate(_nvls_time(tuning, layout, message), "nvls", "simple"))
    return tuple(sorted(found))


def choice(tuning: Tuning, layout: Layout, message: float) -> Candidate:
    """What NCCL picks for an all-reduce of `message` bytes."""
    return candidates(tuning, layout, message)[0]


def _most(tuning: Tuning, layout: Layout, kind: str) -> float:
    """Upper bound of a protocol over all channels [B/s]."""
    if kind in ("ring_ll", "tree_ll"):
        return tuning.ll_most[layout.architecture]
    return layout.channels * tuning.channel_most[kind, layout.architecture]


def _ring_time(tuning: Tuning, layout: Layout, message: float, protocol: str) -> float:
    bus = nccl_bus_bandwidth(layout.channels, layout.channel_bandwidth)
    if protocol != "simple":
        kind = f"ring_{protocol}"
        bus = nccl_protocol_bandwidth(bus, tuning.share[kind], _most(tuning, layout, kind))
    latency = nccl_ring_latency(tuning.base["ring", protocol], tuning.hop[layout.link, "ring", protocol], layout.ranks)
    return nccl_tuned_time(latency, message, nccl_ring_bandwidth(bus, layout.ranks))


def _tree_time(tuning: Tuning, layout: Layout, message: float, protocol: str) -> float:
    bus = nccl_bus_bandwidth(layout.channels, layout.channel_bandwidth)
    for kind in ("tree",) if protocol == "simple" else ("tree", f"tree_{protocol}"):
        bus = nccl_protocol_bandwidth(bus, tuning.share[kind], _most(tuning, layout, kind))
    latency = nccl_tree_latency(tuning.base["tree", protocol], tuning.hop[layout.link, "tree", protocol], layout.ranks)
    bandwidth = nccl_tree_bandwidth(bus, tuning.correction_of(protocol, message))
    return nccl_tuned_time(latency, message, bandwidth)


def _nvls_time(tuning: Tuning, layout: Layout, message: float) -> float:
    efficiency = tuning.nvls_efficiency[layout.architecture]
    bus = nccl_nvls_bandwidth(layout.nvls_channels, layout.nvls_channel_bandwidth, efficiency)
    bandwidth = nccl_ring_bandwidth(bus, layout.ranks)
    return nccl_tuned_time(tuning.hop["nvlink", "nvls", "simple"], message, bandwidth)
