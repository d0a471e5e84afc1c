"""P329: a fitted constant far from what was believed of it, or one that the rules read with another value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Document, Library
from ..limits import limit

_MOST_DEVIATIONS = limit("fitted_constants", "deviations")
_SAME = 1e-3
_SAME_SPREAD = 0.02


def check(library: Library) -> Iterator[Diagnostic]:
    """Within four standard deviations of the prior; each value that a constant is said to set stands there."""
    for document in library.asked("calibration"):
        constants = document.node.get("constants") or []
        for number, free in enumerate(document.node.get("free") or ()):
            far = [*_far(document, number, free), *_lopsided(document, number, free)]
            yield from far or _otherwise(document, number, free, constants)


def _far(document: Document, number: int, free: Mapping[str, Any]) -> Iterator[Diagnostic]:
    prior, spread, value = (free.get(name) for name in ("prior", "prior_sd", "value"))
    low, high = free.get("low", value), free.get("high", value)
    outside = value and not low <= value <= high  # told as P323
    if prior and spread and value and not outside and abs(math.log(value / prior)) > _MOST_DEVIATIONS * spread:
        message = f"`{free.get('name')}` came out at {value:g}, and {prior:g} was believed of it"
        hint = f"more than {_MOST_DEVIATIONS:g} times its `prior_sd` off: check prior, value and their digits"
        yield document.find("P329", message, ["free", number, "value"], hint)


def _lopsided(document: Document, number: int, free: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """An interval of a logarithm reaches as many times up as down."""
    low, value, high = (free.get(name) for name in ("low", "value", "high"))
    if (
        low
        and value
        and high
        and low <= value <= high
        and not math.isclose(high / value, value / low, rel_tol=_SAME_SPREAD)
    ):
        message = f"`{free.get('name')}` reaches {high / value:.3g} times up and {value / low:.3g} times down"
        hint = "one of low, value and high was changed by hand; `rigwise calibrate` writes all three"
        yield document.find("P329", message, ["free", number, "high"], hint)


def _otherwise(document: Document, number: int, free: Mapping[str, Any], constants: Any) -> Iterator[Diagnostic]:
    """One finding for each constant that is off, or one at the fitted value where all of them are."""
    name, set_by_it = free.get("name"), list(_set_by(free, constants))
    off = [one for one in set_by_it if not math.isclose(one[2], one[3], rel_tol=_near(one[1]))]
    hint = "one of the two was changed by hand; `rigwise calibrate` writes both"
    values = [one for one in off if not one[1].endswith("_sd")]
    if len(values) > 1 and len(off) >= len(set_by_it) / 2:
        message = f"`{name}` is {free['value']:g}, and the {len(values)} constants that it sets are otherwise"
        yield document.find("P329", message, ["free", number, "value"], hint)
        return
    for index, attribute, found, wanted in off:
        message = f"`{attribute}` is {found:g}, and `{name}` that sets it makes it {wanted:g}"
        yield document.find("P329", message, ["constants", index, attribute], hint)


def _near(attribute: str) -> float:
    """Spreads are written with three digits, and joined with others."""
    return _SAME_SPREAD if attribute.endswith("_sd") else _SAME


def _set_by(free: Mapping[str, Any], constants: Any) -> Iterator[tuple[int, str, float, float]]:
    """Each constant that a fitted one sets: its position, its attribute, what it is, what it should be."""
    for target in free.get("sets") or ():
        attribute = str(target.get("attribute"))
        wanted = {attribute: free.get("value", 0) * target.get("times", 1)}
        if "sd" in free:
            wanted[f"{attribute}_sd"] = math.hypot(free["sd"], target.get("more_sd", 0.0))
        for index, constant in enumerate(constants):
            for name, value in wanted.items() if _is_of(constant, target) else ():
                if isinstance(constant.get(name), int | float):
                    yield index, name, constant[name], value


def _is_of(constant: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    """Whether a constant is one that a target names; a list in the target stands for any of its values."""
    for name, value in target.items():
        if name in ("attribute", "times", "more_sd"):
            continue
        if constant.get(name) not in (value if isinstance(value, list) else [value]):
            return False
    return True
