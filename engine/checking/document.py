"""A file of knowledge under check, and the set of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..reading.claims import Policy, is_claim, is_dispute
from ..reading.diagnostic import Diagnostic, Fix, Note
from ..reading.entries import values_of
from ..reading.place import Map, Place, Seq, plain, where

if TYPE_CHECKING:
    from .tables import Sheet

Path = Sequence[str | int]


class Document:
    """One file: its kind and key, its tree with places, its text. asked: findings about it are wanted.

    taken_out: paths of what was faulty and is not in the tree any more; empty for a sound file.
    """

    def __init__(self, kind: str, key: str, file: str, path: str, node: Any, text: str, *, asked: bool) -> None:
        self.kind, self.key, self.file, self.path = kind, key, file, path
        self.node, self.text, self.asked = node, text, asked
        self.taken_out: tuple[tuple[str | int, ...], ...] = ()

    def find(
        self,
        code: str,
        message: str,
        path: Path = (),
        hint: str = "",
        *,
        on_key: bool = False,
        fix: Fix | None = None,
        notes: tuple[Note, ...] = (),
        within: str = "",
    ) -> Diagnostic:
        """A finding at a path of this document; within: a text of one line there, which is what is wrong."""
        place = where(self.node, path, on_key=on_key) if path else Place(self.file)
        if within and (start := self.source_line(place.line).find(within, place.column - 1)) >= 0:
            place = place._replace(column=start + 1, end_column=start + 1 + len(within))
        return Diagnostic(code, message, place._replace(file=self.file), hint, dotted(path), notes, fix)

    def place(self, path: Path, *, on_key: bool = False) -> Place:
        """Where a path of this document leads."""
        return where(self.node, path, on_key=on_key)

    def source_text(self, place: Place) -> str:
        """The text as written at a place of one line."""
        return self.source_line(place.line)[place.column - 1 : place.end_column - 1]

    def source_line(self, number: int) -> str:
        """A line as written, counted from 1."""
        return self._lines[number - 1] if number <= len(self._lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")


def dotted(path: Iterable[str | int]) -> str:
    """A path as people write it.

    >>> dotted(["prices", 0, "low"])
    'prices[0].low'
    """
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class Library:
    """All documents that belong together, context included, in the order in which they are laid over each other.

    today: for freshness. sheets: tables of measurements. before: by kind and key, what a changed file was before.
    """

    def __init__(self, documents: Iterable[Document], today: date, sheets: Sequence[Sheet] = ()) -> None:
        in_order = list(documents)
        self.sheets = sheets
        self.before: dict[tuple[str, str], Document] = {}
        self.documents = sorted(in_order, key=lambda document: document.file)
        self.today = today
        self.stacks: dict[str, dict[str, list[Document]]] = {}
        for document in in_order:
            self.stacks.setdefault(document.kind, {}).setdefault(document.key, []).append(document)
        self.by_kind = {kind: {key: stack[-1] for key, stack in keys.items()} for kind, keys in self.stacks.items()}

    def of(self, kind: str) -> dict[str, Document]:
        """Documents of one kind by key; where an overlay has one of the same key, that one."""
        return self.by_kind.get(kind, {})

    def asked(self, *kinds: str) -> Iterator[Document]:
        """Documents about which findings are wanted, of these kinds or of all."""
        for document in self.documents:
            if document.asked and (not kinds or document.kind in kinds):
                yield document

    @cached_property
    def asked_kinds(self) -> list[str]:
        """Kinds with a document about which findings are wanted."""
        return sorted({document.kind for document in self.documents if document.asked})

    @cached_property
    def policy(self) -> Policy:
        """The policy that picks among claims."""
        vocabulary = self.of("vocabulary").get("vocabulary")
        sources = {key: source.node for key, source in self.of("sources").items()}
        return Policy(vocabulary.node if vocabulary else {}, sources)

    @cached_property
    def vocabulary(self) -> dict[str, Any]:
        """`vocabulary.yaml`."""
        found = self.of("vocabulary").get("vocabulary")
        return found.node if found else {}

    def values(self, kind: str) -> dict[str, dict[str, Any]]:
        """Entries of a kind, laid over each other, with their claims resolved."""
        if kind not in self._values:
            stacks = self.stacks.get(kind, {})
            self._values[kind] = {key: self._resolved(stack) for key, stack in stacks.items()}
        return self._values[kind]

    @cached_property
    def _values(self) -> dict[str, dict[str, dict[str, Any]]]:
        return {}

    def _resolved(self, stack: Sequence[Document]) -> dict[str, Any]:
        nodes = [document.node for document in stack if isinstance(document.node, Map)]
        return values_of(nodes, self.policy)


def claims_in(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Map]]:
    """Every claim of an entry with its path."""
    if is_claim(node):
        yield path, node
    elif is_dispute(node):
        for index, claim in enumerate(node):
            yield (*path, index), claim
    elif isinstance(node, Map):
        for name, value in node.items():
            yield from claims_in(value, (*path, name))
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            yield from claims_in(value, (*path, index))


__all__ = ["Document", "Library", "Path", "claims_in", "dotted", "plain"]
