"""Where things stand in a file: places, and mappings and lists that know the place of all they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

Span = tuple[int, int, int, int]
"""First line and column, last line and column behind the end; all counted from 0 in code points."""


class Place(NamedTuple):
    """A stretch of one line; lines and columns count from 1, columns in code points, `end_column` is the one behind."""

    file: str
    line: int = 1
    column: int = 1
    end_column: int = 2

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


def place_of(file: str, span: Span) -> Place:
    """The first line of a span as a place; a span of several lines is shown by its first character."""
    line, column, end_line, end_column = span
    end = end_column if end_line == line and end_column > column else column + 1
    return Place(file, line + 1, column + 1, end + 1)


class Map(dict[str, Any]):
    """A YAML mapping. `keys_at` and `values_at` hold the span of each key and of each value, `at` the mapping's own."""

    __slots__ = ("file", "at", "keys_at", "values_at")

    def __init__(self, file: str, at: Span) -> None:
        super().__init__()
        self.file = file
        self.at = at
        self.keys_at: dict[str, Span] = {}
        self.values_at: dict[str, Span] = {}

    def place(self, key: str) -> Place:
        """Where the value of `key` stands."""
        return place_of(self.file, self.values_at[key])

    def key_place(self, key: str) -> Place:
        """Where `key` itself stands."""
        return place_of(self.file, self.keys_at[key])

    def line(self, key: str) -> int:
        """Line of the value of `key`, counted from 1."""
        return self.values_at[key][0] + 1


class Seq(list[Any]):
    """A YAML sequence. `values_at` holds the span of each item, `at` its own."""

    __slots__ = ("file", "at", "values_at")

    def __init__(self, file: str, at: Span) -> None:
        super().__init__()
        self.file = file
        self.at = at
        self.values_at: list[Span] = []

    def place(self, index: int) -> Place:
        """Where the item stands."""
        return place_of(self.file, self.values_at[index])

    def line(self, index: int) -> int:
        """Line of the item, counted from 1."""
        return self.values_at[index][0] + 1


def where(root: Any, path: Iterable[str | int], *, on_key: bool = False) -> Place:
    """The place that a path into a document leads to, or the deepest place on the way to it that exists.

    A step that does not fit is skipped when it is an index into a mapping, as a check that reads a single claim as a
    list of one gives it. What a flag has set stands at no place of its own. on_key: the place of the last key in place
    of its value.
    """
    steps = list(path)
    here: Any = root
    place = place_of(root.file, root.at) if isinstance(root, Map | Seq) else Place("")
    for step in steps:
        if isinstance(here, Map) and step in here.values_at:
            name = str(step)
            place = here.key_place(name) if on_key else here.place(name)
            here = here[name]
        elif isinstance(here, Seq) and isinstance(step, int) and 0 <= step < len(here.values_at):
            place = here.place(step)
            here = here[step]
        elif not (isinstance(here, Map) and isinstance(step, int)):
            break
    return place


def plain(node: Any) -> Any:
    """The same values in plain dicts and lists. Documents are at most 32 deep, so this recursion is bounded."""
    if isinstance(node, dict):
        return {name: plain(value) for name, value in node.items()}
    if isinstance(node, list):
        return [plain(item) for item in node]
    return node
