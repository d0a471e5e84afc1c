"""`backtest`: predictions against measurements."""

from __future__ import annotations

from pathlib import Path

from .. import outputs, readings
from ..parameters import MATCHER, OVERLAYS, Command, Option, formats


def run(
    data: Path | None,
    rows: Path | None,
    cross_validate: bool,
    matcher: str | None,
    form: str,
    overlays: tuple[Path, ...],
) -> int:
    """Print the errors by stratum."""
    outputs.show("backtest", readings.backtest(data, rows, cross_validate, overlays, matcher), form)
    return 0


COMMAND = Command(
    "backtest",
    help="Predict published measurements and say by how much, stratum by stratum.",
    example="rigwise backtest --format json --rows rows.csv",
    parameters=(
        Option("--data", "A CSV of measurements; the published ones without it.", kind="path"),
        Option("--rows", "Write a line for each measurement to this CSV.", kind="path"),
        Option(
            "--cross-validate",
            "Predict each source and GPU by constants fitted on the others.",
            kind="flag",
            default=False,
        ),
        MATCHER,
        formats(),
        OVERLAYS,
    ),
    run=run,
)
