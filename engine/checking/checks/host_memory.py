"""P319: the memory bandwidth of a platform is channels times transfers times eight bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

TOLERANCE = limit("host_memory", "tolerance")
_BYTES = 8
_LANES_TOGETHER = 4
_SLOT = re.compile(r"\bx(\d+)")


def check(library: Library) -> Iterator[Diagnostic]:
    """Within 3 %, of one socket, where all three are given."""
    values = library.values("platforms")
    for document in library.asked("platforms"):
        platform = values[document.key]
        channels, rate, stated = (
            platform.get(name) for name in ("memory_channels", "memory_rate_mt_s", "memory_bandwidth_gb_s")
        )
        if channels and rate and stated:
            product = channels * rate * _BYTES / 1e3
            if abs(product - stated) > TOLERANCE * product:
                message = f"{channels} channels x {rate:g} MT/s x {_BYTES} bytes = {product:.4g} GB/s, not {stated:g}"
                hint = "one of channels, rate and bandwidth is wrong; all are of one socket"
                yield document.find("P319", message, ["memory_bandwidth_gb_s"], hint)
        cards = [row.get("cards") for row in platform.get("layouts") or () if isinstance(row, dict)]
        lanes, sockets = platform.get("cpu_pcie_lanes"), platform.get("sockets") or 1
        for index, row in enumerate(platform.get("layouts") or ()):
            if lanes and row.get("cards") and row.get("least_lanes") and row["least_lanes"] > lanes * sockets:
                message = f"{row['least_lanes']} lanes for a card, of {lanes * sockets} in all"
                yield document.find("P319", message, ["layouts", index, "least_lanes"], "check both")
        for index, row in enumerate(platform.get("layouts") or ()):
            slots = [int(width) for width in _SLOT.findall(str(row.get("slots", "")))]
            if slots and row.get("least_lanes") and row["least_lanes"] != min(slots):
                message = f"`least_lanes` is {row['least_lanes']}, and the slots are {row['slots']}"
                yield document.find("P319", message, ["layouts", index, "least_lanes"], f"the least is {min(slots)}")
        if isinstance(lanes, int) and lanes % _LANES_TOGETHER:
            message = f"{lanes} lanes; processors have them in groups of {_LANES_TOGETHER}"
            yield document.find("P319", message, ["cpu_pcie_lanes"], "count those to the chipset too")
        if len(set(cards)) < len(cards):
            yield document.find("P319", "two layouts for one number of cards", ["layouts"], "keep one", on_key=True)
