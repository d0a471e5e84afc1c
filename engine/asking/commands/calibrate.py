"""`calibrate`: the free constants of the cost model, fitted on measurements."""

from __future__ import annotations

from pathlib import Path

from .. import outputs, readings
from ..parameters import MATCHER, OVERLAYS, Command, Option, formats


def run(
    data: Path | None,
    into: Path | None,
    date: str | None,
    matcher: str | None,
    form: str,
    overlays: tuple[Path, ...],
) -> int:
    """Print every constant before and after, and the error on measurements."""
    outputs.show("calibration", readings.calibration(data, into, date, overlays, matcher), form)
    return 0


COMMAND = Command(
    "calibrate",
    help="Fit the cost model's free constants: on the published measurements, or on your own runs into an overlay.",
    example="rigwise calibrate --data my_runs.csv --into my_knowledge",
    parameters=(
        Option("--data", "A CSV of your own measurements; the published ones without it.", kind="path"),
        Option("--into", "Write calibration.yaml into this overlay directory.", kind="path"),
        Option("--date", "Date of the fit, as 2026-08-31; that of the newest measurement without it."),
        MATCHER,
        formats(),
        OVERLAYS,
    ),
    run=run,
)
