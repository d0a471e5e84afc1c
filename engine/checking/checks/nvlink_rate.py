"""P302: the NVLink total is the number of links times the rate of one link of the generation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

TOLERANCE = limit("nvlink_rate", "tolerance")
_PAIR = 2


def check(library: Library) -> Iterator[Diagnostic]:
    """Against the rates in knowledge/links; `group` of a bridge is small."""
    rates = _rates(library)
    values = library.values("gpus")
    for document in library.asked("gpus"):
        link = values[document.key].get("nvlink") or {}
        bridged = link.get("technology", "nvlink") == "nvlink" and link.get("reach") == "pair"
        if bridged and link.get("group", _PAIR) != _PAIR:
            message = f"`reach` is pair, and {link['group']} cards are joined"
            yield document.find("P302", message, ["nvlink", "group"], "a bridge joins two; write `reach: switch` or 2")
        if link.get("reach") == "switch" and link.get("group", _PAIR + 1) <= _PAIR:
            message = f"`reach` is switch, and {link['group']} cards are joined"
            hint = "a switch joins more than two; write `reach: pair`"
            yield document.find("P302", message, ["nvlink", "reach"], hint)
        generation = link.get("generation")
        if rates and generation is not None and generation not in rates:
            message = f"there is no NVLink generation {generation}; known are {', '.join(map(str, sorted(rates)))}"
            yield document.find(
                "P302", message, ["nvlink", "generation"], "add its rate to knowledge/links/nvlink.yaml"
            )
        links, stated = link.get("links"), link.get("gb_s_per_direction")
        known = rates.get(link.get("generation"), [])
        if link.get("technology", "nvlink") != "nvlink" or not (links and stated and known):
            continue
        totals = [links * rate for rate in known]
        if all(abs(total - stated) > TOLERANCE * stated for total in totals):
            sums = " or ".join(f"{links} x {rate:g} = {links * rate:g}" for rate in known)
            message = f"NVLink {link['generation']}: {sums} GB/s one way, not {stated:g}"
            hint = "vendors add up both directions: halve their total"
            yield document.find("P302", message, ["nvlink", "gb_s_per_direction"], hint)


def _rates(library: Library) -> dict[Any, list[float]]:
    """Rates of one link, one way [1e9 B/s], by generation; a generation may have several."""
    found: dict[Any, list[float]] = {}
    for row in library.values("links").get("nvlink", {}).get("generations", []):
        rate = row.get("gb_s_per_link_per_direction") if isinstance(row, dict) else None
        if isinstance(rate, int | float) and rate:
            found.setdefault(row.get("generation"), []).append(float(rate))
    return found
