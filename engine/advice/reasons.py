"""Why and why not: the proofs of one answer, asked one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import UnknownName
from ..inference import Fact
from ..inference.near_miss import explain_failure
from ..inference.sentence import render
from ..model.quantity import spoken
from .estimate import METRICS, one_of

if TYPE_CHECKING:
    from .recommend import Answer


def why(answer: Answer, identity: str, all_proofs: bool = False) -> dict[str, Any]:
    """The proof trees of what a name means in this answer: every derivation with `all_proofs`, else the shortest."""
    document = answer.recommendation()
    found = _roots(answer, document, identity)
    if found is None:
        raise UnknownName("conclusion, option, number or proof", identity, _nearest(answer, document, identity))
    fact, roots, says = found
    if all_proofs and fact is not None:
        roots = [answer.proofs.derivation(fact, firing) for firing in answer.trace.firings_of(fact)] or roots
    return {"schema": "rigwise/why/1", "id": identity, "says": says, "roots": roots, "proofs": answer.proofs.complete()}


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


def why_not(answer: Answer, identity: str) -> dict[str, Any]:
    """What held and what failed first, for an option that is not recommended or a conclusion that is not reached."""
    document = answer.recommendation()
    row = next((row for row in document["options"] if row["id"] == identity), None)
    if row is not None:
        reasons = row["why_not"] or {"held": [], "failed": None, "flips_if": []}
        return {"schema": "rigwise/why-not/1", "id": identity, "status": row["status"], **reasons}
    if any(one["id"] == identity for one in document["conclusions"]):
        return {
            "schema": "rigwise/why-not/1",
            "id": identity,
            "status": "concluded",
            "held": [],
            "failed": None,
            "flips_if": [],
        }
    rules = [rule for rule in answer.rules if _concludes(rule, identity)]
    if not rules:
        raise UnknownName("option or conclusion", identity, _nearest(answer, document, identity))
    return {"schema": "rigwise/why-not/1", "id": identity, "status": "not concluded", **_missed(answer, rules)}


def _concludes(rule: Any, identity: str) -> bool:
    return any(
        template.kind == "conclusion" and getattr(template.attributes.get("id"), "value", None) == identity
        for template in rule.then
    )


def _missed(answer: Answer, rules: list[Any]) -> dict[str, Any]:
    """The rule that came nearest: most conditions held."""
    misses = [(explain_failure(rule, answer.trace.facts, {}), rule) for rule in rules]
    miss, rule = max(misses, key=lambda pair: (len(pair[0].held) if pair[0] else 0, pair[1].id))
    if miss is None or miss.failed is None:
        return {"held": [], "failed": None, "flips_if": []}
    said = render(rule.says_not, miss.bindings, miss.results, spoken)
    failed = {"condition": str(miss.failed.text), "observed": str(miss.observed), "needed": str(miss.needed)}
    return {"held": [str(part.filled or part.text) for part in miss.held], "failed": failed, "says": said,
            "rule": rule.id, "flips_if": [f"{failed['condition']}: {failed['needed']}"]}  # fmt: skip


def _nearest(answer: Answer, document: dict[str, Any], identity: str) -> list[str]:
    from difflib import get_close_matches

    names = [one["id"] for one in document["conclusions"]] + [row["id"] for row in document["options"]]
    return get_close_matches(identity, [*names, *(name for name, *_ in METRICS)], 3, 0.5)
