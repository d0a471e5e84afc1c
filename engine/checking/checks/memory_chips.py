"""P327: a capacity that the memory bus cannot have: it is made of whole chips, one or two on every 32 bits."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library

_BITS = 32
_GIB = frozenset({0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8})
"""What one or two chips hold together [GiB]: chips of 2, 4, 8, 12, 16, 24 and 32 Gbit are made."""


def check(library: Library) -> Iterator[Diagnostic]:
    """Graphics memory only: stacks of HBM and modules come in more sizes."""
    for document in library.asked("gpus"):
        gpu = library.values("gpus")[document.key]
        size, width, memory = (gpu.get(name) for name in ("vram_gib", "memory_bus_bits", "memory_type"))
        if size and width and str(memory).startswith("GDDR") and size / (width / _BITS) not in _GIB:
            share = size / (width / _BITS)
            message = (
                f"{size:g} GiB on {width} bit are {share:.4g} GiB on every {_BITS} bit; no {memory} chips make that"
            )
            hint = f"with this bus {_near(width, size)} are possible; one of `vram_gib` and `memory_bus_bits` is wrong"
            yield document.find("P327", message, ["vram_gib"], hint)


def _near(width: float, size: float) -> str:
    """The two possible capacities next to the one given."""
    sizes = sorted((share * width / _BITS for share in _GIB), key=lambda one: abs(one - size))[:2]
    return " or ".join(f"{one:g} GiB" for one in sorted(sizes))
