"""P318: rates of links that do not follow from their parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeGuard

from ...reading.diagnostic import Diagnostic
from ...reading.place import Map
from ..document import Document, Library
from ..limits import limit

_TOLERANCE = limit("link_rates", "tolerance")
_IN_SWITCH = limit("link_rates", "in_switch")
"""Bus bandwidth of a reduction in the switch, over the rate of one GPU's links."""


_ENCODING = re.compile(r"([1-9]\d{0,5})b?/([1-9]\d{0,5})b?", re.ASCII)
"""Bits of payload over bits sent, such as 128b/130b."""


def check(library: Library) -> Iterator[Diagnostic]:
    """PCIe: transfers x encoding / 8. A measured bus bandwidth is no more than the links it ran over."""
    for document in library.asked("links"):
        for index, row in enumerate(document.node.get("generations") or ()):
            yield from _lane(document, index, row) if isinstance(row, Map) else ()
        for index, row in enumerate(document.node.get("points") or ()):
            yield from _point(library, document, index, row) if isinstance(row, Map) else ()


def _lane(document: Document, index: int, row: Map) -> Iterator[Diagnostic]:
    rate, encoding, stated = (row.get(name) for name in ("rate_gt_s", "encoding", "gb_s_per_lane_per_direction"))
    bits = _ENCODING.fullmatch(str(encoding))
    if bits is None or not (_number(rate) and _number(stated)):
        return
    product = rate * int(bits[1]) / int(bits[2]) / 8
    if abs(product - stated) > _TOLERANCE * product:
        message = f"{rate:g} GT/s x {encoding} / 8 = {product:.4g} GB/s for each lane, not {stated:g}"
        path: list[str | int] = ["generations", index, "gb_s_per_lane_per_direction"]
        yield document.find("P318", message, path, "one of transfer rate, encoding and rate is wrong")


def _point(library: Library, document: Document, index: int, row: Map) -> Iterator[Diagnostic]:
    link = library.values("gpus").get(str(row.get("gpu")), {}).get("nvlink") or {}
    own, of, measured = link.get("gb_s_per_direction"), row.get("of_gb_s"), row.get("busbw_gb_s")
    if _number(of) and _number(own) and abs(of - own) > _TOLERANCE * own:
        message = f"`of_gb_s` is {of:g}, the NVLink of {row['gpu']} has {own:g} GB/s one way"
        yield document.find("P318", message, ["points", index, "of_gb_s"], "correct one of the two")
    if _number(of) and _number(measured) and measured > _IN_SWITCH * of:
        message = f"a bus bandwidth of {measured:g} GB/s over links of {of:g}"
        yield document.find("P318", message, ["points", index, "busbw_gb_s"], "check the digits and the unit")
    lanes: Any = row.get("lanes")
    generation, copied = row.get("gen"), row.get("gb_s_per_direction")
    rates: dict[Any, Any] = {one.get("gen"): one.get("gb_s_per_lane_per_direction") for one in _generations(library)}
    lane = rates.get(generation)
    if _number(copied) and _number(lanes) and _number(lane) and copied > lane * lanes:
        message = f"{copied:g} GB/s over PCIe {generation} x{lanes}, which carries {lane * lanes:.4g} one way"
        path: list[str | int] = ["points", index, "gb_s_per_direction"]
        yield document.find("P318", message, path, "check rate, generation and lanes")


def _generations(library: Library) -> list[dict[str, Any]]:
    return [row for row in library.values("links").get("pcie", {}).get("generations", []) if isinstance(row, dict)]


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
