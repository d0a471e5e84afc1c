"""The form of a step: a scenario, an argument and the entries in, labelled changed scenarios out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..scenario import Scenario

Entries = Mapping[str, Mapping[str, Mapping[str, Any]]]
Variant = tuple[str, Scenario]
Move = Callable[[Scenario, Any, Entries], Iterator[Variant]]


def supply_constants(entries: Entries) -> Mapping[str, Any]:
    """What the host draws beside the cards, `host` [W], and how far a supply is loaded, `load` [1]."""
    constants = entries["calibration"]["calibration"]["constants"]
    return next(one for one in constants if one["kind"] == "supply_constants")
