"""How far setups of a kind lie from what the model says of them, beyond what its constants leave open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rows import Row
from .recording import Recording
from .tape import Array

QUANTILE_80 = 1.2815515655446004
# A kind counts by itself as far as it has more groups than this; the rest is what its metric scatters in general.
FEW_GROUPS = 2.0
WIDEST = 3.0
ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Scatter:
    """A constant of 1 with a spread: what setups of one kind differ by. rows: the measurements of such setups."""

    number: int
    attribute: str
    rows: NDArray[np.bool_]

    @property
    def path(self) -> str:
        return f"constants.{self.number}.{self.attribute}"


def scatters(calibration: Mapping[str, Any], recording: Recording) -> Iterator[Scatter]:
    """All that `scatter` of calibration.yaml names, each with the rows that it touches."""
    for asked in calibration["scatter"]:
        for number, constant in enumerate(calibration["constants"]):
            if constant["kind"] == asked["kind"]:
                for attribute in asked["attributes"]:
                    yield Scatter(number, attribute, _touched(recording, f"constants.{number}.{attribute}"))


def _touched(recording: Recording, path: str) -> NDArray[np.bool_]:
    slots = {int(slot) for part in recording.tape.part([path]) for slot in part.results}
    slots |= {int(slot) for slot in recording.tape.constants.get(path, ())}
    return np.array([slot in slots for slot in recording.slots], dtype=bool)


def spreads(found: Sequence[Scatter], errors: Array, known: Array, rows: Sequence[Row]) -> dict[str, float]:
    """Standard deviation of each, by path. errors: logarithms of prediction to measurement, on unseen groups.

    known: variance that the constants explain already.
    """
    pooled: dict[str, float] = {}
    for attribute in sorted({one.attribute for one in found}):
        every = np.any([one.rows for one in found if one.attribute == attribute], axis=0)
        pooled[attribute] = _needed(errors[every], known[every], _weights(rows, every)) if every.any() else 0.3
    return {one.path: _spread(one, errors, known, rows, pooled[one.attribute]) for one in found}


def _spread(one: Scatter, errors: Array, known: Array, rows: Sequence[Row], pooled: float) -> float:
    if not one.rows.any():
        return pooled
    own = _needed(errors[one.rows], known[one.rows], _weights(rows, one.rows))
    groups = len({row.group for row, here in zip(rows, one.rows, strict=True) if here})
    return float(((groups * own**2 + FEW_GROUPS * pooled**2) / (groups + FEW_GROUPS)) ** 0.5)


def _weights(rows: Sequence[Row], chosen: NDArray[np.bool_]) -> Array:
    kept = [row.group for row, here in zip(rows, chosen, strict=True) if here]
    sizes = Counter(kept)
    return np.array([sizes[group] ** -0.5 for group in kept])


def _needed(errors: Array, known: Array, weights: Array) -> float:
    """The added standard deviation at which four fifths of the weight lie within the central four fifths."""
    low, high = 0.0, WIDEST
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        inside = np.abs(errors) <= QUANTILE_80 * np.sqrt(known + middle**2)
        if float(weights[inside].sum()) < 0.8 * float(weights.sum()):
            low = middle
        else:
            high = middle
    return high
