"""P323: two values of one entry in the wrong order; which are ordered stands in schemas/orders.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ...paths import SCHEMAS
from ...reading.diagnostic import Diagnostic, Note
from ...reading.knowledge import value_at
from ..document import Document, Library

Step = str | int


def check(library: Library) -> Iterator[Diagnostic]:
    """Of every two values that are ordered, the smaller is not above the larger."""
    for kind in library.asked_kinds:
        for document in library.asked(kind) if kind in _orders() else ():
            entry = library.values(kind)[document.key]
            for smaller, larger, why in _orders()[kind]:
                yield from _turned(document, entry, smaller, larger, why)


@cache
def _orders() -> Mapping[str, list[tuple[str, str, str]]]:
    found: dict[str, Any] = json.loads((SCHEMAS / "orders.json").read_text("utf-8"))
    return {kind: rows for kind, rows in found.items() if kind != "about"}


def _turned(document: Document, entry: Mapping[str, Any], smaller: str, larger: str, why: str) -> Iterator[Diagnostic]:
    for row in _rows(entry, smaller):
        one, other = smaller.replace("[]", row), larger.replace("[]", row)
        low, high = value_at(entry, one), value_at(entry, other)
        if _number(low) and _number(high) and high and low > high:
            message = f"`{_name(one)}` {low:,} is above `{_name(other)}` {high:,}"
            note = Note(document.place(_steps(other)), f"`{_name(other)}` is here")
            yield document.find("P323", message, _steps(one), f"{why}; swap the two, or check both", notes=(note,))


def _rows(entry: Mapping[str, Any], path: str) -> list[str]:
    """For a path through a list or mapping, `.0`, `.1` … or its keys in place of the brackets."""
    name, bracket, _ = path.partition("[]")
    found = value_at(entry, name) if bracket else None
    rows: Any = range(len(found)) if isinstance(found, list) else found if isinstance(found, Mapping) else ()
    return [f".{row}" for row in rows] if bracket else [""]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _steps(path: str) -> list[Step]:
    return [int(step) if step.isdigit() else step for step in path.split(".")]
