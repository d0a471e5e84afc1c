"""P311: a measured speed that no card of that memory bandwidth can reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Document, Library

SLACK = 1.1


def check(library: Library) -> Iterator[Diagnostic]:
    """One-user decode of a dense model reads all weights for each token: cards x bandwidth / bytes bounds it."""
    for document in library.asked("measurements"):
        for index, row in enumerate(document.node.get("measurements", [])):
            bound = _bound(library, row) if row.get("metric") == "decode_tok_s" and row.get("users", 1) == 1 else None
            if bound and isinstance(row["value"], int | float) and row["value"] > SLACK * bound:
                yield _impossible(document, index, row["value"], bound)


def _impossible(document: Document, index: int, value: float, bound: float) -> Diagnostic:
    message = f"{value:g} tokens/s is above {bound:.4g}, all that the memory bandwidth allows"
    hint = "is it a total over several users, prefill, or speculative decoding?"
    return document.find("P311", message, ["measurements", index, "value"], hint)


def _bound(library: Library, row: dict[str, Any]) -> float | None:
    gpu = library.values("gpus").get(str(row.get("gpu")), {})
    model = library.values("models").get(str(row.get("model")), {})
    quantization = library.values("quantizations").get(str(row.get("quantization")), {})
    rate, bits = gpu.get("memory_bandwidth_gb_s"), quantization.get("bits_per_weight")
    active = model.get("parameters", {}).get("active")
    if not (rate and bits and active):
        return None
    count = row.get("count", 1)
    return float(rate * 1e9 * (count if isinstance(count, int) else 1) / (active * bits / 8))
