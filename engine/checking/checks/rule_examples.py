"""R507: a rule without an example that fires, or without one that stays silent. R509: one that differs from nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ...reading.examples import VariantError, in_full
from ..document import Library


def check(library: Library) -> Iterator[Diagnostic]:
    """One of each, at least; what an example changes is there in the first."""
    for document in library.asked("rules"):
        for index, rule in enumerate(document.node):
            counts = [example["expect"]["fires"] for example in rule.get("examples") or ()]
            lacking = [words for words, there in (("fires", any(counts)), ("stays silent", 0 in counts)) if not there]
            if lacking:
                message = f"rule `{rule['id']}` has no example that {' and none that '.join(lacking)}"
                hint = "add under `examples`: {given: [facts], expect: {fires: 1}}, and one with {fires: 0}"
                yield document.find("R507", message, [index, "id"], hint)
            try:
                in_full(rule)
            except VariantError as error:
                yield document.find("R509", error.message, [index, *error.path], error.hint)
