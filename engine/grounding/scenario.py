"""Paths into a scenario, and copies of it with some values changed."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

Scenario = dict[str, Any]


def value_at(scenario: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, or None where there is none."""
    found: Any = scenario
    for name in path.split("."):
        if isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, Mapping):
            found = found.get(name)
        else:
            return None
    return found


def put(scenario: Scenario, path: str, value: Any) -> None:
    """Set the value at a dotted path in place, making mappings on the way."""
    *parents, last = path.split(".")
    place: Any = scenario
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value


def changed(scenario: Scenario, **changes: Any) -> Scenario:
    """As `with_values`; in the argument names two underscores stand for the dot of a path."""
    return with_values(scenario, {path.replace("__", "."): value for path, value in changes.items()})


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """A copy with the values at dotted paths changed. What is not on the way to them it shares with the original."""
    fresh = dict(scenario)
    for path, value in values.items():
        _copy_way(fresh, path.split(".")[:-1])
        put(fresh, path, value)
    return fresh


def _copy_way(scenario: Scenario, names: Iterable[str]) -> None:
    place: Any = scenario
    for name in names:
        key: Any = int(name) if isinstance(place, list) else name
        place[key] = copy.copy(place[key] if isinstance(place, list) else place.get(key, {}))
        place = place[key]
