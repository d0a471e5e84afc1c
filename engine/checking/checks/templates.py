"""N416: a command with a placeholder that nothing fills, or a bracket that does not close."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...reading.diagnostic import Diagnostic
from ..document import Document, Library
from ..limits import table
from ..nearest import did_you_mean

_FIELDS: Mapping[str, Mapping[str, list[str]]] = table("templates", "placeholders")
"""By kind and field, the names that may stand in braces and before the question mark of brackets."""
_PART = re.compile(r"\{(\w+)\}|\[(\w+)\?")


def check(library: Library) -> Iterator[Diagnostic]:
    """Launch and measuring commands of engines, and what to do for an option."""
    for kind, fields in _FIELDS.items():
        for document in library.asked(kind):
            for field, known in fields.items():
                text = document.node.get(field)
                if isinstance(text, str):
                    yield from _unknown(document, field, text, known)
                    yield from _open(document, field, text)


def _unknown(document: Document, field: str, text: str, known: list[str]) -> Iterator[Diagnostic]:
    for found in _PART.finditer(text):
        name = found[1] or found[2]
        if name not in known:
            hint = did_you_mean(name, known, f"known: {', '.join(known)}")
            yield document.find("N416", f"nothing is called `{name}` in `{field}`", [field], hint)


def _open(document: Document, field: str, text: str) -> Iterator[Diagnostic]:
    left = re.sub(r"\[\w+\?[^\[\]]*\]", "", re.sub(r"\{\w+\}", "", text))
    odd = next((sign for sign in left if sign in "{}[]"), None)
    if odd:
        hint = "a placeholder is {name}, a part that is left out where it does not apply is [name? text]"
        yield document.find("N416", f"`{odd}` stands alone in `{field}`", [field], hint)
