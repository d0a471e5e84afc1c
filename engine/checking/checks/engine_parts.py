"""P328: parts of an engine that contradict each other: split modes, tensor parallelism, makers of what it runs on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..sense import words_by

Finding = tuple[list[str | int], str, str]
_ACROSS = frozenset({"tensor", "row", "graph"})
"""Split modes in which every card computes a part of each layer."""


def check(library: Library) -> Iterator[Diagnostic]:
    """The default split is one of the modes; sharing layers out is tensor parallelism; architectures have one maker."""
    for document in library.asked("engines"):
        for path, message, hint in _findings(library.values("engines")[document.key]):
            yield document.find("P328", message, path, hint)


def _findings(engine: Mapping[str, Any]) -> Iterator[Finding]:
    modes, default = engine.get("split_modes") or [], engine.get("default_split")
    if modes and default is not None and default not in modes:
        message = f"the default split `{default}` is none of the split modes {', '.join(map(str, modes))}"
        yield ["default_split"], message, "add it to `split_modes`, or write one of them"
    across = sorted(_ACROSS & set(modes))
    if modes and "tensor_parallel" in engine and bool(across) != bool(engine["tensor_parallel"]):
        told = f"`split_modes` have {across[0]}" if across else "no split mode shares a layer out"
        message = f"`tensor_parallel` is {str(engine['tensor_parallel']).lower()}, and {told}"
        yield ["tensor_parallel"], message, "change one of the two"
    reduces = engine.get("custom_all_reduce") or {}
    if reduces.get("runs") and engine.get("tensor_parallel") is False:
        message = "an all-reduce of its own, and no tensor parallelism that needs it"
        yield ["custom_all_reduce", "runs"], message, "change one of the two"
    yield from _architectures(engine)
    yield from _newer(engine)


def _architectures(engine: Mapping[str, Any]) -> Iterator[Finding]:
    makers = words_by("gpus", "architecture")
    for index, row in enumerate(engine.get("architectures") or ()):
        maker, name = row.get("vendor"), row.get("architecture")
        owners = [vendor for vendor, words in makers.items() if name in words]
        if maker not in (engine.get("vendors") or [maker]):
            yield ["architectures", index, "vendor"], f"`{maker}` is not among `vendors`", "add it there"
        elif owners and maker not in owners:
            message = f"`{name}` is made by {' or '.join(owners)}, not by {maker}"
            yield ["architectures", index, "vendor"], message, f"write {owners[0]}"
        elif not owners:
            known = ", ".join(makers.get(maker, ()))
            yield ["architectures", index, "architecture"], f"`{name}` is no architecture of {maker}", f"known: {known}"


def _newer(engine: Mapping[str, Any]) -> Iterator[Finding]:
    """Versions that dropped old cards: from a version after the last that ran on them, and not for older cards."""
    least = engine.get("min_compute_capability")
    for index, row in enumerate(engine.get("newer_versions") or ()):
        since, last, asks = row.get("since"), row.get("last_before"), row.get("min_compute_capability")
        if since and last and _parts(since) <= _parts(last):
            message = f"dropped since {since}, and {last} is the last that ran on them"
            yield ["newer_versions", index, "since"], message, "swap the two, or check both"
        if least and asks and asks < least:
            message = f"newer versions ask for {asks:g}, and the engine for {least:g}"
            yield ["newer_versions", index, "min_compute_capability"], message, "newer versions ask for no less"


def _parts(version: Any) -> list[int]:
    return [int(part) for part in re.findall(r"\d{1,9}", str(version))]
