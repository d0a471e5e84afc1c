"""The lenient reading of a scenario: Cerberus renames, coerces and checks, by the table of fields."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from cerberus import Validator, errors

from .nearest import did_you_mean
from .scenario import Problem, Scenario
from .scenario_fields import ALIASES, MOST_CARDS, NO, SCENARIO, UNITS, YES, Field

_NUMBER = re.compile(r"\s*\$?\s*([-+]?(?:[0-9][0-9,_' ]*)?\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z$/]*)\s*\Z")
_CARDS = re.compile(r'\s*(?:([0-9]{1,9})\s*[x×*]\s*)?"?([^"]*?)"?\s*\Z')
_SLOT = re.compile(r"\s*(?:pcie|gen)?\s*([0-9])(?:\.0)?\s*[x×]\s*([0-9]{1,2})\s*\Z", re.IGNORECASE)
_BOND = re.compile(r"\s*([0-9]{1,9})\s*[-:]\s*([0-9]{1,9})\s*\Z")
_HINT = "\x1f"
_SCHEMA_HINT = "see schemas/scenario.schema.json"


def normalised(asked: Mapping[str, Any]) -> tuple[Scenario, list[Problem]]:
    """The scenario in canonical form, and everything that is wrong with it, by path."""
    twins = list(_twins(asked, ""))
    validator = _validator()
    document = _spoken(asked)
    validator.validate(document)
    problems = twins + list(_told(asked, validator._errors))
    return dict(validator.document or {}), _first_of_each(problems)


def _first_of_each(problems: list[Problem]) -> list[Problem]:
    """One problem for each path: the one that says most about it, which is a failed coercion."""
    chosen: dict[tuple[str | int, ...], Problem] = {}
    for problem in sorted(problems, key=lambda one: one[2] == _SCHEMA_HINT):
        chosen.setdefault(problem[0], problem)
    return [chosen[path] for path in dict.fromkeys(problem[0] for problem in problems)]


def _spoken(node: Any) -> Any:
    """Plain values, without what is left open (`auto`, nothing)."""
    if isinstance(node, Mapping):
        spoken = {}
        for name, value in node.items():
            if value is None or (value == "auto" and name != "parallelism"):
                continue
            spoken[name if isinstance(name, str) else str(name)] = _spoken(value)
        return spoken
    return [_spoken(item) for item in node] if isinstance(node, list | tuple) else node


def _twins(asked: Mapping[str, Any], section: str) -> Iterator[Problem]:
    """A field that is given under two of its names."""
    names = ALIASES.get(section, {})
    for alias, name in names.items():
        if alias in asked and name in asked:
            path = tuple(section.split(".")) if section else ()
            yield (*path, alias), f"`{alias}` and `{name}` are the same field", "keep one of the two"
    for name, value in asked.items():
        inner = f"{section}.{names.get(name, name)}".lstrip(".")
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping) and inner in ALIASES:
                yield from _twins(one, inner)


@cache
def _validator() -> Any:
    return Validator(_rules(SCENARIO, ""), allow_unknown=False, require_all=False)


def _rules(fields: Mapping[str, Field], section: str) -> dict[str, Any]:
    rules = {name: _rule(field, f"{section}.{name}".lstrip(".")) for name, field in fields.items()}
    for alias, name in ALIASES.get(section, {}).items():
        rules[alias] = {"rename": name}
    return rules


def _rule(field: Field, path: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"required": True} if field.needed else {}
    if field.kind in ("section", "layout"):
        allowed = ["dict", "string"] if field.kind == "layout" else "dict"
        coerce = _layout if field.kind == "layout" else _mapping
        return {**rule, "type": allowed, "coerce": coerce, "schema": _rules(field.fields, path)}
    if field.kind == "groups":
        group = {"type": "dict", "schema": _rules(field.fields, path)}
        return {**rule, "type": "list", "coerce": _groups, "minlength": 1, "schema": group}
    return {**rule, "coerce": partial(_COERCE[field.kind], field=field)}


def _fail(message: str, hint: str) -> ValueError:
    return ValueError(f"{message}{_HINT}{hint}")


# coercions: each gives the canonical value or raises ValueError


def _mapping(value: Any) -> Any:
    if not isinstance(value, dict):
        raise _fail(f"{_shown(value)} in place of fields", "write `name: value` lines below it")
    return value


def _layout(value: Any) -> Any:
    if isinstance(value, str) and value.strip().lower() == "auto":
        return "auto"
    if isinstance(value, dict):
        return value
    raise _fail(f"{_shown(value)} is no layout", "write {tensor: 2, pipeline: 1, replicas: 1}, or auto")


def _groups(value: Any) -> Any:
    groups = value if isinstance(value, list) else [value]
    if not groups:
        raise _fail("no GPU is given", "list at least one: {gpu: rtx_3090, count: 2}")
    return [_group(one) for one in groups]


def _group(value: Any) -> Any:
    if isinstance(value, dict):
        return value if "count" in value or "n" in value or "number" in value else {**value, "count": 1}
    found = _CARDS.match(value) if isinstance(value, str) and len(value) <= 400 else None
    if found is None or not found[2]:
        raise _fail(f"{_shown(value)} names no cards", 'write {gpu: rtx_3090, count: 4}, or 4x "RTX 3090"')
    return {"gpu": found[2], "count": int(found[1] or 1)}


def _number(value: Any, unit: str) -> float | int:
    if isinstance(value, bool):
        raise _fail(f"{_shown(value)} is no number", "write a number")
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            raise _fail(f"{value} is no number that can be compared", "leave the field out where it is unknown")
        return value
    found = _NUMBER.match(value) if isinstance(value, str) and len(value) <= 60 else None
    if found is None:
        raise _fail(f"{_shown(value)} is no number", f"write a number, in {unit}" if unit else "write a number")
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
        raise _fail(f"{_shown(value)} in place of a name", "write a name")
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
            f"{_shown(value)} is not known here",
            did_you_mean(text, field.choices, f"one of: {', '.join(field.choices)}"),
        )
    return text


def _yes_no(value: Any, field: Field) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str) else ""
    if text in YES or text in NO:
        return text in YES
    raise _fail(f"{_shown(value)} is neither yes nor no", "write true or false, or leave the field out")


def _flags(value: Any, field: Field) -> list[str]:
    try:
        flags = shlex.split(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _fail(f"{_shown(value)}: {error}", "write a list of flags") from None
    if not isinstance(flags, list) or not all(
        isinstance(flag, str | int | float) and str(flag).strip() for flag in flags
    ):
        raise _fail(f"{_shown(value)} is no list of flags", 'write ["--enforce-eager"]')
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
        raise _fail(f"{_shown(value)} does not say which cards", "write pairs, [[0, 1], [2, 3]], or full")
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
    raise _fail(f"{_shown(pair)} is no pair of cards", "write two card numbers, counted from 0: [0, 1]")


def _slots(value: Any, field: Field) -> Any:
    return [_slot(one, field) for one in value] if isinstance(value, list) and value else _slot(value, field)


def _slot(value: Any, field: Field) -> dict[str, int]:
    found = _SLOT.match(value) if isinstance(value, str) else None
    given = {"gen": int(found[1]), "lanes": int(found[2])} if found else value
    if not isinstance(given, dict) or given.keys() != {"gen", "lanes"}:
        raise _fail(f"{_shown(value)} is no slot", "write {gen: 4, lanes: 16}")
    return {"gen": _count(given["gen"], field.fields["gen"]), "lanes": _lanes(given["lanes"], field.fields["lanes"])}


def _lanes(value: Any, field: Field) -> int:
    text = value.strip().lower().removeprefix("x") if isinstance(value, str) else value
    number = _number(text, "")
    if str(number).removesuffix(".0") not in field.choices:
        raise _fail(f"a slot has no {number:g} lanes", f"one of: {', '.join(field.choices)}")
    return int(number)


def _numbers(value: Any, field: Field) -> list[int]:
    if not isinstance(value, list):
        raise _fail(f"{_shown(value)} is no list", "give one number for each card: [0, 0, 1, 1]")
    return [_count(one, field) for one in value]


def _waivers(value: Any, field: Field) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(why, str | int | float) and str(why).strip() for why in value.values()
    ):
        raise _fail("a waiver needs its reason", 'write {nvlink_bridges: "no room for a bridge"}')
    return {str(name): str(why) for name, why in value.items()}


def _prices(value: Any, field: Field) -> dict[str, dict[str, float]]:
    if not isinstance(value, dict):
        raise _fail(f"{_shown(value)} in place of prices", "write {rtx_3090: 650}")
    return {str(item): _price(price) for item, price in value.items()}


def _price(value: Any) -> dict[str, float]:
    if isinstance(value, dict) and value.keys() == {"low", "high"}:
        value = [value["low"], value["high"]]
    ends = value if isinstance(value, list) and len(value) == 2 else [value, value]
    low, high = sorted(float(_number(one, "USD")) for one in ends)
    if not 0 <= low <= high <= 1e9:
        raise _fail(f"{_shown(value)} is no price", "write an amount in USD, or {low: 600, high: 700}")
    return {"low": low, "high": high}


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text[:40]}…'" if len(text) > 40 else f"'{text}'"


_COERCE: dict[str, Callable[..., Any]] = {
    "count": _count,
    "amount": _amount,
    "money": _money,
    "text": _text,
    "word": _word,
    "yes_no": _yes_no,
    "flags": _flags,
    "bonds": _bonds,
    "slots": _slots,
    "lanes": _lanes,
    "numbers": _numbers,
    "waivers": _waivers,
    "prices": _prices,
}


# errors of Cerberus as problems of ours


def _told(asked: Mapping[str, Any], found: Any) -> Iterator[Problem]:
    for error in found:
        if error.is_group_error and error.child_errors:
            yield from _told(asked, error.child_errors)
        else:
            yield _problem(error)


def _problem(error: Any) -> Problem:
    path = tuple(error.document_path)
    name = str(path[-1]) if path else ""
    if error.code == errors.UNKNOWN_FIELD.code:
        known = _known(path[:-1])
        return path, f"unknown field `{name[:60]}`", did_you_mean(name, known, f"known: {', '.join(known)}")
    if error.code == errors.REQUIRED_FIELD.code:
        hint = "name the cards: {gpu: rtx_3090, count: 2}" if name in ("gpu", "gpus", "rig") else f"add `{name}`"
        return path, f"`{name}` is missing", hint
    if error.code in (errors.COERCION_FAILED.code, errors.RENAMING_FAILED.code) and error.info:
        message, _, hint = str(error.info[0]).partition(_HINT)
        return path, f"`{name}`: {message}" if isinstance(path[-1], str) else message, hint
    return path, f"`{name}` cannot be {_shown(error.value)}", _SCHEMA_HINT


def _known(path: tuple[str | int, ...]) -> list[str]:
    fields: Mapping[str, Field] = SCENARIO
    for step in path:
        if isinstance(step, str) and step in fields:
            fields = fields[step].fields
    return list(fields)
