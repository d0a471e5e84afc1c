"""Exceptions beside the fact: `accept` with check, path, reason and end date. An unused or expired one is a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..reading.diagnostic import Diagnostic
from ..reading.place import Map, Seq
from .codes import CODES
from .document import Document, Library
from .nearest import did_you_mean

_Slot = tuple[Document, list[str | int], Map]


def apply_exceptions(library: Library, found: Iterable[Diagnostic], *, complete: bool) -> list[Diagnostic]:
    """Findings without those that are accepted, and with those about exceptions.

    complete: every file was checked to the end, so that an exception which met nothing is unused.
    """
    slots = [slot for document in library.asked() for slot in _slots(document)]
    used: set[int] = set()
    kept = [one for one in found if not _accepted(one, slots, library.today.isoformat(), used)]
    for number, slot in enumerate(slots):
        kept += _about(library, slot, used=number in used)
    return kept


def _slots(document: Document) -> Iterator[_Slot]:
    nodes: list[tuple[list[str | int], Any]] = [([], document.node)]
    if isinstance(document.node, Seq):
        nodes = [([index], item) for index, item in enumerate(document.node)]
    for path, node in nodes:
        accepted = node.get("accept") if isinstance(node, Map) else None
        for index, exception in enumerate(accepted) if isinstance(accepted, Seq) else ():
            yield document, [*path, "accept", index], exception


def _accepted(one: Diagnostic, slots: list[_Slot], today: str, used: set[int]) -> bool:
    if one.code[0] == "Y":
        return False
    for number, (document, path, exception) in enumerate(slots):
        prefix = f"[{path[0]}]." if isinstance(path[0], int) else ""
        if one.place.file == document.file and one.code == exception["check"] and one.at == prefix + exception["at"]:
            used.add(number)
            return bool(exception["until"] >= today)
    return False


def _about(library: Library, slot: _Slot, *, used: bool) -> Iterator[Diagnostic]:
    document, path, exception = slot
    code = exception["check"]
    if code not in CODES:
        hint = did_you_mean(code, CODES, "`rigwise explain` lists the codes")
        yield document.find("X210", f"no finding has the code `{code}`", [*path, "check"], hint)
    elif not used:
        message = f"nothing to accept: {code} is not found at `{exception['at']}`"
        yield document.find("X210", message, path, "delete the exception")
    elif exception["until"] < library.today.isoformat():
        message = f"the exception for {code} ended on {exception['until']}"
        yield document.find("X211", message, [*path, "until"], "repair the value, or give a new date and reason")
