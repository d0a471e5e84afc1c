"""For people: the place, the line with a caret, the hint."""

from __future__ import annotations

from unicodedata import east_asian_width

from ...reading.diagnostic import Diagnostic
from ..codes import CODES
from ..pipeline import Report, level

WIDEST = 110
_COLOURS = {"error": "31", "warning": "33", "note": "36"}


def render_text(report: Report, *, colour: bool = False) -> str:
    """All findings, and a line that counts them."""
    blocks = [_block(one, report, colour) for one in report]
    return "\n".join([*blocks, summary(report)]) + "\n"


def summary(report: Report) -> str:
    """One line: files, errors, warnings, and what --fix could do."""
    files = _count(len(report.files), "file")
    if not report:
        return f"{files} checked, nothing found"
    fixes = sum(one.fix is not None for one in report)
    more = f"; --fix can repair {fixes}" if fixes else ""
    return f"{files} checked: {_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}{more}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _block(one: Diagnostic, report: Report, colour: bool) -> str:
    name = level(one)
    told = f"[{one.code} {CODES[one.code].name}]: {_clean(one.message)}"
    head = f"{_clean(str(one.place))}: {_paint(name, name, colour)}{told}"
    line = source_line(one, report)
    gutter = " " * len(str(one.place.line))
    rows = [head, *(_caret(one, line, gutter, name, colour) if line is not None else [])]
    rows += [f"{gutter} = note: {_clean(str(note.place))}: {_clean(note.message)}" for note in one.notes]
    if one.hint:
        rows.append(f"{gutter} = help: {_clean(one.hint)}")
    return "\n".join(rows) + "\n"


def source_line(one: Diagnostic, report: Report) -> str | None:
    """The line of a finding, where the text is at hand."""
    text = report.texts.get(one.place.file)
    lines = text.split("\n") if text else []
    return lines[one.place.line - 1].rstrip("\r") if 0 < one.place.line <= len(lines) else None


def _caret(one: Diagnostic, line: str, gutter: str, name: str, colour: bool) -> list[str]:
    start = min(one.place.column - 1, len(line))
    end = max(start + 1, min(one.place.end_column - 1, len(line)))
    shift = max(0, start - WIDEST // 2) if len(line) > WIDEST else 0
    shown = line[shift : shift + WIDEST]
    start, end = start - shift, min(end - shift, len(shown) or 1)
    lead = ("…" if shift else "") + shown[:start]
    marks = "^" * max(1, _width(shown[start:end]))
    where = f" at {_visible(one.at)}" if one.at else ""
    tail = "…" if shift + WIDEST < len(line) else ""
    return [
        f"{gutter} |",
        f"{one.place.line} | {'…' if shift else ''}{_visible(shown)}{tail}",
        f"{gutter} | {' ' * _width(lead)}{_paint(marks, name, colour)}{where}",
    ]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in _visible(text))


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _clean(text: str) -> str:
    """On one line, with nothing that a terminal would obey."""
    return _visible(text.replace("\n", " "))


def _paint(text: str, name: str, colour: bool) -> str:
    return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if colour else text
