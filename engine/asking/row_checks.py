"""What ingest takes, against the checks of the rows of measurements files: one truth of what a row may say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..checking.checks.measurement_rows import faults_of
from ..checking.tables import row_of

if TYPE_CHECKING:
    from ..measuring.ingest import Check, Measurement
    from ..reading import Knowledge

_NAMED = (("gpu", "gpus"), ("model", "models"), ("quantization", "quantizations"))


def as_rows_must_be(knowledge: Knowledge) -> Check:
    """The check that a measurement may stand in a measurements file. Its names are keys where they are known."""

    def check(found: Measurement) -> str | None:
        cells = {name: "" if value is None else str(value) for name, value in found.row().items()}
        entries = {column: knowledge.entries[kind].get(cells[column]) or {} for column, kind in _NAMED}
        fault = next(faults_of(row_of(0, cells), entries), None)
        return f"impossible: {fault.message}" if fault else None

    return check
