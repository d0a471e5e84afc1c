"""P320: parts of a model that do not follow from its shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

_TOLERANCE, _EMBEDDING = limit("model_shape", "tolerance"), limit("model_shape", "embedding")
_GRAIN = 64
"""Experts with two matrices, or of a narrower width within, still hold a multiple of this for each inner unit."""
Finding = tuple[list[str], str, str]


def check(library: Library) -> Iterator[Diagnostic]:
    """Embedding and head are vocabulary x width, experts are layers x experts x one expert, active is what is read."""
    values = library.values("models")
    for document in library.asked("models"):
        for path, message, hint in _findings(values[document.key]):
            yield document.find("P320", message, path, hint)


def _findings(model: dict[str, Any]) -> Iterator[Finding]:
    parameters = model.get("parameters") or {}
    width, words = model.get("hidden"), model.get("vocabulary")
    for name in ("embedding", "head"):
        if not (width and words):
            break
        stated = parameters.get(name)
        by_layer = name == "embedding" and stated and stated > width * words and not stated % words
        if stated and not by_layer and _off(stated, width * words, _EMBEDDING):
            message = f"`{name}` is {stated:,}, and vocabulary x hidden = {words:,} x {width:,} = {words * width:,}"
            yield ["parameters", name], message, "one of the three is wrong"
    yield from _experts(model, parameters)
    total, active = parameters.get("total"), parameters.get("active")
    looked_up = parameters.get("embedding") or 0
    if model.get("architecture") == "dense" and total and active and active < total != active + looked_up:
        message = f"a dense model reads all its parameters: {active:,} active of {total:,}"
        yield ["parameters", "active"], message, "write the total, or `architecture: moe` with its experts"
    yield from _embeddings(model, parameters)
    mla, wide = model.get("mla") or {}, model.get("head_dim")
    if wide and "nope" in mla and "rope" in mla and wide != mla["nope"] + mla["rope"]:
        message = f"`head_dim` is {wide}, and nope + rope = {mla['nope']} + {mla['rope']} = {mla['nope'] + mla['rope']}"
        yield ["mla", "rope"], message, "a head has a part without and a part with position; check the three"
    heads, size = model.get("query_heads"), model.get("head_dim")
    if heads and size and width and not 0.25 <= heads * size / width <= 16:
        message = f"{heads} heads of {size} are {heads * size / width:.3g} times the width of {width}"
        yield ["head_dim"], message, "check heads, head_dim and hidden"


def _embeddings(model: dict[str, Any], parameters: dict[str, Any]) -> Iterator[Finding]:
    """One matrix that is tied counts under head, two stand under both; embeddings by layer are another thing."""
    tied, width, words = (model.get(name) for name in ("tied_embeddings", "hidden", "vocabulary"))
    stated = parameters.get("embedding")
    if tied and stated and width and words and not _off(stated, width * words):
        message = "input and output embedding are one matrix, and `embedding` counts it beside `head`"
        yield ["tied_embeddings"], message, "write `tied_embeddings: false`, or `embedding: 0`"
    if tied is False and (stated == 0 or parameters.get("head") == 0):
        message = "input and output embedding are two matrices, and one of `embedding` and `head` is 0"
        yield ["tied_embeddings"], message, "write `tied_embeddings: true`, or the size of both"


def _experts(model: dict[str, Any], parameters: dict[str, Any]) -> Iterator[Finding]:
    moe = model.get("moe") or {}
    experts, chosen, inner = (moe.get(name) for name in ("experts", "experts_per_token", "intermediate"))
    stated, width, layers = parameters.get("expert"), model.get("hidden"), model.get("layers")
    total, active = parameters.get("total"), parameters.get("active")
    if stated and experts and chosen and total and active:
        read = total - stated * (1 - chosen / experts)
        if _off(active, read) and _off(active, read - (parameters.get("embedding") or 0)):
            message = f"{chosen} of {experts} experts make {read / 1e9:.4g}e9 active, stated are {active / 1e9:.4g}e9"
            yield ["parameters", "active"], message, "check total, expert, experts and experts_per_token"
    if stated and experts and inner and width and layers:
        mixed = layers - (moe.get("first_dense_layers") or 0)
        rows = stated / (mixed * experts * inner) if mixed > 0 else 0.0
        whole = rows.is_integer() and not rows % _GRAIN and width / 8 <= rows < 3 * width
        if not whole and _off(rows, 3 * width):
            message = (
                f"{stated / 1e9:.4g}e9 over {mixed} layers x {experts} experts x {inner} is {rows:.4g}, not 3 x {width}"
            )
            yield ["parameters", "expert"], message, "check layers, experts, moe.intermediate and hidden"


def _off(one: float, other: float, by: float = _TOLERANCE) -> bool:
    return abs(one - other) > by * max(abs(one), abs(other))
