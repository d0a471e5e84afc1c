"""`batch`: `recommend` over a file of scenarios."""

from __future__ import annotations

import sys
from pathlib import Path

from .. import outputs
from ..parameters import MATCHER, OVERLAYS, Argument, Command, Option, formats


def run(
    source: Path,
    target: Path,
    workers: int | None,
    cluster: str | None,
    written: str | None,
    no_proofs: bool,
    restart: bool,
    matcher: str | None,
    form: str,
    overlays: tuple[Path, ...],
) -> int:
    """Answer a file of scenarios. 1 where some line was refused."""
    from ..batch import run as answer_all

    document = answer_all(
        source, target, overlays=overlays, matcher=matcher, written=written, proofs=not no_proofs, restart=restart,
        workers=workers, cluster=cluster,
    )  # fmt: skip
    if target == Path("-"):
        print(document["says"], file=sys.stderr)
    else:
        outputs.show("batch", document, form)
    return 1 if document["refused"] or document["resumed_refused"] else 0


COMMAND = Command(
    "batch",
    help="Recommend for each line of a JSONL or CSV file; goes on where a former run ended.",
    example="""rigwise batch rigs.jsonl answers.jsonl
rigwise batch fleet.csv answers.jsonl --workers 2 --no-proofs
rigwise batch - - < rigs.jsonl""",
    parameters=(
        Argument("source", metavar="IN", kind="path"),
        Argument("target", metavar="OUT", kind="path"),
        Option("--workers", "Processes on this machine, by Dask.", kind="integer", range=(1, 1024)),
        Option("--cluster", "Address of a running Dask scheduler, as tcp://10.0.0.1:8786."),
        Option("--input", "How IN is written; told by its first line.", name="written", choices=("jsonl", "csv")),
        Option("--no-proofs", "Leave the proofs out: lines of a twentieth of the size.", kind="flag"),
        Option("--restart", "Begin anew where OUT holds answers.", kind="flag"),
        MATCHER,
        formats(),
        OVERLAYS,
    ),
    run=run,
)
