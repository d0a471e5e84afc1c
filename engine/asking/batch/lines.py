"""The lines of JSONL and CSV files, one at a time: whatever the size of the file, one line is held."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ...errors import BadInput
from .columns import Columns

MOST = 1 << 20  # bytes of a line
MOST_JOINED = 100  # lines that a quoted field may go over
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that asks something. number: in the file, from 1. text: without its end; None where it cannot be read."""

    number: int
    text: str | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """How lines are written. columns: of a CSV with their delimiter; None for JSONL."""

    columns: Columns | None = None
    delimiter: str = ","

    def scenario(self, line: Line) -> dict[str, Any]:
        """What a line asks. Raises BadInput where it cannot be read."""
        if line.text is None:
            raise BadInput(line.trouble)
        return _object(line.text) if self.columns is None else self.columns.scenario(_fields(line.text, self.delimiter))


def opened(stream: BinaryIO, wanted: str | None) -> tuple[Form, Iterator[Line]]:
    """The form of a stream and its lines that are not blank. wanted: jsonl or csv; None: by the first line.

    Raises BadInput where a CSV has a column that names nothing of a scenario.
    """
    lines = _lines(stream)
    first = next(lines, None)
    if first is None:
        return Form(), iter(())
    if wanted == "jsonl" or (wanted is None and first.text is not None and first.text.lstrip().startswith("{")):
        return Form(), _joined(first, lines)
    if first.text is None:
        raise BadInput(first.trouble, where=f"line {first.number}", hint="save the file as UTF-8")
    delimiter = max(DELIMITERS, key=first.text.count)
    return Form(Columns(_fields(first.text, delimiter)), delimiter), _records(lines, delimiter)


def _joined(first: Line, rest: Iterable[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _records(lines: Iterator[Line], delimiter: str) -> Iterator[Line]:
    """The lines of a CSV, those joined that one quoted field goes over; a quote that never ends joins nothing."""
    waiting: deque[Line] = deque()
    while waiting or (fresh := next(lines, None)):
        first = waiting.popleft() if waiting else fresh
        if first is None or first.text is None or first.text.count('"') % 2 == 0:
            yield from [first] if first else []
            continue
        parts = [first.text]
        for number in range(MOST_JOINED):
            if number == len(waiting) and (more := next(lines, None)):
                waiting.append(more)
            if number >= len(waiting) or (text := waiting[number].text) is None:
                break
            parts.append(text)
            if text.count('"') % 2:
                break
        joined = "\n".join(parts)
        if len(parts) > 1 and _is_record(joined, delimiter):
            for _ in parts[1:]:
                waiting.popleft()
            yield Line(first.number, joined)
        else:
            yield first


def _is_record(text: str, delimiter: str) -> bool:
    try:
        _fields(text, delimiter)
    except BadInput:
        return False
    return True


def _lines(stream: BinaryIO) -> Iterator[Line]:
    number = 0
    while raw := stream.readline(MOST + 1):
        number += 1
        if len(raw) > MOST and not raw.endswith(b"\n"):
            _skip(stream)
            yield Line(number, None, f"the line is longer than {MOST >> 20} MiB")
            continue
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            yield Line(number, None, f"the line is not UTF-8: byte {error.start + 1}")
            continue
        if text.strip():
            yield Line(number, text)


def _skip(stream: BinaryIO) -> None:
    """Read to the end of a line that is too long to hold."""
    while part := stream.readline(MOST):
        if part.endswith(b"\n"):
            return


def _fields(text: str, delimiter: str) -> list[str]:
    """The fields of one CSV record. Raises BadInput."""
    csv.field_size_limit(MOST)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if "\r" in text:
            raise BadInput("the lines end in a carriage return alone", hint="save it with LF or CRLF") from None
        raise BadInput(f"the line is not CSV: {error}", hint='double a quote inside quotes: ""') from None


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except RecursionError:
        raise BadInput("the line is nested too deeply") from None
    except ValueError as error:
        raise BadInput(f"the line is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadInput("the line is no scenario: not a mapping", hint='start with {"rig": {"gpus": [...]}}')
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"'{next(name for name in names if names.count(name) > 1)}' stands there twice")
    return found
