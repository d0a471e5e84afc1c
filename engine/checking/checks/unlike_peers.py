"""P326: an entry that differs from all others of its class in what such entries share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ...reading.diagnostic import Diagnostic
from ...reading.knowledge import value_at
from ..document import Document, Library
from ..limits import count, limit, table

_SHARED: list[tuple[str, list[str], list[str]]] = table("unlike_peers", "shared")
"""Entries of which kind, alike in which fields, share which values; `a/b` is a ratio."""
_LEAST, _EACH = count("unlike_peers", "usual"), count("unlike_peers", "others")
"""Others with the usual value that it takes, and others with each further value."""
_SAME_RATIO = limit("unlike_peers", "same_ratio")


def check(library: Library) -> Iterator[Diagnostic]:
    """One that occurs once is odd, where the usual value occurs six times or more and every other three times."""
    for kind, alike, shared in _SHARED:
        if kind in library.asked_kinds:
            classes: dict[tuple[Any, ...], list[str]] = {}
            for key, entry in library.values(kind).items():
                classes.setdefault(tuple(value_at(entry, name) for name in alike), []).append(key)
            for same, keys in classes.items():
                if len(keys) > _LEAST and None not in same:
                    yield from _odd(library, kind, same, keys, shared)


def _odd(
    library: Library, kind: str, same: tuple[Any, ...], keys: list[str], shared: list[str]
) -> Iterator[Diagnostic]:
    entries = library.values(kind)
    for field in shared:
        found = {key: value for key in keys if (value := _value(entries[key], field)) is not None}
        counts = Counter(found.values())
        for key, value in found.items():
            document = library.of(kind)[key]
            others = [count for one, count in counts.items() if one != value]
            if document.asked and counts[value] == 1 and others and min(others) >= _EACH and max(others) >= _LEAST:
                yield _told(document, field, value, counts, same)


def _told(document: Document, field: str, value: Any, counts: Counter[Any], same: tuple[Any, ...]) -> Diagnostic:
    usual, count = counts.most_common(1)[0]
    message = f"`{field}` is {_shown(value)}; {count} others of {' '.join(map(str, same))} have {_shown(usual)}"
    hint = "check it; if it is right, `accept` the finding with the reason"
    return document.find("P326", message, field.partition("/")[0].split("."), hint)


def _value(entry: Mapping[str, Any], field: str) -> Any:
    """The value of a field; a ratio in steps of 10 %, so that rounding does not make two of it."""
    upper, slash, lower = field.partition("/")
    one, other = value_at(entry, upper), value_at(entry, lower) if slash else 1
    if not slash:
        return one if isinstance(one, bool | int | float | str) else None
    if not (isinstance(one, int | float) and isinstance(other, int | float) and one and other):
        return None
    ratio = one / other
    return round(ratio) if ratio >= 1 / _SAME_RATIO / 10 else round(ratio, 2)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
