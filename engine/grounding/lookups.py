"""What grounding asks of the knowledge beyond plain entries: what silence means, what is disputed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .scenario import value_at

if TYPE_CHECKING:
    from ..reading import Knowledge


def completed(knowledge: Knowledge, folder: str, key: str) -> Mapping[str, Any]:
    """An entry with what its silence means, as `absent_means` of the vocabulary says.

    A default inside a group (`attention.window`) is given only to entries that have the group; `moe` of a dense model
    stays away, `nvlink` and `parameters` are groups that every entry has.
    """
    entry = knowledge.entries[folder][key]
    defaults = knowledge.vocabulary["absent_means"].get(folder, {})
    fresh: dict[str, Any] = dict(entry)
    unsettled = {path for path in knowledge.claimed_paths(folder, key) if value_at(entry, path) is None}
    for path, value in defaults.items():
        if path in unsettled:
            continue  # sources tie: that is unknown, not silence
        group, _, name = path.partition(".")
        if not name:
            fresh.setdefault(group, value)
        elif group in entry or group in ALWAYS:
            inner = dict(fresh.get(group) or {})
            inner.setdefault(name, copy.copy(value))
            fresh[group] = inner
    return fresh


ALWAYS = frozenset({"nvlink", "parameters", "custom_all_reduce"})


def disputes(knowledge: Knowledge, folder: str, key: str) -> list[str]:
    """Paths of an entry about which sources disagree."""
    return [path for path in knowledge.claimed_paths(folder, key) if disputed(knowledge, folder, key, path)]


def disputed(knowledge: Knowledge, folder: str, key: str, path: str) -> bool:
    """Whether the claims about a value name more than one."""
    return len({repr(claim.get("value")) for claim in knowledge.claims_of(folder, key, path)}) > 1


def told_claims(knowledge: Knowledge, folder: str, key: str, path: str) -> list[str]:
    """The claims about a value, each with sources, grade and outcome."""
    return [_told(claim) for claim in knowledge.claims_of(folder, key, path)]


def _told(claim: Mapping[str, Any]) -> str:
    sources = ", ".join(claim.get("sources") or []) or "no source"
    outcome = f", {claim['outcome']}" if claim.get("outcome") else ""
    return f"{claim.get('value')} ({sources}, grade {claim.get('grade') or '?'}{outcome})"
