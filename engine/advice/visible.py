"""Which cards an engine is to see, where it is not to take all of them: named, and as the setting of their maker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..grounding.deployment import layout_of
from ..grounding.placement import place
from ..grounding.rig import Card, bonds_of, cards_of
from ..grounding.scenario import Scenario

Entries = Mapping[str, Any]


def shown_alone(scenario: Scenario, entries: Entries) -> tuple[str, str]:
    """The setting that goes before a command, and what it shows, in words; both empty where all cards are used."""
    cards, copies = cards_of(scenario["rig"]), _copies(scenario, entries)
    if sorted(card.index for card in copies[0]) == [card.index for card in cards]:
        return "", ""
    setting = _setting(cards, copies[0], entries)
    others = ["GPU " + ", ".join(str(card.index) for card in copy) for copy in copies[1:]]
    rest = f"; the other copies on {'; '.join(others)}" if others else ""
    return f"{setting} " if setting else "", f"on {_named(copies[0], entries)}{rest}"


def _copies(scenario: Scenario, entries: Entries) -> list[list[Card]]:
    """The cards of each copy of the model."""
    rig = scenario["rig"]
    cards = cards_of(rig)
    speeds = {card.gpu: float(entries["gpus"][card.gpu].get("memory_bandwidth_gb_s") or 0) for card in cards}
    replicas = place(cards, bonds_of(rig, len(cards)), layout_of(scenario["workload"]), speeds)
    return [sorted((card for group in stages for card in group), key=lambda card: card.index) for stages in replicas]


def _setting(cards: Iterable[Card], some: Iterable[Card], entries: Entries) -> str:
    """Each maker's own setting, with the numbers of the cards among those of the maker, or what else calls them."""
    templates = entries["options"]["single_gpu"].get("visible", {})
    makers: dict[str, list[int]] = {}
    called: dict[int, str] = {}
    for card in cards:
        makers.setdefault(entries["gpus"][card.gpu]["vendor"], []).append(card.index)
        if own := entries["gpus"][card.gpu].get("visible_as"):
            called[card.index] = str(own)
    wanted = {card.index for card in some}
    parts = []
    for maker, own in sorted(makers.items()):
        if maker in templates and len(wanted & set(own)) < len(own):
            numbers = [called.get(index, str(place)) for place, index in enumerate(own) if index in wanted]
            parts.append(templates[maker].replace("{cards}", ",".join(numbers) or "-1"))
    return " ".join(parts)


def _named(some: Iterable[Card], entries: Entries) -> str:
    """The cards by number and name; how what has no number is found."""
    alike: dict[str, list[str]] = {}
    for card in some:
        alike.setdefault(card.gpu, []).append(str(card.index))
    slices = [entries["gpus"][gpu] for gpu in alike if "visible_as" in entries["gpus"][gpu]]
    listed = sorted({f"; {one['visible_as']}: `{one['listed_by']}` lists it" for one in slices})
    told = [f"GPU {', '.join(indices)} ({entries['gpus'][gpu]['name']})" for gpu, indices in alike.items()]
    return " and ".join(told) + "".join(listed)
