"""Proofs of verdicts: the nodes of the rules on claims, and beneath them those of predictions and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..advice.proofs import Node, Proofs
from ..inference import Fact
from .bench import Link

Parts = Mapping[str, Proofs]


class ClaimProofs(Proofs):
    """Nodes of one audit; a given fact that stands for a prediction names the proof of it as its premise."""

    links: Mapping[Fact, Sequence[Link]] = {}

    def _given(self, fact: Fact) -> Node:
        node = super()._given(fact)
        links = self.links.get(fact)
        return node | {"premises": [outside(link) for link in links]} if links else node


def outside(link: Link) -> str:
    """The name in the whole document of a node of one of its parts."""
    part, name = link
    return f"{part}_{name}"


def joined(own: Mapping[str, Node], parts: Parts) -> dict[str, Node]:
    """All nodes that the own ones rest on, those of parts under names that tell the part."""
    found = dict(own)
    waiting = [name for node in own.values() for name in below(node)]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        part, _, inner = name.partition("_")
        node = _carried(parts[part][inner], part)
        found[name] = node
        waiting += below(node)
    return dict(sorted(found.items()))


def below(node: Node) -> list[str]:
    """The nodes that a node rests on."""
    names = list(node.get("premises", ()))
    for value in (node.get("inputs") or {}).values():
        names += value if isinstance(value, list) else [value]
    return names + list((node.get("computed") or {}).values())


def _carried(node: Node, part: str) -> Node:
    """A node of a part with the names of all it rests on as they are in the whole document."""

    def renamed(value: Any) -> Any:
        return [renamed(one) for one in value] if isinstance(value, list) else outside((part, str(value)))

    fresh = dict(node)
    if "premises" in node:
        fresh["premises"] = renamed(list(node["premises"]))
    for field in ("inputs", "computed"):
        if node.get(field):
            fresh[field] = {name: renamed(value) for name, value in node[field].items()}
    return fresh
