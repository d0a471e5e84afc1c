"""P309: the parameters that a dense model's shape gives, against the number stated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...costs.parameters import dense_parameters
from ...errors import OutOfRange
from ...reading.diagnostic import Diagnostic
from ..document import Library

TOLERANCE = 0.03
_SHAPE = ("layers", "hidden", "query_heads", "kv_heads", "head_dim", "intermediate", "vocabulary", "tied_embeddings")


def check(library: Library) -> Iterator[Diagnostic]:
    """Within 3 %, for models of one kind of layer."""
    values = library.values("models")
    for document in library.asked("models"):
        model = values[document.key]
        if (
            model.get("architecture") != "dense"
            or model.get("mla")
            or model.get("attention")
            or any(name not in model for name in _SHAPE)
        ):
            continue
        stated, computed = model["parameters"]["total"], _computed(model)
        if computed and all(abs(each - stated) > TOLERANCE * stated for each in computed):
            message = f"the shape gives {computed[0] / 1e9:.3f}e9 parameters, stated are {stated / 1e9:.3f}e9"
            hint = "check layers, hidden, intermediate, heads and vocabulary against config.json"
            yield document.find("P309", message, ["parameters", "total"], hint)


def _computed(model: dict[str, Any]) -> list[float]:
    """With three matrices in each MLP, and with two as in models without a gate."""
    shape = {name: model[name] for name in _SHAPE if name != "tied_embeddings"}
    try:
        gated = float(dense_parameters(**shape, tied=model["tied_embeddings"]))
    except OutOfRange:
        return []
    return [gated, gated - model["layers"] * model["hidden"] * model["intermediate"]]
