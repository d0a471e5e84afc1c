"""Reviewdog's diagnostic format, for suggestions on pull requests."""

from __future__ import annotations

import json
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..pipeline import Report, level


def render_rdjson(report: Report) -> str:
    """One DiagnosticResult; columns in reviewdog count bytes of UTF-8, from 1."""
    document = {"source": {"name": "rigwise"}, "diagnostics": [_finding(one, report) for one in report]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finding(one: Diagnostic, report: Report) -> dict[str, Any]:
    place = one.place
    text = one.message + (f"\n{one.hint}" if one.hint else "")
    found: dict[str, Any] = {
        "message": text,
        "location": {
            "path": place.file,
            "range": _range(report, place.file, place.line, place.column, place.line, place.end_column),
        },
        "severity": level(one).upper(),
        "code": {"value": one.code},
    }
    if one.fix:
        fix = one.fix
        span = _range(report, place.file, fix.line, fix.column, fix.end_line, fix.end_column)
        found["suggestions"] = [{"range": span, "text": fix.text}]
    return found


def _range(report: Report, file: str, line: int, column: int, end_line: int, end_column: int) -> dict[str, Any]:
    return {
        "start": {"line": line, "column": _bytes(report, file, line, column)},
        "end": {"line": end_line, "column": _bytes(report, file, end_line, end_column)},
    }


def _bytes(report: Report, file: str, line: int, column: int) -> int:
    lines = report.texts.get(file, "").split("\n")
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return len(text[: column - 1].encode("utf-8", "replace")) + max(0, column - 1 - len(text)) + 1
