"""`ingest`: measurements out of benchmark outputs."""

from __future__ import annotations

from pathlib import Path

from .. import outputs, readings
from ..parameters import OVERLAYS, Argument, Command, formats


def run(files: tuple[str, ...], form: str, overlays: tuple[Path, ...]) -> int:
    """Print the measurements found. 1 where there are none."""
    document = readings.ingestion(files, overlays)
    outputs.show("ingestion", document, form)
    return 0 if document["measurements"] else 1


COMMAND = Command(
    "ingest",
    help="Measurements out of benchmark outputs: llama-bench, vllm bench, nccl-tests and others, sniffed by content.",
    example="rigwise ingest bench.json all_reduce.txt",
    parameters=(Argument("files", many=True), formats(), OVERLAYS),
    run=run,
)
