"""Least squares of log ratios with priors: the free constants that the measurements speak for.

Gauss and Newton's method with Huber's weights and halved steps: the same numbers give the same result to the last
digit that is written down, which libraries that pick their own steps do not promise.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rows import Row
from .free import Free, changes
from .recording import Recording
from .tape import Array, Column

Kept = NDArray[np.bool_]
# Rows of one source, GPU and metric share a rig and a method: the correlation of their errors.
LIKENESS = 0.5
STEP = 1e-5
# Errors beyond so many standard deviations count by their size, no longer by its square.
ROBUST_FROM = 1.5
ROUNDS = 12
STEPS = 12
HALVINGS = 6
# Steps that move no constant by more than this share of its spread are the last.
STILL = 1e-3


@dataclass(frozen=True, slots=True)
class Fitted:
    """logs: of the free constants. covariance: of these, given data and priors. predicted: logarithm of each row.

    slopes: of each row's logarithm to that of each free constant.
    """

    logs: Array
    covariance: Array
    predicted: Array
    slopes: Array

    @property
    def deviations(self) -> Array:
        """Standard deviation of each free constant's logarithm."""
        found: Array = np.sqrt(np.diag(self.covariance))
        return found


class Problem:
    """A recording, the constants that are free in it, and the error to be expected of one row, by metric."""

    def __init__(self, recording: Recording, free: Sequence[Free], noise: Mapping[str, float]) -> None:
        self.recording, self.free = recording, free
        self.prior = np.array([math.log(one.prior) for one in free])
        self.spread = np.array([one.prior_sd for one in free])
        self.noise = np.array([noise[row.metric] for row in recording.rows])
        self.measured = recording.measured
        self.speaking = np.array([row.cell("trust") != "C" for row in recording.rows], dtype=bool)
        self.parts = [recording.tape.part(place.path for place in one.places) for one in free]

    def values(self, logs: Array) -> Array:
        """All slots of the tape."""
        return self.recording.tape.run(changes(self.free, logs.tolist()))

    def slopes(self, logs: Array, values: Array) -> Array:
        """Change of each row's logarithm with each free constant's."""
        base = self.recording.logs(values)
        moved = [
            self._moved(one, part, log, values) for one, part, log in zip(self.free, self.parts, logs, strict=True)
        ]
        return np.stack([(one - base) / STEP for one in moved], axis=1)

    def _moved(self, one: Free, part: Sequence[Column], log: float, values: Array) -> Array:
        changed = dict(one.changed(math.exp(log + STEP)))
        return self.recording.logs(self.recording.tape.changed(values, part, changed))

    def fit(self, kept: Kept | None = None, start: Fitted | None = None) -> Fitted:
        """The free constants that explain the kept rows best, anecdotes aside: all rows if nothing else is said.

        start: a fit of other rows, whose slopes serve the first steps; the priors without it.
        """
        chosen = self.speaking if kept is None else self.speaking & kept
        scale = np.sqrt(self._weights(chosen)) / self.noise
        logs = self.prior if start is None else start.logs
        slopes = self.slopes(logs, self.values(logs)) if start is None else start.slopes
        for _ in range(ROUNDS):
            found = self._descended(logs, slopes * scale[:, None], scale)
            still = float(np.max(np.abs(found - logs) / self.spread)) < STILL
            logs = found
            values = self.values(logs)
            slopes = self.slopes(logs, values)
            if still or start is not None:
                break
        errors = (self.recording.logs(values) - self.measured) * scale
        covariance = np.linalg.inv(self._curve(errors, slopes * scale[:, None]))
        return Fitted(logs, np.asarray(covariance, dtype=np.float64), self.recording.logs(values), slopes)

    def _descended(self, logs: Array, slopes: Array, scale: Array) -> Array:
        """Where steps along fixed slopes lead: they change little, and cost more than everything else."""
        cost = self._cost(logs, scale)
        for _ in range(STEPS):
            errors = (self.recording.logs(self.values(logs)) - self.measured) * scale
            found, less = self._shortened(logs, self._step(errors, slopes, logs), scale, cost)
            moved = float(np.max(np.abs(found - logs) / self.spread))
            logs, cost = found, less
            if moved < STILL:
                break
        return logs

    def _weights(self, chosen: Kept) -> Array:
        found = np.zeros(len(chosen))
        places = np.flatnonzero(chosen)
        found[places] = weights_of([self.recording.rows[place] for place in places])
        return found

    def _step(self, errors: Array, slopes: Array, logs: Array) -> Array:
        pull = slopes.T @ (errors * _trust(errors)) + (logs - self.prior) / self.spread**2
        found: Array = -np.linalg.solve(self._curve(errors, slopes), pull)
        return found

    def _curve(self, errors: Array, slopes: Array) -> Array:
        found: Array = slopes.T @ (slopes * _trust(errors)[:, None]) + np.diag(1 / self.spread**2)
        return found

    def _shortened(self, logs: Array, step: Array, scale: Array, before: float) -> tuple[Array, float]:
        """The end of a step that makes things better, the whole or a half, a quarter …; and what it costs there."""
        for halving in range(HALVINGS):
            found = logs + 0.5**halving * step
            cost = self._cost(found, scale)
            if cost < before:
                return found, cost
        return logs, before

    def _cost(self, logs: Array, scale: Array) -> float:
        errors = np.abs((self.recording.logs(self.values(logs)) - self.measured) * scale)
        rows = np.where(errors <= ROBUST_FROM, errors**2, 2 * ROBUST_FROM * errors - ROBUST_FROM**2)
        return float(rows.sum() + (((logs - self.prior) / self.spread) ** 2).sum())


def weights_of(rows: Sequence[Row]) -> Array:
    """Weight of each row: n alike rows of a group count as n / (1 + (n - 1) r) independent ones."""
    groups = Counter((row.group, row.metric) for row in rows)
    sizes = np.array([groups[row.group, row.metric] for row in rows], dtype=float)
    return 1 / (1 + (sizes - 1) * LIKENESS)


def _trust(errors: Array) -> Array:
    """Huber's weights."""
    found: Array = np.minimum(1.0, ROBUST_FROM / np.maximum(np.abs(errors), 1e-12))
    return found
