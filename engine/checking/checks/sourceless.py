"""N417: numbers for which neither they nor their file name a source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...reading.claims import is_claim, is_dispute
from ...reading.diagnostic import Diagnostic
from ...reading.place import Map, Seq
from ..document import Library, Path

_FACTS = ("gpus", "models", "quantizations", "engines", "platforms", "links", "prices", "effects")
_NAMES_ONE = frozenset({"source", "sources"})
_NO_FACTS = frozenset({"schema", "tensor", "accept"})
"""Numbers that say what an entry is about, not what it found."""


def check(library: Library) -> Iterator[Diagnostic]:
    """The first such number of a whole entry; what a site lays over one of ours is its own word.

    Not where something faulty was taken out of the file.
    """
    for document in library.asked(*_FACTS):
        whole = library.stacks[document.kind][document.key][0] is document and not document.taken_out
        if whole and isinstance(document.node, Map) and not document.node.get("sources"):
            bare = next(_bare(document.node, ()), None)
            if bare is not None:
                message = f"`{bare[-1]}` has no source, and the file names none"
                hint = "add `sources: [key]` for the whole file, or write {value: …, source: key}"
                yield document.find("N417", message, bare, hint)


def _bare(node: Any, path: tuple[str | int, ...]) -> Iterator[Path]:
    if is_dispute(node) or is_claim(node):
        return
    if isinstance(node, Map):
        if path and node.keys() & _NAMES_ONE:
            return
        for name, value in node.items():
            if name not in _NO_FACTS:
                yield from _bare(value, (*path, name))
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            yield from _bare(value, (*path, index))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield path
