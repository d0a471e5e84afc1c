"""A broken document without what is broken in it, so that one fault does not hide all others of its file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Any

from ..reading.diagnostic import Diagnostic
from ..reading.layers import expected
from ..reading.place import Map, Seq, Span
from .document import Document, Library
from .kinds import BY_KIND
from .nearest import levelled
from .quick_shape import fits
from .schemas import validator

Step = tuple[str | int, ...]
_QUOTED = re.compile(r"`([^`]*)`")
_ROUNDS = 3
"""Taking a field out may leave another finding about what held it."""


def mended(document: Document, problems: Sequence[Diagnostic]) -> Document | None:
    """The document without its faulty values, or None where too little is left; a missing field of it may stay missing.

    problems: what the reading told, whose places are taken out too.
    """
    if document.kind not in BY_KIND:
        return document  # X204 says so
    if expected(document.kind, document.node, document.file) is not None:
        return None
    node, schema = _copied(document.node), validator(BY_KIND[document.kind])
    taken: list[Step] = []
    for _ in range(_ROUNDS):
        faulty = [*_told(node, problems), *_misfits(node, schema)] if not taken else list(_misfits(node, schema))
        if not faulty:
            break
        for path in sorted(set(faulty), key=lambda path: (len(path), _order(path)), reverse=True):
            _take_out(node, path)
        taken += faulty
    if isinstance(node, Seq):
        _keep(node, [item for item in range(len(node)) if fits(BY_KIND[document.kind], _alone(node, item))])
    if not node or any(True for _ in _misfits(node, schema)):
        return None
    fresh = Document(
        document.kind, document.key, document.file, document.path, node, document.text, asked=document.asked
    )
    fresh.taken_out = tuple(taken) or ((),)
    return fresh


_OF_ABSENCE = frozenset({"R503", "R504", "X206"})
"""What nothing gives or nothing cites may stand in what could not be read."""
_OF_NAMES = frozenset({"X201", "X207", "X213"})
_OF_GAPS = frozenset({"P316", "N404"})


def without_consequences(found: Iterable[Diagnostic], library: Library, lost: Set[str]) -> Iterator[Diagnostic]:
    """Without findings that only say that something broken is not there. lost: keys of files that are not read."""
    missing = {levelled(key) for key in lost}
    gaps = {document.file for document in library.documents if document.taken_out}
    for one in found:
        names = {levelled(name) for name in _QUOTED.findall(one.message)} if one.code in _OF_NAMES else set()
        if one.code in _OF_ABSENCE or names & missing or (one.code in _OF_GAPS and one.place.file in gaps):
            continue
        if lost and one.code[0] == "P" and one.place.file.endswith(".csv"):
            continue  # a name may mean another entry while the file of its own cannot be read
        yield one


def _misfits(node: Any, schema: Any) -> Iterator[Step]:
    """Paths of what does not fit the schema. What lacks a field goes as a whole, but for the document itself."""
    for error in schema.iter_errors(node):
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            yield from ((*path, name) for name in error.instance if name not in known)
        elif error.validator == "pattern" and "propertyNames" in error.absolute_schema_path:
            yield (*path, error.instance)
        elif path:
            yield path


def _told(node: Any, problems: Iterable[Diagnostic]) -> Iterator[Step]:
    """Paths of the keys and values at the places of findings."""
    places = {(one.place.line - 1, one.place.column - 1) for one in problems}
    yield from (path for path, span in _spans(node, ()) if span[:2] in places)


def _spans(node: Any, path: Step) -> Iterator[tuple[Step, Span]]:
    if isinstance(node, Map):
        for name, value in node.items():
            yield (*path, name), node.keys_at[name]
            yield (*path, name), node.values_at[name]
            yield from _spans(value, (*path, name))
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            yield (*path, index), node.values_at[index]
            yield from _spans(value, (*path, index))


def _copied(node: Any) -> Any:
    if isinstance(node, Map):
        fresh = Map(node.file, node.at)
        fresh.keys_at, fresh.values_at = dict(node.keys_at), dict(node.values_at)
        fresh.update((name, _copied(value)) for name, value in node.items())
        return fresh
    if isinstance(node, Seq):
        row = Seq(node.file, node.at)
        row.values_at = list(node.values_at)
        row.extend(_copied(value) for value in node)
        return row
    return node


def _take_out(node: Any, path: Step) -> None:
    """Without what stands at a path; of a list that ends empty, and of a claim, all of it goes."""
    *above, last = path
    trail = [node]
    for step in above:
        try:
            trail.append(trail[-1][step])
        except (KeyError, IndexError, TypeError):
            return
    home = trail[-1]
    if isinstance(home, Map):
        home.pop(str(last), None)
    elif isinstance(home, Seq) and isinstance(last, int) and last < len(home):
        _keep(home, [index for index in range(len(home)) if index != last])


def _keep(rows: Seq, kept: Sequence[int]) -> None:
    rows.values_at = [rows.values_at[index] for index in kept]
    rows[:] = [rows[index] for index in kept]


def _alone(rows: Seq, index: int) -> Seq:
    alone = Seq(rows.file, rows.at)
    alone.append(rows[index])
    alone.values_at.append(rows.values_at[index])
    return alone


def _order(path: Step) -> tuple[tuple[bool, str | int], ...]:
    return tuple((isinstance(step, str), step) for step in path)
