"""`backtest`: predictions against measurements."""

from __future__ import annotations

from pathlib import Path

from .. import outputs, readings
from ..parameters import MATCHER, OVERLAYS, Command, Option, formats

ON_TERMINAL = "-"


def run(
    data: Path | None,
    rows: Path | None,
    cross_validate: bool,
    ablation: bool,
    plot: Path | None,
    matcher: str | None,
    form: str,
    overlays: tuple[Path, ...],
) -> int:
    """Print the errors by stratum."""
    picture = None if plot is None or str(plot) == ON_TERMINAL else plot
    document = readings.backtest(data, overlays, matcher, cross_validate, ablation, rows, picture)
    settings = {"plot": True} if form == "text" and plot is not None and picture is None else {}
    outputs.show("backtest", document, form, **settings)
    return 0


COMMAND = Command(
    "backtest",
    help="Predict published measurements and say by how much, stratum by stratum.",
    example="rigwise backtest --cross-validate --plot --rows rows.csv",
    parameters=(
        Option("--data", "A CSV of measurements; the published ones without it.", kind="path"),
        Option("--rows", "Write a line for each measurement to this CSV.", kind="path"),
        Option(
            "--cross-validate",
            "Predict each source and GPU by constants fitted on the others.",
            kind="flag",
            default=False,
        ),
        Option("--ablation", "Say what each term of the model buys.", kind="flag", default=False),
        Option(
            "--plot",
            "Draw the errors of each stratum; with FILE.svg, predicted against measured as a picture.",
            kind="path",
            alone=ON_TERMINAL,
        ),
        MATCHER,
        formats(),
        OVERLAYS,
    ),
    run=run,
)
