"""`validate`: knowledge files checked."""

from __future__ import annotations

from pathlib import Path

from .. import outputs, readings
from ..parameters import OVERLAYS, Argument, Command, Option, formats


def run(
    paths: tuple[Path, ...], overlays: tuple[Path, ...], form: str, strict: bool, fix: bool, base: str | None
) -> int:
    """Check files and folders. 1 where something is wrong."""
    text, failed = readings.validation(paths, overlays, form, strict, fix, base)
    outputs.say(text)
    return 1 if failed else 0


COMMAND = Command(
    "validate",
    help="Check knowledge files, folders or the whole knowledge: all problems at once, each with place and hint.",
    example="rigwise validate knowledge/gpus/rtx_3090.yaml",
    parameters=(
        Argument("paths", kind="path", required=False, many=True),
        formats("github", "sarif", "rdjson", "junit"),
        OVERLAYS,
        Option("--strict", "Warnings fail too.", kind="flag", default=False),
        Option("--fix", "Apply the repairs that are certain.", kind="flag", default=False),
        Option("--base", "Revision that changed values are held against; the last commit without it, or none."),
    ),
    run=run,
)
