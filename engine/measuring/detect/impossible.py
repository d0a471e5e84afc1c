"""Numbers that no card of its name can have: taken out of what was seen, and told with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ...costs.links import PCIE_GENERATIONS, PCIE_LANES
from ...errors import BadInput
from ..believable import bound
from .cards import Card
from .identity import is_cut
from .links import GpuFacts
from .seen import Refused

NEWEST_GENERATION = max(PCIE_GENERATIONS)
Entry = Mapping[str, Any]
Reason = Callable[[Card, float, Entry], str | None]


def without_impossible(cards: Sequence[Card], facts: GpuFacts | None) -> list[Refused]:
    """Takes impossible values off the cards. facts: a GPU's name to its entry; without, only physics is asked."""
    refused = []
    for card in cards:
        entry = _entry(card, facts)
        for name, reason in _CHECKS.items():
            value = card.number(name)
            told = reason(card, value, entry) if value is not None else None
            if told:
                refused.append(Refused(f"{told}: not believed", f"GPU {card.index}"))
                _forget(card, name)
        refused += _inner_link(card, entry)
    return refused


_OF_LINKS = ("pcie_gen_card", "pcie_lanes_max", "pcie_gen_now", "pcie_lanes_now")


def _inner_link(card: Card, entry: Entry) -> Iterator[Refused]:
    """Takes off a link that can do less than the card's own in both ways: it lies behind a switch on the card."""
    for name, own in (("pcie_gen_card", _of_pcie(entry, "gen")), ("pcie_lanes_max", _of_pcie(entry, "lanes"))):
        shown = card.whole(name)
        if shown is None or own is None or shown >= own:
            return
    told = f"PCIe generation {card.whole('pcie_gen_card')} x{card.whole('pcie_lanes_max')}"
    for name in _OF_LINKS:
        card.values.pop(name, None)
    yield Refused(
        f"a link of {told} at most is one inside of {card.name}, not its slot: give `lspci -vv` with the bridges",
        f"GPU {card.index}",
    )


def _forget(card: Card, name: str) -> None:
    for one in _TOGETHER.get(name, (name,)):
        card.values.pop(one, None)


def _entry(card: Card, facts: GpuFacts | None) -> Entry:
    if facts is not None and card.name:
        with suppress(BadInput):
            return facts(card.name) or {}
    return {}


def _memory(card: Card, value: float, entry: Entry) -> str | None:
    known = entry.get("vram_gib")
    if isinstance(known, int | float) and value > bound("cards", "most_memory") * known * 1024:
        return f"{value:g} MiB of memory, {card.name} has {known:g} GiB"
    return None


def _window(card: Card, value: float, _: Entry) -> str | None:
    memory = card.number("memory_mib")
    if memory and value > bound("cards", "most_window") * memory:
        return f"a BAR1 of {value:g} MiB for {memory:g} MiB of memory"
    return None


def _generation(card: Card, value: float, entry: Entry) -> str | None:
    most = _of_pcie(entry, "gen")
    if not 1 <= value <= NEWEST_GENERATION:
        return f"PCIe generation {value:g}, there are 1 to {NEWEST_GENERATION}"
    return f"PCIe generation {value:g}, {card.name} has {most}" if most and value > most else None


def _slot_generation(_: Card, value: float, __: Entry) -> str | None:
    return None if 1 <= value <= NEWEST_GENERATION else f"a slot of PCIe generation {value:g}"


def _lanes(card: Card, value: float, entry: Entry) -> str | None:
    most = _of_pcie(entry, "lanes")
    if value not in PCIE_LANES:
        return f"PCIe x{value:g}, links have {', '.join(f'x{width}' for width in PCIE_LANES)}"
    return f"PCIe x{value:g}, {card.name} has x{most}" if most and value > most else None


def _of_pcie(entry: Entry, name: str) -> int | None:
    pcie = entry.get("pcie")
    value = pcie.get(name) if isinstance(pcie, Mapping) else entry.get(f"pcie_{name}")
    return value if isinstance(value, int) else None


def _watts(card: Card, value: float, entry: Entry) -> str | None:
    most, board = card.number("power_max_w"), entry.get("tdp_w")
    if most and value > 1.01 * most:
        return f"a limit of {value:g} W, the card's own highest is {most:g} W"
    if isinstance(board, int | float) and value > bound("cards", "most_power") * board:
        return f"a limit of {value:g} W, {card.name} has {board:g} W"
    return None


def _links(card: Card, value: float, entry: Entry) -> str | None:
    nvlink = entry.get("nvlink")
    reach = nvlink.get("reach") if isinstance(nvlink, Mapping) else entry.get("nvlink_reach")
    most = nvlink.get("links") if isinstance(nvlink, Mapping) else entry.get("nvlink_links")
    if value > 0 and reach == "none":
        return f"{value:g} active NVLinks, {card.name} has none"
    return f"{value:g} active NVLinks, {card.name} has {most}" if isinstance(most, int) and value > most > 0 else None


_CHECKS: dict[str, Reason] = {
    "memory_mib": _memory,
    "bar1_mib": _window,
    "pcie_gen_now": _generation,
    "pcie_gen_max": _generation,
    "pcie_gen_card": _generation,
    "pcie_gen_slot": _slot_generation,
    "pcie_lanes_now": _lanes,
    "pcie_lanes_max": _lanes,
    "pcie_lanes_slot": lambda card, value, _: _lanes(card, value, {}),
    "power_limit_w": _watts,
    "power_default_w": _watts,
    "nvlinks_active": _links,
}
_TOGETHER = {"nvlinks_active": ("nvlinks_active", "nvlinks_inactive", "nvlink_gb_s")}


def other_memory(cards: Sequence[Card], keys: Mapping[int, str | None], facts: GpuFacts | None) -> Iterator[str]:
    """Cards whose name is known and whose memory is not that of the entry, so that they are none of it."""
    for card in cards:
        memory, known = card.number("memory_mib"), _entry(card, facts).get("vram_gib")
        if keys.get(card.index) is None and not is_cut(card.name) and memory and isinstance(known, int | float):
            yield f"GPU {card.index} shows {memory:g} MiB of memory, {card.name} has {known:g} GiB: another variant"
