"""Facts of all candidates at once: rows with a column for each attribute, and tables of what is the same for all.

A row is one fact in the world of each candidate in which its mask holds. A column is a number, a truth value or a text
that all candidates share, or an array with one for each, in any shape that NumPy broadcasts over the axes of the
candidates: what depends on the card alone has the length of the cards alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from ..inference import Fact
from .elements import Mask, Words, code, distinct, land, lnot, lor, pick, plain, somewhere, words

Column = Any  # bool, int, float, str, or an array or Words of them
Cell = tuple[Column, Mask]  # the column, and where its value is known
NOWHERE: Cell = (0, False)


class Row:
    """One fact of each candidate in which `mask` holds."""

    __slots__ = ("cells", "mask")

    def __init__(self, mask: Mask, cells: dict[str, Cell]) -> None:
        self.mask, self.cells = mask, cells

    def cell(self, name: str) -> Cell:
        """The column of an attribute and where it is known."""
        return self.cells.get(name, NOWHERE)

    def reduced(self, names: Collection[str]) -> Row:
        """The same fact with no more than some of its attributes."""
        return Row(self.mask, {name: cell for name, cell in self.cells.items() if name in names})


class Gathered:
    """A row whose facts stand in a table: candidate by candidate the one at `places`."""

    __slots__ = ("_cells", "mask", "places", "table")

    def __init__(self, table: Table, places: Any, mask: Mask) -> None:
        self.table, self.places, self.mask = table, places, mask
        self._cells: dict[str, Cell] = {}

    def cell(self, name: str) -> Cell:
        """The column of an attribute and where it is known."""
        if name not in self._cells:
            self._cells[name] = self.table.gathered(name, self.places)
        return self._cells[name]


AnyRow = Row | Gathered


class Table:
    """Facts of one kind that hold for all candidates."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts = list(facts)
        self._columns: dict[str, tuple[Column, Any]] = {}
        self._indexes: dict[Any, Index] = {}

    def gathered(self, name: str, places: Any) -> Cell:
        """Values of an attribute at places; at one place a scalar."""
        if not isinstance(places, np.ndarray):
            value = self.facts[places].get(name)
            return NOWHERE if value is None else (value, True)
        column, known = self.column(name)
        own = known[places]
        whole = bool(own.all())
        taken = Words(column.codes[places]) if isinstance(column, Words) else column[places]
        return taken, True if whole else own

    def column(self, name: str) -> tuple[Column, Any]:
        """All values of an attribute, and which of them are known."""
        if name not in self._columns:
            self._columns[name] = column_of([fact.get(name) for fact in self.facts])
        return self._columns[name]

    def index(self, fixed: tuple[tuple[str, Any], ...], present: tuple[str, ...], keys: tuple[str, ...]) -> Index:
        """Places by the values of some attributes, of the facts that have fixed values and attributes."""
        wanted = (tuple((name, type(value), value) for name, value in fixed), present, keys)
        if wanted not in self._indexes:
            places = [
                place for place, fact in enumerate(self.facts)
                if all(same(fact.get(name), value) for name, value in fixed)
                and all(fact.get(name) is not None for name in (*present, *keys))
            ]  # fmt: skip
            self._indexes[wanted] = Index(self, places, keys)
        return self._indexes[wanted]


class Index:
    """Places of some facts by the values of their keys."""

    def __init__(self, table: Table, places: list[int], keys: tuple[str, ...]) -> None:
        self.places, self.keys = places, keys
        values = [[plain(table.facts[place].get(key)) for place in places] for key in keys]
        self.distinct = [distinct(np.array(own, dtype=float)) for own in values]
        self.sizes = [len(own) for own in self.distinct]
        codes = [np.searchsorted(own, column) for own, column in zip(self.distinct, values, strict=True)]
        joined = self._joined(codes, [True] * len(places)) if keys else np.zeros(len(places), dtype=int)
        self.layers = self._layers(joined.tolist() if places else [])

    def find(self, columns: list[Column]) -> Iterable[tuple[Any, Mask]]:
        """Places and where there is one; several where several facts have the same keys."""
        found, codes = True, []
        for own, column in zip(self.distinct, columns, strict=True):
            numbers = np.asarray(plain(column), dtype=float)
            place = np.minimum(np.searchsorted(own, numbers), max(len(own) - 1, 0))
            found = land(found, own[place] == numbers if len(own) else np.zeros(numbers.shape, dtype=bool))
            codes.append(place)
        joined = self._joined(codes, found)
        for layer in self.layers:
            places = layer[joined]
            there = land(found, places >= 0)
            yield np.maximum(places, 0), there

    def _joined(self, codes: list[Any], _: Any) -> Any:
        joined: Any = 0
        for size, own in zip(self.sizes, codes, strict=True):
            joined = joined * max(size, 1) + own
        return joined

    def _layers(self, joined: list[int]) -> list[Any]:
        size = 1
        for one in self.sizes:
            size *= max(one, 1)
        layers: list[Any] = []
        used: dict[int, int] = {}
        for place, number in zip(self.places, joined, strict=True):
            depth = used.get(number, 0)
            used[number] = depth + 1
            if depth == len(layers):
                layers.append(np.full(size, -1))
            layers[depth][number] = place
        return layers


def column_of(values: list[Any]) -> tuple[Column, Any]:
    """Values, None where unknown, as an array and a mask. Texts rule out numbers, numbers truth values."""
    known = np.array([value is not None for value in values], dtype=bool)
    if any(isinstance(value, str) for value in values):
        known &= np.array([isinstance(value, str) for value in values], dtype=bool)
        return words([value if isinstance(value, str) else "" for value in values], (len(values),)), known
    if known.any() and all(isinstance(value, bool) for value in values if value is not None):
        return np.array([bool(value) for value in values]), known
    return np.array([0.0 if value is None else float(value) for value in values]), known


def same(one: Any, other: Any) -> bool:
    """Whether two scalars are equal, types included: True is not 1."""
    return one is not None and isinstance(one, bool) == isinstance(other, bool) and one == other


def family(value: Column) -> str:
    """text, truth or number: only values of one family are compared."""
    if isinstance(value, Words | str):
        return "text"
    if isinstance(value, bool) or (isinstance(value, np.ndarray) and value.dtype == bool):
        return "truth"
    return "number"


def equal(one: Column, other: Column) -> Mask:
    """Where two columns are equal."""
    if one is other:
        return True
    if family(one) != family(other):
        return False
    found = plain(one) == plain(other)
    return found if isinstance(found, np.ndarray) else bool(found)


class Board:
    """What is known of the candidates: tables by kind, rows by kind."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = tables
        self.rows: dict[str, list[Row]] = {}

    def add(self, kind: str, row: Row) -> None:
        """One more fact. Facts of a kind that no candidate has both of share a row; equal ones are one fact."""
        rows = self.rows.setdefault(kind, [])
        for number, other in enumerate(rows):
            shared = land(row.mask, other.mask)
            if not somewhere(shared):
                rows[number] = joined(row, other)
                return
            row = Row(land(row.mask, lnot(land(shared, _alike(row, other)))), row.cells)
            if not somewhere(row.mask):
                return
        rows.append(row)


def joined(one: Row, other: Row) -> Row:
    """Two rows that no candidate has both of, as one."""
    cells: dict[str, Cell] = {}
    for name in {**one.cells, **other.cells}:
        (first, first_known), (second, second_known) = one.cell(name), other.cell(name)
        known = pick(one.mask, first_known, second_known)
        if family(first) != family(second) and first_known is not False and second_known is not False:
            cells[name] = NOWHERE  # a text here, a number there: told, never calculated with
            continue
        if first_known is False or second_known is False:
            cells[name] = (second if first_known is False else first, known)
            continue
        cells[name] = (pick(one.mask, first, second), known)
    return Row(lor(one.mask, other.mask), cells)


def _alike(one: Row, other: Row) -> Mask:
    mask: Mask = True
    for name in {**one.cells, **other.cells}:
        (first, first_known), (second, second_known) = one.cell(name), other.cell(name)
        known = land(first_known, second_known)
        unknown = land(lnot(first_known), lnot(second_known))
        mask = land(mask, lor(unknown, land(known, equal(first, second))))
    return mask


def constant(value: Column) -> int | float:
    """A scalar as a number that arrays can be compared with."""
    return code(value) if isinstance(value, str) else value
