"""Steps that change the power limits of the cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..rig import Card, bonds_of, cards_of
from ..scenario import Scenario, changed, with_values
from .forms import Entries, Variant, supply_constants


def limit_power(scenario: Scenario, shares: list[float], entries: Entries) -> Iterator[Variant]:
    """`limit_power: [0.8, …]`: every card at that share of its default board power, where that is less than now."""
    for share in shares:
        groups, lower = [], False
        for group in scenario["rig"]["gpus"]:
            limit = round(share * float(entries["gpus"][group["gpu"]].get("tdp_w") or 0))
            lower |= 0 < limit < group["power_limit_w"]
            groups.append({**group, "power_limit_w": min(limit or group["power_limit_w"], group["power_limit_w"])})
        if lower:
            yield _told(groups), changed(scenario, rig__gpus=groups)


def limit_power_within(scenario: Scenario, limits: Mapping[str, Any], entries: Entries) -> Iterator[Variant]:
    """`limit_power_within: {shares: […], least: 0.3}`: as `limit_power`, and within the watts allowed.

    Where goal or supply (loaded as far as is usual, less the host) allow fewer watts than the smallest share, also the
    share that stays within them, down to `least`.
    """
    groups, goal, supply = scenario["rig"]["gpus"], scenario["goal"].get("max_watts"), scenario["rig"].get("psu_w")
    default = sum(group["count"] * float(entries["gpus"][group["gpu"]].get("tdp_w") or 0) for group in groups)
    usual = supply_constants(entries) if supply else {}
    beside = supply * usual["load"] - usual["host"] if supply else None
    allowed = [float(watts) for watts in (goal, beside) if watts]
    shares = shares_within(limits["shares"], limits["least"], default, min(allowed, default=None))
    yield from limit_power(scenario, shares, entries)


def fewer_cards(scenario: Scenario, least: float, entries: Entries) -> Iterator[Variant]:
    """`fewer_cards: 0.5`: the first one, two … cards alone, each with its part of the watts allowed.

    Only where the goal allows fewer watts than the limits make, and where each card keeps that share of its default
    board power. The layout shrinks with the cards.
    """
    rig, allowed = scenario["rig"], scenario["goal"].get("max_watts")
    cards = cards_of(rig)
    if not allowed or sum(card.power_limit for card in cards) <= allowed:
        return
    for count in range(len(cards) - 1, 0, -1):
        kept = cards[:count]
        limits = [round(min(card.power_limit, allowed / count)) for card in kept]
        defaults = [float(entries["gpus"][card.gpu].get("tdp_w") or card.power_limit) for card in kept]
        if all(limit >= least * default for limit, default in zip(limits, defaults, strict=True)):
            yield f"{count} at {'/'.join(sorted({str(limit) for limit in limits}))} W", _alone(scenario, kept, limits)


def _alone(scenario: Scenario, kept: Sequence[Card], limits: Sequence[int]) -> Scenario:
    """The scenario with some of its first cards alone, at these limits [W]."""
    count, sizes = len(kept), dict(scenario["workload"]["parallelism"])
    for name in ("tensor", "pipeline", "replicas"):
        sizes[name] = min(sizes[name], count)
    if count == 1:
        sizes["split_mode"] = "none"
    groups = [card.as_group(limit) for card, limit in zip(kept, limits, strict=True)]
    bonds = [list(pair) for pair in sorted(bonds_of(scenario["rig"], count)) if max(pair) < count]
    values = {
        "rig.gpus": groups,
        "rig.pcie": [{"gen": card.gen, "lanes": card.lanes} for card in kept],
        "rig.numa_nodes": list(scenario["rig"]["numa_nodes"][:count]),
        "rig.nvlink": bonds,
        "workload.parallelism": sizes,
    }
    return with_values(scenario, values)


def shares_within(shares: Sequence[float], least: float, default_w: float, allowed_w: float | None) -> list[float]:
    """The shares, and the one that cards of `default_w` in all may have of `allowed_w` [W], where none is so small."""
    if not default_w or allowed_w is None or not least <= allowed_w / default_w < min(shares, default=1.0):
        return list(shares)
    return [*shares, int(allowed_w / default_w * 1000) / 1000]


def full_power(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`full_power`: every card at its default board power."""
    groups = [
        {**group, "power_limit_w": entries["gpus"][group["gpu"]].get("tdp_w") or group["power_limit_w"]}
        for group in scenario["rig"]["gpus"]
    ]
    yield _told(groups), changed(scenario, rig__gpus=groups)


def _told(groups: Sequence[Mapping[str, Any]]) -> str:
    """The limits of some groups of cards [W]."""
    return "/".join(sorted({str(group["power_limit_w"]) for group in groups})) + " W"
