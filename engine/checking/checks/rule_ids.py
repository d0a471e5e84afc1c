"""X202: a rule id that two rules have."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic, Note
from ..document import Document, Library


def check(library: Library) -> Iterator[Diagnostic]:
    """Ids are unique within one directory; an overlay may replace a rule of the built-in knowledge."""
    seen: dict[tuple[str, str], tuple[Document, int]] = {}
    for document in library.documents:
        if document.kind != "rules":
            continue
        root = document.file.rpartition("/rules/")[0]
        for index, rule in enumerate(document.node):
            first = seen.setdefault((root, rule["id"]), (document, index))
            if first != (document, index) and document.asked:
                there = first[0].place([first[1], "id"])
                message = f"two rules have the id `{rule['id']}` (the first is at {there.file}:{there.line})"
                yield document.find(
                    "X202", message, [index, "id"], "rename one of them", notes=(Note(there, "first here"),)
                )
