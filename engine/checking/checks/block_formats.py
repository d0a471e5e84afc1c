"""P321: the bits of a quantized block are its bytes over its weights."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

TOLERANCE = limit("block_formats", "tolerance")


def check(library: Library) -> Iterator[Diagnostic]:
    """Exact, where both are given; a format is no wider than its output matrix by much."""
    values = library.values("quantizations")
    for document in library.asked("quantizations"):
        entry = values[document.key]
        size, weights, bits = (entry.get(name) for name in ("bytes_per_block", "weights_per_block", "bits_per_weight"))
        if size and weights and bits and abs(8 * size / weights - bits) > TOLERANCE * bits:
            message = f"{size:g} bytes for {weights} weights are {8 * size / weights:g} bits each, not {bits:g}"
            yield document.find("P321", message, ["bits_per_weight"], "one of the three is wrong")
