"""`add`: new knowledge from flags or questions, written where it belongs and checked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ...errors import BadInput
from .. import outputs
from ..parameters import OVERLAYS, Argument, Command, Option, formats


def run(
    kind: str,
    name: str,
    form: str,
    settings: tuple[str, ...],
    alias: tuple[str, ...],
    source: str | None,
    source_url: str | None,
    publisher: str | None,
    source_kind: str,
    key: str | None,
    into: Path | None,
    overlays: tuple[Path, ...],
    dry_run: bool,
    today: str | None,
) -> int:
    """Write the entry. 1 where the check finds errors in it, which leaves nothing behind."""
    from ..adding_job import Job

    job = Job(
        kind,
        name,
        key,
        _home(into or (overlays[-1] if overlays else None)),
        date.fromisoformat(today) if today else date.today(),
    )
    job.give(settings, alias)
    job.cite(source, source_url, publisher, source_kind)
    job.complete(_prompt if sys.stdin.isatty() and sys.stderr.isatty() else None)
    document = job.done(write=not dry_run)
    outputs.show("added", document, form)
    return 1 if document["errors"] else 0


def _home(into: Path | None) -> Path:
    """The directory of knowledge that is written to."""
    if into is not None:
        return into
    here = Path("knowledge")
    if (here / "rules").is_dir():
        return here
    raise BadInput(
        "where to write is not said", hint="stand in a clone of rigwise, or give --into DIR for knowledge of your own"
    )


def _prompt(field: str, about: str) -> str:
    sys.stderr.write(f"{field}{f' ({about})' if about else ''}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


_KINDS: Sequence[str] = (
    "vendor_datasheet", "vendor_page", "source_code", "measured_here", "paper", "measured_elsewhere", "database",
    "press", "blog", "forum", "recalled", "inferred",
)  # fmt: skip

COMMAND = Command(
    "add",
    help="Add a GPU, price, model, source, measurement, claim, rule …: a commented file in its place, checked.",
    example=(
        'rigwise add gpu "RTX 5090 Ti" --into my_site --set vendor=nvidia --set architecture=blackwell \\\n'
        "    --set segment=geforce --set vram_gib=32 --set memory_bandwidth_gb_s=1792 \\\n"
        '    --source-url https://example.org/5090ti --publisher "Example"\n'
        "rigwise add price rtx_3090 --set low=650 --set high=800 --set condition=used --source recalled"
    ),
    parameters=(
        Argument("kind"),
        Argument("name"),
        formats(),
        OVERLAYS,
        Option(
            "--set",
            "A field, as tdp_w=350 or pcie.gen=5; asked for on a terminal where needed.",
            name="settings",
            many=True,
        ),
        Option("--alias", "Another name of it; repeatable.", many=True),
        Option("--source", "Key of the source of all values."),
        Option("--source-url", "Address of a new source."),
        Option("--publisher", "Who publishes the new source."),
        Option("--source-kind", "What the new source is.", choices=tuple(_KINDS), default="vendor_page"),
        Option("--key", "Name of the file; made from the name without it."),
        Option("--into", "The directory of knowledge to write to; knowledge/ of a clone without it.", kind="path"),
        Option("--dry-run", "Show the file and write nothing.", kind="flag", default=False),
        Option("--today", "The day on which the source was read, as 2026-11-23."),
    ),
    run=run,
)
