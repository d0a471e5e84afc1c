"""Nodes of what is given: a fact or one of its values, with the place where it stands and its sources."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from ..grounding.entries import Origin
from ..grounding.lookups import disputed, told_claims
from ..model.fact import Fact
from ..model.quantity import spoken

if TYPE_CHECKING:
    from ..reading import Knowledge

Node = dict[str, Any]


def name_of(content: str) -> str:
    """The name of a node from what it says.

    >>> name_of("fits(deployment='now')")
    'pk3avdz6s'
    """
    return "p" + base64.b32encode(blake2b(content.encode(), digest_size=5).digest()).decode().lower()


def given(fact: Fact, origin: Origin | None, knowledge: Knowledge) -> Node:
    """The node of a given fact."""
    place, sources = place_of(origin, "", knowledge)
    node = {"kind": "given", "fact": fact.as_dict(), "says": told(fact), "origin": place, "sources": sources}
    return node | (voices(origin, origin.paths.values(), knowledge) if origin else {})


def given_value(fact: Fact, attribute: str, origin: Origin | None, knowledge: Knowledge) -> Node:
    """The node of one value of a given fact, with its marks."""
    path = path_of(origin, attribute)
    place, sources = place_of(origin, path, knowledge)
    key = fact.get("key") or fact.get("id") or ""
    entry = origin is not None and origin.folder != "scenario" and bool(path)
    marks = knowledge.marks_of(origin.folder, origin.key, path) if origin and entry else []
    says = f"{attribute} of {fact.kind} {key}".rstrip()
    node = {"kind": "given", "value": fact.get(attribute), "says": says, "origin": place, "sources": sources}
    return node | ({"mark": ", ".join(marks)} if marks else {}) | (voices(origin, [path], knowledge) if origin else {})


def voices(origin: Origin, paths: Iterable[str], knowledge: Knowledge) -> Node:
    """What sources say of values on which they disagree, the losing claims included; empty where they agree."""
    if origin.folder == "scenario":
        return {}
    known = [path for path in dict.fromkeys(paths) if path and disputed(knowledge, origin.folder, origin.key, path)]
    lines = [f"{path}: {'; '.join(told_claims(knowledge, origin.folder, origin.key, path))}" for path in known]
    return {"disputed": lines} if lines else {}


def path_of(origin: Origin | None, attribute: str) -> str:
    """Where in its entry or in the scenario an attribute stands; empty where that is not known."""
    return origin.paths.get(attribute, "") if origin else ""


def place_of(origin: Origin | None, path: str, knowledge: Knowledge) -> tuple[str, list[str]]:
    """The place of a value in words, and its sources."""
    if origin is None or origin.folder == "scenario":
        return f"scenario: {path or (origin.key if origin else '')}".rstrip(": "), []
    place = knowledge.origin(origin.folder, origin.key, path)
    return place, list(knowledge.sources_of(origin.folder, origin.key, path))


def told(fact: Fact) -> str:
    """A given fact in words: its first values."""
    parts = [f"{name} {spoken(value)}" for name, value in list(fact.as_dict().items())[:6] if name != "kind"]
    return f"{fact.kind}: {', '.join(parts)}"
