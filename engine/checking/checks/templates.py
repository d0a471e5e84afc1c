"""N416: a command with a placeholder that nothing fills, or a bracket that does not close."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...reading.diagnostic import Diagnostic
from ...reading.place import Map
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
                for path, text in _texts(document, field):
                    yield from _unknown(document, path, text, known)
                    yield from _open(document, path, text)


def _texts(document: Document, field: str) -> Iterator[tuple[list[str], str]]:
    """The texts of a field with their places: one, or one for each maker."""
    value = document.node.get(field)
    texts = (
        [([field, str(name)], text) for name, text in value.items()] if isinstance(value, Map) else [([field], value)]
    )
    yield from ((path, text) for path, text in texts if isinstance(text, str))


def _unknown(document: Document, path: list[str], text: str, known: list[str]) -> Iterator[Diagnostic]:
    for found in _PART.finditer(text):
        name = found[1] or found[2]
        if name not in known:
            hint = did_you_mean(name, known, f"known: {', '.join(known)}")
            yield document.find("N416", f"nothing is called `{name}` in `{path[0]}`", path, hint)


def _open(document: Document, path: list[str], text: str) -> Iterator[Diagnostic]:
    left = re.sub(r"\[\w+\?[^\[\]]*\]", "", re.sub(r"\{\w+\}", "", text))
    odd = next((sign for sign in left if sign in "{}[]"), None)
    if odd:
        hint = "a placeholder is {name}, a part that is left out where it does not apply is [name? text]"
        yield document.find("N416", f"`{odd}` stands alone in `{path[0]}`", path, hint)
