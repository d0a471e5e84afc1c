"""What the links of a card can carry at most: bounds of bus bandwidths and of copies between two cards."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...costs.links import PCIE_GENERATIONS, PCIE_LANES, pcie_raw_bandwidth
from ..believable import bound
from .measurement import Measurement

Facts = Callable[[str], Mapping[str, Any] | None]

MARGIN = bound("measurements", "above_links")
_ONE_WAY = re.compile(r"\b([\d.e+]+) one way, ([\d.e+]+) the other")
OF_THE_HOST = ("h2d_bw_gb_s", "d2h_bw_gb_s")
"""Copies from and to host memory, which go over the card's slot."""
_PAIR = re.compile(r"GPU(\d+)-GPU(\d+)")


def rate_of(m: Measurement) -> float | None:
    """Bytes a second that a measurement says a card sends within its machine; of a time, by the size of its message."""
    if "nodes" in (m.interconnect or ""):
        return None
    if m.metric.endswith("_busbw_gb_s") or m.metric in ("p2p_bw_gb_s", *OF_THE_HOST):
        return m.value * 1e9
    if not m.metric.endswith("_latency_us") or not m.msg_bytes or (m.gpu_count or 1) < 2 or m.value <= 0:
        return None
    share = (m.gpu_count or 2) - 1
    parts = 2 if m.metric.startswith("allreduce") else 1
    return parts * share / (share + 1) * m.msg_bytes / (m.value * 1e-6)


def pair_of(m: Measurement) -> tuple[int, int] | None:
    """The two cards of a copy, the lower number first."""
    match = _PAIR.search(m.notes or "") if m.metric == "p2p_bw_gb_s" else None
    return (min(ends), max(ends)) if match and (ends := (int(match[1][:6]), int(match[2][:6]))) else None


def ways_of(m: Measurement) -> int:
    """2 where a figure adds up both directions of a link."""
    return 2 if "bidirectional" in (m.notes or "") else 1


def slot_bandwidth(gen: object, lanes: object) -> float | None:
    """Bandwidth of a slot, one way [B/s]; None where generation or lanes are none."""
    known = gen in PCIE_GENERATIONS and lanes in PCIE_LANES
    return pcie_raw_bandwidth(int(str(gen)), int(str(lanes))) if known else None


def faster_than_links(m: Measurement, gpu_facts: Facts) -> str | None:
    """Why a bandwidth is more than the links of its cards carry, or None."""
    rate = rate_of(m)
    if rate is None or m.gpu is None:
        return None
    limits = [_limit(m, facts) for name in m.gpu.split(" + ") if (facts := gpu_facts(name.strip())) is not None]
    known = [limit for limit in limits if limit is not None]
    if not known:
        return None
    limit, over = min(known)
    if m.metric == "p2p_bw_gb_s" and (both := _ONE_WAY.search(m.notes or "")):
        rate = (
            max(float(both[1]), float(both[2])) * 1e9
        )  # the slower way is kept, the faster one has to be possible too
    if rate <= limit * MARGIN:
        return None
    return f"impossible: {rate / 1e9:.4g} GB/s; {over} of {m.gpu} carries {limit / 1e9:.3g} GB/s at most"


def share_of_link(m: Measurement, gpu_facts: Facts) -> tuple[float, str] | None:
    """Share of the slowest card's link that a bandwidth is, and which link; of a slot that is named, that slot."""
    rate, names = rate_of(m), (m.gpu or "").split(" + ")
    slot = re.search(r"PCIe (\d)\.0 x(\d+)", m.interconnect or "")
    named = {"pcie_gen": int(slot[1]), "pcie_lanes": int(slot[2])} if slot else {}
    limits = [_limit(m, {**facts, **named}) for name in names if (facts := gpu_facts(name.strip())) is not None]
    known = [limit for limit in limits if limit is not None]
    return (rate / min(known)[0], min(known)[1]) if rate and known else None


def _limit(m: Measurement, facts: Mapping[str, Any]) -> tuple[float, str] | None:
    """The most that one card sends [B/s], and over what.

    Two cards on a bridge use the bridge alone, more cards than it joins use PCIe beside it. A switch adds up what
    passes it, so that less has to be sent: all-reduce counts up to 2 (n-1) / n times the link.
    """
    slot, nvlink = slot_bandwidth(facts.get("pcie_gen"), facts.get("pcie_lanes")), facts.get("nvlink")
    reach, ways, cards = facts.get("nvlink_reach"), ways_of(m), m.gpu_count or 2
    if m.metric in OF_THE_HOST:
        return (slot, "the PCIe link") if slot else None
    if reach == "none" or m.nvlink == "no":
        return (slot * ways, "the PCIe link") if slot else None
    if not nvlink:
        return None
    if reach == "switch" and m.metric != "p2p_bw_gb_s":
        return float(nvlink) * 2 * (cards - 1) / cards, "NVLink"
    if cards > 2 and slot:
        return (float(nvlink) + slot) * ways, "NVLink beside PCIe"
    return max(float(nvlink), slot or 0.0) * ways, "the fastest link"
