"""The free constants of `calibration.yaml`: what each is believed to be before the data, and where it stands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import BadInput

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a free constant stands in the list of constants. times: the constant there is so many times the free one.

    more_sd: what is added to its spread there, as the measurements behind it are of other things.
    """

    number: int
    attribute: str
    times: float = 1.0
    more_sd: float = 0.0

    @property
    def path(self) -> str:
        return f"constants.{self.number}.{self.attribute}"


@dataclass(frozen=True, slots=True)
class Free:
    """prior: the value before any data [unit of the constant]. prior_sd: standard deviation of its logarithm."""

    name: str
    prior: float
    prior_sd: float
    places: tuple[Place, ...]

    def changed(self, value: float) -> Iterator[tuple[str, float]]:
        """Paths of the constants that follow from a value, and what they are then."""
        return ((place.path, place.times * value) for place in self.places)


def free_constants(calibration: Entry) -> tuple[Free, ...]:
    """All free constants. Raises BadInput for one that stands nowhere."""
    return tuple(_free(entry, calibration["constants"]) for entry in calibration["free"])


def _free(entry: Entry, constants: Sequence[Entry]) -> Free:
    places = tuple(place for one in entry["sets"] for place in _places(one, constants))
    if not places:
        raise BadInput(f"the free constant '{entry['name']}' sets no constant", where="knowledge/calibration.yaml")
    return Free(entry["name"], float(entry["prior"]), float(entry["prior_sd"]), places)


def _places(asked: Entry, constants: Sequence[Entry]) -> Iterator[Place]:
    """Constants that have all the values asked for; a list asks for one of its items."""
    wanted = {name: value for name, value in asked.items() if name not in ("attribute", "times", "more_sd")}
    for number, constant in enumerate(constants):
        if all(_is(constant.get(name), value) for name, value in wanted.items()):
            yield Place(number, asked["attribute"], float(asked.get("times", 1)), float(asked.get("more_sd", 0)))


def _is(found: Any, wanted: Any) -> bool:
    return found in wanted if isinstance(wanted, list) else found == wanted


def changes(free: Sequence[Free], logs: Sequence[float]) -> dict[str, float]:
    """Every constant that follows from the logarithms of the free ones, by its path."""
    return {path: value for one, log in zip(free, logs, strict=True) for path, value in one.changed(math.exp(log))}
