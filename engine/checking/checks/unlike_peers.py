"""P326: an entry that differs from all others of its class in what such entries share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ...reading.diagnostic import Diagnostic
from ...reading.knowledge import value_at
from ..document import Document, Library

_SHARED: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("gpus", ("architecture",), ("bf16_units", "fp8_units", "fp4_units", "int8_units")),
    (
        "gpus",
        ("architecture", "segment"),
        ("compute_capability", "gfx", "pcie.gen", "pcie_p2p_stock_driver", "resizable_bar", "fp16_tflops/fp32_tflops"),
    ),
    ("quantizations", ("family",), ("container", "activation_bits")),
    ("quantizations", ("family", "container"), ("activation_bits", "group")),
)
"""Entries of which kind, alike in which fields, share which values; `a/b` is a ratio."""
_LEAST, _EACH = 6, 3
"""Others with the usual value that it takes, and others with each further value."""
_SAME_RATIO = 0.1


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
    library: Library, kind: str, same: tuple[Any, ...], keys: list[str], shared: tuple[str, ...]
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
