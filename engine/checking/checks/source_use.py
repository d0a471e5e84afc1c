"""X206: a source that nothing cites."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from .sources import named_sources


def check(library: Library) -> Iterator[Diagnostic]:
    """Sources that no entry, rule or claim names."""
    used = {"recalled"}
    for document in library.documents:
        if document.kind == "rules":
            used |= {str(key) for rule in document.node for key in rule.get("evidence") or ()}
        elif document.kind != "sources":
            used |= {key for _, key in named_sources(document.node)}
    for document in library.asked("sources"):
        if document.key not in used:
            yield document.find(
                "X206", f"nothing cites the source `{document.key}`", hint="cite it where it belongs, or delete it"
            )
