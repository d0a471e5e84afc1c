"""The cards of a rig, one by one, as a scenario lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """One GPU in its slot. gen, lanes: of the slot, as far as the card can use it; power_limit: [W]; numa: node."""

    index: int
    gpu: str
    gen: int
    lanes: int
    power_limit: float
    numa: int

    @property
    def alike(self) -> tuple[str, int, int, float]:
        """What makes two cards interchangeable for the cost model."""
        return (self.gpu, self.gen, self.lanes, self.power_limit)


def cards_of(rig: Mapping[str, Any]) -> tuple[Card, ...]:
    """Cards of a resolved rig section, numbered through the groups."""
    cards: list[Card] = []
    numa = rig["numa_nodes"]
    for group in rig["gpus"]:
        for _ in range(group["count"]):
            index = len(cards)
            slot = slot_of(rig["pcie"], index)
            cards.append(
                Card(index, group["gpu"], slot["gen"], slot["lanes"], float(group["power_limit_w"]), numa[index])
            )
    return tuple(cards)


def slot_of(pcie: Mapping[str, int] | Sequence[Mapping[str, int]], index: int) -> Mapping[str, int]:
    """The slot of one card: `pcie` is one slot for all or a list with an entry for each card."""
    return pcie if isinstance(pcie, Mapping) else pcie[min(index, len(pcie) - 1)]


def bonds_of(rig: Mapping[str, Any], cards: int) -> frozenset[tuple[int, int]]:
    """Pairs of cards joined by NVLink, lower index first; `full` joins every two."""
    nvlink = rig.get("nvlink") or []
    if nvlink == "full":
        return frozenset((a, b) for a in range(cards) for b in range(a + 1, cards))
    return frozenset((min(a, b), max(a, b)) for a, b in nvlink)


def clusters(cards: Sequence[Card], bonds: frozenset[tuple[int, int]]) -> list[list[Card]]:
    """Cards grouped by NVLink: those that bonds connect stand together, the others alone, in index order."""
    home = {card.index: [card] for card in cards}
    for a, b in sorted(bonds):
        if a in home and b in home and home[a] is not home[b]:
            merged = home[a] + home[b]
            for card in merged:
                home[card.index] = merged
    seen: list[list[Card]] = []
    for card in cards:
        if not any(home[card.index] is cluster for cluster in seen):
            seen.append(home[card.index])
    return [sorted(cluster, key=lambda card: card.index) for cluster in seen]
