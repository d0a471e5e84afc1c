"""X202: an id that two rules, or two claims, have."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic, Note
from ..document import Document, Library

NUMBERED = ("rules", "claims")
"""Folders whose files hold lists of items with ids."""


def check(library: Library) -> Iterator[Diagnostic]:
    """Ids are unique within one directory; an overlay may replace a rule of the built-in knowledge."""
    seen: dict[tuple[str, str, str], tuple[Document, int]] = {}
    for document in library.documents:
        if document.kind not in NUMBERED:
            continue
        root = document.file.rpartition(f"/{document.kind}/")[0]
        for index, item in enumerate(document.node):
            if "id" not in item:
                continue
            first = seen.setdefault((root, document.kind, item["id"]), (document, index))
            if first != (document, index) and document.asked:
                there = first[0].place([first[1], "id"])
                message = f"two {document.kind} have the id `{item['id']}` (the first is at {there.file}:{there.line})"
                yield document.find(
                    "X202", message, [index, "id"], "rename one of them", notes=(Note(there, "first here"),)
                )
