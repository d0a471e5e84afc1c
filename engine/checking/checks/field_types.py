"""N410: a value of another type than the same field has everywhere else, or a number or truth value put in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic, Fix
from ..document import Library
from ..leaves import Leaf, leaves
from ..limits import count, limit

_LOOKALIKE = re.compile(r"(?:true|false|[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\Z")
_NUMBER_FIRST = re.compile(r"[-+]?[0-9][0-9.,]*")
_MEASURED = re.compile(r".+_(?:us|ms|s|w|mb|mib|gb|gib|gb_s|gbit_s|tflops|bytes|factor)\Z")
"""Fields whose names end with a unit hold numbers, however few places give them."""
_SHARE = limit("field_types", "share")
_LEAST = count("field_types", "others")


def check(library: Library) -> Iterator[Diagnostic]:
    """Where a schema leaves the type open, the other entries tell it."""
    for kind in library.asked_kinds:
        types: dict[str, dict[str, int]] = {}
        for leaf in leaves(library, kind):
            counts = types.get(leaf.field)
            if counts is None:
                counts = types[leaf.field] = {}
            own = _type(leaf.value)
            counts[own] = counts.get(own, 0) + 1
        for leaf in leaves(library, kind):
            if leaf.document.asked and (len(types[leaf.field]) > 1 or type(leaf.value) is str):
                yield from _odd(leaf, types[leaf.field])


def _odd(leaf: Leaf, types: dict[str, int]) -> Iterator[Diagnostic]:
    own, total = _type(leaf.value), sum(types.values())
    usual = max(types, key=types.__getitem__)
    count = types[usual]
    name = next((str(step) for step in reversed(leaf.path) if isinstance(step, str) and step != "value"), "value")
    if own == "text" and _LOOKALIKE.match(leaf.value) and (usual != "text" or count < _LEAST):
        place = leaf.document.place(leaf.path)
        if leaf.document.source_text(place)[:1] in ('"', "'"):
            fix = Fix(place.line, place.column, place.line, place.end_column, leaf.value, f"write {leaf.value}")
            hint = f"write {leaf.value} without quotes"
            yield leaf.document.find("N410", f"`{name}` is text in quotes", leaf.path, hint, fix=fix)
            return
    if own == "text" and _MEASURED.match(name) and _NUMBER_FIRST.match(leaf.value):
        message = f"`{name}` is {_told(leaf.value)}, and its name says a unit"
        yield leaf.document.find("N410", message, leaf.path, _hint(leaf, "a number"))
        return
    if own != usual and total >= _LEAST and count >= _SHARE * (total - 1):
        message = f"`{name}` is {_told(leaf.value)}, and {usual} in the {count} other places"
        yield leaf.document.find("N410", message, leaf.path, _hint(leaf, usual))


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "empty" if value is None else "text"


def _told(value: object) -> str:
    return f"the text {str(value)[:40]!r}" if isinstance(value, str) else _type(value)


def _hint(leaf: Leaf, usual: str) -> str:
    number = _NUMBER_FIRST.match(str(leaf.value))
    if usual == "a number" and number:
        return f"write {number.group().replace(',', '.')}; the unit is in the field's name"
    return "leave the field out where the value is unknown" if usual == "a number" else f"write {usual}"
