"""The sections of a saved answer, each told number and conclusion checked against the node that proves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..verdict import verdict_text
from . import drawing
from .estimate import estimate
from .foreign import foreign
from .nodes import Checker, Fault, fault, name_of, safely, same, written
from .options import option, ranking, told_now
from .path import path_faults
from .quantities import effects
from .settings import assumption, scenario

ESTIMATE = "rigwise/estimate/1"
LISTS = ("bottlenecks", "assumptions")
DRAWINGS = ("grounds", "times", "topology", "references", "names")
ADVICE = ("verdict", "options", "path", "conclusions", "conflicts")
HEAD = ("schema", "digest", "knowledge", "model_file", "proofs", "scenario", "estimate")
MAPPINGS = ("scenario", "estimate", "verdict", "path", "grounds", "times", "topology", "references", "names")


def sections(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Every fault outside the proofs."""
    yield from _missing(document)
    yield from safely("document", _foreign, document)
    yield from safely("document", foreign, document)
    yield from safely("estimate", estimate, document, checker)
    yield from safely("scenario", scenario, document, checker)
    for section, check in ROWS.items():
        yield from safely(section, _rows, document, section, check, checker)
    for section, drawn in DRAWN.items():
        yield from safely(section, drawn, document, checker)
    if document["schema"] != ESTIMATE:
        yield from safely("options", ranking, document, checker)
        yield from safely("path", path_faults, document, checker, told_now(document), effects)
        yield from safely("verdict", _verdict, document, checker)
        yield from safely("conclusions", _complete, document, checker)


def _foreign(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Parts that no answer has: what nobody checks must not stand beside what is checked."""
    advice = (*ADVICE, "next_measurement") if document["schema"] != ESTIMATE else ()
    for section in sorted(map(str, document.keys() - {*HEAD, *LISTS, *DRAWINGS, *advice})):
        yield fault(section, "is no part of an answer")


def _missing(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Sections that are not there or not of their kind."""
    advice = document["schema"] != ESTIMATE
    for section in ("scenario", "estimate", *DRAWINGS, *LISTS, *(ADVICE if advice else ())):
        wanted = Mapping if section in MAPPINGS else list
        if section not in document:
            yield fault(section, "is missing")
        elif not isinstance(document[section], wanted):
            yield fault(section, f"is malformed: it is {type(document[section]).__name__}")
    if advice and document.get("options") == []:
        yield fault("options", "there are none")


def _rows(document: Mapping[str, Any], section: str, check: Any, checker: Checker) -> Iterator[Fault]:
    """Each row of a section by its own check; one that cannot be read keeps no other from being checked."""
    for number, row in enumerate(document.get(section, [])):
        told = row.get("id", row.get("path", number)) if isinstance(row, Mapping) else number
        yield from safely(f"{section}.{told}", check, f"{section}.{told}", row, document, checker)


def _conclusion(path: str, row: Mapping[str, Any], document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """A conclusion is the fact of its proof, in its words."""
    fact = checker.fact(row["proof"])
    if (fact.get("kind"), fact.get("id")) != ("conclusion", row["id"]):
        yield fault(path, "its proof concludes something else")
    elif row["says"] != checker.proofs[row["proof"]]["says"]:
        yield fault(path, "its proof says it in other words")


def _bottleneck(path: str, row: Mapping[str, Any], document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """A bottleneck takes the share that its proof computes, in the phase and of the bound that names its proof."""
    node = checker.proofs.get(row["proof"])
    if node is None:
        yield fault(path, f"names the proof {row['proof']}, which is not there")
        return
    if not same(row["share"], node["value"]):
        yield fault(path, f"says {row['share']}, its proof says {node['value']}")
    bound = {"kind": "bound_share", "id": row["id"], "phase": row["phase"], "share": node["value"]}
    if name_of(f"{node['rule']}.{node['says'].split(' ')[0]} for {written(bound)}") != row["proof"]:
        yield fault(path, "its proof is about something else")


def _verdict(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """The text follows from options, numbers and path; tier and factors are those of their proofs, all of them."""
    verdict = document["verdict"]
    said = [row["says"] for row in verdict["cautions"]]
    words = verdict_text(
        document["options"], document["estimate"], document["scenario"], document["path"], said, document["conclusions"]
    )
    for row in verdict["cautions"]:
        if checker.fact(row["proof"]).get("kind") != "caution" or row["says"] != checker.proofs[row["proof"]]["says"]:
            yield fault("verdict.cautions", "one is not what its proof says")
    yield from _all_listed("verdict.cautions", "caution", [row["proof"] for row in verdict["cautions"]], checker)
    if verdict["text"] != words:
        yield fault("verdict", f"says '{verdict['text']}', it follows '{words}'")
    fact = checker.fact(verdict["proof"])
    if (fact.get("kind"), fact.get("tier")) != ("confidence", verdict["confidence"]):
        yield fault("verdict", f"its confidence is {verdict['confidence']}, its proof says {fact.get('tier')}")
    told = [checker.fact(one) for one in verdict["factor_proofs"]]
    if [fact.get("says") for fact in told] != verdict["factors"]:
        yield fault("verdict", "its factors are not those of their proofs")
    yield from _all_listed("verdict.factors", "confidence_factor", verdict["factor_proofs"], checker)


def _all_listed(path: str, kind: str, listed: Sequence[str], checker: Checker) -> Iterator[Fault]:
    """Every fact of a kind that the proofs hold stands in the section that tells them, once."""
    for name, _ in checker.of_kind(kind):
        if list(listed).count(name) != 1:
            yield fault(path, f"does not tell {name} once")


def _complete(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Every conclusion that a proof reaches is told, in the order of their names."""
    listed = [row["id"] for row in document["conclusions"]]
    told = set(listed)
    if listed != sorted(told):
        yield fault("conclusions", "are not in the order of their names")
    for name, fact in checker.of_kind("conclusion"):
        if fact.get("id") not in told:
            yield fault("conclusions", f"leave out {fact.get('id')}, which {name} concludes")


ROWS = {
    "options": option,
    "conclusions": _conclusion,
    "bottlenecks": _bottleneck,
    "assumptions": assumption,
}
DRAWN = {
    "times": drawing.times,
    "topology": drawing.topology,
    "references": drawing.references,
}
