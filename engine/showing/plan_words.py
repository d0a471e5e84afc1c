"""A plan in words: names in place of keys, publishers in place of the keys of sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .words import Words

Document = Mapping[str, Any]
# What is read by programs and shells, not by people.
KEPT = frozenset({
    "schema", "knowledge", "scenario", "estimate", "why", "why_cost", "proves", "id", "names", "references", "counts",
    "draws", "best", "limit", "basis", "status",
})  # fmt: skip


def in_words(document: Document) -> dict[str, Any]:
    """The document with every text of it in words, but for what programs read."""
    words, pages = Words(document), document.get("references") or {}
    publishers = {key: one.get("publisher") or one.get("title") or key for key, one in pages.items()}

    def said(value: Any) -> Any:
        if isinstance(value, str):
            return words.say(value)
        if isinstance(value, Mapping):
            return {key: inner if key in KEPT else own(key, inner) for key, inner in value.items()}
        return [said(one) for one in value] if isinstance(value, list) else value

    def own(key: str, value: Any) -> Any:
        return list(dict.fromkeys(publishers.get(one, one) for one in value)) if key == "sources" else said(value)

    found: dict[str, Any] = said(document)
    return found
