"""X205: two entries of one kind that answer to the same name."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic, Note
from ...reading.names import fold
from ...reading.place import Map
from ..document import Document, Library

_NAMED = ("gpus", "models", "quantizations", "engines", "platforms")


def check(library: Library) -> Iterator[Diagnostic]:
    """Key, name and aliases, compared as a user may type them."""
    for kind in _NAMED:
        taken: dict[str, tuple[Document, list[str | int]]] = {}
        for document in library.of(kind).values():
            own: set[str] = set()
            for path, name in _names(document):
                folded = fold(name)
                if folded in taken and folded not in own and taken[folded][0] is not document:
                    yield from _clash(document, path, name, *taken[folded])
                taken.setdefault(folded, (document, path))
                own.add(folded)


def _clash(
    document: Document, path: list[str | int], name: str, other: Document, there: list[str | int]
) -> Iterator[Diagnostic]:
    if not document.asked and other.asked:
        document, path, other, there = other, there, document, path
    if document.asked:
        note = Note(other.place(there), f"also a name of `{other.key}`")
        message = f"`{name}` is a name of `{other.key}` too, so it finds neither"
        yield document.find("X205", message, path, "take it out of one of the two", notes=(note,))


def _names(document: Document) -> Iterator[tuple[list[str | int], str]]:
    node = document.node
    if not isinstance(node, Map):
        return
    yield [], document.key
    if isinstance(node.get("name"), str):
        yield ["name"], node["name"]
    for index, alias in enumerate(node.get("aliases") or ()):
        yield ["aliases", index], str(alias)
