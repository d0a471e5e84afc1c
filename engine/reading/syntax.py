"""Syntax errors of the YAML parsers in words that say what to change."""

from __future__ import annotations

from typing import Any

from .characters import position
from .diagnostic import Diagnostic, Note
from .place import Place

_HINTS: tuple[tuple[str, str], ...] = (
    ("mapping values are not allowed", "a value that holds `: ` must be quoted; otherwise check the indentation"),
    ("cannot start any token", "quote the value: it starts with a character that YAML reserves"),
    ("could not find expected ':'", "a `key:` is missing its colon, or the lines above are indented differently"),
    ("simple key", "a `key:` is missing its colon, or the lines above are indented differently"),
    ("<block end>", "the indentation of this line does not fit the lines above, or a list item lacks its `- `"),
    ("expected key", "the indentation of this line does not fit the lines above"),
    ("block collection", "put a list on a line of its own, or write it in brackets: [a, b]"),
    ("sequence entries are not allowed", "put the `- ` on a line of its own"),
    ("unexpected end of stream", "the quote that opens here is never closed"),
    ("document separator", "the quote that opens here is never closed"),
    ("',' or '}'", "a comma or the closing } is missing"),
    ("',' or ']'", "a comma or the closing ] is missing"),
    ("'}'", "a comma or the closing } is missing"),
    ("']'", "a comma or the closing ] is missing"),
    ("escape", "in double quotes a backslash starts an escape: double it, or use single quotes"),
    ("undefined alias", "quote a value that starts with `*`"),
    ("undefined tag handle", "quote a value that starts with `!`"),
    ("document start", "only comments may follow `...`; one file holds one document"),
)
_AT_THE_OPENING = ("unexpected end of stream", "document separator")


def syntax_problem(error: Any, text: str, file: str) -> Diagnostic:
    """A parser's exception as one finding, at the place where the cause most likely is."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "the text is not YAML")
    context = getattr(error, "context", None)
    mark, opening = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if opening is not None and (mark is None or any(part in problem for part in _AT_THE_OPENING)):
        mark = opening
    place = _place(mark, text, file) if mark is not None else _offset(error, text, file)
    notes: tuple[Note, ...] = ()
    if opening is not None and opening.line != place.line - 1:
        notes = (Note(_place(opening, text, file), str(context)),)
    hint = next((hint for part, hint in _HINTS if part in problem), "check quotes, brackets and indentation")
    return Diagnostic("Y001", f"not valid YAML: {problem}", place, hint, notes=notes)


def _place(mark: Any, text: str, file: str) -> Place:
    """Places behind the last line are shown at the end of the last line that holds something."""
    lines = text.rstrip().count("\n") + 1
    if mark.line + 1 > lines:
        last = text.rstrip().rsplit("\n", 1)[-1]
        return Place(file, lines, max(1, len(last)), max(1, len(last)) + 1)
    return Place(file, mark.line + 1, mark.column + 1, mark.column + 2)


def _offset(error: Any, text: str, file: str) -> Place:
    offset = getattr(error, "position", None)
    return position(text, offset, offset + 1, file) if isinstance(offset, int) else Place(file)
