"""Why: the proofs of one answer, asked one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import BadInput, UnknownName
from ..inference import Fact
from .estimate import METRICS, one_of

if TYPE_CHECKING:
    from .recommend import Answer


def why(answer: Answer, identity: str, all_proofs: bool = False) -> dict[str, Any]:
    """The proof trees of what a name means in this answer: every derivation with `all_proofs`, else the shortest."""
    document = answer.recommendation()
    found = _roots(answer, document, identity)
    if found is None:
        _refuse_untold(document["estimate"], identity)
        raise UnknownName("conclusion, option, number or proof", identity, _nearest(answer, document, identity))
    fact, roots, says = found
    if all_proofs and fact is not None:
        roots = [answer.proofs.derivation(fact, firing) for firing in answer.trace.firings_of(fact)] or roots
    proofs = {**document["proofs"], **answer.proofs.complete()}
    return {"schema": "rigwise/why/1", "id": identity, "says": says, "roots": roots, "proofs": proofs}


def _refuse_untold(estimate: dict[str, Any], identity: str) -> None:
    """Raise BadInput for a number that this answer does not hold, with what is not known where that is the reason."""
    if identity in (name for name, *_ in METRICS):
        lacks = estimate.get("lacks") or []
        hint = f"not known: {', '.join(lacks)}" if lacks else "`rigwise estimate` shows the numbers that it has"
        raise BadInput(f"{identity} cannot be told of this scenario", hint=hint)


def _roots(answer: Answer, document: dict[str, Any], identity: str) -> tuple[Fact | None, list[str], str] | None:
    for one in document["conclusions"]:
        if one["id"] == identity:
            fact = next(fact for fact in answer.trace.of_kind("conclusion") if fact["id"] == identity)
            return fact, [one["proof"]], one["says"]
    for row in document["options"]:
        if row["id"] == identity and row["proof"]:
            return None, [row["proof"]], f"{row['status']}, rank {row['rank']}"
    for name, kind, _, _ in METRICS:
        quantity = document["estimate"].get(name)
        if name == identity and quantity:
            return (
                one_of(answer.trace, kind, "now"),
                [quantity["proof"]],
                f"{quantity['value']:.4g} [{quantity['low']:.4g} to {quantity['high']:.4g}]",
            )
    if identity in answer.proofs:
        return None, [identity], answer.proofs[identity].get("says", "")
    for row in document["assumptions"]:
        if row["path"] == identity:
            return None, [row["proof"]], row["because"]
    return None


def _nearest(answer: Answer, document: dict[str, Any], identity: str) -> list[str]:
    from difflib import get_close_matches

    names = [one["id"] for one in document["conclusions"]] + [row["id"] for row in document["options"]]
    return get_close_matches(identity, [*names, *(name for name, *_ in METRICS)], 3, 0.5)
