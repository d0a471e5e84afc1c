"""Shapes of the figures, as shares of their width; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..words import METRICS, TERMS, effect

Document = Mapping[str, Any]
SMALLEST = 0.002  # share of a phase below which a part is not drawn
WIDEST = 20.0  # ratio beyond which a change is drawn at the edge


def stacks(document: Document) -> list[dict[str, Any]]:
    """Where the milliseconds of a decode step and of a prompt go: parts with their place and width in percent."""
    found = []
    for phase, whole in (document.get("times") or {}).items():
        start, parts = 0.0, []
        for row in whole["parts"]:
            if row["share"] >= SMALLEST:
                parts.append({**row, "name": TERMS.get(row["term"], row["term"]), "x": start * 100,
                              "width": row["share"] * 100})  # fmt: skip
            start += row["share"]
        if parts:
            found.append({**whole, "phase": phase, "parts": parts})
    return found


def before_after(document: Document) -> list[dict[str, Any]]:
    """Metrics before and after the steps, both with their intervals, each on an axis of its own that starts at 0."""
    found = []
    for row in _effects(document):
        if "before" not in row or row["metric"] not in METRICS:
            continue
        most = max(row["before"]["high"], row["after"]["high"]) or 1.0
        sides = {
            side: {**row[side], "x": row[side]["value"] / most * 100, "from": row[side]["low"] / most * 100,
                   "to": row[side]["high"] / most * 100} for side in ("before", "after")
        }  # fmt: skip
        found.append({**row, **sides, "label": METRICS[row["metric"]][1], "unit": METRICS[row["metric"]][2]})
    return found


def _effects(document: Document) -> list[Mapping[str, Any]]:
    """The effects of all steps together; of the first recommended option where there is no path."""
    path = document.get("path") or {}
    if path.get("total"):
        return list(path["total"])
    if path.get("steps"):
        return list(path["steps"][0]["effects"])
    first = next((row for row in document["options"] if row["status"] == "recommended"), None)
    return list(first["effects"]) if first else []


def forest(document: Document, metric: str) -> dict[str, Any]:
    """What every option would change of a metric: points and intervals on one axis of ratios, as percent of its width.

    The axis is logarithmic, so that half and twice lie equally far from no change.
    """
    told = {row["id"]: relative for row in document["options"] if (relative := effect(row, metric)) is not None}
    ends = [end for one in told.values() for end in (one["low"], one["high"])]
    reach = max([math.log(1.1), *(abs(_log(end)) for end in ends)])
    points = {
        key: {part: 50 + 50 * _log(one[part]) / reach for part in ("value", "low", "high")} for key, one in told.items()
    }
    marks = [ratio for ratio in (0.1, 0.25, 0.5, 0.8, 1, 1.25, 2, 4, 10) if abs(math.log(ratio)) <= reach * 0.97]
    ticks = [{"x": 50 + 50 * math.log(ratio) / reach, "ratio": ratio} for ratio in _apart(marks, reach)]
    return {"points": points, "ticks": ticks}


def _log(change: float) -> float:
    return math.log(min(max(1 + change, 1 / WIDEST), WIDEST))


def _apart(marks: list[float], reach: float) -> list[float]:
    """Marks that do not run into each other: 1 always, outwards at least a fifth of the axis apart."""
    kept = [1.0]
    for mark in sorted(marks, key=lambda one: abs(math.log(one))):
        if all(abs(math.log(mark / one)) > reach * 0.35 for one in kept):
            kept.append(mark)
    return sorted(kept)
