"""X208: a claim that is superseded by itself, or by a source that makes no claim about the value."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.claims import claim_sources, is_dispute
from ...reading.diagnostic import Diagnostic
from ...reading.place import Map, Seq
from ..document import Document, Library, Path


def check(library: Library) -> Iterator[Diagnostic]:
    """`superseded_by` leads to another claim about the same value, and from there not back."""
    for document in library.asked():
        if isinstance(document.node, Map):
            yield from _walk(document, document.node, ())


def _walk(document: Document, node: object, path: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    if isinstance(node, Seq) and is_dispute(node):
        yield from _dispute(document, node, path)
    elif isinstance(node, Map):
        for name, value in node.items():
            if isinstance(value, Map | Seq):
                yield from _walk(document, value, (*path, name))


def _dispute(document: Document, claims: Seq, path: Path) -> Iterator[Diagnostic]:
    made = {key for claim in claims for key in claim_sources(claim)}
    leads = {
        key: claim["superseded_by"] for claim in claims if "superseded_by" in claim for key in claim_sources(claim)
    }
    for index, claim in enumerate(claims):
        successor = claim.get("superseded_by")
        at = [*path, index, "superseded_by"]
        if successor is not None and successor not in made:
            yield document.find(
                "X208", f"no claim here is from `{successor}`", at, "name the source of a claim in this list"
            )
        elif successor is not None and _circle(leads, successor):
            yield document.find("X208", "the claims supersede each other in a circle", at, "leave one of them standing")


def _circle(leads: dict[str, str], start: str) -> bool:
    seen = {start}
    here = leads.get(start)
    while here is not None and here not in seen:
        seen.add(here)
        here = leads.get(here)
    return here is not None
