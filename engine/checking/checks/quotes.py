"""P330: a claim states a number that its quote does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isclose
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Library

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_STATED = ("value", "upper", "states", "upper_states", "states_percent", "upper_percent")
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_FACTORS = (1.0, 1e3, 1e-3, 1e6, 1e9)
"""`4k` and `4,000`, `1.8 TB/s` and 1800 GB/s are one number."""


def check(library: Library) -> Iterator[Diagnostic]:
    """Of the numbers that a claim states, one at least stands in its quote, where that holds numbers."""
    for document in library.asked("claims"):
        for index, item in enumerate(document.node):
            claim, said = item["claim"], set(_numbers(str(item.get("quote") or "")))
            stated = {name: value for name in _STATED if _is_number(value := claim.get(name))}
            if said and stated and not any(_said(value, said) for value in stated.values()):
                name, value = next(iter(stated.items()))
                told = ", ".join(f"{one:,.10g}" for one in sorted(said))
                message = f"the claim states {value:,}, and its quote says {told}"
                hint = "write the number of the quote, or quote what it was worked out from"
                yield document.find("P330", message, [index, "claim", name], hint)


def _numbers(quote: str) -> Iterator[float]:
    for found in _NUMBER.findall(quote):
        yield float(found.replace(",", ""))
    for word in re.findall(r"[a-z]+", quote.lower()):
        if word in _WORDS:
            yield float(_WORDS.index(word))


def _said(value: float, said: set[float]) -> bool:
    """As it is, in another unit, or as so many times more: twice as fast is 100 % faster."""
    return any(isclose(abs(value), number * factor, rel_tol=1e-6) for number in said for factor in _FACTORS) or any(
        isclose(value, 100 * (number - 1), rel_tol=1e-6, abs_tol=1e-9) for number in said
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
