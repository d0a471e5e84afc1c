"""The lenient reading of a scenario: Cerberus renames, coerces and checks, by the table of fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

from cerberus import Validator, errors

from .nearest import did_you_mean
from .scenario import Problem, Scenario
from .scenario_coercions import COERCE, HINT, groups, layout, mapping, shown
from .scenario_fields import ALIASES, SCENARIO, Field

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
        coerce = layout if field.kind == "layout" else mapping
        return {**rule, "type": allowed, "coerce": coerce, "schema": _rules(field.fields, path)}
    if field.kind == "groups":
        group = {"type": "dict", "schema": _rules(field.fields, path)}
        return {**rule, "type": "list", "coerce": groups, "minlength": 1, "schema": group}
    return {**rule, "coerce": partial(_of_each if field.each else COERCE[field.kind], field=field)}


def _of_each(value: Any, field: Field) -> Any:
    """One value for all cards, or a list with one for each, in which nothing stands for what was not read."""
    coerce = COERCE[field.kind]
    if isinstance(value, list) and value:
        return [None if one is None else coerce(one, field=field) for one in value]
    return coerce(value, field=field)


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
        message, _, hint = str(error.info[0]).partition(HINT)
        return path, f"`{name}`: {message}" if isinstance(path[-1], str) else message, hint
    return path, f"`{name}` cannot be {shown(error.value)}", _SCHEMA_HINT


def _known(path: tuple[str | int, ...]) -> list[str]:
    fields: Mapping[str, Field] = SCENARIO
    for step in path:
        if isinstance(step, str) and step in fields:
            fields = fields[step].fields
    return list(fields)
