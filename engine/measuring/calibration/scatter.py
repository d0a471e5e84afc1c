"""How far setups of a kind lie from what the model says of them, beyond what its constants leave open.

A constant of 1 with a spread stands for what setups of one kind differ by. Where these are met over several links, the
constant has a reach for each: setups over one link scatter by so many times the spread. A comparison of two links then
shares the constant, and its interval counts only what the reaches differ by.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rows import Row
from .recording import Recording
from .tape import Array

Chosen = NDArray[np.bool_]
QUANTILE_80 = 1.2815515655446004
# A kind counts by itself as far as it has more groups than this; the rest is what its metric scatters in general.
FEW_GROUPS = 1.0
WIDEST = 3.0
LEAST = 0.01
REACH = "residual_reach"
ROUNDS = 60
STEP = 1e-5
# Rows that follow a constant in proportion are measurements of it.
PROPORTION = 0.99


@dataclass(frozen=True, slots=True)
class Scatter:
    """slopes: of each row's logarithm to that of the constant. reaches: where they stand, with the rows of each."""

    number: int
    attribute: str
    slopes: Array
    reaches: tuple[tuple[int, Chosen], ...] = ()

    @property
    def path(self) -> str:
        return f"constants.{self.number}.{self.attribute}"

    @property
    def rows(self) -> Chosen:
        """The measurements of such setups."""
        found: Chosen = np.abs(self.slopes) > PROPORTION
        return found

    def variance(self, spread: float, reaches: Sequence[float]) -> Array:
        """Variance of each row's logarithm by a spread of the constant. reaches: of the links, in their order."""
        wide = np.full(len(self.slopes), spread)
        for (_, chosen), reach in zip(self.reaches, reaches, strict=True):
            wide[chosen] *= reach
        found: Array = (self.slopes * wide) ** 2
        return found


def scatters(
    calibration: Mapping[str, Any], recording: Recording, changed: Mapping[str, float] | None = None
) -> Iterator[Scatter]:
    """All that `scatter` of calibration.yaml names, every reach at 1: what comes later comes on top of the earlier.

    changed: constants that are other than in the file, by path, as a fit has just found them.
    """
    constants = calibration["constants"]
    reaches = [number for number, one in enumerate(constants) if one["kind"] == REACH]
    even = {f"constants.{number}.{name}": 1.0 for number in reaches for name in _numbers(constants[number])}
    slopes = _Slopes(recording, {**(changed or {}), **even})
    for asked in calibration["scatter"]:
        for number, one in enumerate(constants):
            for attribute in asked["attributes"] if one["kind"] == asked["kind"] else ():
                own = [place for place in reaches if constants[place]["stratum"] == one.get("stratum")]
                several = own if len(own) > 1 else []
                places = tuple((place, slopes.touched(f"constants.{place}.{attribute}")) for place in several)
                yield Scatter(number, attribute, slopes.of(f"constants.{number}.{attribute}", one[attribute]), places)


def _numbers(constant: Mapping[str, Any]) -> list[str]:
    return [name for name, value in constant.items() if isinstance(value, int | float)]


class _Slopes:
    """Which rows follow a constant, and how steeply."""

    def __init__(self, recording: Recording, even: Mapping[str, float]) -> None:
        self.recording, self.tape = recording, recording.tape
        self.values = self.tape.run(even)
        self.logs = recording.logs(self.values)

    def of(self, path: str, value: float) -> Array:
        moved = self.tape.changed(self.values, self.tape.part([path]), {path: value * math.exp(STEP)})
        found: Array = (self.recording.logs(moved) - self.logs) / STEP
        return found

    def touched(self, path: str) -> Chosen:
        slots = {int(slot) for part in self.tape.part([path]) for slot in part.results}
        return np.array([slot in slots for slot in self.recording.slots], dtype=bool)


def spreads(found: Sequence[Scatter], errors: Array, known: Array, rows: Sequence[Row]) -> Mapping[str, float]:
    """Standard deviation of each constant, and each reach, by path.

    errors: logarithms of prediction to measurement, on unseen groups. known: variance that the constants explain.
    """
    told: dict[str, float] = {}
    for attribute in dict.fromkeys(one.attribute for one in found):
        alike = [one for one in found if one.attribute == attribute]
        every = np.any([one.rows for one in alike], axis=0)
        pooled = needed(errors[every], known[every]) if every.any() else 0.3
        for one in alike:
            told[one.path] = max(_shrunk(one.rows, errors, known, rows, pooled), LEAST)
            for place, chosen in one.reaches:
                own = _shrunk(chosen, errors, known, rows, told[one.path])
                told[f"constants.{place}.{attribute}"] = max(own, LEAST) / told[one.path]
        known = known + sum((one.slopes * told[one.path]) ** 2 for one in alike)
    return told


def _shrunk(chosen: Chosen, errors: Array, known: Array, rows: Sequence[Row], pooled: float) -> float:
    if not chosen.any():
        return pooled
    own = needed(errors[chosen], known[chosen])
    groups = len({row.group for row, here in zip(rows, chosen, strict=True) if here})
    return float(((groups * own**2 + FEW_GROUPS * pooled**2) / (groups + FEW_GROUPS)) ** 0.5)


def needed(errors: Array, known: Array) -> float:
    """The added standard deviation at which four fifths of the rows lie within the central four fifths."""
    low, high = 0.0, WIDEST
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        inside = np.abs(errors) <= QUANTILE_80 * np.sqrt(known + middle**2)
        if float(inside.mean()) < 0.8:
            low = middle
        else:
            high = middle
    return high
