"""The cards of a rig, one by one, as a scenario lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """One GPU in its slot. gen, lanes: of the slot, as far as the card can use it; power_limit: [W]; numa: node.

    machine: number of the machine it sits in. mig: whether it is cut into slices.
    """

    index: int
    gpu: str
    gen: int
    lanes: int
    power_limit: float
    numa: int
    machine: int = 0
    mig: bool = False

    @property
    def alike(self) -> tuple[str, int, int, float, bool]:
        """What makes two cards interchangeable for the cost model."""
        return (self.gpu, self.gen, self.lanes, self.power_limit, self.mig)

    def as_group(self, power_limit: float) -> dict[str, Any]:
        """The card as a group of its own in a rig section, at this limit [W]."""
        return {"gpu": self.gpu, "count": 1, "power_limit_w": power_limit, **({"mig": True} if self.mig else {})}


def cards_of(rig: Mapping[str, Any]) -> tuple[Card, ...]:
    """Cards of a resolved rig section, numbered through the groups."""
    cards: list[Card] = []
    numa = rig["numa_nodes"]
    each = cards_each(rig, sum(group["count"] for group in rig["gpus"]))
    for group in rig["gpus"]:
        for _ in range(group["count"]):
            index = len(cards)
            slot = slot_of(rig["pcie"], index)
            limit, mig = float(group["power_limit_w"]), bool(group.get("mig"))
            cards.append(Card(index, group["gpu"], slot["gen"], slot["lanes"], limit, numa[index], index // each, mig))
    return tuple(cards)


def as_trained(cards: tuple[Card, ...], rig: Mapping[str, Any]) -> tuple[Card, ...]:
    """The cards at the PCIe generation that was read under load, where that is lower than their slots have.

    A single reading tells the slowest link of the rig, not which: all are taken to be no faster.
    """
    readings = [reading_of(rig, card.index) for card in cards]
    if all(at != "load" for _, at in readings):
        return cards
    return tuple(
        replace(card, gen=min(card.gen, gen)) if gen and at == "load" else card
        for card, (gen, at) in zip(cards, readings, strict=True)
    )


def reading_of(rig: Mapping[str, Any], index: int) -> tuple[int | None, str | None]:
    """The PCIe generation that was read of one card, and whether at idle or under load; None where nothing was."""
    gen, at = (_of_card(rig.get(name), index) for name in ("pcie_gen_observed", "pcie_observed_at"))
    return gen, at


def _of_card(value: Any, index: int) -> Any:
    """What is told of one card: one value for all, or a list that may end before cards that were added."""
    if isinstance(value, list | tuple):
        return value[index] if index < len(value) else None
    return value


def lanes_of(rig: Mapping[str, Any]) -> int:
    """The PCIe lanes of all slots of the machine that has the most."""
    lanes: dict[int, int] = {}
    for card in cards_of(rig):
        lanes[card.machine] = lanes.get(card.machine, 0) + card.lanes
    return max(lanes.values())


def slot_of(pcie: Mapping[str, int] | Sequence[Mapping[str, int]], index: int) -> Mapping[str, int]:
    """The slot of one card: `pcie` is one slot for all or a list with an entry for each card."""
    return pcie if isinstance(pcie, Mapping) else pcie[min(index, len(pcie) - 1)]


def cards_each(rig: Mapping[str, Any], cards: int) -> int:
    """Cards of one machine; the cards are dealt to the machines in order, the last may have fewer."""
    return -(-cards // (rig.get("nodes") or 1)) or 1


def bonds_of(rig: Mapping[str, Any], cards: int) -> frozenset[tuple[int, int]]:
    """Pairs of cards joined by NVLink, lower index first; `full` joins every two of a machine."""
    nvlink = rig.get("nvlink") or []
    if nvlink == "full":
        each = cards_each(rig, cards)
        return frozenset((a, b) for a in range(cards) for b in range(a + 1, cards) if a // each == b // each)
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
