"""The second layer: is the file written correctly? JSON Schema, in words that say what to change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ..reading.diagnostic import Diagnostic, Fix
from ..reading.place import Place
from .document import Document
from .kinds import BY_KIND
from .nearest import levelled, nearest
from .quick_shape import fits
from .schemas import validator

_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "empty",
}
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?\Z")
_NUMBER_UNIT = re.compile(r"([-+]?[0-9][0-9 ,_']*(?:\.[0-9]+)?)\s*([A-Za-z%/][A-Za-z/%0-9]*)\Z")
_LETTERS_FOR_DIGITS = str.maketrans("OoIl", "0011")
_FORMS = (
    ("[0-9]{4}(-[0-9]{2}", 'a date as "2026-11-23", "2026-11" or "2026", in quotes'),
    ("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", 'a date as "2026-11-23", in quotes'),
    ("^[a-z0-9]", "lower-case letters, digits and `_`, as in `rtx_3090`"),
    ("^[a-z]", "lower-case letters, digits and `_`, starting with a letter"),
    ("^https?", "an address that starts with https:// and holds no spaces"),
    ("^(rig", "a path into the scenario, as in `rig.driver`"),
    ("_gb$", "a model and the unit, as in `llama_3_1_8b_gb`"),
    ("^[A-Z]", "a code, as in `P301`"),
    ("^[0-9+*", "numbers, + - * / and brackets only"),
    ("^-", "a flag, as in `--enforce-eager`"),
    ("^20[0-9]", "a date as 2026-11-23, 2026-11 or 2026"),
    ("^(single", "single, tp, pp or layer_split, for copies with ` x2 replicas` behind it"),
    ("^([1-9][0-9]*|max", "a whole number, or `max (what that means)`"),
    ("^[0-9a-f]{7", "the commit, 7 to 40 hexadecimal digits"),
    ("^[A-Za-z0-9_.-]+/", "owner/name, as in `Qwen/QwQ-32B`, without an address before it"),
    ("^[A-Za-z0-9]", "letters, digits, `_`, `.` and `-`, without spaces"),
)


def check_shape(document: Document) -> list[Diagnostic]:
    """Everything in a document that its schema does not allow."""
    name = BY_KIND.get(document.kind)
    if name is None or fits(name, document.node):
        return []
    return shape_of(document, validator(name))


def shape_of(document: Document, schema: Any) -> list[Diagnostic]:
    """Findings of one compiled schema, one for each cause."""
    found: list[Diagnostic] = []
    for error in schema.iter_errors(document.node):
        found += _TELL.get(error.validator, _other)(document, error)
    return _one_per_cause(found)


def _one_per_cause(found: list[Diagnostic]) -> list[Diagnostic]:
    """A field that is missing because it is misspelt is told once; so is what several keywords say of one place."""
    misspelt = {one.hint.split("`")[1] for one in found if one.code == "S101" and "`" in one.hint}
    kept: dict[tuple[Place, str], Diagnostic] = {}
    for one in found:
        missing = one.message.split("`")[1] if one.code == "S102" else ""
        if missing not in misspelt:
            kept.setdefault((one.place, one.code if one.code in ("S101", "S102") else ""), one)
            if one.code == "S102":
                kept.setdefault((one.place, missing), one)
    return list(dict.fromkeys(kept.values()))


def _unknown_field(document: Document, error: Any) -> Iterator[Diagnostic]:
    known = error.schema.get("properties", {})
    path = list(error.absolute_path)
    for name in error.instance:
        if name not in known:
            yield _stray(document, [*path, name], name, [each for each in known if each not in error.instance], known)


def _stray(document: Document, path: list[Any], name: str, free: list[str], known: Any) -> Diagnostic:
    near = nearest(name, known)
    hint, fix = f"fields that may stand here: {', '.join(sorted(free)[:12])}", None
    if near in free:
        hint = f"did you mean `{near}`?"
        fix = _replace(document.place(path, on_key=True), near) if _sure(name, near) else None
    elif near:
        hint = f"looks like `{near}`, which is already set; keep one of the two"
    inside = f" in `{path[-2]}`" if len(path) > 1 and isinstance(path[-2], str) else ""
    return document.find("S101", f"unknown field `{name[:60]}`{inside}", path, hint, on_key=True, fix=fix)


_UNITS = frozenset({"b", "kb", "kib", "mb", "mib", "gb", "gib", "tb", "tib", "w", "kw", "s", "ms", "us", "usd", "bits"})


def _sure(name: str, near: str) -> bool:
    """Whether a misspelling can be repaired without asking: letters doubled, dropped, swapped or of another case."""
    import difflib

    one, other = levelled(name), levelled(near)
    if (
        _UNITS & {one.rpartition("_")[2], other.rpartition("_")[2]}
        and one.rpartition("_")[2] != other.rpartition("_")[2]
    ):
        return False  # another unit is another quantity
    return one == other or (len(one) > 5 and difflib.SequenceMatcher(None, one, other).ratio() >= 0.92)


def _missing(document: Document, error: Any) -> Iterator[Diagnostic]:
    name = error.message.split("'")[1]
    path = list(error.absolute_path)
    inside = f" in `{path[-1]}`" if path and isinstance(path[-1], str) else ""
    about = error.schema.get("properties", {}).get(name, {})
    told = about.get("description", "") if isinstance(about, dict) else ""
    hint = f"add `{name}: …`" + (f"  ({told})" if told else "")
    yield document.find("S102", f"`{name}` is missing{inside}", path, hint, on_key=True)


def _type(document: Document, error: Any) -> Iterator[Diagnostic]:
    wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    words = " or ".join(_WORDS.get(str(name), str(name)) for name in wanted)
    path = list(error.absolute_path)
    given = error.instance
    hint, fix = _type_hint(document, path, wanted, given)
    yield document.find("S103", f"{_named(path)} must be {words}, not {_kind(given)}", path, hint, fix=fix)


def _named(path: list[Any]) -> str:
    """How a place is spoken of: by its field, as an item of a list, or as the file."""
    if not path:
        return "the file"
    return f"`{path[-1]}`" if isinstance(path[-1], str) else "this item"


def _kind(given: Any) -> str:
    if given is None:
        return "empty"
    if isinstance(given, bool):
        return f"`{str(given).lower()}`"
    if isinstance(given, int | float):
        return f"the number {given}"
    if isinstance(given, str):
        return f"the text {_short(given)!r}"
    return "a mapping" if isinstance(given, dict) else "a list"


def _type_hint(document: Document, path: list[Any], wanted: list[str], given: Any) -> tuple[str, Fix | None]:
    place = document.place(path)
    if given is None:
        return "leave the field out where the value is unknown", None
    if isinstance(given, str) and {"number", "integer"} & set(wanted):
        return _number_hint(str(path[-1]) if path else "", place, given, document.source_text(place))
    if isinstance(given, bool | int | float) and {"number", "integer"} & set(wanted):
        return "write a whole number" if "integer" in wanted else "write a number", None
    if isinstance(given, bool | int | float) and "string" in wanted:
        written = document.source_text(place) or str(given)
        return f'quote it: "{written}"', _replace(place, f'"{written}"')
    if isinstance(given, str) and "boolean" in wanted:
        meant = {"true": "true", "yes": "true", "false": "false", "no": "false"}.get(given.lower())
        return (
            "write true or false, without quotes",
            _replace(place, meant) if meant and _one_word(document, place) else None,
        )
    if "array" in wanted:
        items = ", ".join(given.replace(",", " ").split()) if isinstance(given, str) and "," in given else "a, b"
        return f"write a list, in brackets: [{_short(items)}]", None
    if "object" in wanted:
        return "write fields of its own, indented below it", None
    words = " or ".join(_WORDS.get(name, name) for name in wanted)
    return f"write {words} alone, without brackets, braces or fields below it", None


def _one_word(document: Document, place: Place) -> bool:
    return document.source_text(place)[:1] in "\"'"


_NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_THOUSANDS = {"k": 1e3, "m": 1e6, "b": 1e9}
_SCALES: dict[str, dict[str, float]] = {
    "w": {"w": 1, "kw": 1e3, "mw": 1e-3},
    "gib": {"gib": 1, "gb": 1, "mib": 1 / 1024, "mb": 1 / 1024, "tib": 1024, "tb": 1024},
    "gb_s": {"gb/s": 1, "tb/s": 1e3, "mb/s": 1e-3, "gbps": 1},
    "us": {"us": 1, "ms": 1e3, "s": 1e6, "ns": 1e-3},
    "tflops": {"tflops": 1, "gflops": 1e-3, "pflops": 1e3},
}
"""Units as people write them, by the unit in which a field's name ends."""


def _unit_hint(name: str, number: str, unit: str) -> str:
    """What to write for a number with a unit: in the unit of the field where both are known, in full after `k`."""
    scale = next((scale for end, scale in _SCALES.items() if name.endswith(f"_{end}")), {}).get(unit.lower())
    if scale and scale != 1:
        return f"write {float(number) * scale:.10g}: that is {number} {unit} in the unit of the field's name"
    if not scale and unit.lower() in _THOUSANDS:
        whole = float(number) * _THOUSANDS[unit.lower()]
        binary = f", or {float(number) * 1024:.0f} if it counts in 1024" if unit in "kK" else ""
        return f"write the number in full: {whole:.0f}{binary}"
    return f"write {number} without quotes and without `{unit}`"


def _number_hint(name: str, place: Place, given: str, written: str) -> tuple[str, Fix | None]:
    if _NUMBER.match(given):
        return f"write {given} without quotes", _replace(place, given) if written[:1] in "\"'" else None
    digits = given.translate(_LETTERS_FOR_DIGITS)
    if digits != given and _NUMBER.match(digits):
        return f"write {digits}: a letter stands where a digit should", None
    unit = _NUMBER_UNIT.match(given)
    if unit:
        return _unit_hint(name, re.sub(r"[ ,_']", "", unit[1]), unit[2]), None
    if given.lower() in _NUMERALS:
        return f"write {_NUMERALS.index(given.lower())}", None
    if _NUMBER.match(given.lstrip("~≈<>")):
        return f"write {given.lstrip('~≈<>')}; what is not exact says so: {{value: …, mark: uncertain}}", None
    if given.lower() in ("unknown", "n/a", "na", "none", "tbd", "?", "-", "nan"):
        return "leave the field out where the value is unknown", None
    return "write a number, without unit and quotes", None


def _replace(place: Place, text: str) -> Fix:
    return Fix(place.line, place.column, place.line, place.end_column, text, f"write {text}")


_SIGNS = (("$", "USD"), ("US$", "USD"), ("dollar", "USD"), ("dollars", "USD"))


def _choice(document: Document, error: Any) -> Iterator[Diagnostic]:
    path = list(error.absolute_path)
    allowed = error.validator_value if error.validator == "enum" else [error.validator_value]
    names = [str(value).lower() if isinstance(value, bool) else str(value) for value in allowed if value is not None]
    listed = f"one of: {', '.join(names[:20])}" if len(names) > 1 else f"write {names[0]}" if names else ""
    given = error.instance
    near = nearest(given, names) if isinstance(given, str) else None
    near = next((word for sign, word in _SIGNS if given == sign and word in names), near)
    place = document.place(path)
    fix = _replace(place, near) if near and levelled(str(given)) == levelled(near) else None
    name = _named(path)
    hint = f"did you mean `{near}`?" if near else listed
    yield document.find("S104", f"{name} cannot be {_kind(given).removeprefix('the text ')}", path, hint, fix=fix)


def _form(document: Document, error: Any) -> Iterator[Diagnostic]:
    path = list(error.absolute_path)
    wanted = next((words for part, words in _FORMS if part in error.validator_value), "another form")
    if isinstance(error.instance, str) and "propertyNames" in error.absolute_schema_path:
        hint = f"a name here is {wanted}"
        yield document.find(
            "S106", f"`{_short(error.instance)}` is no field name", [*path, error.instance], hint, on_key=True
        )
        return
    yield document.find(
        "S106", f"{_named(path)} is {_short(str(error.instance))!r}, which has the wrong form", path, f"write {wanted}"
    )


def _bounds(document: Document, error: Any) -> Iterator[Diagnostic]:
    path = list(error.absolute_path)
    words = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
    }
    message = f"{_named(path)} is {error.instance}, and must be {words[error.validator]} {error.validator_value}"
    yield document.find("S105", message, path, "check the number and its unit")


def _length(document: Document, error: Any) -> Iterator[Diagnostic]:
    path = list(error.absolute_path)
    size, limit = len(error.instance), error.validator_value
    hint = "delete it or fill it in" if error.validator.startswith("min") else "shorten it"
    if error.validator == "minItems" and limit == 2:
        hint = "one claim needs no list: write it as a mapping {value: …, source: …}"
    words = "at least" if error.validator.startswith("min") else "at most"
    what = {"I": "items", "L": "characters", "P": "fields"}[error.validator[3]]
    yield document.find("S107", f"{_named(path)} has {size} {what}, and must have {words} {limit}", path, hint)


def _other(document: Document, error: Any) -> Iterator[Diagnostic]:
    path = list(error.absolute_path)
    yield document.find("S108", f"does not fit the form: {_short(error.message)}", path, "see a file beside it")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


_TELL: dict[str, Callable[[Document, Any], Iterator[Diagnostic]]] = {
    "additionalProperties": _unknown_field,
    "required": _missing,
    "type": _type,
    "enum": _choice,
    "const": _choice,
    "pattern": _form,
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _bounds),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _length),
}
