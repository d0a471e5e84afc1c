"""P321, P337: the bits of a quantized block are its bytes over its weights; those of a part are of some format."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

TOLERANCE = limit("block_formats", "tolerance")
SAME = limit("block_formats", "same_format")
_PLAIN = (8, 16, 32)
"""Bits of numbers that are not quantized."""


def check(library: Library) -> Iterator[Diagnostic]:
    """Exact, where both are given; a format is no wider than its output matrix by much."""
    values = library.values("quantizations")
    formats = {*_PLAIN, *(entry["bits_per_weight"] for entry in values.values() if entry.get("bits_per_weight"))}
    for document in library.asked("quantizations"):
        entry = values[document.key]
        for name in ("head_bits", "embedding_bits"):
            bits = entry.get(name)
            if bits and all(abs(bits - one) > SAME * one for one in formats):
                message = f"`{name}` is {bits:g}, and no format has so many bits for each weight"
                hint = f"check the digits; the nearest has {min(formats, key=lambda one: abs(one - bits)):g}"
                yield document.find("P337", message, [name], hint)
        size, weights, bits = (entry.get(name) for name in ("bytes_per_block", "weights_per_block", "bits_per_weight"))
        if size and weights and bits and abs(8 * size / weights - bits) > TOLERANCE * bits:
            message = f"{size:g} bytes for {weights} weights are {8 * size / weights:g} bits each, not {bits:g}"
            yield document.find("P321", message, ["bits_per_weight"], "one of the three is wrong")
