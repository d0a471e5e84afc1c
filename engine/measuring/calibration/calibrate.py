"""`calibrate`: the free constants fitted on measurements, written with interval, data and error."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as day
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import BadInput
from ..rows import Row
from .families import families
from .fit import Fitted, Problem
from .folds import groups_of, left_out
from .free import Free, changes, free_constants
from .recording import Recording, record
from .scatter import QUANTILE_80, REACH, scatters, spreads
from .tape import Array

if TYPE_CHECKING:
    from ...reading import Knowledge

SCHEMA = "rigwise/calibration/1"
# A row speaks for a constant if the prediction moves by at least so many per cent for one per cent of the constant.
SPEAKS = 0.02
_DATE = re.compile(r"(20[0-9]{2})(?:-([01][0-9]))?(?:-([0-3][0-9]))?")


@dataclass(frozen=True, slots=True)
class Calibration:
    """entry: what stands in calibration.yaml. unseen: logarithm of each prediction by a fit without its group."""

    entry: dict[str, Any]
    recording: Recording
    fitted: Fitted
    unseen: Array


def calibrated(rows: Iterable[Row], knowledge: Knowledge, date: str | None, matcher: str | None = None) -> Calibration:
    """Fit all free constants from their priors. Raises BadInput where no row can be predicted."""
    known = knowledge.calibration
    rows = list(rows)
    recording = record(rows, knowledge, matcher)
    if not recording.rows:
        raise BadInput("none of the measurements can be predicted", hint="`rigwise backtest` says why, row by row")
    free = free_constants(known)
    problem = Problem(recording, free, known["noise"])
    fitted = problem.fit()
    unseen, slopes = left_out(problem, fitted)
    kinds = list(scatters(known, recording, changes(free, fitted.logs.tolist())))
    wide = spreads(kinds, unseen - recording.measured, variance_of(slopes, fitted), recording.rows)
    entry = _entry(known, free, fitted, recording, wide)
    entry["fitted"] = date or newest(recording.rows)
    entry["measured"] = families(rows, knowledge)
    entry["data"] = _data(recording, fitted, unseen)
    return Calibration(entry, recording, fitted, unseen)


def variance_of(slopes: Array, fitted: Fitted) -> Array:
    """Variance of each row's logarithm that the spread of the constants explains."""
    found: Array = (slopes**2) @ (fitted.deviations**2)
    return found


def newest(rows: Sequence[Row]) -> str:
    """The newest date of the measurements, the first day of a month or year that has no day; today's for none."""
    found = [match.groups() for row in rows if (match := _DATE.match(row.cell("source_date")))]
    return max(
        ("-".join([year, month or "01", date or "01"]) for year, month, date in found), default=day.today().isoformat()
    )


def _data(recording: Recording, fitted: Fitted, unseen: Array) -> dict[str, Any]:
    return {
        "rows": len(recording.rows),
        "groups": len(groups_of(recording.rows)),
        "error": middle(recording, fitted.predicted),
        "error_unseen": middle(recording, unseen),
        "left_out": "speculative decoding, trust C, cached prompts",
    }


def middle(recording: Recording, predicted: Array) -> float:
    """Median over groups of the median error."""
    errors = np.abs(predicted - recording.measured)
    groups = np.array(["\0".join(row.group) for row in recording.rows])
    return float(np.median([np.median(errors[groups == group]) for group in sorted(set(groups))]))


def _entry(
    known: Mapping[str, Any], free: Sequence[Free], fitted: Fitted, recording: Recording, wide: Mapping[str, float]
) -> dict[str, Any]:
    constants = [dict(one) for one in known["constants"]]
    told = []
    for number, (one, given) in enumerate(zip(free, known["free"], strict=True)):
        log, sd = float(fitted.logs[number]), float(fitted.deviations[number])
        told.append({**_asked(given), **_result(log, sd, recording.rows, fitted.slopes[:, number])})
        placed(constants, one, log, sd)
    for path, found in wide.items():
        _, place, attribute = path.split(".")
        constant = constants[int(place)]
        if constant["kind"] == REACH:
            constant[attribute] = found
        else:
            _set(constant, attribute, 1.0, found)
    return {**known, "free": told, "constants": constants}


def placed(constants: list[dict[str, Any]], one: Free, log: float, sd: float) -> None:
    """Write a free constant with its spread wherever it stands."""
    for place in one.places:
        _set(constants[place.number], place.attribute, place.times * math.exp(log), math.hypot(sd, place.more_sd))


def _asked(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("name", "prior", "prior_sd", "sets")}


def _result(log: float, sd: float, rows: Sequence[Row], slopes: Array) -> dict[str, Any]:
    speaking = [row for row, slope in zip(rows, slopes, strict=True) if abs(slope) >= SPEAKS]
    reach = QUANTILE_80 * sd
    return {
        "value": math.exp(log),
        "low": math.exp(log - reach),
        "high": math.exp(log + reach),
        "sd": round(sd, 3),
        "rows": len(speaking),
        "groups": len({row.group for row in speaking}),
    }


def _set(constant: dict[str, Any], attribute: str, value: float, sd: float) -> None:
    """Put a value in its place and its spread right after it."""
    constant.pop(f"{attribute}_sd", None)
    pairs = list(constant.items())
    constant.clear()
    for name, old in pairs:
        constant[name] = value if name == attribute else old
        if name == attribute:
            constant[f"{attribute}_sd"] = round(sd, 3)
