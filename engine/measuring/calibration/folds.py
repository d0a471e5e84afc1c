"""Cross-validation: every source and GPU predicted by constants that were fitted on all others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..rows import Row
from .fit import Fitted, Problem
from .tape import Array

Group = tuple[str, str]


def groups_of(rows: Sequence[Row]) -> list[Group]:
    """Every (source, GPU), sorted."""
    return sorted({row.group for row in rows})


def left_out(problem: Problem, fitted: Fitted) -> tuple[Array, Array]:
    """Logarithm of each row's prediction by the fit that has not seen its group, and the slopes of that fit."""
    groups = np.array(["\0".join(row.group) for row in problem.recording.rows])
    predicted, slopes = fitted.predicted.copy(), fitted.slopes.copy()
    for group in sorted(set(groups)):
        own = groups == group
        found = problem.fit(~own, fitted)
        predicted[own], slopes[own] = found.predicted[own], found.slopes[own]
    return predicted, slopes
