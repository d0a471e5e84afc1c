"""PCIe of the rig out of what the tools showed: what the slot can do, what was observed, and whether at idle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .cards import Card, observed_at

_SURE_GENERATION = 3


@dataclass(frozen=True, slots=True)
class Link:
    """A card's link: generation that slot and card can do, lanes, and what was observed when."""

    gen: int | None
    lanes: int | None
    observed: int | None
    at: str | None

    @property
    def whole(self) -> bool:
        """Whether both are known, as a scenario needs them."""
        return self.gen is not None and self.lanes is not None

    def part_of(self, index: int) -> str | None:
        """What is known of a link that is not known whole, for people."""
        known = [f"generation {self.gen}" if self.gen else "", f"x{self.lanes}" if self.lanes else ""]
        told = ", ".join(part for part in known if part)
        return f"GPU {index}: PCIe {told}" if told else None

    def as_rig(self) -> dict[str, int]:
        known = {"gen": self.gen, "lanes": self.lanes}
        return {name: value for name, value in known.items() if value is not None}


def link_of(card: Card) -> Link:
    """The link of one card.

    The generation is the lowest of the limits named; the current one counts only where it cannot be an idle value:
    a link at rest falls to generation 1 or 2. The current width holds at idle too.
    """
    limits = [g for name in ("pcie_gen_max", "pcie_gen_card", "pcie_gen_slot") if (g := card.whole(name))]
    observed, at = card.whole("pcie_gen_now"), observed_at(card.values)
    gen = min(limits) if "pcie_gen_max" in card.values or "pcie_gen_slot" in card.values else None
    if gen is None and limits and observed == min(limits):
        gen = observed
    if gen is None and observed is not None and (at == "load" or observed >= _SURE_GENERATION):
        gen = observed
    lanes = card.whole("pcie_lanes_now")
    if lanes is None:
        widths = [w for name in ("pcie_lanes_max", "pcie_lanes_slot") if (w := card.whole(name))]
        lanes = min(widths) if widths else None
    return Link(gen, lanes, observed, at)


def filled_in(index: int, told: Link, whole: Link) -> str:
    """Which part of a slot is not told, and what of the card stands for it."""
    parts = [(f"generation {whole.gen}", told.gen), (f"x{whole.lanes}", told.lanes)]
    own = " and ".join(part for part, known in parts if known is None)
    names = " and ".join(name for name, known in (("generation", told.gen), ("width", told.lanes)) if known is None)
    return f"GPU {index}: the {names} of its slot is not told; {own}, what the card can do, stands for it"


def remarks_of(card: Card, link: Link) -> list[str]:
    """What a reader should know about one card's link."""
    remarks = []
    most, slot = card.whole("pcie_lanes_max"), card.whole("pcie_lanes_slot")
    now = card.whole("pcie_lanes_now")
    if now is not None and most is not None and now < most:
        remarks.append(
            f"GPU {card.index} runs on x{now} of the x{most} that it can do: "
            "the slot, its bifurcation or a riser is narrower"
        )
    elif slot is not None and most is not None and slot < most:
        remarks.append(f"GPU {card.index} sits below a bridge of x{slot}, and can do x{most}")
    card_gen, slot_gen = card.whole("pcie_gen_card"), card.whole("pcie_gen_slot") or card.whole("pcie_gen_max")
    if card_gen is not None and slot_gen is not None and slot_gen < card_gen:
        remarks.append(f"GPU {card.index} can do PCIe generation {card_gen}, its slot {slot_gen}")
    if link.observed is not None and link.gen is not None and link.observed < link.gen:
        when = {"idle": "at idle, where links slow down: no fault", "load": "under load: a degraded link"}
        told = when.get(link.at or "", "at an unknown load; look again under load")
        remarks.append(f"GPU {card.index} showed PCIe generation {link.observed} of {link.gen} {told}")
    return remarks


def rig_pcie(links: list[Link]) -> dict[str, int] | list[dict[str, int]] | None:
    """`pcie` of a scenario: one mapping for all, or one for each GPU; None where nothing is known."""
    each = [link.as_rig() for link in links]
    if not any(each):
        return None
    if all(entry == each[0] for entry in each):
        return each[0]
    return each


def observation(links: list[Link]) -> dict[str, Any]:
    """`pcie_gen_observed` and `pcie_observed_at`: one for all cards that were read alike, else one for each card."""
    read = [(link.observed, link.at) if link.observed and link.at else (None, None) for link in links]
    told = {one for one in read if one != (None, None)}
    if not told:
        return {}
    each = [next(iter(told))] if len(told) == 1 else read
    gens, times = ([one[place] for one in each] for place in (0, 1))
    names = ("pcie_gen_observed", "pcie_observed_at")
    return dict(zip(names, (gens, times) if len(told) > 1 else (gens[0], times[0]), strict=True))
