"""P331: one of several claims of a value lies far beyond all the others, and no reason is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from ...reading.claims import is_dispute
from ...reading.diagnostic import Diagnostic
from ...reading.place import Map, Seq
from ..document import Document, Library
from ..limits import limit

_FACTOR = limit("far_values", "factor")


def check(library: Library) -> Iterator[Diagnostic]:
    """More than four times off the middle of the other claims: sources differ by rounding or boards, not by a digit.

    Of two that differ so, the second is told.
    """
    for document in library.asked():
        if document.kind not in ("rules", "claims"):
            yield from _walk(document, document.node, ())


def _walk(document: Document, node: Any, path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    if is_dispute(node):
        yield from _apart(document, node, path)
    elif isinstance(node, Map | Seq):
        for step, value in node.items() if isinstance(node, Map) else enumerate(node):
            if isinstance(value, Map | Seq):
                yield from _walk(document, value, (*path, step))


def _apart(document: Document, claims: Seq, path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    for index, claim in enumerate(claims):
        others = [abs(other["value"]) for other in claims if other is not claim and _number(other)]
        if _number(claim) and len(others) > (index == 0) and not claim.keys() & {"reason", "status"}:
            middle, own = median(others), abs(claim["value"])
            if own * _FACTOR < middle or own > _FACTOR * middle:
                message = f"`{path[-1]}` is {claim['value']:,g} here, and {middle:,g} to the other sources"
                hint = "check the digits and the unit; if a source says so, give the claim a `reason`"
                yield document.find("P331", message, (*path, index, "value"), hint)


def _number(claim: Mapping[str, Any]) -> bool:
    return isinstance(claim["value"], int | float) and not isinstance(claim["value"], bool)
