"""Claims in, verdicts out: facts of every claim, one inference over them, a document that tells the outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..advice.rulebook import leading_to
from ..costs import FORMULAS
from ..errors import BadInput
from ..grounding.lookups import told_claims
from ..inference import Fact, Trace, default_matcher, infer
from ..model.quantity import spoken
from ..model.sentence import render
from .answers import Answers
from .bench import Bench
from .claims import Claim, Problem
from .kinds import ASK, TELL
from .naming import Unsettled
from .predictions import Impossible, Predictions
from .proofs import ClaimProofs, Parts, joined

if TYPE_CHECKING:
    from ..reading import Knowledge

SCHEMA = "rigwise/audit/1"
VERDICTS = ("supported", "imprecise", "unverifiable", "inconsistent", "contradicted", "impossible")
FINDINGS = frozenset({"contradicted", "impossible", "inconsistent"})


def audit(claims: Sequence[Claim], knowledge: Knowledge, matcher: str | None = None) -> dict[str, Any]:
    """The document of schemas/output/audit.schema.json. A claim that cannot be read is told beside the others."""
    chosen = matcher or default_matcher()
    bench = Bench(knowledge, Predictions(knowledge, chosen), Answers(knowledge, chosen))
    _lay(claims, bench)
    rules = leading_to(knowledge, frozenset({"claim_verdict"}))
    trace = infer(rules, bench.facts, FORMULAS, chosen)
    return Audit(bench, trace).document(claims)


def _lay(claims: Iterable[Claim], bench: Bench) -> None:
    """All facts of all claims on the bench, predictions in between."""
    telling: list[Claim] = []
    for claim in claims:
        if claim.problem:
            _cannot_be_read(claim, bench, claim.problem)
        elif _tried(claim, bench, ASK.get(str(claim.content["kind"]))):
            telling.append(claim)
    bench.predictions.run()
    for claim in telling:
        _tried(claim, bench, TELL[str(claim.content["kind"])])


def _tried(claim: Claim, bench: Bench, step: Any) -> bool:
    """Whether a step came to its end; why not is said otherwise."""
    if step is None:
        return True
    try:
        step(claim, bench)
        return True
    except Unsettled as reason:
        _open(claim, bench)
        bench.unknown(claim, str(reason))
    except Impossible as reason:
        _open(claim, bench)
        bench.say({"kind": "cannot_be", "claim": claim.name, "reason": str(reason)})
    except BadInput as error:
        _cannot_be_read(claim, bench, Problem(error.message, error.where or claim.place, error.hint or ""))
    return False


def _cannot_be_read(claim: Claim, bench: Bench, problem: Problem) -> None:
    bench.problems[claim.name] = problem
    _open(claim, bench)
    bench.unknown(claim, f"it cannot be read: {problem.message}")


def _open(claim: Claim, bench: Bench) -> None:
    if not any(fact.kind == "claim" and fact["id"] == claim.name for fact in bench.facts):
        words = [str(value) for value in claim.content.values() if isinstance(value, str | int | float)]
        bench.open_claim(claim, " ".join(words)[:200] or "a claim of the wrong form")


class Audit:
    """The outcome of the inference, told claim by claim."""

    def __init__(self, bench: Bench, trace: Trace) -> None:
        self.bench, self.trace = bench, trace
        self.proofs = ClaimProofs(trace, bench.origins, bench.knowledge, {}, trace)
        self.proofs.links = bench.links
        self._of: dict[tuple[str, str], list[Fact]] = {}
        for fact in trace.facts:
            if fact.get("claim"):
                self._of.setdefault((fact.kind, str(fact["claim"])), []).append(fact)

    def document(self, claims: Sequence[Claim]) -> dict[str, Any]:
        """Verdicts in the order of the claims, their number by verdict, and all proofs."""
        rows = [self._row(claim) for claim in claims]
        counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS}
        knowledge = self.bench.knowledge
        return {
            "schema": SCHEMA,
            "knowledge": {"version": knowledge.version, "digest": knowledge.digest},
            "claims": rows,
            "counts": counts,
            "proofs": joined(self.proofs.complete(), self._parts()),
        }

    def _parts(self) -> Parts:
        batches = {batch.name: batch.proofs for batch in self.bench.predictions.batches}
        return batches | {name: answer.proofs for name, answer in self.bench.answers.by_name.items()}

    def _row(self, claim: Claim) -> dict[str, Any]:
        verdict = self._facts("claim_verdict", claim)[0]
        reason = self._reason(claim, str(verdict["verdict"]))
        row: dict[str, Any] = {
            "id": claim.id,
            "verdict": verdict["verdict"],
            "says": self._says(claim, reason),
            "proof": self.proofs.fact(verdict),
            "stated": self._stated(claim),
            "found": self._found(claim, reason),
            "also": self._also(claim, verdict),
            "conflicts": self._conflicts(claim),
            "place": claim.place,
        }
        problem = self.bench.problems.get(claim.name)
        if problem:
            row["problem"] = problem._asdict()
        return row | {name: value for name in ("source", "quote", "note") if (value := getattr(claim, name))}

    def _facts(self, kind: str, claim: Claim) -> list[Fact]:
        return self._of.get((kind, claim.name), [])

    def _reason(self, claim: Claim, verdict: str) -> Fact | None:
        """The fact that a verdict rests on: of several the one that comes nearest."""
        for kind in _REASONS[verdict]:
            facts = self._facts(kind, claim)
            if facts:
                return min(facts, key=lambda fact: float(fact.get("gap") or 0))
        return None

    def _says(self, claim: Claim, reason: Fact | None) -> str:
        if reason is None:
            return f"{self._about(claim)}: {self._untold(claim)}"
        firing = self.trace.best(reason)
        assert firing is not None
        return render(firing.rule.says, firing.bindings, firing.results, spoken).replace(" ,", ",")

    def _about(self, claim: Claim) -> str:
        return next(str(fact["about"]) for fact in self.trace.of_kind("claim") if fact["id"] == claim.name)

    def _untold(self, claim: Claim) -> str:
        untold = self._facts("untold", claim)
        if untold:
            return str(untold[0]["reason"])
        prices = self._facts("price_told", claim)
        if prices:
            low, high = min(float(fact["low"]) for fact in prices), max(float(fact["high"]) for fact in prices)
            told = f"{len(prices)} other listings ask" if len(prices) > 1 else "one other listing asks"
            to = f" to {spoken(high, 'USD')}" if high > low else ""
            return f"{told} {spoken(low, 'USD')}{to}; a price holds for a day and a place"
        return "nothing in the knowledge tells it"

    def _stated(self, claim: Claim) -> Any:
        content = claim.content
        for name in ("states_percent", "states", "value"):
            if name in content:
                upper = content.get({"states_percent": "upper_percent"}.get(name, "upper"))
                return content[name] if upper is None else [content[name], upper]
        return str(content.get("id", "")) or None

    def _found(self, claim: Claim, reason: Fact | None) -> Any:
        """What was found in the unit of the claim: a number, an interval, yes or no, a word; None where nothing was."""
        firing = self.trace.best(reason) if reason is not None else None
        bound = firing.bindings if firing else {}
        limit, found, stated = bound.get("limit"), bound.get("found"), bound.get("stated")
        scale = float(stated.get("scale") or 1) if stated else 1.0
        if bound.get("step") is not None:
            assert firing is not None
            return {"at_least": float(firing.results["shown"])}
        if limit is not None:
            return {"at_most": float(limit["value"]) / scale}
        if found is None:
            cases = self._facts("case_told", claim)
            return [bool(fact["holds"]) for fact in cases] if cases else None
        if found.kind != "claim_found":
            return found.get("told")
        value, low, high = (float(found[name]) / scale for name in ("value", "low", "high"))
        return value if low == high else {"value": value, "low": low, "high": high}

    def _also(self, claim: Claim, verdict: Fact) -> list[str]:
        """What else is wrong with a claim: that its source says otherwise elsewhere."""
        rivals = self._facts("claim_rival", claim)
        if verdict["verdict"] == "inconsistent" and not self._facts("claim_fault", claim):
            rivals = rivals[1:]
        return [self._says(claim, fact) for fact in rivals[:4]]

    def _conflicts(self, claim: Claim) -> list[dict[str, Any]]:
        """The values used on which sources disagree, with every claim about them."""
        rows = []
        for folder, key, path in self.bench.disputed.get(claim.name, []):
            if folder == "effects":
                rows.append({"about": key, "evidence": self._effects(claim)})
                continue
            told = told_claims(self.bench.knowledge, folder, key, path)
            rows.append({"about": f"{path} of {key}", "evidence": told})
        return [row for number, row in enumerate(rows) if row not in rows[:number]]

    def _effects(self, claim: Claim) -> list[str]:
        return [
            f"{spoken(fact['low'], '%')} to {spoken(fact['high'], '%')} ({fact['source']})"
            for fact in self._facts("effect_told", claim)
        ]


_REASONS: Mapping[str, Sequence[str]] = {
    "impossible": ("claim_beyond",),
    "supported": ("claim_agrees",),
    "imprecise": ("claim_near",),
    "contradicted": ("claim_differs",),
    "inconsistent": ("claim_fault", "claim_rival"),
    "unverifiable": (),
}
