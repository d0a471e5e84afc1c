"""R505: a rule that depends on its own absence."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import KnowledgeError
from ...inference.strata import stratify
from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..rulebook import rulebook


def check(library: Library) -> Iterator[Diagnostic]:
    """The rules can be put in order, so that absence is asked of finished facts only."""
    book = rulebook(library)
    try:
        stratify(sorted(book.rules, key=lambda rule: rule.id))
    except KnowledgeError as error:
        name = error.message.split()[1]
        document, index = book.home[name]
        yield document.find("R505", error.message, [index, "id"], error.hint or "")
