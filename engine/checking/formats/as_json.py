"""For programs: schemas/output/validation.schema.json."""

from __future__ import annotations

import json
from typing import Any

from ...reading.diagnostic import Diagnostic
from ...reading.place import Place
from ..codes import CODES
from ..pipeline import Report, level


def render_json(report: Report) -> str:
    """The whole report as one document."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    return {
        "schema": "rigwise/validation/1",
        "files": len(report.files),
        "errors": report.errors,
        "warnings": report.warnings,
        "diagnostics": [_finding(one) for one in report],
    }


def _finding(one: Diagnostic) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": CODES[one.code].name,
        "level": level(one),
        "message": one.message,
        "place": _place(one.place),
        "at": one.at,
        "hint": one.hint,
        "notes": [{"place": _place(note.place), "message": note.message} for note in one.notes],
        "fix": one.fix._asdict() if one.fix else None,
    }


def _place(place: Place) -> dict[str, Any]:
    return place._asdict()
