"""What differs between two bodies of knowledge: facts, rules and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..reading import Knowledge

UNTOLD = frozenset({"schema", "note", "notes", "accept"})
"""Fields of which a change changes no answer and no source."""
_RULES = ("rules",)
Row = dict[str, Any]


def changed_facts(old: Knowledge, new: Knowledge) -> list[Row]:
    """A row for each value that was added, removed or changed; an entry that is new or gone is one row.

    Each row: kind, key, path, change (`added`, `removed`, `changed`), before, after, relative (of numbers, else None),
    sources of the new value, and whether they are those of the old one.
    """
    rows: list[Row] = []
    for kind in sorted({*old.entries, *new.entries} - {*_RULES}):
        before, after = _entries(old, kind), _entries(new, kind)
        for key in sorted({*before, *after}):
            if key not in after or key not in before:
                rows.append(_whole(kind, key, before.get(key), after.get(key)))
            elif before[key] != after[key]:
                rows += _values(old, new, kind, key)
            elif _claims(old, kind, key) != _claims(new, kind, key):
                rows += _claims_alone(old, new, kind, key)
    return rows


def _entries(knowledge: Knowledge, kind: str) -> dict[str, Any]:
    return dict(knowledge.entries[kind]) if kind in knowledge.entries else {}


def _whole(kind: str, key: str, before: Any, after: Any) -> Row:
    entry = before if after is None else after
    name = str(entry.get("name") or entry.get("title") or key) if isinstance(entry, Mapping) else key
    return {
        "kind": kind, "key": key, "path": "", "change": "removed" if after is None else "added",
        "before": None if before is None else name, "after": None if after is None else name,
        "relative": None, "sources": [], "same_sources": False,
    }  # fmt: skip


def _values(old: Knowledge, new: Knowledge, kind: str, key: str) -> Iterator[Row]:
    before = dict(_leaves(old.entries[kind][key], ""))
    after = dict(_leaves(new.entries[kind][key], ""))
    for path in sorted({*before, *after}):
        one, other = before.get(path), after.get(path)
        if one != other or type(one) is not type(other):
            yield _row(old, new, kind, key, path, one, other)


def _row(old: Knowledge, new: Knowledge, kind: str, key: str, path: str, one: Any, other: Any) -> Row:
    sources = new.sources_of(kind, key, path) if other is not None else []
    was = old.sources_of(kind, key, path) if one is not None else []
    return {
        "kind": kind, "key": key, "path": path,
        "change": "added" if one is None else "removed" if other is None else "changed",
        "before": one, "after": other, "relative": _relative(one, other),
        "sources": sources, "same_sources": bool(sources) and sources == was,
    }  # fmt: skip


def _claims(knowledge: Knowledge, kind: str, key: str) -> dict[str, list[tuple[Any, ...]]]:
    """What is claimed of each disputed value: value, sources, outcome."""
    return {
        path: [
            (claim["value"], tuple(claim["sources"]), claim["outcome"])
            for claim in knowledge.claims_of(kind, key, path)
        ]
        for path in knowledge.claimed_paths(kind, key)
    }


def _claims_alone(old: Knowledge, new: Knowledge, kind: str, key: str) -> Iterator[Row]:
    before, after = _claims(old, kind, key), _claims(new, kind, key)
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            told = [f"{len(claims.get(path, [])) or 1} claims" for claims in (before, after)]
            yield _row(old, new, kind, key, path, told[0], told[1] if told[0] != told[1] else "other claims")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if path or name not in UNTOLD:
                yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}.{index}")
    else:
        yield path, value


def _relative(one: Any, other: Any) -> float | None:
    numbers = [value for value in (one, other) if isinstance(value, int | float) and not isinstance(value, bool)]
    return numbers[1] / numbers[0] - 1 if len(numbers) == 2 and numbers[0] else None


def changed_rules(old: Knowledge, new: Knowledge) -> list[Row]:
    """A row for each rule: id, title, change, and the parts that differ."""
    before = {str(rule["id"]): rule for rule in old.rules}
    after = {str(rule["id"]): rule for rule in new.rules}
    rows = []
    for key in sorted({*before, *after}):
        one, other = before.get(key), after.get(key)
        parts = [] if one is None or other is None else _parts(old, new, key, one, other)
        if one is None or other is None or parts:
            change = "added" if one is None else "removed" if other is None else "changed"
            rows.append(
                {"id": key, "title": str((other or one or {}).get("title", "")), "change": change, "parts": parts}
            )
    return rows


def _parts(old: Knowledge, new: Knowledge, key: str, one: Row, other: Row) -> list[str]:
    parts = [part for part in sorted({*one, *other} - {"origin"}) if one.get(part) != other.get(part)]
    return parts + (["examples"] if _said(old.examples(key)) != _said(new.examples(key)) else [])


def _said(examples: list[Row]) -> list[Row]:
    """Examples without the line that they stand on, which moves with every rule above."""
    return [{name: value for name, value in one.items() if name != "origin"} for one in examples]
