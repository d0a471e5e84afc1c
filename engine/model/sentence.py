"""The sentences of rules: `says` and `says_not`, filled in by a formatter that can do nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..errors import KnowledgeError
from .fact import Fact, Scalar

Formatter = Callable[[Scalar, str], str]
Placeholder = tuple[str, str | None, str]


@dataclass(frozen=True)
class Listing:
    """`<{a:s} for one; {b:s} for another>`: what is listed with commas, without what is nought."""

    items: tuple[tuple[str | Placeholder, ...], ...]


Piece = str | Placeholder | Listing

_LISTING = re.compile(r"<(?! )([^<>]*;[^<>]*)(?<! )>")
_NOUGHT = re.compile(r"[+-]?0(\.0+)?\b(?!\.)")
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
def pieces(template: str, origin: str = "") -> tuple[Piece, ...]:
    """The template cut into texts, placeholders (name, attribute or None, unit) and listings.

    Only `{name[attribute]}`, `{name[attribute]:unit}`, `{computed}` and `{computed:unit}` are placeholders; braces are
    written twice. Raises KnowledgeError for anything else in braces.
    """
    parts: list[Piece] = []
    end = 0
    for found in _LISTING.finditer(template):
        parts += _cut(template[end : found.start()], template, origin)
        parts.append(Listing(tuple([tuple(_cut(item.strip(), template, origin)) for item in found[1].split(";")])))
        end = found.end()
    return (*parts, *_cut(template[end:], template, origin))


def _cut(text: str, template: str, origin: str) -> list[str | Placeholder]:
    """A part of a template that has no listing, cut into texts and placeholders."""
    parts: list[str | Placeholder] = []
    end = 0
    for found in _PIECE.finditer(text):
        parts.append(text[end : found.start()])
        parts.append(_piece(found, template, origin))
        end = found.end()
    parts.append(text[end:])
    return [part for part in parts if part != ""]


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
    return list(_placeholders(pieces(template, origin)))


def _placeholders(parts: Iterable[Piece]) -> Iterator[Placeholder]:
    for part in parts:
        if isinstance(part, Listing):
            for item in part.items:
                yield from _placeholders(item)
        elif not isinstance(part, str):
            yield part


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
    Brackets that come out empty are left out.

    >>> render("{all:s}: <{reading:s} for weights; {sends:s} for sends>", {}, {"all": 2, "reading": 2, "sends": 0.0})
    '2 s: 2 s for weights'
    """

    def filled(part: Piece) -> str:
        if isinstance(part, Listing):
            return ", ".join(told for item in part.items if (told := listed(item))) or "nothing"
        return part if isinstance(part, str) else _filled(part, bindings, computed or {}, formatter, missing)

    def listed(item: tuple[str | Placeholder, ...]) -> str:
        """An item of a listing; empty where all of its values are told as nought."""
        told = [filled(part) for part in item]
        values = [text for part, text in zip(item, told, strict=True) if not isinstance(part, str)]
        return "" if values and all(map(_NOUGHT.match, values)) else "".join(told)

    return "".join(map(filled, pieces(template))).replace(" ()", "")


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
