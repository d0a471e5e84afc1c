"""Numbers with their intervals, and effects, each checked against the node that proves it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from .nodes import TOLERANCE, Checker, Fault, fault, safely, same

FACTORS = {"_ms": 1e3, "_us": 1e6, "_gb": 1e-9}


def number(path: str, quantity: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """A number equals what its proof says, in its unit, and lies in the middle of its interval."""
    node = checker.proofs.get(str(quantity.get("proof")))
    if node is None:
        yield fault(path, "has no proof")
        return
    factor = next((factor for suffix, factor in FACTORS.items() if path.endswith(suffix)), 1.0)
    if not same(quantity["value"], node["value"] * factor):
        yield fault(path, f"says {quantity['value']}, its proof {quantity['proof']} says {node['value'] * factor}")
    yield from interval(path, quantity, 0.0)


def interval(path: str, quantity: Mapping[str, Any], shift: float) -> Iterator[Fault]:
    """An interval is as far below its middle as above it, as ratios. shift: 1 for a relative change."""
    value, low, high = (quantity[name] + shift for name in ("value", "low", "high"))
    if not low <= value * (1 + TOLERANCE) or not value <= high * (1 + TOLERANCE):
        yield fault(path, "its value lies outside its interval")
    elif not math.isclose(low * high, value**2, rel_tol=TOLERANCE):
        yield fault(path, f"its value is not the middle of its interval, {math.sqrt(abs(low * high)) - shift}")


def effects(path: str, rows: Any, told: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Each effect starts from the number told for its metric, and its change leads from there to after."""
    if len({row["metric"] for row in rows}) != len(rows):
        yield fault(path, "tells an effect twice")
    for row in rows:
        place = f"{path}.{row['metric']}"
        yield from safely(place, _effect, place, row, told, checker)


def _effect(path: str, effect: Mapping[str, Any], told: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    before, after, relative = effect["before"], effect["after"], effect["relative"]
    for quantity in (before, after):
        yield from number(path, quantity, checker)
    if told.get(effect["metric"], before["proof"]) != before["proof"]:
        yield fault(path, "starts from another number than is told before")
    ratio = after["value"] / before["value"]
    if not same(ratio, relative["value"] + 1):
        yield fault(path, f"the relative change is {ratio - 1}, the answer says {relative['value']}")
    yield from _widened(path, effect["metric"], relative, checker)


def _widened(path: str, metric: str, relative: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """An interval that covers published measurements reaches as far as they do, or as its other side says."""
    published = relative.get("published")
    if published is None:
        yield from interval(path, relative, 1.0)
        return
    fact, option = checker.fact(published["proof"]), path.split(".")[1]
    if (fact.get("kind"), fact.get("metric"), fact.get("option")) != ("published_range", metric, option):
        yield fault(path, "the proof of what was published is about something else")
    elif not same(published["low"], fact["low"]) or not same(published["high"], fact["high"]):
        yield fault(path, "tells other published measurements than its proof")
    value, low, high = (relative[name] + 1 for name in ("value", "low", "high"))
    least, most = published["low"] + 1, published["high"] + 1
    below = min(least, value**2 / high) if not same(high, most) else least if same(low, least) else low
    above = max(most, value**2 / low) if not same(low, least) else most if same(high, most) else high
    if not math.isclose(low, below, rel_tol=1e-6) or not math.isclose(high, above, rel_tol=1e-6) or low > high:
        yield fault(path, "its interval does not reach as far as what was published")
