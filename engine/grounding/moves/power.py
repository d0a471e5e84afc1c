"""Steps that change the power limits of the cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..scenario import Scenario, changed
from .forms import Entries, Variant


def limit_power(scenario: Scenario, shares: list[float], entries: Entries) -> Iterator[Variant]:
    """`limit_power: [0.8, …]`: every card at that share of its default board power, where that is less than now."""
    for share in shares:
        groups, lower = [], False
        for group in scenario["rig"]["gpus"]:
            limit = round(share * float(entries["gpus"][group["gpu"]].get("tdp_w") or 0))
            lower |= 0 < limit < group["power_limit_w"]
            groups.append({**group, "power_limit_w": min(limit or group["power_limit_w"], group["power_limit_w"])})
        if lower:
            watts = "/".join(sorted({str(group["power_limit_w"]) for group in groups}))
            yield f"{watts} W", changed(scenario, rig__gpus=groups)


def limit_power_within(scenario: Scenario, limits: Mapping[str, Any], entries: Entries) -> Iterator[Variant]:
    """`limit_power_within: {shares: […], least: 0.3, host_w: 100}`: as `limit_power`, and within the watts allowed.

    Where goal or supply (less `host_w`) allow fewer watts than the smallest share, also the share that stays within
    them, down to `least`.
    """
    groups, goal, supply = scenario["rig"]["gpus"], scenario["goal"].get("max_watts"), scenario["rig"].get("psu_w")
    default = sum(group["count"] * float(entries["gpus"][group["gpu"]].get("tdp_w") or 0) for group in groups)
    allowed = [float(watts) for watts in (goal, supply - limits["host_w"] if supply else None) if watts]
    shares = shares_within(limits["shares"], limits["least"], default, min(allowed, default=None))
    yield from limit_power(scenario, shares, entries)


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
    yield "default power", changed(scenario, rig__gpus=groups)
