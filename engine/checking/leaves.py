"""Every value of the entries of a kind, by the field it stands in, so that an entry can be held against its like."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from ..reading.claims import CLAIM_FIELDS, is_claim
from ..reading.place import Map, Seq
from .document import Document, Library

PROSE = frozenset(
    {
        "accept", "aliases", "because", "commit", "date", "do", "formula", "host", "launch", "locator", "measure",
        "name", "note", "notes", "over_machines", "quote", "reason", "repository", "retrieved", "risk", "says",
        "says_not", "shopping", "slots", "summary", "tensor_sizes", "title", "undo", "url", "version", "versions",
        "engine_version", "command", "conditions", "schema",
    }
)  # fmt: skip
"""Fields for readers: their values are not computed with and not compared."""
_PASSED_OVER = PROSE | (CLAIM_FIELDS - {"value"})
NOT_COMPARED = frozenset({"rules", "claims", "measurements", "conclusions", "sources"})
FITTED = frozenset({"calibration"})
"""Kinds that a fit writes whole: their values follow from measurements, and it is these that are compared."""


class Leaf(NamedTuple):
    """A value: its document and path, and the field: the path without list positions, in a list of like rows with kind.

    row: the mapping of a list that it stands in, by identity.
    """

    document: Document
    path: tuple[str | int, ...]
    field: str
    value: Any


def leaves(library: Library, kind: str) -> list[Leaf]:
    """All leaves of the entries of a kind."""
    shelf = _SHELVES.setdefault(library, {})
    if kind not in shelf:
        found: list[Leaf] = []
        for document in library.of(kind).values() if kind not in NOT_COMPARED else ():
            _walk(document, document.node, (), "", found)
        shelf[kind] = found
    return shelf[kind]


def _walk(document: Document, node: Any, path: tuple[str | int, ...], field: str, found: list[Leaf]) -> None:
    if isinstance(node, Map):
        if is_claim(node):
            _walk(document, node["value"], (*path, "value"), field, found)
            return
        for name, value in node.items():
            if name not in _PASSED_OVER:
                home = re.sub(r"\[\w+\]\Z", "[]", field) if name == "kind" else field
                _walk(document, value, (*path, name), f"{home}.{name}" if home else name, found)
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            tag = f"[{value['kind']}]" if isinstance(value, Map) and isinstance(value.get("kind"), str) else "[]"
            _walk(document, value, (*path, index), field + tag, found)
    else:
        found.append(Leaf(document, path, field, node))


_SHELVES: WeakKeyDictionary[Library, dict[str, list[Leaf]]] = WeakKeyDictionary()
