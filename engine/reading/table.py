"""Tables (CSV) with the place of every cell: what is wrong with their text, and their rows as the cells stand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import NamedTuple

from .characters import decode
from .diagnostic import Diagnostic
from .place import Place

_MOST_CELL = 10_000
"""Characters of a cell; more means a quote that was not closed."""
_MOST_PROBLEMS = 100


class Record(NamedTuple):
    """A row: the line on which it starts and its filled cells by column."""

    line: int
    cells: dict[str, str]


class Table:
    """A table as read. columns: as named in the first line."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.columns: list[str] = []
        self.records: list[Record] = []
        self.problems: list[Diagnostic] = []
        self._read()

    def place(self, line: int, column: str | int = 0) -> Place:
        """Where the cell of a row stands; column: by name or position."""
        number = column if isinstance(column, int) else self.columns.index(column)
        for position, (start, end) in enumerate(_cells(self._line(line))):
            if position == number:
                return Place(self.file, line, start + 1, max(end, start + 1) + 1)
        return Place(self.file, line)

    def _line(self, number: int) -> str:
        return self._lines[number - 1] if number <= len(self._lines) else ""

    def _read(self) -> None:
        self._lines = self.text.split("\n")
        reader = csv.reader(self._lines, strict=True)
        start = 1
        try:
            for values in reader:
                self._row(start, values)
                start = reader.line_num + 1
                if len(self.problems) >= _MOST_PROBLEMS:
                    break
        except csv.Error as error:
            hint = "close the quote; a quote within a quoted cell is written twice"
            self.problems.append(Diagnostic("Y020", f"the row cannot be read: {error}", self.place(start), hint))

    def _row(self, line: int, values: list[str]) -> None:
        if not self.columns:
            self._head(line, values)
        elif values and self._whole(line, values):
            cells = {name: value.strip() for name, value in zip(self.columns, values, strict=False) if value.strip()}
            self.records.append(Record(line, cells))

    def _head(self, line: int, values: list[str]) -> None:
        self.columns = [value.strip().removeprefix("\ufeff") for value in values]
        for position, name in enumerate(self.columns):
            if not name or name in self.columns[:position]:
                what = f"the column `{name}` is there twice" if name else "a column without a name"
                self.problems.append(Diagnostic("Y020", what, self.place(line, position), "name each column once"))

    def _whole(self, line: int, values: list[str]) -> bool:
        if len(values) != len(self.columns):
            message = f"the row has {len(values)} cells, the first line names {len(self.columns)} columns"
            hint = "put a cell with a comma or a quote in it in double quotes; an empty cell still has its comma"
            self.problems.append(Diagnostic("Y020", message, self.place(line), hint))
            return False
        for position, value in enumerate(values):
            if "\n" in value or len(value) > _MOST_CELL:
                hint = "close the quote on its line"
                what = "a cell runs over several lines" if "\n" in value else f"a cell has {len(value):,} characters"
                self.problems.append(Diagnostic("Y020", what, self.place(line, position), hint))
                return False
        return True


def _cells(line: str) -> Iterator[tuple[int, int]]:
    """Start and end of each cell of a line."""
    start, quoted = 0, False
    for position, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            yield start, position
            start = position + 1
    yield start, len(line.rstrip("\r"))


def read_table(raw: bytes, file: str) -> Table:
    """A table out of its bytes; everything wrong with its text and form is in `problems`."""
    text, problems = decode(raw, file)
    table = Table(file, "" if problems else text)
    if not problems and not table.columns:
        problems = [Diagnostic("Y019", "the table is empty", Place(file), "name the columns in the first line")]
    table.problems = [*problems[:_MOST_PROBLEMS], *table.problems]
    return table
