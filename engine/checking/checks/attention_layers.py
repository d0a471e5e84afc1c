"""P313: kinds of layers add up to no more than all layers."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library

_KINDS = ("full_layers", "window_layers", "linear_layers")


def check(library: Library) -> Iterator[Diagnostic]:
    """full + window + linear <= layers; some models have layers without attention."""
    values = library.values("models")
    for document in library.asked("models"):
        model = values[document.key]
        attention = model.get("attention") or {}
        total = sum(attention.get(kind) or 0 for kind in _KINDS)
        if model.get("layers") and total > model["layers"]:
            parts = " + ".join(f"{attention.get(kind) or 0}" for kind in _KINDS)
            message = f"{parts} = {total} layers with attention, of {model['layers']} in all"
            yield document.find("P313", message, ["attention"], "check the layer counts", on_key=True)
