"""Coercions: from what a user writes to the canonical value of a scenario's field.

Each gives the value or raises ValueError, with the hint behind the message.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable
from typing import Any

from .nearest import did_you_mean
from .scenario_fields import MOST_CARDS, NO, SLICE, UNITS, YES, Field

HINT = "\x1f"
"""Stands between message and hint of a ValueError."""
_NUMBER = re.compile(r"\s*\$?\s*([-+]?(?:[0-9][0-9,_' ]*)?\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z$/]*)\s*\Z")
_CARDS = re.compile(r'\s*(?:([0-9]{1,9})\s*[x×*]\s*)?"?([^"]*?)"?\s*\Z')
_SLOT = re.compile(r"\s*(?:pcie|gen)?\s*([0-9])(?:\.0)?\s*[x×]\s*([0-9]{1,2})\s*\Z", re.IGNORECASE)
_BOND = re.compile(r"\s*([0-9]{1,9})\s*[-:]\s*([0-9]{1,9})\s*\Z")


def _fail(message: str, hint: str) -> ValueError:
    return ValueError(f"{message}{HINT}{hint}")


def mapping(value: Any) -> Any:
    """A section: fields, and nothing else."""
    if not isinstance(value, dict):
        raise _fail(f"{shown(value)} in place of fields", "write `name: value` lines below it")
    return value


def layout(value: Any) -> Any:
    """`auto`, or the sizes of the layout."""
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    if isinstance(value, dict):
        return value
    raise _fail(f"{shown(value)} is no layout", "write {tensor: 2, pipeline: 1, replicas: 1}, or auto")


def groups(value: Any) -> Any:
    """Groups of cards: `4x RTX 3090`, a mapping, or a list of such."""
    given = value if isinstance(value, list) else [value]
    if not given:
        raise _fail("no GPU is given", "list at least one: {gpu: rtx_3090, count: 2}")
    return [_group(one) for one in given]


def _group(value: Any) -> Any:
    if isinstance(value, dict):
        return value if "count" in value or "n" in value or "number" in value else {**value, "count": 1}
    found = _CARDS.match(value) if isinstance(value, str) and len(value) <= 400 else None
    if found is None or not found[2]:
        raise _fail(f"{shown(value)} names no cards", 'write {gpu: rtx_3090, count: 4}, or 4x "RTX 3090"')
    return {"gpu": found[2], "count": int(found[1] or 1)}


def _number(value: Any, unit: str) -> float | int:
    if isinstance(value, bool):
        raise _fail(f"{shown(value)} is no number", "write a number")
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            raise _fail(f"{value} is no number that can be compared", "leave the field out where it is unknown")
        return value
    found = _NUMBER.match(value) if isinstance(value, str) and len(value) <= 60 else None
    if found is None:
        raise _fail(f"{shown(value)} is no number", f"write a number, in {unit}" if unit else "write a number")
    return _scaled(float(re.sub(r"[,_' ]", "", found[1])), found[2], unit)


def _scaled(number: float, given: str, unit: str) -> float | int:
    known = UNITS[unit]
    if given and given.lower() not in known:
        listed = ", ".join(dict.fromkeys([unit, *known])) if unit else ""
        hint = f"units that are understood: {listed}" if listed else "write the bare number"
        raise _fail(f"unit '{given}' does not fit here", hint)
    value = number * (known[given.lower()] if given else 1)
    if not math.isfinite(value):
        raise _fail("the number is too large", "check the exponent")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _count(value: Any, field: Field) -> int:
    number = _number(value, field.unit)
    if isinstance(number, float):
        if not number.is_integer():
            raise _fail(f"{number:g} is no whole number", "write a whole number")
        number = int(number)
    return int(_within(number, field, field.least <= number <= field.most, "at least"))


def _amount(value: Any, field: Field) -> float | int:
    number = _number(value, field.unit)
    return _within(number, field, field.least < number <= field.most, "more than")


def _money(value: Any, field: Field) -> float | int:
    number = _number(value, field.unit)
    return _within(number, field, field.least <= number <= field.most, "at least")


def _within(number: float | int, field: Field, fits: bool, words: str) -> float | int:
    if not fits:
        unit = f" {field.unit}" if field.unit else ""
        limit = f"{words} {field.least:g}" if number <= field.least else f"at most {field.most:g}"
        raise _fail(f"{_written(number)}{unit} is out of range", f"give {limit}{unit}")
    return number


def _written(number: float | int) -> str:
    """A number as text, however many digits it has."""
    return f"{number:g}" if isinstance(number, float) or abs(number) < 10**18 else "a number of too many digits"


def _text(value: Any, field: Field) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _fail(f"{shown(value)} in place of a name", "write a name")
    text = str(value).strip()
    if not text or len(text) > 400:
        raise _fail("the name is empty" if not text else "the name is too long", "write a name")
    return text


def _word(value: Any, field: Field) -> str:
    text = (
        "none"
        if value is False and "none" in field.choices
        else str(value).strip().lower().replace("-", "_").replace(" ", "_")
    )
    if text not in field.choices:
        raise _fail(
            f"{shown(value)} is not known here",
            did_you_mean(text, field.choices, f"one of: {', '.join(field.choices)}"),
        )
    return text


def _yes_no(value: Any, field: Field) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str) else ""
    if text in YES or text in NO:
        return text in YES
    raise _fail(f"{shown(value)} is neither yes nor no", "write true or false, or leave the field out")


def _slice(value: Any, field: Field) -> bool | str:
    """Whether a card is in MIG mode, or the profile of its slices: `3g.40gb`, with `MIG` in front or without."""
    text = value.strip().lower().removeprefix("mig").strip() if isinstance(value, str) else ""
    return text if SLICE.fullmatch(text) else _yes_no(value, field)


def _flags(value: Any, field: Field) -> list[str]:
    try:
        flags = shlex.split(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _fail(f"{shown(value)}: {error}", "write a list of flags") from None
    if not isinstance(flags, list) or not all(
        isinstance(flag, str | int | float) and str(flag).strip() for flag in flags
    ):
        raise _fail(f"{shown(value)} is no list of flags", 'write ["--enforce-eager"]')
    return [str(flag).strip() for flag in flags]


def _bonds(value: Any, field: Field) -> Any:
    if isinstance(value, str):
        text = value.strip().lower()
        if text in ("full", "all", "switch", "nvswitch"):
            return "full"
        if text in ("none", "no", ""):
            return []
        value = text.split(",")
    if value is False:
        return []
    if not isinstance(value, list):
        raise _fail(f"{shown(value)} does not say which cards", "write pairs, [[0, 1], [2, 3]], or full")
    if len(value) == 2 and all(type(one) is int for one in value):
        value = [value]
    return [_bond(pair) for pair in value]


def _bond(pair: Any) -> list[int]:
    found = _BOND.match(pair) if isinstance(pair, str) else None
    numbers = [int(found[1]), int(found[2])] if found else pair
    if isinstance(numbers, list) and len(numbers) == 2:
        cards = [
            int(one) if isinstance(one, str) and one.isascii() and one.isdigit() and len(one) < 9 else one
            for one in numbers
        ]
        if all(type(one) is int and 0 <= one < MOST_CARDS for one in cards):
            return cards
    raise _fail(f"{shown(pair)} is no pair of cards", "write two card numbers, counted from 0: [0, 1]")


def _slots(value: Any, field: Field) -> Any:
    return [_slot(one, field) for one in value] if isinstance(value, list) and value else _slot(value, field)


def _slot(value: Any, field: Field) -> dict[str, int]:
    found = _SLOT.match(value) if isinstance(value, str) else None
    given = {"gen": int(found[1]), "lanes": int(found[2])} if found else value
    if not isinstance(given, dict) or given.keys() != {"gen", "lanes"}:
        raise _fail(f"{shown(value)} is no slot", "write {gen: 4, lanes: 16}")
    return {"gen": _count(given["gen"], field.fields["gen"]), "lanes": _lanes(given["lanes"], field.fields["lanes"])}


def _lanes(value: Any, field: Field) -> int:
    text = value.strip().lower().removeprefix("x") if isinstance(value, str) else value
    number = _number(text, "")
    if str(number).removesuffix(".0") not in field.choices:
        raise _fail(f"a slot has no {number:g} lanes", f"one of: {', '.join(field.choices)}")
    return int(number)


def _numbers(value: Any, field: Field) -> list[int]:
    if not isinstance(value, list):
        raise _fail(f"{shown(value)} is no list", "give one number for each card: [0, 0, 1, 1]")
    return [_count(one, field) for one in value]


def _waivers(value: Any, field: Field) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(why, str | int | float) and str(why).strip() for why in value.values()
    ):
        raise _fail("a waiver needs its reason", 'write {nvlink_bridges: "no room for a bridge"}')
    return {str(name): str(why) for name, why in value.items()}


def _prices(value: Any, field: Field) -> dict[str, dict[str, float]]:
    if not isinstance(value, dict):
        raise _fail(f"{shown(value)} in place of prices", "write {rtx_3090: 650}")
    return {str(item): _price(price) for item, price in value.items()}


def _price(value: Any) -> dict[str, float]:
    if isinstance(value, dict) and value.keys() == {"low", "high"}:
        value = [value["low"], value["high"]]
    ends = value if isinstance(value, list) and len(value) == 2 else [value, value]
    low, high = sorted(float(_number(one, "USD")) for one in ends)
    if not 0 <= low <= high <= 1e9:
        raise _fail(f"{shown(value)} is no price", "write an amount in USD, or {low: 600, high: 700}")
    return {"low": low, "high": high}


def shown(value: Any) -> str:
    """A value as it can be shown in a message."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text[:40]}…'" if len(text) > 40 else f"'{text}'"


COERCE: dict[str, Callable[..., Any]] = {
    "count": _count,
    "amount": _amount,
    "money": _money,
    "text": _text,
    "word": _word,
    "yes_no": _yes_no,
    "slice": _slice,
    "flags": _flags,
    "bonds": _bonds,
    "slots": _slots,
    "lanes": _lanes,
    "numbers": _numbers,
    "waivers": _waivers,
    "prices": _prices,
}
