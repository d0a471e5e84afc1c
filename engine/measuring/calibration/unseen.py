"""Each measurement as the model predicts it that has not seen its source and GPU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..rows import Row
from .calibrate import variance_of
from .fit import Problem
from .folds import left_out
from .free import changes, free_constants
from .recording import Recording, record
from .scatter import scatters
from .tape import Array

if TYPE_CHECKING:
    from ...reading import Knowledge


def unseen(rows: Iterable[Row], knowledge: Knowledge, matcher: str | None = None) -> tuple[Recording, Array, Array]:
    """The recording, and the logarithm and standard deviation of each prediction."""
    known = knowledge.calibration
    recording = record(rows, knowledge, matcher)
    problem = Problem(recording, free_constants(known), known["noise"])
    fitted = problem.fit()
    predicted, slopes = left_out(problem, fitted)
    found = changes(problem.free, fitted.logs.tolist())
    return recording, predicted, np.sqrt(variance_of(slopes, fitted) + scattered(known, recording, found))


def scattered(known: Mapping[str, Any], recording: Recording, changed: Mapping[str, float]) -> Array:
    """Variance of each row that setups of its kind scatter by."""
    found = np.zeros(len(recording.rows))
    for one in scatters(known, recording, changed):
        spread = float(known["constants"][one.number].get(f"{one.attribute}_sd", 0.0))
        found += one.variance(spread, [float(known["constants"][place][one.attribute]) for place, _ in one.reaches])
    return found
