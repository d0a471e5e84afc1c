"""Predictions held against measurements: every row through the same rules that answer a question."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from ..advice.estimator import Estimator
from ..advice.spread import bounds
from .questions import Asked, asked, reading_of, stratum_of, why_not
from .rows import Row

if TYPE_CHECKING:
    from ..reading import Knowledge

SCHEMA = "rigwise/backtest/1"
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
HEAD = ("id", "metric", "measured", "predicted", "low", "high", "log_ratio", "reason")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: a prediction with its central 80 %, or the reason why there is none."""

    row: Row
    predicted: float | None = None
    low: float | None = None
    high: float | None = None
    layout: str = "single"
    architecture: str = "dense"
    link: str = "none"
    reason: str | None = None

    @property
    def log_ratio(self) -> float | None:
        """Of the prediction to the measurement."""
        if self.predicted is None or self.predicted <= 0 or self.row.value <= 0:
            return None
        return math.log(self.predicted / self.row.value)


def backtest(rows: Iterable[Row], knowledge: Knowledge, matcher: str | None = None) -> dict[str, Any]:
    """The document of schemas/output/backtest.schema.json."""
    return document(outcomes(rows, knowledge, matcher))


def outcomes(rows: Iterable[Row], knowledge: Knowledge, matcher: str | None = None) -> list[Outcome]:
    """What became of each row, in the order of the rows."""
    estimator = Estimator(knowledge, matcher)
    found = {one.place: _outcome(one, knowledge) for one in asked(rows, estimator)}
    return [found[place] for place in sorted(found)]


def _outcome(one: Asked, knowledge: Knowledge) -> Outcome:
    if one.question is None or one.estimates is None:
        return Outcome(one.row, reason=one.reason)
    stratum = stratum_of(one.question, one.estimates, one.row, knowledge)
    reading = reading_of(one.row)
    interval = one.estimates.interval(reading.kind, one.question.name, reading.attribute)
    if interval is None:
        return Outcome(one.row, None, None, None, *stratum, why_not(one.question.name, one.estimates))
    value, low, high = map(reading.of, interval)
    return Outcome(one.row, value, min(low, high), max(low, high), *stratum)


def cross_validated(rows: Iterable[Row], knowledge: Knowledge, matcher: str | None = None) -> list[Outcome]:
    """What became of each row, each predicted by constants fitted without the rows of its source and GPU."""
    from .calibration.unseen import unseen

    found = list(rows)
    recording, predicted, spread = unseen(found, knowledge, matcher)
    made = {
        id(row): Outcome(row, *_interval(log, sd), *stratum[1:])
        for row, stratum, log, sd in zip(recording.rows, recording.strata, predicted, spread, strict=True)
    }
    made |= {id(one.row): Outcome(one.row, reason=one.reason) for one in recording.skipped}
    return [made[id(row)] for row in found]


def _interval(log: float, spread: float) -> tuple[float, float, float]:
    value = math.exp(log)
    return (value, *bounds(value, spread))


def document(found: Sequence[Outcome], validation: str = "none") -> dict[str, Any]:
    """Counts, what was skipped and why, and the errors of each stratum and of each metric.

    validation: `none` where the constants have seen the rows, `leave_one_group_out` where each group was predicted
    without it.
    """
    judged = [one for one in found if one.log_ratio is not None]
    strata: dict[tuple[str, str, str, str], list[Outcome]] = {}
    metrics: dict[str, list[Outcome]] = {}
    for one in judged:
        strata.setdefault((one.row.metric, one.layout, one.architecture, one.link), []).append(one)
        metrics.setdefault(one.row.metric, []).append(one)
    names = ("metric", "layout", "architecture", "link")
    return {
        "schema": SCHEMA,
        "validation": validation,
        "rows": len(found),
        "predicted": len(judged),
        "skipped": [
            {"id": one.row.id, "reason": one.reason or "the measurement is not above 0"}
            for one in found
            if one.log_ratio is None
        ],
        "strata": [dict(zip(names, key, strict=True)) | errors(strata[key]) for key in sorted(strata)],
        "overall": [{"metric": metric} | errors(metrics[metric]) for metric in sorted(metrics)],
    }


def errors(judged: Sequence[Outcome]) -> dict[str, Any]:
    """Errors of some rows: medians and biases over groups first, so that no source drowns the others."""
    groups: dict[tuple[str, str], list[float]] = {}
    for one in judged:
        groups.setdefault(one.row.group, []).append(one.log_ratio or 0.0)
    every = sorted(ratio for ratios in groups.values() for ratio in ratios)
    sizes = sorted(map(abs, every))
    return {
        "n": len(judged),
        "groups": len(groups),
        "median_abs_log_ratio": median(median(map(abs, ratios)) for ratios in groups.values()),
        "p90_abs_log_ratio": sizes[max(math.ceil(0.9 * len(sizes)) - 1, 0)],
        "coverage_80": sum(_covered(one) for one in judged) / len(judged),
        "mean_width": sum(map(_width, judged)) / len(judged),
        "bias_log_ratio": median(median(ratios) for ratios in groups.values()),
        "quantiles_log_ratio": [_quantile(every, share) for share in QUANTILES],
    }


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which a share of the ordered values lies."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _covered(one: Outcome) -> bool:
    return one.low is not None and one.high is not None and one.low <= one.row.value <= one.high


def _width(one: Outcome) -> float:
    """Logarithm of the upper to the lower end of the central 80 %."""
    return math.log(one.high / one.low) if one.low and one.high else 0.0


def rows_csv(found: Iterable[Outcome]) -> str:
    """One line for each row: id, metric, measured, predicted, low, high, log ratio, reason if there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for one in found:
        numbers = (one.predicted, one.low, one.high, one.log_ratio)
        cells = ["" if value is None else f"{value:.6g}" for value in numbers]
        writer.writerow([one.row.id, one.row.metric, f"{one.row.value:.6g}", *cells, one.reason or ""])
    return text.getvalue()
