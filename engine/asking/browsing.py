"""The knowledge to read: kinds, entries, what is named like a text, and one entry value by value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput, RigwiseError, UnknownName

if TYPE_CHECKING:
    from ..reading import Knowledge

_FIRST = ("gpus", "models", "engines", "quantizations", "platforms", "options", "links", "rules")
"""Kinds in the order in which a bare name is looked for in them."""


def listing(kind: str | None, overlays: Iterable[Path]) -> dict[str, Any]:
    """The kinds of knowledge with their numbers, or the entries of one kind."""
    from ..reading import load_knowledge

    knowledge = load_knowledge(overlays)
    if kind is None:
        kinds = [
            {"key": one, "name": f"{len(knowledge.entries[one])} entries", "aliases": []}
            for one in sorted(knowledge.entries)
        ]
        return {"schema": "rigwise/list/1", "kind": None, "entries": kinds}
    folder = _folder(kind, knowledge.entries)
    entries = [_named(key, entry) for key, entry in sorted(knowledge.entries[folder].items())]
    return {"schema": "rigwise/list/1", "kind": folder, "entries": entries}


def _named(key: str, entry: Any) -> dict[str, Any]:
    told = entry if isinstance(entry, Mapping) else {}
    counted = f"{len(entry)} {'claim' if len(entry) == 1 else 'claims'}" if isinstance(entry, list) else key
    name = str(told.get("name") or told.get("title") or counted)
    return {"key": key, "name": name, "aliases": list(told.get("aliases") or [])}


def search(text: str, overlays: Iterable[Path]) -> dict[str, Any]:
    """Entries whose key, name, alias or publisher holds every word of the text, case and punctuation left aside."""
    from ..reading import load_knowledge

    knowledge = load_knowledge(overlays)
    wanted = [folded for word in text.split() if (folded := _folded(word))]
    found = []
    for folder in sorted(knowledge.entries):
        for key, entry in sorted(knowledge.entries[folder].items()):
            row = _named(key, entry)
            told = entry if isinstance(entry, Mapping) else {}
            names = " ".join(map(_folded, [key, row["name"], *row["aliases"], str(told.get("publisher", ""))]))
            if wanted and all(word in names for word in wanted):
                found.append({**row, "key": f"{folder}/{key}"})
    return {"schema": "rigwise/list/1", "kind": None, "search": text, "entries": found}


def entry(text: str, overlays: Iterable[Path]) -> dict[str, Any]:
    """An entry with source, grade, marks and claims of each value. text: KIND/KEY, or a name alone."""
    from ..reading import load_knowledge

    knowledge = load_knowledge(overlays)
    folder, key, others = _found(knowledge, text)
    content = knowledge.entries[folder][key]
    leaves = list(_leaves(content, ""))
    if folder != "rules":  # a tie leaves no value, only claims
        leaves += [(path, None) for path in knowledge.claimed_paths(folder, key) if path not in dict(leaves)]
    values = [_value(knowledge, folder, key, path, value) for path, value in leaves]
    return {
        "schema": "rigwise/entry/1",
        "kind": folder,
        "key": key,
        "name": content.get("name") or content.get("title") or key if isinstance(content, Mapping) else key,
        "also": others,
        "values": values,
    }


def _found(knowledge: Knowledge, text: str) -> tuple[str, str, list[str]]:
    """Kind and key that a text means, and what else it could. Raises BadInput, UnknownName, AmbiguousName."""
    kind, slash, name = text.partition("/")
    if slash and (known := [one for one in (kind, f"{kind}s", kind.removesuffix("s")) if one in knowledge.entries]):
        folder = known[0]
        return folder, name if name in knowledge.entries[folder] else knowledge.find(folder, name), []
    kinds = [*_FIRST, *sorted(set(knowledge.entries) - set(_FIRST))]
    exact = [one for one in kinds if one in knowledge.entries and text in knowledge.entries[one]]
    homes = [(one, text) for one in exact] or list(_answering(knowledge, kinds, text))
    if not homes:
        if slash:
            _folder(kind, knowledge.entries)
        hint = f"`rigwise search {text.split()[0] if text.split() else 'TEXT'}` looks for a part of a name"
        raise BadInput(f"nothing in the knowledge is called '{text[:80]}'", hint=_near(knowledge, text) or hint)
    return *homes[0], [f"{one}/{key}" for one, key in homes[1:]]


def _answering(knowledge: Knowledge, kinds: Iterable[str], text: str) -> Iterator[tuple[str, str]]:
    for kind in kinds:
        if kind in knowledge.entries and text.strip():
            try:
                yield kind, knowledge.find(kind, text)
            except UnknownName:
                continue
            except RigwiseError:
                if kind == _FIRST[0]:
                    raise


def _near(knowledge: Knowledge, text: str) -> str:
    keys = [key for kind in _FIRST if kind in knowledge.entries for key in knowledge.entries[kind]]
    near = _nearest(text.lower().replace(" ", "_").replace("-", "_"), keys)
    return f"did you mean {', '.join(near)}?" if near else ""


def _value(knowledge: Knowledge, folder: str, key: str, path: str, value: Any) -> dict[str, Any]:
    grades = (knowledge.vocabulary or {}).get("grades", {})
    sources = knowledge.sources_of(folder, key, path)
    return {
        "path": path,
        "value": value,
        "origin": knowledge.origin(folder, key, path),
        "sources": [{"key": one, "grade": _grade(knowledge, one, grades)} for one in sources],
        "marks": knowledge.marks_of(folder, key, path),
        "claims": knowledge.claims_of(folder, key, path),
    }


def _grade(knowledge: Knowledge, source: str, grades: Mapping[str, str]) -> str | None:
    found = knowledge.entries["sources"].get(source) if "sources" in knowledge.entries else None
    return grades.get(str(found.get("kind"))) if found else None


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            if path or name not in ("schema", "name", "aliases", "sources"):
                yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield f"{path}.{index}" if path else str(index), item
    else:
        yield path, value


def _folder(kind: str, kinds: Iterable[str]) -> str:
    known = sorted(kinds)
    for one in (kind, f"{kind}s", kind.removesuffix("s")):
        if one in known:
            return one
    raise UnknownName("kind", kind, _nearest(kind, known))


def _folded(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def _nearest(text: str, names: Iterable[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(text, list(names), 3, 0.6)
