"""GitHub workflow commands: annotations on the changed lines, errors first, ten of a level."""

from __future__ import annotations

from ...reading.diagnostic import Diagnostic
from ..codes import CODES
from ..pipeline import Report, level
from .text import summary

SHOWN = 10
"""GitHub shows about as many of a level for each step."""


def render_github(report: Report) -> str:
    """Commands, then a line that counts."""
    rows: list[str] = []
    for name in ("error", "warning"):
        found = [one for one in report if level(one) == name]
        rows += [_command(one, name) for one in found[:SHOWN]]
        if len(found) > SHOWN:
            rows.append(f"::notice title=rigwise::{len(found) - SHOWN} more {name}s are not annotated; see the log")
            rows += [_data(f"{one.place}: {name}[{one.code}]: {one.message}") for one in found[SHOWN:]]
    return "\n".join([*rows, summary(report)]) + "\n"


def _command(one: Diagnostic, name: str) -> str:
    title = f"{one.code} {CODES[one.code].name}"
    place = one.place
    fields = {
        "file": place.file,
        "line": place.line,
        "col": place.column,
        "endColumn": place.end_column - 1,
        "title": title,
    }
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in fields.items())
    text = one.message + (f"\n{one.hint}" if one.hint else "")
    return f"::{name} {properties}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
