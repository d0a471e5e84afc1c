"""P301, P333: memory bandwidth is bus width times data rate."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

TOLERANCE = limit("bandwidth", "tolerance")
IMPOSSIBLE = limit("bandwidth", "impossible")


def check(library: Library) -> Iterator[Diagnostic]:
    """Within a few per cent, where all three are given; far off is no rounding but a wrong digit, and an error."""
    values = library.values("gpus")
    for document in library.asked("gpus"):
        gpu = values[document.key]
        width, rate, stated = (
            gpu.get(name) for name in ("memory_bus_bits", "memory_rate_gbit_s", "memory_bandwidth_gb_s")
        )
        if not (width and rate and stated):
            continue
        product = width * rate / 8
        if abs(product - stated) > TOLERANCE * stated:
            message = f"{width} bit x {rate:g} Gbit/s / 8 = {product:.4g} GB/s, not {stated:g}"
            hint = "one of bus width, data rate and bandwidth is wrong; data rates count both edges of the clock"
            far = max(product / stated, stated / product) > IMPOSSIBLE
            yield document.find("P333" if far else "P301", message, ["memory_bandwidth_gb_s"], hint)
