"""X216: an overlay that replaces more of what lies below it than somebody who adds something may mean.

A file that gives a few fields of an entry is an overlay as it is meant to be. One that is a whole entry, empties a list
or replaces its rows, and a rule with the id of another, may be meant too: then it says so by `accept`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic, Note
from ...reading.entries import ADDED_UP
from ...reading.place import Map, Seq, plain
from ..document import Document, Library
from ..leaves import FITTED

_MOST_NAMED = 8
_OWN = frozenset({"schema", "accept"})
HINT = "leave out what stays as it is, give it another key, or `accept` this with the reason"


def check(library: Library) -> Iterator[Diagnostic]:
    """Entries and rules of an overlay against what they are laid over."""
    for document in library.asked():
        if document.kind in FITTED:
            continue
        stack = library.stacks[document.kind][document.key]
        place = next(number for number, one in enumerate(stack) if one is document)
        if place and isinstance(document.node, Map) and isinstance(stack[place - 1].node, Map):
            yield from _entry(document, stack[place - 1])
    yield from _rules(library)


def _entry(document: Document, below: Document) -> Iterator[Diagnostic]:
    replaced = [
        name for name in document.node
        if name in below.node and name not in _OWN | ADDED_UP and plain(document.node[name]) != plain(below.node[name])
    ]  # fmt: skip
    if "name" in document.node and document.kind != "prices" and replaced:
        named = ", ".join(f"`{name}`" for name in replaced[:_MOST_NAMED]) + (" …" if replaced[_MOST_NAMED:] else "")
        message = f"`{document.key}` is in {below.file} already, and this file replaces its {named}"
        yield document.find("X216", message, ["name"], HINT, notes=_there(below, "name"))
        return
    for name in replaced:
        old, new = below.node[name], document.node[name]
        if isinstance(old, Seq) and old and isinstance(new, Seq) and (not new or isinstance(old[0], Map)):
            what = f"replaces all {len(old)}" if new else f"takes away all {len(old)}"
            message = f"`{name}` {what} of {below.file}"
            yield document.find("X216", message, [name], HINT, on_key=True, notes=_there(below, name))


def _rules(library: Library) -> Iterator[Diagnostic]:
    first: dict[str, tuple[Document, int]] = {}
    for stack in library.stacks.get("rules", {}).values():
        for document in stack:
            for index, rule in enumerate(document.node):
                before = first.setdefault(str(rule.get("id")), (document, index))
                if before[0] is not document and document.asked and _root(before[0]) != _root(document):
                    there = before[0].place([before[1], "id"])
                    message = f"the rule `{rule['id']}` replaces the one at {there.file}:{there.line}"
                    hint = "give it another id, or `accept` this with the reason"
                    yield document.find("X216", message, [index, "id"], hint, notes=(Note(there, "the other rule"),))


def _root(document: Document) -> str:
    return document.file.rpartition(f"/{document.kind}/")[0]


def _there(below: Document, name: str) -> tuple[Note, ...]:
    return (Note(below.place([name], on_key=True), "what lies below"),) if name in below.node else ()
