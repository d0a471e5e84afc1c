"""P310: the size of a quantized file is parameters times bits."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

TOLERANCE = limit("quantized_sizes", "tolerance")


def check(library: Library) -> Iterator[Diagnostic]:
    """Within 2.5 % of the sizes that were measured on published files."""
    values, models = library.values("quantizations"), library.values("models")
    for document in library.asked("quantizations"):
        entry = values[document.key]
        bits = entry.get("bits_per_weight")
        for name, size in (entry.get("measured_sizes") or {}).items():
            parameters = models.get(name.removesuffix("_gb"), {}).get("parameters", {})
            body = (parameters.get("total") or 0) - (parameters.get("embedding") or 0) - (parameters.get("head") or 0)
            if not (bits and body > 0):
                continue
            rest = (parameters.get("embedding") or 0) * entry.get("embedding_bits", bits) + (
                parameters.get("head") or 0
            ) * entry.get("head_bits", bits)
            expected = (body * bits + rest) / 8e9
            if abs(expected - size) > TOLERANCE * size:
                message = f"{bits:g} bits give {expected:.4g} GB, the file has {size:g}"
                yield document.find("P310", message, ["measured_sizes", name], "GB is 1e9 bytes; check bits and size")
