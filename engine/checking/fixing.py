"""Repairs that are certain, written into the files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import BadInput
from ..reading.diagnostic import Diagnostic, Fix
from ..reading.yaml_text import parse
from .pipeline import Report


def fix(report: Report) -> dict[str, int]:
    """Apply every certain repair of a report; gives the number of repairs by file.

    A file that changed since it was checked, or that could not be read after the repair, is left as it is.
    """
    by_file: dict[str, list[Diagnostic]] = {}
    for one in report:
        if one.fix is not None:
            by_file.setdefault(one.place.file, []).append(one)
    return {file: done for file, found in by_file.items() if (done := _repair(report, file, found))}


def _repair(report: Report, file: str, found: Iterable[Diagnostic]) -> int:
    path, text = Path(report.paths[file]), report.texts[file]
    if path.read_bytes() != text.encode("utf-8", "surrogateescape"):
        return 0
    fixes = _apart([one.fix for one in found if one.fix is not None])
    fresh = repaired(text, fixes)
    before, after = len(parse(text, file)[1]), len(parse(fresh, file)[1])
    if after > before:
        return 0
    _replace(path, fresh)
    return len(fixes)


def _apart(fixes: list[Fix]) -> list[Fix]:
    """From the end of the file to its start, without those that overlap a later one."""
    chosen: list[Fix] = []
    for one in sorted(set(fixes), key=lambda fix: (fix.line, fix.column), reverse=True):
        if not chosen or (one.end_line, one.end_column) <= (chosen[-1].line, chosen[-1].column):
            chosen.append(one)
    return chosen


def repaired(text: str, fixes: Iterable[Fix]) -> str:
    """The text with repairs applied; they must not overlap and come last first."""
    lines = text.split("\n")
    mark = lines[0][:1] if lines[0].startswith("\ufeff") else ""
    lines[0] = lines[0].removeprefix("\ufeff")
    for one in fixes:
        if one.line != one.end_line:
            continue
        line = lines[one.line - 1]
        lines[one.line - 1] = line[: one.column - 1] + one.text + line[one.end_column - 1 :]
    return mark + "\n".join(lines)


def _replace(path: Path, text: str) -> None:
    target = Path(os.path.realpath(path))
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        fresh.write_bytes(text.encode("utf-8", "surrogateescape"))
        os.chmod(fresh, target.stat().st_mode & 0o7777)
        os.replace(fresh, target)
    except OSError as error:
        raise BadInput(f"cannot write the repair: {error.strerror}", where=path.as_posix()) from None
    finally:
        fresh.unlink(missing_ok=True)
