"""Cards in MIG mode whose slices the tools name by profile: each slice stands in the rig in place of its card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...grounding.slices import PROFILE
from .cards import Card
from .links import GpuFacts

_OF_EACH = ("pcie", "numa_nodes", "pcie_gen_observed", "pcie_observed_at")
"""Lists of a rig that have an item for each card."""


def by_slices(rig: dict[str, Any], cards: list[Card], facts: GpuFacts | None) -> dict[str, Any]:
    """The rig section with slices in place of the cards that are cut into them; as it is where none is.

    facts: of a card's key, with `mig` where it is known what its slices are.
    """
    keys = [group["gpu"] for group in rig.get("gpus", ()) for _ in range(group["count"])]
    cut = [_slices(card, key, facts) for card, key in zip(cards, keys, strict=False)]
    if not any(cut) or len(keys) != len(cards):
        return rig
    counts = [len(slices) or 1 for slices in cut]
    fresh = {name: value for name, value in rig.items() if name not in ("nvlink", "p2p")}
    for name in _OF_EACH:
        if isinstance(rig.get(name), list):
            fresh[name] = [item for item, count in zip(rig[name], counts, strict=True) for _ in range(count)]
    fresh["gpus"] = _grouped(_each(rig["gpus"], cut))
    return fresh


def _slices(card: Card, key: str, facts: GpuFacts | None) -> list[str]:
    """Profiles of a card's slices; none where it is whole, or where not all of them are known."""
    told = str(card.values.get("mig_slices") or "")
    profiles = [one.strip() for one in told.split(",")] if card.values.get("mig") is True and told else []
    known = facts is not None and (facts(key) or {}).get("mig")
    return profiles if known and all(PROFILE.fullmatch(one) for one in profiles) else []


def _each(groups: list[dict[str, Any]], cut: list[list[str]]) -> Iterator[dict[str, Any]]:
    place = 0
    for group in groups:
        for _ in range(group["count"]):
            whole = {name: value for name, value in group.items() if name != "count"}
            yield from ({"gpu": group["gpu"], "mig": one} for one in cut[place]) if cut[place] else (whole,)
            place += 1


def _grouped(each: Iterator[Mapping[str, Any]]) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    for one in each:
        if groups and {name: value for name, value in groups[-1].items() if name != "count"} == one:
            groups[-1]["count"] += 1
        else:
            groups.append({"gpu": one["gpu"], "count": 1, **{k: v for k, v in one.items() if k != "gpu"}})
    return groups
