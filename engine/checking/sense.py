"""The third layer: does a well-formed entry make sense? Cerberus over the canonical form, rules in schemas/sense.json.

In the canonical form every value is a list of claims, and every field stands under its dotted name, so that a rule
speaks of a value however it was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from cerberus import Validator

from ..paths import SCHEMAS
from ..reading.claims import is_claim, is_dispute
from ..reading.diagnostic import Diagnostic
from ..reading.place import Map, Seq
from .document import Document, claims_in
from .nearest import did_you_mean

Step = tuple[str | int, ...]
_CODE = "\x1f"
_YEARS = (1970, 2200)


class Canonical:
    """An entry in canonical form: claims by dotted field, and where each stands."""

    def __init__(self, node: Any) -> None:
        self.claims: dict[str, list[dict[str, Any]]] = {}
        self.paths: dict[str, list[Step]] = {}
        self._walk(node, (), "")

    def _walk(self, node: Any, path: Step, field: str) -> None:
        if is_dispute(node):
            for index, claim in enumerate(node):
                self._add(field, claim, (*path, index, "value"))
        elif is_claim(node):
            self._add(field, node, (*path, "value"))
        elif isinstance(node, Map):
            for name, value in node.items():
                self._walk(value, (*path, name), f"{field}.{name}" if field else name)
        elif isinstance(node, Seq):
            for index, value in enumerate(node):
                self._walk(value, (*path, index), field)
        else:
            self._add(field, {"value": node}, path)

    def _add(self, field: str, claim: Mapping[str, Any], path: Step) -> None:
        self.claims.setdefault(field, []).append(dict(claim))
        self.paths.setdefault(field, []).append(path)


class Sense(Validator):  # type: ignore[misc]
    """Cerberus with the rules that our entries need; a claim is `{value, …}` and rules stand on its `value`."""

    def _fail(self, field: str, code: str, message: str, hint: str) -> None:
        self._error(field, _CODE.join((code, message, hint)))

    def _values(self, field: str) -> list[Any]:
        claims = self.root_document.get(field) or []
        return [claim["value"] for claim in claims if claim.get("status") not in ("refuted", "rejected", "superseded")]

    def _validate_needs(self, others: Mapping[str, list[Any]], field: str, value: Any) -> None:
        """{"type": "dict"}"""
        for other, allowed in others.items():
            given = self._values(other)
            if given and not set(map(str, given)) & set(map(str, allowed)):
                words = " or ".join(str(each) for each in allowed)
                message = f"is set, but `{other}` is {given[0]}"
                self._fail(field, "N403", message, f"it goes with `{other}: {words}` only; change one of the two")

    def _validate_wants(self, wanted: Mapping[str, str], field: str, value: Any) -> None:
        """{"type": "dict"}"""
        other = wanted.get(str(value))
        incomplete = self._values("mark") == ["incomplete"]
        if other and not incomplete and not any(name.split(".")[0] == other for name in self.root_document):
            self._fail(field, "N404", f"is {value}, but there is no `{other}`", f"add `{other}:` with its fields")

    def _validate_allowed_by(self, choices: Mapping[str, Any], field: str, value: Any) -> None:
        """{"type": "dict"}"""
        given = self._values(choices["field"])
        known = choices.get(str(given[0])) if given else None
        if known and value not in known:
            hint = did_you_mean(str(value), known, f"known: {', '.join(known)}")
            self._fail(field, "N402", f"`{value}` is no known word for {choices['field']} {given[0]}", hint)

    def _validate_matches(self, pattern: str, field: str, value: Any) -> None:
        """{"type": "string"}"""
        if isinstance(value, str) and not re.match(pattern, value):
            self._fail(field, "N402", f"{value!r} has the wrong form", f"it looks like {pattern.strip('^$')}")

    def _validate_day(self, _: bool, field: str, value: Any) -> None:
        """{"type": "boolean"}"""
        if isinstance(value, str) and not _is_day(value):
            year = value[:4]
            if year.isdigit() and not _YEARS[0] <= int(year) <= _YEARS[1]:
                message = f"the year {year} cannot be meant; sensible is {_YEARS[0]} to {_YEARS[1]}"
                self._fail(field, "N407", message, "check the digits of the year")
            else:
                self._fail(field, "N407", f"there is no day {value}", "check month and day: it is year-month-day")


def _is_day(value: str) -> bool:
    parts = [*value.split("-"), "01", "01"][:3]
    try:
        return _YEARS[0] <= date(*map(int, parts)).year <= _YEARS[1]
    except ValueError:
        return False


@cache
def _rules() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((SCHEMAS / "sense.json").read_text("utf-8"))
    return found


def words_by(kind: str, field: str) -> Mapping[str, list[str]]:
    """The words of a field, by the value of the field that they go with: architectures by vendor."""
    found = _rules()[kind][field]["allowed_by"]
    return {name: words for name, words in found.items() if name != "field"}


@cache
def _validator(kind: str) -> Sense | None:
    rules = _rules().get(kind)
    if not isinstance(rules, dict) or not rules:
        return None
    claims = {
        field: {"type": "list", "schema": {"type": "dict", "allow_unknown": True, "schema": {"value": rule}}}
        for field, rule in rules.items()
    }
    return Sense(claims, allow_unknown=True)


def check_sense(document: Document) -> list[Diagnostic]:
    """Everything in a well-formed document that makes no sense by itself."""
    found = [*_claims(document), *_repeated(document)]
    if not _plainly_tidy(document.node):
        found += [*_untidy(document), *_below_zero(document)]
    if _rules().get(document.kind) and isinstance(document.node, Map):
        canonical = Canonical(document.node)
        validator = None if _plainly_sensible(document.kind, canonical) else _validator(document.kind)
        if validator is not None and not validator.validate(canonical.claims, normalize=False):
            found += [_told(document, canonical, error) for error in _leaves(validator._errors)]
    return found


def _plainly_sensible(kind: str, canonical: Canonical) -> bool:
    """A quick yes, so that Cerberus is asked only where something may be wrong."""
    for field, rule in _rules()[kind].items():
        for claim in canonical.claims.get(field, ()):
            if not _meets(rule, claim["value"], canonical):
                return False
    return True


def _meets(rule: Mapping[str, Any], value: Any, canonical: Canonical) -> bool:
    for name, constraint in rule.items():
        if name == "min":
            met = isinstance(value, int | float) and value >= constraint
        elif name == "max":
            met = isinstance(value, int | float) and value <= constraint
        elif name == "allowed":
            met = isinstance(value, int | float | str) and value in constraint
        elif name == "day":
            met = isinstance(value, str) and _is_day(value)
        elif name == "allowed_by":
            given = canonical.claims.get(constraint["field"], ())
            met = len(given) == 1 and value in constraint.get(str(given[0]["value"]), ())
        elif name == "needs":
            met = all(_is_one(canonical, other, allowed) for other, allowed in constraint.items())
        elif name == "wants":
            met = value not in constraint
        else:
            return False
        if not met:
            return False
    return True


def _is_one(canonical: Canonical, field: str, allowed: list[Any]) -> bool:
    given = canonical.claims.get(field, ())
    return len(given) == 1 and given[0]["value"] in allowed


def _leaves(errors: Any) -> Iterator[Any]:
    for error in errors:
        if error.is_group_error and error.child_errors:
            yield from _leaves(error.child_errors)
        else:
            yield error


def _told(document: Document, canonical: Canonical, error: Any) -> Diagnostic:
    field, *rest = error.document_path
    index = next((step for step in rest if isinstance(step, int)), 0)
    path = canonical.paths[field][index]
    name = field.rsplit(".", 1)[-1]
    if error.info and isinstance(error.info[0], str) and _CODE in error.info[0]:
        code, message, hint = error.info[0].split(_CODE)
        return document.find(code, f"`{name}`: {message}" if message[0] != "i" else f"`{name}` {message}", path, hint)
    if error.rule in ("min", "max"):
        words = "at least" if error.rule == "min" else "at most"
        message = f"`{name}` is {error.value}; sensible is {words} {error.constraint}"
        return document.find("N401", message, path, "check the number and the unit in the field name")
    allowed = [str(each) for each in error.constraint] if isinstance(error.constraint, list) else []
    hint = did_you_mean(str(error.value), allowed, f"known: {', '.join(allowed)}")
    return document.find("N402", f"`{name}`: `{error.value}` is not in the vocabulary", path, hint)


def _plainly_tidy(node: Any) -> bool:
    """A quick yes: no text with white space at its ends or a line break in it, no number below zero."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        if isinstance(value, str):
            if "\n" in value or (value and (value[0].isspace() or value[-1].isspace())):
                return False
        elif isinstance(value, dict | list):
            if not _plainly_tidy(value):
                return False
        elif value is not None and value < 0:
            return False
    return True


def _untidy(document: Document) -> Iterator[Diagnostic]:
    """Text with spaces around it, or a line break where one line is meant."""
    for path, value in _texts(document.node, ()):
        if value != value.strip() and not (
            value.endswith("\n") and document.source_text(document.place(path))[:1] in "|>"
        ):
            hint = "delete the spaces and line breaks around it"
            yield document.find("N405", f"`{path[-1]}` has white space at its ends", path, hint)
        elif "\n" in value and path[-1] in ("name", "title", "publisher", "url", "source", "id"):
            yield document.find("N405", f"`{path[-1]}` has a line break", path, "write it on one line")


_MAY_BE_NEGATIVE = frozenset({"rules", "claims", "effects", "measurements", "comparisons", "options"})
"""Changes may fall, and what others claim is what they claim; nothing that is built or sold is less than nothing."""


def _below_zero(document: Document) -> Iterator[Diagnostic]:
    for path, value in _numbers(document.node, ()) if document.kind not in _MAY_BE_NEGATIVE else ():
        if value < 0:
            yield document.find("N401", f"`{path[-1]}` is {value:g}; sensible is 0 or more", path, "delete the sign")


def _numbers(node: Any, path: Step) -> Iterator[tuple[Step, float]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        if isinstance(value, int | float):
            yield (*path, name), value
        elif isinstance(value, dict | list):
            yield from _numbers(value, (*path, name))


def _texts(node: Any, path: Step) -> Iterator[tuple[Step, str]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        if isinstance(value, str):
            yield (*path, name), value
        else:
            yield from _texts(value, (*path, name))


def _claims(document: Document) -> Iterator[Diagnostic]:
    """Claims that say too little."""
    for path, claim in claims_in(document.node) if _has_status(document) else ():
        status = claim.get("status")
        if status in ("refuted", "rejected", "disputed") and "reason" not in claim:
            hint = "add `reason: …`: what speaks against it"
            yield document.find("N409", f"a {status} claim without a reason", [*path, "status"], hint)
        if status == "superseded" and not claim.keys() & {"superseded_by", "reason"}:
            hint = "add `superseded_by:` with the key of the newer source, or `reason:`"
            yield document.find("N409", "a superseded claim that does not say by what", [*path, "status"], hint)


def _has_status(document: Document) -> bool:
    return document.kind not in ("rules", "claims") and "status" in document.text


def _repeated(document: Document) -> Iterator[Diagnostic]:
    """The same alias, source or claim twice in one entry."""
    node = document.node
    for field in ("aliases", "sources") if isinstance(node, Map) else ():
        seen: set[str] = set()
        for index, value in enumerate(node.get(field) or ()):
            text = str(value).casefold()
            if text in seen:
                yield document.find(
                    "N408", f"`{value}` stands twice in `{field}`", [field, index], "delete one of them"
                )
            seen.add(text)
