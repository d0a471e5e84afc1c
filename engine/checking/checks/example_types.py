"""R514: a value in a rule's example of another type than the same attribute has in all other examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Document, Library

_LEAST = 3
Step = list[str | int]


def check(library: Library) -> Iterator[Diagnostic]:
    """Attributes of facts of one kind, over the examples of all rules."""
    if "rules" not in library.asked_kinds:
        return
    types: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for document in library.of("rules").values():
        for kind, name, value, _ in _values(document):
            types[kind, name][_type(value)] += 1
    for document in library.asked("rules"):
        for kind, name, value, path in _values(document):
            counts, own = types[kind, name], _type(value)
            usual, count = counts.most_common(1)[0]
            if own != usual and counts[own] == 1 and count >= _LEAST:
                message = f"`{name}` of `{kind}` is {own} here, and {usual} in the {count} other examples"
                yield document.find("R514", message, path, f"write {usual}: text is not compared with numbers")


def _values(document: Document) -> Iterator[tuple[str, str, Any, Step]]:
    for index, rule in enumerate(document.node):
        for number, example in enumerate(rule.get("examples") or ()):
            for row, fact in enumerate(example.get("given") or ()):
                for name, value in fact.items():
                    if name != "kind" and not isinstance(value, list | dict):
                        yield str(fact.get("kind")), name, value, [index, "examples", number, "given", row, name]


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "a number" if isinstance(value, int | float) else "text"
