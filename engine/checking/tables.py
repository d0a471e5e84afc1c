"""Tables of measurements under check: rows with numbers as numbers, and findings at their cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..reading.diagnostic import Diagnostic
from ..reading.place import Map, Span
from ..reading.table import Record, Table
from .document import Document
from .nearest import nearest
from .quick_shape import fits
from .schemas import load, validator
from .shape import shape_of

SCHEMA = "measurement_row"
MOST_FINDINGS = 200
"""Findings about the form of rows after which a table is left: it is of another sort then."""
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")


class Row(NamedTuple):
    """A row whose cells fit: the line, and the values by column."""

    line: int
    values: dict[str, Any]


def row_of(line: int, cells: Mapping[str, str]) -> Row:
    """A row of cells as text: numbers as numbers, what is no column and what is empty left out."""
    return Row(line, {name: _value(name, cell) for name, cell in cells.items() if cell and name in _kinds()})


class Sheet:
    """One table. rows: those whose cells fit. asked: findings about it are wanted. older: what it is compared with."""

    def __init__(self, table: Table, *, asked: bool) -> None:
        self.table, self.asked = table, asked
        self.rows: list[Row] = []
        self.older: Table | None = None
        self.shape: list[Diagnostic] = list(self._columns())
        for record in table.records:
            if len(self.shape) >= MOST_FINDINGS:
                message = f"{MOST_FINDINGS} findings in this table; the rows from here on are not looked at"
                self.shape.append(Diagnostic("Y017", message, table.place(record.line), "repair those first"))
                break
            self._take(record)

    def find(self, code: str, message: str, row: Row, column: str, hint: str) -> Diagnostic:
        """A finding at the cell of a row."""
        return Diagnostic(code, message, self.table.place(row.line, column), hint, column)

    @property
    def changed(self) -> Iterator[tuple[str, Row, str]]:
        """Cells that the table of the same name had otherwise before: column, row, and the old cell."""
        before = {record.cells.get("id"): record.cells for record in self.older.records} if self.older else {}
        now = {record.line: record.cells for record in self.table.records} if before else {}
        for row in self.rows if before else ():
            old, new = before.get(row.values["id"], now[row.line]), now[row.line]
            for column in new:
                if old.get(column, new[column]) != new[column] and column != "notes":
                    yield column, row, old[column]

    def _columns(self) -> Iterator[Diagnostic]:
        schema = load(SCHEMA)
        known, needed = schema["properties"], schema["required"]
        for number, name in enumerate(self.table.columns):
            if name and name not in known:
                near = nearest(name, [each for each in known if each not in self.table.columns])
                hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
                yield Diagnostic("S101", f"unknown column `{name[:60]}`", self.table.place(1, number), hint)
        for name in needed:
            if self.table.columns and name not in self.table.columns:
                hint = f"add the column; needed are {', '.join(needed)}"
                yield Diagnostic("S102", f"the column `{name}` is missing", self.table.place(1), hint)

    def _take(self, record: Record) -> None:
        values = {name: _value(name, cell) for name, cell in record.cells.items() if name in _kinds()}
        if fits(SCHEMA, values):
            self.rows.append(Row(record.line, values))
            return
        node = self._map(record, values)
        document = Document("measurements", "", self.table.file, "", node, self.table.text, asked=True)
        for one in shape_of(document, validator(SCHEMA)):
            at = one.place if one.code != "S102" else self.table.place(record.line)
            if one.code != "S102" or one.message.split("`")[1] in self.table.columns:
                self.shape.append(one._replace(place=at, fix=None, hint=_without_quotes(one.hint)))

    def _map(self, record: Record, values: dict[str, Any]) -> Map:
        line = record.line - 1
        node = Map(self.table.file, (line, 0, line, 1))
        for name, value in values.items():
            place = self.table.place(record.line, name)
            span: Span = (line, place.column - 1, line, place.end_column - 1)
            node[name] = value
            node.keys_at[name] = node.values_at[name] = span
        return node


def _without_quotes(hint: str) -> str:
    """Cells know no quotes and no fields that are left out."""
    return (
        hint.replace(" without quotes", "")
        .replace(", without unit and quotes", ", without unit")
        .replace("leave the field out", "leave the cell empty")
    )


def _kinds() -> dict[str, Any]:
    if not _KINDS:
        _KINDS.update({name: one.get("type") for name, one in load(SCHEMA)["properties"].items()})
    return _KINDS


_KINDS: dict[str, Any] = {}


def _value(name: str, cell: str) -> Any:
    """The number where the column holds numbers and the cell is one; an integer where it is whole."""
    if _kinds()[name] not in ("number", "integer") or not _DECIMAL.match(cell) or len(cell) > 40:
        return cell
    number = float(cell)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
