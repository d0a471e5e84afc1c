"""X201: every source that is named is an entry of knowledge/sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...reading.diagnostic import Diagnostic
from ...reading.place import Map, Seq
from ..document import Library, Path
from ..nearest import did_you_mean


def check(library: Library) -> Iterator[Diagnostic]:
    """`source`, `sources` and `superseded_by` anywhere in an entry."""
    known = library.of("sources")
    for document in library.asked():
        for path, key in named_sources(document.node) if document.kind not in ("rules", "sources") else ():
            if key not in known:
                hint = did_you_mean(key, known, f"add knowledge/sources/{key}.yaml")
                yield document.find("X201", f"no source is called `{key[:80]}`", path, hint)


def named_sources(node: Any) -> list[tuple[Path, str]]:
    """Every source key in a document with its path."""
    found: list[tuple[Path, str]] = []
    _gather(node, (), found)
    return found


def _gather(node: Any, path: tuple[str | int, ...], found: list[tuple[Path, str]]) -> None:
    if isinstance(node, Map):
        for name, value in node.items():
            if name in _NAMING and isinstance(value, str):
                found.append(((*path, name), value))
            elif isinstance(value, Seq) and name == "sources":
                found.extend(((*path, name, index), str(key)) for index, key in enumerate(value))
            elif isinstance(value, Map | Seq):
                _gather(value, (*path, name), found)
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            if isinstance(value, Map | Seq):
                _gather(value, (*path, index), found)


_NAMING = frozenset({"source", "superseded_by", "resale_source"})
