"""N412: a field used once that is a letter off one used often, where a schema leaves the fields open."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from ...reading.diagnostic import Diagnostic, Fix
from ...reading.place import Map, Seq
from ..document import Document, Library
from ..leaves import NOT_COMPARED
from ..limits import count
from .odd_words import slip

_OFTEN = count("odd_keys", "often")
Step = tuple[str | int, ...]
Field = tuple[str, ...]


def check(library: Library) -> Iterator[Diagnostic]:
    """Fields that stand at the same place, in all entries of a kind together."""
    for kind in library.asked_kinds:
        if kind in NOT_COMPARED:
            continue
        counts: dict[Field, Counter[str]] = defaultdict(Counter)
        for document in library.of(kind).values():
            _count(document.node, (), counts)
        if any(1 in names.values() for names in counts.values()):
            for document in library.of(kind).values():
                for path in _keys(document.node, ()) if document.asked else ():
                    yield from _odd(document, path, counts[_home(path)])


def _count(node: Any, home: Field, counts: dict[Field, Counter[str]]) -> None:
    if isinstance(node, Map):
        own = counts[home]
        for name, value in node.items():
            own[name] += 1
            if isinstance(value, Map | Seq):
                _count(value, (*home, name), counts)
    elif isinstance(node, Seq):
        for value in node:
            if isinstance(value, Map | Seq):
                _count(value, home, counts)


def _odd(document: Document, path: Step, counts: Counter[str]) -> Iterator[Diagnostic]:
    name = str(path[-1])
    often = [word for word, count in counts.items() if count >= _OFTEN] if counts[name] == 1 else []
    near = next((word for word in often if slip(name, word)), None)
    if near:
        place = document.place(path, on_key=True)
        fix = Fix(place.line, place.column, place.line, place.end_column, near, f"write {near}")
        message = f"the field `{name}` stands only here; `{near}` stands in {counts[near]} places"
        yield document.find("N412", message, path, f"did you mean `{near}`?", on_key=True, fix=fix)


def _home(path: Step) -> Field:
    """Where a field stands, without positions in lists."""
    return tuple(step for step in path[:-1] if isinstance(step, str))


def _keys(node: Any, path: Step) -> Iterator[Step]:
    if isinstance(node, Map):
        for name, value in node.items():
            yield (*path, name)
            yield from _keys(value, (*path, name))
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            yield from _keys(value, (*path, index))
