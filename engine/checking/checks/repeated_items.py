"""N408: the same item twice in one list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...reading.diagnostic import Diagnostic
from ...reading.place import Map, Seq, plain
from ..document import Document, Library

_TOLD_BY_SENSE = frozenset({"aliases", "sources"})
_ONE_FOR_EACH_CARD = frozenset({"pcie"})
"""Lists of a scenario with an item for each card: cards may well be alike."""


def check(library: Library) -> Iterator[Diagnostic]:
    """Lists of mappings, lists and words; numbers may well stand twice."""
    for document in library.asked():
        yield from _walk(document, document.node, ())


def _walk(document: Document, node: Any, path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    if isinstance(node, Map):
        for name, value in node.items():
            if isinstance(value, Map | Seq):
                yield from _walk(document, value, (*path, name))
    elif isinstance(node, Seq):
        if len(node) > 1 and not (path and path[-1] in _TOLD_BY_SENSE | _ONE_FOR_EACH_CARD) and not _comparison(path):
            yield from _twice(document, node, path)
        for index, value in enumerate(node):
            if isinstance(value, Map | Seq):
                yield from _walk(document, value, (*path, index))


def _comparison(path: tuple[str | int, ...]) -> bool:
    """`[left, op, right]` of a rule is no list of things."""
    return len(path) > 1 and path[-2] == "where"


def _twice(document: Document, node: Seq, path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    seen: dict[str, int] = {}
    for index, value in enumerate(node):
        if isinstance(value, Map | Seq | str):
            first = seen.setdefault(repr(plain(value)), index)
            if first != index:
                line = node.place(first).line
                name = next((f" of `{step}`" for step in reversed(path) if isinstance(step, str)), "")
                yield document.find(
                    "N408",
                    f"this item{name} is the same as that on line {line}",
                    [*path, index],
                    "delete one of them, or correct it",
                )
