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


def named_sources(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Path, str]]:
    """Every source key in a document with its path."""
    if isinstance(node, Map):
        for name, value in node.items():
            if name in ("source", "superseded_by", "resale_source") and isinstance(value, str):
                yield (*path, name), value
            elif name == "sources" and isinstance(value, Seq):
                yield from (((*path, name, index), str(key)) for index, key in enumerate(value))
            else:
                yield from named_sources(value, (*path, name))
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            yield from named_sources(value, (*path, index))
