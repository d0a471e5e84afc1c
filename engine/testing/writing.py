"""Examples as YAML, as a person would write them, and into the file of their rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..reading.place import Map, Seq

WIDTH = 120
_PLAIN = re.compile(r"[A-Za-z_][\w./+-]*(?: [\w./+-]+)*\Z", re.ASCII)
_RESERVED = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def scalar(value: Any) -> str:
    """A value as YAML reads it back, quoted where it must be.

    >>> scalar("rtx_3090"), scalar("no"), scalar(2.6e-05), scalar(True)
    ('rtx_3090', '"no"', '2.6e-5', 'true')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return re.sub(r"e([+-])0*(\d)", lambda found: f"e{found[1].strip('+')}{found[2]}", f"{value:.12g}")
    if isinstance(value, int):
        return str(value)
    if _PLAIN.match(value) and value.lower() not in _RESERVED:
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def entry(example: Mapping[str, Any], indent: int) -> list[str]:
    """Lines of one example: on one line where there is room, else a part a line."""
    lead = " " * indent
    whole = f"{lead}- {flow(example)}"
    if len(whole) <= WIDTH:
        return [whole]
    lines: list[str] = []
    for name, value in example.items():
        lines += _part(name, value, indent + 2)
    return [f"{lead}- {lines[0].lstrip()}", *lines[1:]]


def _part(name: str, value: Any, indent: int) -> list[str]:
    line = f"{' ' * indent}{name}: {flow(value)}"
    if len(line) <= WIDTH:
        return [line]
    if isinstance(value, list):
        return [f"{' ' * indent}{name}:", *(f"{' ' * (indent + 2)}- {flow(one)}" for one in value)]
    return _wrapped(name, value, indent)


def _wrapped(name: str, value: Mapping[str, Any], indent: int) -> list[str]:
    """A flow mapping over several lines."""
    lead = " " * (indent + len(name) + 3)
    lines = [f"{' ' * indent}{name}: {{"]
    for position, (key, inner) in enumerate(value.items()):
        item = f"{key}: {flow(inner)}" + ("}" if position == len(value) - 1 else ",")
        if len(lines[-1]) + len(item) + 1 > WIDTH and not lines[-1].endswith("{"):
            lines.append(f"{lead}{item}")
        else:
            lines[-1] += item if lines[-1].endswith("{") else f" {item}"
    return lines


def with_examples(
    text: str,
    rule: Map,
    entries: Sequence[Mapping[str, Any]],
    conclusions: Iterable[Mapping[str, Any]] = (),
    says: str = "",
) -> str:
    """The text of a rule file with examples added behind those of a rule.

    conclusions: of its first one, in full. says: the sentence of its first one.
    """
    lines = text.split("\n")
    examples = rule["examples"]
    first = examples[0]["expect"]
    end = _last_line(examples[-1]) + 1
    if end <= len(lines):
        indent = examples.values_at[-1][1] - 2
        lines[end:end] = [line for one in entries for line in entry(one, indent)]
    if says and isinstance(first, Map) and "says" not in first:
        _, _, bottom, right = examples[0].values_at["expect"]
        if lines[bottom][right - 1 : right] == "}":
            lines[bottom] = f"{lines[bottom][: right - 1]}, says: {scalar(says)}}}{lines[bottom][right:]}"
    full = list(conclusions)
    if full and isinstance(first, Map) and "concludes" in first:
        top, left, bottom, right = first.values_at["concludes"]
        if lines[top][left] == "[":
            lines[top : bottom + 1] = [lines[top][:left] + flow(full) + lines[bottom][right:]]
    return "\n".join(lines)


def _last_line(node: Any) -> int:
    """The line of the last value of a node, counted from 0."""
    spans = list(_leaves(node))
    return max(spans)


def _leaves(node: Any) -> Iterable[int]:
    pairs = node.items() if isinstance(node, Map) else enumerate(node)
    for key, value in pairs:
        if isinstance(value, (Map, Seq)) and value:
            yield from _leaves(value)
        else:
            span = node.values_at[key]
            yield max(span[0], span[2] if span[3] else span[0])
