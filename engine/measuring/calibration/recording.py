"""What the rules predict of each measurement, recorded so that it can be predicted again with other constants."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...advice.estimator import Estimates, Estimator
from ...advice.program import Program, Slot
from ..questions import Asked, Reading, asked, reading_of, stratum_of, why_not
from ..rows import Row
from .tape import Array, Recorder, Tape

if TYPE_CHECKING:
    from ...reading import Knowledge

Stratum = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is not predicted, and why."""

    row: Row
    reason: str


@dataclass(slots=True)
class Recording:
    """rows: that are predicted, with stratum (metric, layout, architecture, link), reading and slot of each."""

    tape: Tape
    rows: list[Row]
    strata: list[Stratum]
    readings: list[Reading]
    slots: list[Slot]
    skipped: list[Skipped]

    def logs(self, values: Array) -> Array:
        """Logarithm of each row's prediction, in the row's unit. values: of all slots of the tape."""
        signs = np.array([-1.0 if one.inverse else 1.0 for one in self.readings])
        factors = np.array([math.log(one.factor) for one in self.readings])
        found: Array = factors + signs * np.log(values[self.slots])
        return found

    @property
    def measured(self) -> Array:
        """Logarithm of what was measured."""
        return np.log([row.value for row in self.rows])


@dataclass(slots=True)
class _Sheet:
    """The rows that one set of estimates answers."""

    program: Program
    rows: list[tuple[int, Row, Stratum, Reading, Slot]] = field(default_factory=list)


def record(rows: Iterable[Row], knowledge: Knowledge, matcher: str | None = None) -> Recording:
    """Ask the rules about all rows and record how each prediction follows from the constants."""
    estimator = Estimator(knowledge, matcher)
    sheets: dict[int, _Sheet] = {}
    held: list[Estimates] = []
    skipped: dict[int, Skipped] = {}
    for one in asked(rows, estimator):
        if one.estimates is not None and id(one.estimates) not in sheets:
            held.append(one.estimates)
            proofs = one.estimates.spread.proofs
            sheets[id(one.estimates)] = _Sheet(Program(proofs, one.estimates.spread.formulas))
        reason = _noted(one, sheets, knowledge)
        if reason is not None:
            skipped[one.place] = Skipped(one.row, reason)
    return _joined(list(sheets.values()), [skipped[place] for place in sorted(skipped)])


def _noted(one: Asked, sheets: dict[int, _Sheet], knowledge: Knowledge) -> str | None:
    """Add a row to its sheet; the reason where it is not predicted."""
    if one.question is None or one.estimates is None:
        return one.reason or ""
    reading = reading_of(one.row)
    fact = one.estimates.fact(reading.kind, one.question.name)
    if fact is None or not fact.get(reading.attribute):
        return why_not(one.question.name, one.estimates)
    if one.row.value <= 0:
        return "the measurement is not above 0"
    sheet = sheets[id(one.estimates)]
    stratum = (one.row.metric, *stratum_of(one.question, one.estimates, one.row, knowledge))
    sheet.rows.append((one.place, one.row, stratum, reading, sheet.program.number(fact, reading.attribute)))
    return None


def _joined(sheets: Sequence[_Sheet], skipped: list[Skipped]) -> Recording:
    recorder = Recorder()
    found: list[tuple[int, Row, Stratum, Reading, Slot]] = []
    for sheet in sheets:
        start = recorder.add(sheet.program, _constants(sheet.program))
        found += [(place, row, stratum, reading, start + slot) for place, row, stratum, reading, slot in sheet.rows]
    found.sort(key=lambda one: one[0])
    _, rows, strata, readings, slots = map(list, zip(*found, strict=True)) if found else ([], [], [], [], [])
    return Recording(recorder.tape(), rows, strata, readings, slots, skipped)


def _constants(program: Program) -> dict[Slot, str]:
    """Slots that hold a constant of the calibration, with its path there."""
    found: dict[Slot, str] = {}
    for slot, (fact, attribute) in program.given.items():
        origin = program.proofs.origins.get(fact)
        if origin is not None and origin.folder == "calibration" and attribute in origin.paths:
            found[slot] = origin.paths[attribute]
    return found
