"""The checker: recomputes a saved answer from its JSON, with the formulas but without the inference engine.

From the JSON alone: every formula, comparison, premise and name of a node, every number told against the node that
proves it, the order of the options, the path, the verdict. With the knowledge that the answer was made with, also what
a forger could change on both sides: what the scenario and the entries give, what each rule concludes from its premises
and in which words, what the options are called and how they are done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from ...errors import BadInput
from ...grounding.slices import with_slices_of
from ..digest import digest_of
from .nodes import DAMAGE, Checker, Fault, fault, holds
from .sections import sections

if TYPE_CHECKING:
    from ...reading import Knowledge

__all__ = ["Checker", "holds", "verify"]
SCHEMAS = ("rigwise/recommendation/1", "rigwise/estimate/1")


def verify(document: Mapping[str, Any], knowledge: Knowledge | None = None) -> dict[str, Any]:
    """Every step of a saved answer checked again. Raises BadInput where the document is no answer of rigwise.

    knowledge: that of the answer, to check what it copies from there; without it the JSON alone is checked. A damaged
    answer raises nothing: what cannot be read is a fault of its own.
    """
    told = document.get("schema") if isinstance(document, Mapping) else None
    if told in SCHEMAS and "proofs" not in document:
        raise BadInput("holds no proofs, so nothing of it can be checked", hint="answer again without --no-proofs")
    if told not in SCHEMAS or not isinstance(document.get("proofs"), Mapping):
        raise BadInput(
            "is no recommendation or estimate of rigwise", hint=f"its `schema` must be one of {', '.join(SCHEMAS)}"
        )
    faults = [*_digest(document), *faults_of(document, knowledge)]
    return {
        "schema": "rigwise/verification/1",
        "checked": len(document["proofs"]),
        "knowledge": "compared" if knowledge is not None else "not looked at",
        "holds": not faults,
        "faults": faults,
    }


def _digest(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Whether the document is, to the letter, the one that was written."""
    try:
        wanted = digest_of(document)
    except DAMAGE as error:
        yield fault("digest", f"cannot be made again: {error}")
        return
    if document.get("digest") != wanted:
        yield fault("digest", f"is {document.get('digest')}, the document has {wanted}: something in it was changed")


def faults_of(document: Mapping[str, Any], knowledge: Knowledge | None = None) -> Iterator[Fault]:
    """The faults of an answer but that of its digest, one after the other as they are found."""
    checker = Checker(document["proofs"])
    damaged = False
    for one in chain(sections(document, checker), checker.nodes()):
        damaged = damaged or "malformed" in one["says"] or one["says"] == "is missing"
        yield one
    if knowledge is not None and not damaged:  # of what cannot be read, comparing would say so once more
        yield from _against(document, knowledge, checker)


def _against(document: Mapping[str, Any], knowledge: Knowledge, checker: Checker) -> Iterator[Fault]:
    """The faults that the knowledge of the answer shows."""
    from .completeness import untold
    from .grounds import Grounds, given_faults
    from .nodes import safely
    from .rules import RuleChecker
    from .texts import texts

    told = document.get("knowledge")
    if not isinstance(told, Mapping) or told.get("digest") != knowledge.digest:
        digest = told.get("digest") if isinstance(told, Mapping) else told
        says = f"is {digest}, this one is {knowledge.digest}: what rules and entries say was not compared"
        yield fault("knowledge", says)
        return
    knowledge = with_slices_of(document.get("scenario"), knowledge)
    read = document.get("model_file") or {}
    if read.get("entry"):
        knowledge = knowledge.lent("models", read["key"], read["entry"], read["path"])
    grounds = Grounds(document, knowledge)
    yield from safely("texts", texts, document, grounds, checker)
    yield from safely("scenario", given_faults, grounds, checker)
    yield from RuleChecker(checker, knowledge).nodes()
    yield from safely("conclusions", untold, document, grounds, checker, knowledge)
