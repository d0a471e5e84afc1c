"""P303: how often a second a card can read its whole memory."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

LEAST, MOST = limit("capacity", "least_sweeps"), limit("capacity", "most_sweeps")
"""Sweeps a second: the slowest have 128 GB of LPDDR5X, the fastest little HBM."""


def check(library: Library) -> Iterator[Diagnostic]:
    """Bandwidth over capacity within what has been built."""
    values = library.values("gpus")
    for document in library.asked("gpus"):
        gpu = values[document.key]
        size, rate = gpu.get("vram_gib"), gpu.get("memory_bandwidth_gb_s")
        if size and rate and not LEAST <= rate / (size * 1.073741824) <= MOST:
            message = f"reads its {size:g} GiB {rate / (size * 1.073741824):.3g} times a second at {rate:g} GB/s"
            yield document.find(
                "P303", message, ["memory_bandwidth_gb_s"], f"usual is {LEAST:g} to {MOST:g}; check both"
            )
