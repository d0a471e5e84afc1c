"""The facts that the program gives to rules, read off the mappings with a `kind` in engine/grounding and auditing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ENGINE = Path(__file__).resolve().parent.parent
ROOMS = (ENGINE / "grounding", ENGINE / "auditing")


OPEN = "*"
"""Stands among the fields of a kind whose facts take in whole mappings, so that any field may be there."""


@cache
def program_facts() -> dict[str, frozenset[str]]:
    """Fields by kind of fact: for every mapping `{"kind": "…", …}` its keys, and what its file may add to it."""
    found: dict[str, set[str]] = {}
    for file in sorted(file for room in ROOMS for file in room.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        names = set(_set_later(tree))
        for node in ast.walk(tree):
            for kind in _kinds(node) if isinstance(node, ast.Dict) else ():
                found.setdefault(kind, set()).update(names, _keys(node))
                if isinstance(node, ast.Dict) and None in node.keys:
                    found[kind].add(OPEN)
    return {kind: frozenset(names) for kind, names in found.items()}


def _kinds(node: ast.Dict) -> Iterator[str]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "kind":
            choices = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            yield from (one.value for one in choices if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _keys(node: ast.AST) -> Iterator[str]:
    for key in node.keys if isinstance(node, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def _set_later(tree: ast.Module) -> Iterator[str]:
    """Names of keyword arguments, keys of mappings without a kind, and keys under which something is stored."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Dict) and "kind" not in set(_keys(node)):
            yield from _keys(node)
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            yield node.slice.value
