"""R501 and R508: what the reader of rules refuses, and formulas that are not there."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from ...costs import FORMULAS
from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..nearest import did_you_mean
from ..rulebook import rulebook


def check(library: Library) -> Iterator[Diagnostic]:
    """Every rule parses, and calls formulas with the arguments they have."""
    book = rulebook(library)
    for document, index, error in book.refused:
        if document.asked:
            message = error.message.removeprefix(f"rule {document.node[index].get('id')}: ")
            yield document.find("R501", message, book.place_in(document, index, message), error.hint or "")
    for rule in book.rules:
        document, index = book.home[rule.id]
        for part in rule.compute if document.asked and FORMULAS else ():
            path: list[str | int] = [index, "compute", part.name]
            if part.formula not in FORMULAS:
                hint = did_you_mean(part.formula, FORMULAS, "see engine/costs")
                yield document.find("R508", f"no formula is called `{part.formula}`", [*path, "formula"], hint)
                continue
            wanted = inspect.signature(FORMULAS[part.formula]).parameters
            for name in part.arguments:
                if name not in wanted:
                    hint = did_you_mean(name, wanted, f"it takes {', '.join(wanted)}")
                    message = f"`{part.formula}` has no argument `{name}`"
                    yield document.find("R508", message, [*path, name], hint, on_key=True)
            missing = [name for name, one in wanted.items() if one.default is one.empty and name not in part.arguments]
            if missing:
                message = f"`{part.formula}` needs {', '.join(missing)}"
                yield document.find("R508", message, path, "give every argument", on_key=True)
