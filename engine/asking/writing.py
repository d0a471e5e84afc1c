"""Values as YAML text that our strict reader reads back as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..reading import parse, plain

_WIDEST = 116
"""Columns up to which a mapping or list stays on one line."""


def scalar(value: Any) -> str:
    """One value; text without quotes where every reader takes it for that text.

    >>> scalar("used"), scalar("2026-11-23"), scalar("no"), scalar("a: b"), scalar(0.5), scalar(True)
    ('used', '"2026-11-23"', '"no"', '"a: b"', '0.5', 'true')
    """
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    node, problems = parse(f"- [{text}]\n- {text}\n", "x")
    bare = (text[:1].isalpha() or text[:1] == "$") and not problems and plain(node) == [[text], text]
    return text if bare else json.dumps(text, ensure_ascii=False)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key(name)}: {flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def key(name: str) -> str:
    """A key; quoted where it is no plain word."""
    return name if name.replace("_", "").isalnum() and not name[0].isdigit() else json.dumps(name, ensure_ascii=False)


def field(name: str, value: Any, indent: int = 0) -> Iterator[str]:
    """Lines of a field: on one line where it fits, otherwise its parts below it."""
    lead = " " * indent
    line = f"{lead}{key(name)}: {flow(value)}"
    rows = isinstance(value, list) and any(isinstance(item, Mapping) for item in value)
    if (len(line) <= _WIDEST and not rows) or not isinstance(value, Mapping | list) or not value:
        yield line
    elif isinstance(value, Mapping):
        yield f"{lead}{key(name)}:"
        for inner, item in value.items():
            yield from field(inner, item, indent + 2)
    else:
        yield f"{lead}{key(name)}:"
        for item in value:
            yield from list_item(item, indent + 2)


def list_item(value: Any, indent: int = 0) -> Iterator[str]:
    """Lines of an item of a list."""
    lead = " " * indent
    line = f"{lead}- {flow(value)}"
    if len(line) <= _WIDEST or not isinstance(value, Mapping):
        yield line
        return
    lines = [line for name, inner in value.items() for line in field(name, inner, indent + 2)]
    yield f"{lead}- {lines[0].lstrip()}"
    yield from lines[1:]
