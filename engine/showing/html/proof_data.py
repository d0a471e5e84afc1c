"""The proofs as a page carries them: small enough to embed, safe inside a script element, readable without script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..tree import describe, number_of, parents, rounded

Node = Mapping[str, Any]
KEPT = ("kind", "says", "value", "formula", "inputs", "rule", "premises", "checks", "origin", "sources", "mark")
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Nodes:
    """The nodes of a document as lines."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._proofs: Mapping[str, Node] = document["proofs"]

    def says(self, name: str) -> str:
        """One line on a node."""
        return describe(self._proofs[name])

    def below(self, name: str) -> list[str]:
        """The nodes it rests on."""
        return parents(self._proofs[name])

    def __contains__(self, name: object) -> bool:
        return name in self._proofs


def as_json(document: Mapping[str, Any]) -> str:
    """Nodes, what each rule says of its mechanism, and the sources, as JSON that cannot end its script element."""
    proofs: Mapping[str, Node] = document["proofs"]
    rules = {
        node["rule"]: [node.get("rule_origin", ""), node.get("because", "")]
        for node in proofs.values()
        if node.get("rule") and node["kind"] == "derived"
    }
    sources = {
        key: [one.get("title", key), one.get("url", "")] for key, one in (document.get("references") or {}).items()
    }
    found = {"nodes": {name: _small(node) for name, node in proofs.items()}, "rules": rules, "sources": sources}
    text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, escape in ESCAPES.items():
        text = text.replace(sign, escape)
    return text


def _small(node: Node) -> dict[str, Any]:
    kept = {part: node[part] for part in KEPT if node.get(part) not in (None, [], {}, "")}
    if "checks" in kept:
        kept["checks"] = [rounded(one) for one in node["checks"]]
    if isinstance(node.get("value"), float):
        kept["value"] = number_of(node["value"])
    return kept
