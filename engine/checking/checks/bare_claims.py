"""N414, N415: a claim without its value, or one that names no source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...reading.claims import CLAIM_FIELDS
from ...reading.diagnostic import Diagnostic
from ...reading.place import Map, Seq
from ..document import Document, Library
from ..leaves import NOT_COMPARED

Step = tuple[str | int, ...]
_UNJUDGED = NOT_COMPARED | {"vocabulary", "attributes"}
_NAMES_ONE = frozenset({"source", "sources"})


def check(library: Library) -> Iterator[Diagnostic]:
    """What one deleted line of a claim leaves behind; not where something faulty was taken out of the file."""
    for document in library.asked():
        if document.kind not in _UNJUDGED and not document.taken_out:
            yield from _walk(document, document.node, ())


def _walk(document: Document, node: Any, path: Step) -> Iterator[Diagnostic]:
    if isinstance(node, Map):
        if path and node and node.keys() <= CLAIM_FIELDS:
            yield from _claim(document, node, path)
        for name, value in node.items():
            if isinstance(value, Map | Seq):
                yield from _walk(document, value, (*path, name))
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            if isinstance(value, Map | Seq):
                yield from _walk(document, value, (*path, index))


def _claim(document: Document, node: Map, path: Step) -> Iterator[Diagnostic]:
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    if "value" not in node:
        hint = "add `value: …`, or delete the whole claim where the value is unknown"
        yield document.find("N414", f"`{name}` has a source and no value", path, hint)
    elif not node.keys() & _NAMES_ONE:
        hint = "add `source: …`; a value of the sources of the whole entry stands by itself"
        yield document.find("N415", f"`{name}` is a claim that names no source", path, hint)
