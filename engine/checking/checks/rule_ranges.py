"""R510: conditions on one field that no value meets."""

from __future__ import annotations

from collections.abc import Iterator

from ...inference.rule import Comparison, Rule
from ...inference.term import Constant
from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..rulebook import rulebook

_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def check(library: Library) -> Iterator[Diagnostic]:
    """Bounds under `where` that exclude each other, and comparisons of two constants."""
    book = rulebook(library)
    for rule in book.rules:
        document, index = book.home[rule.id]
        for position, message in _contradictions(rule) if document.asked else ():
            yield document.find(
                "R510", message, [index, "where", position], "the rule can never fire; correct one of them"
            )


def _contradictions(rule: Rule) -> Iterator[tuple[int, str]]:
    bounds: dict[str, tuple[float, bool, float, bool]] = {}
    for position, part in enumerate(rule.where):
        sides = type(part.left) is Constant, type(part.right) is Constant
        if all(sides):
            yield position, f"`{part}` compares two constants"
        found = _bound(part)
        if found is None:
            continue
        name, op, value = found
        low, open_low, high, open_high = bounds.get(name, (float("-inf"), False, float("inf"), False))
        if op in (">", ">=", "==") and (value, op == ">") > (low, open_low):
            low, open_low = value, op == ">"
        if op in ("<", "<=", "==") and (value, op != "<") < (high, not open_high):
            high, open_high = value, op == "<"
        if low > high or (low == high and (open_low or open_high)):
            yield position, f"no {name} meets `{part}` and the conditions above it"
        bounds[name] = (low, open_low, high, open_high)


def _bound(part: Comparison) -> tuple[str, str, float] | None:
    if part.op not in _SWAPPED:
        return None
    left, right, op = part.left, part.right, part.op
    if isinstance(left, Constant):
        left, right, op = right, left, _SWAPPED[op]
    if not isinstance(right, Constant) or isinstance(right.value, bool | str) or isinstance(left, Constant):
        return None
    return str(left), op, float(right.value)
