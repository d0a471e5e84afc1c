"""P316: a field that nearly all entries like this one have, or all other rows of its list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ...reading.claims import CLAIM_FIELDS, is_dispute
from ...reading.diagnostic import Diagnostic
from ...reading.place import Map, Seq
from ..document import Document, Library
from ..leaves import NOT_COMPARED
from ..limits import count, limit, table

_CLASSES: dict[str, list[str]] = table("missing_fields", "classes")
"""By what entries of a kind are alike; other kinds are alike as a whole."""
_LEAST, _SHARE = count("missing_fields", "entries"), limit("missing_fields", "share")
_LEAST_ROWS = count("missing_fields", "rows")
_MANY = count("missing_fields", "told_singly")
"""More missing fields than this are told in one finding."""
_SILENT = frozenset({"note", "notes", "mark", "accept", "source", "sources", "aliases"})


def check(library: Library) -> Iterator[Diagnostic]:
    """An entry may lack what is not known: it then says `mark: incomplete`, and this is silent."""
    for kind in library.asked_kinds:
        documents = library.of(kind)
        if kind in NOT_COMPARED:
            continue
        groups: dict[tuple[str, ...], list[Document]] = {}
        for document in documents.values():
            if isinstance(document.node, Map) and document.node.get("mark") != "incomplete":
                groups.setdefault(_class(kind, document.node), []).append(document)
        for alike in groups.values():
            yield from _entries(library, kind, alike)
        for document in documents.values():
            if document.asked:
                yield from _rows(document, document.node, ())


def _class(kind: str, node: Map) -> tuple[str, ...]:
    return tuple(str(node.get(name)) for name in _CLASSES.get(kind, ()))


def _entries(library: Library, kind: str, alike: list[Document]) -> Iterator[Diagnostic]:
    silence = (library.vocabulary.get("absent_means") or {}).get(kind) or {}
    if len(alike) < _LEAST:
        return
    entries = library.values(kind)
    owned = [_fields(entries.get(document.key, {})) for document in alike]
    fields = Counter(path for own in owned for path in own)
    usual = [path for path, count in fields.items() if count >= _SHARE * len(alike)]
    for document, own in zip(alike, owned, strict=True):
        if not document.asked or own.keys() >= set(usual):
            continue
        lacking = [
            path for path in usual if path not in own and (not (parent := path.rpartition(".")[0]) or parent in own)
        ]
        if len(lacking) > _MANY:
            message = (
                f"{len(lacking)} fields are missing that nearly all entries like this one have: {', '.join(lacking)}"
            )
            hint = "add those that are known; an entry of which much is not known says `mark: incomplete`"
            yield document.find("P316", message[:290], [], hint)
            continue
        for path in lacking:
            told = f"without it, it means {silence[path]}" if path in silence else "add it"
            message = f"`{path}` is missing, which {fields[path]} of {len(alike)} entries like this one have"
            hint = f"{told}; an entry of which much is not known says `mark: incomplete`"
            yield document.find("P316", message, path.split("."), hint, on_key=True)


def _fields(entry: Mapping[str, Any], prefix: str = "") -> dict[str, None]:
    """Dotted names of all fields of an entry, in its order."""
    found: dict[str, None] = {}
    for name, value in entry.items():
        if name not in _SILENT:
            found[prefix + name] = None
            if isinstance(value, dict):
                found.update(_fields(value, f"{prefix}{name}."))
    return found


def _rows(document: Document, node: Any, path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    if isinstance(node, Map):
        for name, value in node.items():
            if isinstance(value, Map | Seq):
                yield from _rows(document, value, (*path, name))
    elif isinstance(node, Seq) and not is_dispute(node):
        groups: dict[str, list[int]] = {}
        for index, row in enumerate(node):
            if isinstance(row, Map):
                groups.setdefault(str(row.get("kind") or row.get("what")), []).append(index)
        for numbers in groups.values():
            yield from _gaps(document, node, numbers, path) if len(numbers) >= _LEAST_ROWS else ()


def _gaps(document: Document, rows: Seq, numbers: list[int], path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    counts = Counter(name for number in numbers for name in rows[number])
    for name, holders in counts.items():
        if holders == len(numbers) - 1 and name not in CLAIM_FIELDS - {"value", "source"}:
            bare = next(number for number in numbers if name not in rows[number])
            if "note" in rows[bare]:
                continue
            message = f"`{name}` is missing, which all {holders} other rows of this list have"
            yield document.find("P316", message, [*path, bare], f"add `{name}`, or say in a `note` why it has none")
