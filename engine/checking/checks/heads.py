"""P312: counts in a model's shape that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Library


def check(library: Library) -> Iterator[Diagnostic]:
    """Query heads are a multiple of KV heads; active parameters and experts are no more than all."""
    values = library.values("models")
    for document in library.asked("models"):
        for path, message, hint in _findings(values[document.key]):
            yield document.find("P312", message, path, hint)


def _findings(model: dict[str, Any]) -> Iterator[tuple[list[str], str, str]]:
    query, kv = model.get("query_heads"), model.get("kv_heads")
    if query and kv and query % kv:
        yield ["kv_heads"], f"{query} query heads do not divide evenly over {kv} KV heads", "check both in config.json"
    parameters, moe = model.get("parameters", {}), model.get("moe", {})
    active, total = parameters.get("active"), parameters.get("total")
    if active and total and active > total:
        yield ["parameters", "active"], f"{active:,} active parameters of {total:,} in all", "swap the two"
    expert = parameters.get("expert")
    if expert and total and expert > total:
        yield ["parameters", "expert"], f"the experts hold {expert:,} of {total:,} parameters", "check both"
    chosen, experts = moe.get("experts_per_token"), moe.get("experts")
    if chosen and experts and chosen > experts:
        yield ["moe", "experts_per_token"], f"{chosen} of {experts} experts for each token", "swap the two"
    layers, dense = model.get("layers"), moe.get("first_dense_layers")
    if layers and dense and dense > layers:
        yield ["moe", "first_dense_layers"], f"{dense} dense layers of {layers}", "check both"
