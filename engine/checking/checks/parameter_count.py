"""P309: the parameters that a model's shape gives, against the number stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...costs.parameters import attention_parameters, dense_parameters, mla_parameters, mlp_parameters, moe_parameters
from ...errors import OutOfRange
from ...reading.diagnostic import Diagnostic
from ...reading.knowledge import value_at
from ..document import Document, Library
from ..limits import limit

TOLERANCE = limit("parameter_count", "tolerance")
"""Norms and biases are below 0.1 % of all, rounding to three digits below 0.3 %."""
LOOSE = 0.04
"""For entries that are marked: their shape is told only nearly."""
_SHAPE = ("layers", "hidden", "query_heads", "kv_heads", "head_dim", "vocabulary", "tied_embeddings")
EXACT = 3e-4
_COUNTS = (["layers"], ["kv_heads"], ["query_heads"], ["head_dim"], ["moe", "experts"])
"""Coarse counts: for finer ones some whole number fits nearly anything."""
_WIDTHS = (["hidden"], ["intermediate"], ["vocabulary"], ["moe", "intermediate"], ["moe", "shared_intermediate"])
_SLIPS = (10, 0.1, 1000, 0.001, 2, 0.5, 8, 0.125)
_OF_SOME_LAYERS = frozenset({"linear_layers", "window_query_heads", "window_kv_heads", "window_head_dim"})
"""Parts of `attention` by which some layers have another number of parameters than the others."""


def check(library: Library) -> Iterator[Diagnostic]:
    """Within 0.4 %, where all layers are of one shape, but for leading ones without experts."""
    for document in library.asked("models"):
        model = library.values("models")[document.key]
        stated = (model.get("parameters") or {}).get("total")
        if not stated or any(name not in model for name in _SHAPE) or _OF_SOME_LAYERS & set(_attention(model)):
            continue
        most = LOOSE if model.get("mark") else TOLERANCE
        computed = _computed(model)
        if computed and all(abs(each - stated) > most * stated for each in computed):
            message = f"the shape gives {computed[0] / 1e9:.4f}e9 parameters, stated are {stated / 1e9:.4f}e9"
            path, hint = _suspect(model, stated)
            yield document.find("P309", message, path, hint)
        elif computed and model.get("moe") and not model.get("mark"):
            yield from _active(document, model, computed[0])


def _suspect(model: Mapping[str, Any], stated: float) -> tuple[list[str], str]:
    """The field of which another whole number gives what is stated, with that number; the total where there is none."""
    for path in (*_COUNTS, *_WIDTHS):
        value = value_at(model, ".".join(path))
        for meant in _meant(model, path, value, stated) if isinstance(value, int) and value > 0 else ():
            fresh = _with(model, path, meant) if meant > 0 and meant != value else None
            if fresh and abs(_first(fresh) - stated) < EXACT * stated and _shared_evenly(fresh):
                return path, f"with `{path[-1]}: {meant}` it comes out: check it against config.json"
    hint = "check layers, hidden, intermediate, heads, experts and vocabulary against config.json"
    return ["parameters", "total"], hint


def _meant(model: Mapping[str, Any], path: list[str], value: int, stated: float) -> Iterator[int]:
    """What may have been meant by a number: the one that solves it, of a coarse count; slips of digits; other units."""
    if path in _COUNTS:
        here, further = (_first(_with(model, path, each)) for each in (value, 2 * value))
        if here and further and further != here:
            yield round(value + (stated - here) * value / (further - here))
    digits = str(value)
    yield from (int(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]) for at in range(len(digits) - 1))
    yield from (round(value * factor) for factor in _SLIPS)


def _with(model: Mapping[str, Any], path: list[str], value: int) -> dict[str, Any]:
    """The model with another value in one field."""
    inner: Any = value if len(path) == 1 else {**model[path[0]], path[1]: value}
    return {**model, path[0]: inner}


def _first(model: Mapping[str, Any]) -> float:
    """The number by the shape; 0 where it has none."""
    found = _computed(model)
    return found[0] if found else 0.0


def _shared_evenly(model: Mapping[str, Any]) -> bool:
    """Whether heads go with each other: query heads over KV heads, a width of eights."""
    return not (model["query_heads"] % model["kv_heads"] or model["head_dim"] % 8)


def _active(document: Document, model: Mapping[str, Any], whole: float) -> Iterator[Diagnostic]:
    """A share of the experts that is far from all parameters may be far from none of the active ones."""
    moe, parameters = model["moe"], model["parameters"]
    stated, chosen, looked_up = (
        parameters.get("active"),
        moe.get("experts_per_token"),
        parameters.get("embedding") or 0,
    )
    if not stated or not chosen:
        return
    layers = model["layers"] - (moe.get("first_dense_layers") or 0)
    read = whole - layers * (moe["experts"] - chosen) * mlp_parameters(model["hidden"], moe["intermediate"])
    if all(abs(each - stated) > 2 * TOLERANCE * stated for each in (read, read - looked_up)):
        message = f"the shape gives {read / 1e9:.4f}e9 active parameters, stated are {stated / 1e9:.4f}e9"
        hint = "check heads, head_dim, experts_per_token and the widths within against config.json"
        yield document.find("P309", message, ["parameters", "active"], hint)


def _attention(model: Mapping[str, Any]) -> Mapping[str, Any]:
    """What differs between layers; a part that is zero makes no difference."""
    return {name: value for name, value in (model.get("attention") or {}).items() if value}


def _computed(model: Mapping[str, Any]) -> list[float]:
    """The number by the shape; of a dense model also that with two matrices in each MLP, as without a gate."""
    try:
        return _dense(model) if model.get("architecture") == "dense" else _mixed(model)
    except OutOfRange:
        return []


def _dense(model: Mapping[str, Any]) -> list[float]:
    if model.get("mla") or not model.get("intermediate"):
        return []
    shape = {name: model[name] for name in (*_SHAPE, "intermediate") if name != "tied_embeddings"}
    gated = float(dense_parameters(**shape, tied=model["tied_embeddings"]))
    return [gated, gated - model["layers"] * model["hidden"] * model["intermediate"]]


def _mixed(model: Mapping[str, Any]) -> list[float]:
    moe = model.get("moe") or {}
    if not moe.get("experts") or not moe.get("intermediate"):
        return []
    whole = moe_parameters(
        layers=model["layers"], hidden=model["hidden"], attention=_one_attention(model),
        intermediate=model.get("intermediate") or 0, dense_layers=moe.get("first_dense_layers") or 0,
        experts=moe["experts"], expert_intermediate=moe["intermediate"],
        shared_intermediate=moe.get("shared_intermediate") or 0,
        vocabulary=model["vocabulary"], tied=model["tied_embeddings"],
    )  # fmt: skip
    return [float(whole)]


def _one_attention(model: Mapping[str, Any]) -> int:
    mla = model.get("mla")
    if not mla:
        return attention_parameters(model["hidden"], model["query_heads"], model["kv_heads"], model["head_dim"])
    widths = {name: mla[name] for name in ("kv_lora", "nope", "rope", "value")}
    return mla_parameters(model["hidden"], model["query_heads"], q_lora=mla.get("q_lora") or 0, **widths)
