"""Why an option is not recommended, or a conclusion not reached: what held, what failed first, what would turn it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..costs import FORMULAS
from ..errors import BadInput
from ..inference import Rule
from ..inference.conditions import NearMiss
from ..inference.near_miss import explain_failure
from ..model.quantity import spoken
from ..model.sentence import render
from .near_words import NearWords

if TYPE_CHECKING:
    from .recommend import Answer

SCHEMA = "rigwise/why-not/1"
DEEPEST = 3


def why_not(answer: Answer, identity: str, turns: bool = True) -> dict[str, Any]:
    """The document of schemas/output/why_not.schema.json. turns: whether to try which single change would turn it.

    Raises UnknownName, AmbiguousName, BadInput.
    """
    from .flipping import flip, target_of

    target = target_of(answer, identity)
    identity = target.identity
    if target.sort == "verdict":
        raise BadInput(
            "why-not asks about an option or a conclusion, the verdict is what the answer says",
            hint="`rigwise flip verdict` finds what would turn it, `rigwise why verdict` what it rests on",
        )
    found = _option(answer, identity) if target.sort == "option" else _conclusion(answer, identity)
    moot = found.pop("moot", False)  # a change for the worse, that the option then mends, is no way to it
    turned = flip(answer, identity, size=1) if found["failed"] and turns and not moot else None
    flips = [" and ".join(change["says"] for change in row["changes"]) for row in turned["flips"]] if turned else []
    return {
        "schema": SCHEMA,
        "knowledge": {"version": answer.knowledge.version, "digest": answer.knowledge.digest},
        "scenario": answer.resolved.scenario,
        "id": identity,
        **found,
        "flips_if": flips if turned else [found["failed"]["needed"]] if moot else found["flips_if"],
        "flips": turned["flips"] if turned else [],
        "flips_tried": turned["tried"] if turned else 0,
        "flips_complete": turned["complete"] if turned else False,
        **({"moot": True} if moot else {}),
    }


def _option(answer: Answer, identity: str) -> dict[str, Any]:
    """From the reason that the catalogue tells, with the rule behind it."""
    document = answer.recommendation()
    row = next(row for row in document["options"] if row["id"] == identity)
    reasons = row["why_not"] or {"held": [], "failed": None, "flips_if": [], "proof": row["proof"]}
    node = answer.proofs[reasons["proof"]] if reasons.get("proof") else {}
    says = row["says"] if row["status"] != "rejected" and row["says"] else node.get("says")
    return {"status": row["status"], "says": says, "held": reasons["held"], "failed": reasons["failed"],
            "rule": node.get("rule"), "proof": reasons.get("proof"), "because": [],
            "flips_if": reasons["flips_if"], "moot": reasons.get("moot", False)}  # fmt: skip


def _conclusion(answer: Answer, identity: str) -> dict[str, Any]:
    """From the rule that came nearest: the one of which most conditions held."""
    fact = next((fact for fact in answer.trace.of_kind("conclusion") if fact["id"] == identity), None)
    if fact is not None:
        proof = answer.proofs.fact(fact)
        node = answer.proofs[proof]
        return {"status": "concluded", "says": node["says"], "held": [], "failed": None, "rule": node["rule"],
                "proof": proof, "because": [], "flips_if": []}  # fmt: skip
    rules = [rule for rule in answer.rules if _concludes(rule, identity)]
    miss = _nearest(answer, rules)
    return {"status": "not concluded", "proof": None, "flips_if": [], **_told(answer, miss, DEEPEST)}


def _concludes(rule: Rule, identity: str) -> bool:
    return any(
        template.kind == "conclusion" and getattr(template.attributes.get("id"), "value", None) == identity
        for template in rule.then
    )


def _nearest(answer: Answer, rules: list[Rule]) -> NearMiss:
    misses = [explain_failure(rule, answer.trace, {}, FORMULAS) for rule in rules]
    return max(misses, key=lambda miss: (len(miss.held), miss.rule.id))


def _told(answer: Answer, miss: NearMiss, depth: int) -> dict[str, Any]:
    """A near miss in the words of rules: their sentences for what held, the rule's own for what did not."""
    failed = miss.failed
    if failed is None:
        return {"says": None, "held": [], "failed": None, "rule": miss.rule.id, "because": []}
    below = list(_below(answer, miss, depth)) if depth > 0 else []
    words = NearWords(answer)
    told = words.failed(miss, failed)
    if below:  # a derived fact is missing: the rule that would have made it has words for that
        title = answer.rules[below[0]["rule"]].title
        told = {"condition": title, "observed": below[0]["says"], "needed": title}
    return {
        "says": render(miss.rule.says_not, miss.bindings, miss.results, spoken),
        "held": words.held(miss),
        "failed": told,
        "rule": miss.rule.id,
        "because": below,
    }


def _below(answer: Answer, miss: NearMiss, depth: int) -> Iterator[Mapping[str, Any]]:
    """Where a fact is missing that rules derive: why the nearest of these rules did not."""
    if miss.failed is None or miss.failed.part != "when":
        return
    pattern = next(one for one in miss.rule.when if one.name == miss.failed.name)
    makers = [
        rule
        for rule in answer.rules
        if rule.id != miss.rule.id and any(_could_be(template, pattern) for template in rule.then)
    ]
    if makers:
        nearest = _nearest(answer, makers)
        if nearest.failed is not None:
            yield _told(answer, nearest, depth - 1)


def _could_be(template: Any, pattern: Any) -> bool:
    from ..inference.rule import can_match

    return can_match(template, pattern)
