"""P322: a value that another version of the file gives otherwise, from the same source.

The other version is the file below an overlay, or the one of the revision that a change is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...reading.diagnostic import Diagnostic, Note
from ...reading.entries import ADDED_UP, Resolver
from ...reading.place import Map
from ..document import Document, Library
from ..leaves import FITTED, NOT_COMPARED, PROSE

_PASSED = frozenset({"sources", "mark", "accept"})
Stated = dict[str, tuple[Any, tuple[str, ...]]]
"""Values by path, each with its sources."""


def check(library: Library) -> Iterator[Diagnostic]:
    """A source says one thing: a new value needs the source that says it."""
    for document in library.asked():
        if document.kind in NOT_COMPARED | FITTED or not isinstance(document.node, Map):
            continue
        stack = library.stacks[document.kind][document.key]
        place = next(number for number, one in enumerate(stack) if one is document)
        older = library.before.get((document.kind, document.key))
        if older is not None:
            yield from _changed(library, document, older, whole=True)
        elif place:
            yield from _changed(library, document, stack[place - 1], whole=False)
    for sheet in library.sheets:
        for column, row, value in sheet.changed if sheet.asked else ():
            message = f"`{column}` of {row.values['id']} was {value}"
            hint = "a source says one thing: check the digits; a new measurement is a new row"
            yield sheet.find("P322", message, row, column, hint)


def _changed(library: Library, document: Document, older: Document, *, whole: bool) -> Iterator[Diagnostic]:
    before, after = _stated(library, older), _stated(library, document)
    for path, (value, sources) in before.items():
        now, name = after.get(path), path.split(".")[0]
        if not whole and name in ADDED_UP:
            continue
        if now is None and (document.taken_out or not whole or name in _PASSED):
            continue  # what is gone with something faulty is told of that
        if now is not None and (now[0] == value or now[1] != sources):
            continue
        steps = [int(step) if step.isdigit() else step for step in path.split(".")]
        by = f" by {', '.join(sources)}" if sources else ""
        told = "is gone" if now is None else f"is {_shown(now[0])} by the same"
        note = Note(older.place(steps), "the other version")
        hint = "a source says one thing: give the source of the new value, or put the old one back"
        yield document.find("P322", f"`{path}` was {_shown(value)}{by}, and {told}", steps, hint, notes=(note,))


def _stated(library: Library, document: Document) -> Stated:
    resolver = Resolver(library.policy, document.file)
    values = resolver.entry([document.node])
    table: Mapping[str, list[str]] = resolver.detail["sources"]
    return {path: (value, _sources(table, path)) for path, value in _leaves(values, "")}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        if name in PROSE or name in _PASSED:
            continue
        here = f"{path}.{name}" if path else str(name)
        if isinstance(inner, dict | list):
            yield from _leaves(inner, here)
        else:
            yield here, inner


def _sources(table: Mapping[str, list[str]], path: str) -> tuple[str, ...]:
    while path and path not in table:
        path = path.rpartition(".")[0]
    return tuple(table.get(path, ()))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)[:60]
