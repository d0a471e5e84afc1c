"""The sentences of rules: `says` and `says_not`, filled in by a formatter that can do nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ..errors import KnowledgeError
from .fact import Fact, Scalar

Formatter = Callable[[Scalar, str], str]
Placeholder = tuple[str, str | None, str]

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_INSIDE = re.compile(r"([^\W\d]\w*)(?:\[(\w+)\])?(?::([\w%/.*^ -]*))?")


def plain(value: Scalar, unit: str) -> str:
    """A value as people write it, the unit behind it."""
    if isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f"{text} {unit}".rstrip()


@lru_cache(maxsize=2048)
def pieces(template: str, origin: str = "") -> tuple[str | Placeholder, ...]:
    """The template cut into texts and placeholders (name, attribute or None, unit).

    Only `{name[attribute]}`, `{name[attribute]:unit}`, `{computed}` and `{computed:unit}` are placeholders; braces are
    written twice. Raises KnowledgeError for anything else in braces.
    """
    parts: list[str | Placeholder] = []
    end = 0
    for found in _PIECE.finditer(template):
        parts.append(template[end : found.start()])
        parts.append(_piece(found, template, origin))
        end = found.end()
    parts.append(template[end:])
    return tuple([part for part in parts if part != ""])


def _piece(found: re.Match[str], template: str, origin: str) -> str | Placeholder:
    if found.group() in ("{{", "}}"):
        return found.group()[0]
    inside = _INSIDE.fullmatch(found.group(1) or "")
    if inside is None:
        raise KnowledgeError(
            f"'{found.group()}' in the sentence '{template}' is no placeholder",
            where=origin or None,
            hint="write {name[attribute]}, {name[attribute]:unit} or {computed}; write braces twice",
        )
    name, attribute, unit = inside.groups()
    return name, attribute, (unit or "").strip()


def placeholders(template: str, origin: str = "") -> list[Placeholder]:
    """The placeholders of a sentence, in order."""
    return [part for part in pieces(template, origin) if not isinstance(part, str)]


def render(
    template: str,
    bindings: Mapping[str, Fact],
    computed: Mapping[str, Scalar] | None = None,
    formatter: Formatter = plain,
    missing: str = "unknown",
) -> str:
    """Fill in a sentence.

    formatter: called with each value and the text behind the colon (empty where there is none).
    missing: stands for what is not bound or has no such attribute, as in a `says_not` of a rule that failed early.
    """
    return "".join(
        part if isinstance(part, str) else _filled(part, bindings, computed or {}, formatter, missing)
        for part in pieces(template)
    )


def _filled(
    part: Placeholder, bindings: Mapping[str, Fact], computed: Mapping[str, Any], formatter: Formatter, missing: str
) -> str:
    name, attribute, unit = part
    if attribute is None:
        value = computed.get(name)
    else:
        fact = bindings.get(name)
        value = None if fact is None else fact.get(attribute)
    return missing if value is None else formatter(value, unit)
