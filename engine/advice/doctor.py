"""The free checks of a rig before any purchase: one area after another, judged by rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..costs import FORMULAS
from ..inference import Fact, RuleSet, Trace, default_matcher, infer
from ..model.quantity import spoken
from ..model.sentence import render
from .proofs import Proofs
from .recommend import OBSERVED, Answer
from .rulebook import examining

if TYPE_CHECKING:
    from ..reading import Knowledge

SCHEMA = "rigwise/doctor/1"
WORST_FIRST = ("bad", "warn", "ok", "unknown")


class Examination(Answer):
    """An answer whose rules also judge the areas of `doctor`."""

    @staticmethod
    def rulebook(knowledge: Knowledge) -> RuleSet:
        """The rules of the answer and of the checks."""
        return examining(knowledge)

    def document(self, remarks: Mapping[str, list[str]]) -> dict[str, Any]:
        """The document of schemas/output/doctor.schema.json."""
        return examined(self.trace, self.proofs, {"scenario": self.resolved.scenario, **self.told, **remarks})


def examine_seen(
    observed: Iterable[Mapping[str, Any]],
    knowledge: Knowledge,
    remarks: Mapping[str, list[str]],
    matcher: str | None = None,
) -> dict[str, Any]:
    """The document where the rig cannot be predicted, for want of a known card: what tools showed is still judged."""
    facts = [Fact.of({name: value for name, value in values.items() if value is not None}) for values in observed]
    trace = infer(examining(knowledge), facts, FORMULAS, matcher or default_matcher())
    proofs = Proofs(trace, dict.fromkeys(facts, OBSERVED), knowledge, {}, trace)
    return examined(trace, proofs, {"scenario": None, **remarks})


def examined(trace: Trace, proofs: Proofs, more: Mapping[str, Any]) -> dict[str, Any]:
    """Areas in order, each with its checks, the worst first."""
    checks: dict[str, list[dict[str, Any]]] = {}
    for fact in trace.of_kind("check"):
        checks.setdefault(str(fact["area"]), []).append(_check(fact, trace, proofs))
    areas = []
    for area in sorted(trace.of_kind("area"), key=lambda one: one["order"]):
        found = sorted(checks.get(str(area["id"]), []), key=_rank)
        areas.append(
            {"id": area["id"], "title": area["title"], "status": found[0]["status"] if found else "unknown",
             "checks": found}
        )  # fmt: skip
    counts = {status: sum(area["status"] == status for area in areas) for status in WORST_FIRST}
    return {"schema": SCHEMA, **more, "counts": counts, "areas": areas, "proofs": proofs.complete()}


def _check(fact: Fact, trace: Trace, proofs: Proofs) -> dict[str, Any]:
    firing = trace.best(fact)
    words = [firing.rule.says, str(fact.get("command") or "")] if firing else []
    says, command = (render(one, firing.bindings, firing.results, spoken) for one in words) if firing else ("", "")
    return {
        "status": fact["status"], "says": says, "because": firing.rule.because if firing else "",
        "does": fact["does"], "command": command or None, "rule": firing.rule.id if firing else None,
        "proof": proofs.fact(fact),
    }  # fmt: skip


def _rank(check: Mapping[str, Any]) -> tuple[int, str, str]:
    return WORST_FIRST.index(check["status"]), str(check["rule"]), check["says"]
