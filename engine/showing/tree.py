"""Proofs as trees of lines: sentence, rule or formula or place, then what it rests on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..model.quantity import number
from .paper import Paper

Node = Mapping[str, Any]
Proofs = Mapping[str, Node]
LONG = re.compile(r"(?<![\w.])-?\d+\.\d{4,}(?:e[+-]?\d+)?")


Saying = Callable[[Any], str]


def tree(proofs: Proofs, name: str, paper: Paper, depth: int, lead: str = "  ", say: Saying = str) -> Iterator[str]:
    """A proof as an indented tree, `depth` levels deep. say: puts names in place of the keys in its sentences."""
    yield from _branch(proofs, name, paper, depth, lead, set(), say)


def _branch(
    proofs: Proofs, name: str, paper: Paper, depth: int, lead: str, seen: set[str], say: Saying
) -> Iterator[str]:
    node = proofs[name]
    yield from paper.wrap(f"{name}  {describe(node, say)}", indent=len(lead) + 5, first=len(lead))
    below = parents(node)
    if name in seen and below:
        yield f"{lead}     (shown above)"
        return
    seen.add(name)
    if depth == 0 and below:
        yield from paper.wrap(f"… rests on {len(below)} more: rigwise why {name}", len(lead) + 5)
        return
    inner = lead + "  " if len(lead) < paper.width // 3 else lead
    for parent in below:
        yield from _branch(proofs, parent, paper, depth - 1, inner, seen, say)


def parents(node: Node) -> list[str]:
    """The nodes that a node rests on."""
    inputs: list[str] = []
    for value in (node.get("inputs") or {}).values():
        inputs += value if isinstance(value, list) else [value]
    return list(dict.fromkeys([*node.get("premises", []), *inputs]))


def describe(node: Node, say: Saying = str) -> str:
    """One line on a node: what it says and where it comes from."""
    sources = f" [{', '.join(node['sources'])}]" if node.get("sources") else ""
    if node["kind"] == "computed":
        inputs = ", ".join(f"{name}={_ref(value)}" for name, value in node["inputs"].items())
        return f"{number_of(node['value'])} = {node['formula']}({inputs})   <= {node['rule']}{sources}"
    if node["kind"] == "derived":
        checks = f"  ({'; '.join(map(rounded, node['checks']))})" if node.get("checks") else ""
        return f"{say(node['says'])}{checks}   <= rule {node['rule']}{sources}"
    value = f" = {number_of(node['value'])}" if "value" in node else ""
    mark = f" ({node['mark']})" if node.get("mark") else ""
    word = "ASSUMED " if node["kind"] == "assumed" else ""
    voices = f"   SOURCES DISAGREE on {'; on '.join(node['disputed'])}" if node.get("disputed") else ""
    return f"{word}{say(node['says'])}{value}{mark}   <= {node['origin']}{sources}{voices}"


def rounded(text: str) -> str:
    """A comparison with numbers as people read them; the document keeps all their digits.

    >>> rounded("0.2958417070652411 >= 0.05")
    '0.296 >= 0.05'
    """
    return LONG.sub(lambda found: number(float(found[0])), text)


def number_of(value: Any) -> str:
    """A raw value of a proof, in SI."""
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _ref(value: Any) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)
