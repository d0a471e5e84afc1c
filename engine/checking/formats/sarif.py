"""SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from ...reading.diagnostic import Diagnostic
from ...reading.place import Place
from ..codes import CODES
from ..codes.code import Code
from ..pipeline import Report, level


def render_sarif(report: Report) -> str:
    """One run; fingerprints do not hold line numbers, so that moved lines do not reopen alerts."""
    used = sorted({one.code for one in report})
    run = {
        "tool": {"driver": {"name": "rigwise", "rules": [_rule(CODES[code]) for code in used]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, used, count) for one, count in _numbered(report)],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _numbered(report: Report) -> list[tuple[Diagnostic, int]]:
    seen: dict[tuple[str, str, str], int] = {}
    numbered = []
    for one in report:
        key = (one.place.file, one.code, one.at)
        numbered.append((one, seen.get(key, 0)))
        seen[key] = seen.get(key, 0) + 1
    return numbered


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.code,
        "name": code.name,
        "shortDescription": {"text": code.what},
        "fullDescription": {"text": code.why},
        "help": {"text": f"Bad:\n{code.bad}\n\nGood:\n{code.good}"},
        "defaultConfiguration": {"level": code.level},
    }


def _result(one: Diagnostic, used: list[str], count: int) -> dict[str, Any]:
    text = one.message + (f". Help: {one.hint}" if one.hint else "")
    mark = hashlib.sha256(
        "\0".join((one.place.file, one.code, one.at, str(count))).encode("utf-8", "replace")
    ).hexdigest()
    found: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": used.index(one.code),
        "level": level(one),
        "message": {"text": text},
        "locations": [_location(one.place)],
        "partialFingerprints": {"rigwise/v1": mark},
    }
    if one.notes:
        found["relatedLocations"] = [_location(note.place) | {"message": {"text": note.message}} for note in one.notes]
    if one.fix:
        found["fixes"] = [_fix(one)]
    return found


def _location(place: Place) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": place.end_column}
    return {"physicalLocation": {"artifactLocation": {"uri": uri(place.file)}, "region": region}}


def uri(file: str) -> str:
    """A file name as URI reference."""
    return quote(file, safe="/._-~", errors="replace")


def _fix(one: Diagnostic) -> dict[str, Any]:
    fix = one.fix
    if fix is None:
        return {}
    region = {"startLine": fix.line, "startColumn": fix.column, "endLine": fix.end_line, "endColumn": fix.end_column}
    replacement = {"deletedRegion": region, "insertedContent": {"text": fix.text}}
    change = {"artifactLocation": {"uri": uri(one.place.file)}, "replacements": [replacement]}
    return {"description": {"text": fix.label}, "artifactChanges": [change]}
