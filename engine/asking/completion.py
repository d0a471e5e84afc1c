"""What a shell may complete: keys of the knowledge, for values that are one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..reading import Knowledge

_FILES_TOO = ("models",)
"""Kinds of which a value may be a file in place of a key."""
MOST = 400
_COUNT = r"^(\d{1,3}x)?(.*)$"


def is_path(kind: str, begun: str) -> bool:
    """Whether what is typed can only be the beginning of a path."""
    return kind in _FILES_TOO and (begun.startswith((".", "/", "~")) or "/" in begun)


def keys(kind: str, begun: str) -> list[str]:
    """Keys of a kind of knowledge that go on from what is typed; a count before it (`4x`) stays. Never fails.

    kind: a folder of the knowledge; `entries` for those of all, `rules` for the rules.
    """
    from ..errors import RigwiseError
    from ..reading import load_knowledge

    try:
        entries = _of_kind(kind, load_knowledge())
    except (RigwiseError, OSError):
        return []
    match = re.match(_COUNT, begun)
    count, word = (match[1] or "", match[2]) if match else ("", begun)
    folded = re.sub(r"[^a-z0-9]", "", word.lower())
    entries = [key for key in entries if ("/" in key) == ("/" in word)]
    found = [key for key in sorted(entries) if key.replace("_", "").startswith(folded) or key.startswith(word)]
    if not found:
        found = [key for key in sorted(entries) if folded in key.replace("_", "")]
    return [f"{count}{key}" for key in found[:MOST]]


def _of_kind(kind: str, knowledge: Knowledge) -> Iterable[str]:
    if kind == "rules":
        return [str(rule["id"]) for rule in knowledge.rules]
    if kind == "entries":
        named = [(folder, key) for folder, entries in knowledge.entries.items() for key in entries]
        return {key for _, key in named} | {f"{folder}/{key}" for folder, key in named}
    return knowledge.entries.get(kind, {})
