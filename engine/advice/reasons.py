"""Why: the proofs of one answer, asked one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..inference import Fact
from .asked_about import Asked, asked_about
from .estimate import METRICS, one_of

if TYPE_CHECKING:
    from .recommend import Answer

Found = tuple[Fact | None, list[str], str]


def why(answer: Answer, name: str, all_proofs: bool = False) -> dict[str, Any]:
    """The proof trees of what a name means in this answer: every derivation with `all_proofs`, else the shortest.

    Raises UnknownName, AmbiguousName, BadInput for what this answer does not tell.
    """
    document = answer.recommendation()
    identity, found = _node(answer, document, name)
    if found is None:
        asked = asked_about(answer, name)
        identity, found = asked.key, _told(answer, document, asked)
    fact, roots, says = found
    if all_proofs and fact is not None:
        roots = [answer.proofs.derivation(fact, firing) for firing in answer.trace.firings_of(fact)] or roots
    proofs = {**document["proofs"], **answer.proofs.complete()}
    return {"schema": "rigwise/why/1", "id": identity, "says": says, "roots": roots, "proofs": proofs}


def _node(answer: Answer, document: dict[str, Any], name: str) -> tuple[str, Found | None]:
    """A node of the proofs by its own name, or an assumption by its path."""
    if name in document["proofs"]:
        return name, (None, [name], document["proofs"][name].get("says", ""))
    for row in document["assumptions"]:
        if name in (row["path"], row["path"].partition(" (")[0]):
            return row["path"], (None, [row["proof"]], row["because"])
    return name, None


def _told(answer: Answer, document: dict[str, Any], asked: Asked) -> Found:
    telling = {"verdict": _verdict, "option": _option, "conclusion": _conclusion, "number": _number, "part": _part}
    return telling[asked.sort](answer, document, asked.key)


def _verdict(_: Answer, document: dict[str, Any], __: str) -> Found:
    """The steps that a verdict names, then how sure it is."""
    steps = [step["proof"] for step in document["path"]["steps"]]
    return None, [one for one in (*steps, document["verdict"]["proof"]) if one], document["verdict"]["text"]


def _option(_: Answer, document: dict[str, Any], key: str) -> Found:
    row = next(row for row in document["options"] if row["id"] == key)
    return None, [row["proof"]] if row["proof"] else [], f"{row['status']}, rank {row['rank']}"


def _conclusion(answer: Answer, document: dict[str, Any], key: str) -> Found:
    row = next((row for row in document["conclusions"] if row["id"] == key), None)
    if row is None:
        raise BadInput(f"{key} is not concluded here", hint=f"`rigwise why-not {key}` tells what failed")
    return next(fact for fact in answer.trace.of_kind("conclusion") if fact["id"] == key), [row["proof"]], row["says"]


def _number(answer: Answer, document: dict[str, Any], key: str) -> Found:
    told = document["estimate"].get(key)
    if not told:
        lacks = document["estimate"].get("lacks") or []
        hint = f"not known: {', '.join(lacks)}" if lacks else "`rigwise estimate` shows the numbers that it has"
        raise BadInput(f"{key} cannot be told of this scenario", hint=hint)
    kind = next(kind for name, kind, *_ in METRICS if name == key)
    says = f"{told['value']:.4g} [{told['low']:.4g} to {told['high']:.4g}]"
    return one_of(answer.trace, kind, "now"), [told["proof"]], says


def _part(_: Answer, document: dict[str, Any], key: str) -> Found:
    """What bounds a phase, or where its milliseconds go."""
    bounds = [(row["phase"], row["share"], row["proof"]) for row in document["bottlenecks"] if row["id"] == key]
    parts = [(phase, part["share"], part["share_proof"]) for phase, told in document["times"].items()
             for part in told["parts"] if part["term"] == key]  # fmt: skip
    found = bounds or parts
    if not found:
        raise BadInput(f"{key} takes no time that this answer tells of", hint="`rigwise estimate` shows what does")
    says = ", ".join(f"{share * 100:.0f} % of {phase}" for phase, share, _ in found)
    return None, [proof for *_, proof in found], says
