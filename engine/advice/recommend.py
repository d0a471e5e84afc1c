"""The main job: a scenario in, an explained recommendation out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..costs import FORMULAS
from ..grounding.entries import Origin
from ..grounding.ground import Ground, ground
from ..grounding.lookups import told_claims
from ..grounding.resolve import Resolved, resolve
from ..inference import Fact, RuleSet, Trace, default_matcher, infer
from ..inference.sentence import render
from ..model.quantity import spoken
from .commands import measurement
from .estimate import bottlenecks, estimate, times
from .glossary import names, references
from .options import Catalogue
from .path import Path
from .proofs import Proofs
from .rulebook import answering, assuming
from .spread import Spread
from .topology import topology
from .turning import turning_points

if TYPE_CHECKING:
    from ..reading import Knowledge

SCHEMA = "rigwise/recommendation/1"
OBSERVED = Origin("scenario", "observed", {})


class Answer:
    """One question, inferred once: the facts, the trace, and everything that is told from them."""

    def __init__(
        self,
        asked: dict[str, Any],
        knowledge: Knowledge,
        matcher: str | None = None,
        model_file: Mapping[str, Any] | None = None,
        observed: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """model_file: what was read of a file that names the model, for the documents. observed: facts of tools."""
        self.knowledge = knowledge
        self.told = {"model_file": dict(model_file)} if model_file else {}
        self.matcher = matcher or default_matcher()
        self.resolved: Resolved = resolve(asked, knowledge, assuming(knowledge), FORMULAS, self.matcher)
        self.ground: Ground = ground(self.resolved, knowledge)
        for values in observed:
            self.ground.say(values, OBSERVED)
        self.rules: RuleSet = self.rulebook(knowledge)
        self.trace: Trace = infer(self.rules, self.ground.facts, FORMULAS, self.matcher)
        origins: dict[Fact, Any] = {**self.resolved.origins, **self.ground.origins}
        assumed = {one.path: one.fact for one in self.resolved.assumptions}
        self.proofs = Proofs(self.trace, origins, knowledge, assumed, self.resolved.trace)
        self.spread = Spread(self.proofs, FORMULAS)

    @staticmethod
    def rulebook(knowledge: Knowledge) -> RuleSet:
        """The rules that are asked."""
        return answering(knowledge)

    def recommendation(self, brief: bool = False) -> dict[str, Any]:
        """The document of schemas/output/recommendation.schema.json.

        brief: for a page that shows neither the proofs of options that are not recommended nor absolute effects.
        """
        entries, scenario = self.knowledge.entries, self.resolved.scenario
        catalogue = Catalogue(self.trace, self.rules, self.proofs, self.spread, entries, self.ground.deployments, brief)
        numbers = self.estimate()
        options = catalogue.ranked()
        path = Path(self, options, brief)
        found: dict[str, Any] = {
            "schema": SCHEMA,
            "knowledge": {"version": self.knowledge.version, "digest": self.knowledge.digest},
            "scenario": scenario,
            **self.told,
            "verdict": self._verdict(options, numbers),
            "estimate": numbers,
            "bottlenecks": [] if numbers["cannot_run"] else bottlenecks(self.trace, self.proofs),
            "conclusions": self._conclusions(),
            "options": options,
            "path": path.document(),
            "assumptions": self._assumptions(options),
            "conflicts": self._conflicts(),
            "next_measurement": self._next_measurement(options),
            "names": self._names(),
        }
        return found | ({"proofs": self.proofs} if brief else self._drawn(path, numbers))

    def estimate_document(self) -> dict[str, Any]:
        """The document of schemas/output/estimate.schema.json."""
        numbers = self.estimate()
        found = {
            "schema": "rigwise/estimate/1",
            "knowledge": {"version": self.knowledge.version, "digest": self.knowledge.digest},
            "scenario": self.resolved.scenario,
            **self.told,
            "estimate": numbers,
            "bottlenecks": [] if numbers["cannot_run"] else bottlenecks(self.trace, self.proofs),
            "assumptions": self._assumptions([]),
            "names": self._names(),
        }
        return found | self._drawn(None, numbers)

    def _names(self) -> dict[str, dict[str, str]]:
        return names(self.ground.deployments.values(), self.knowledge)

    def _drawn(self, path: Path | None, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """What a drawn page shows beside the answer, with all proofs and the sources these rest on."""
        found = {
            "times": {} if numbers["cannot_run"] else times(self.trace, self.proofs),
            "topology": topology(self.trace, self.proofs, self.resolved.scenario),
        }
        walked = path.proofs.complete() if path and path.proofs else {}
        proofs = dict(sorted({**walked, **self.proofs.complete()}.items()))  # a node of both says the same in both
        return found | {"references": references(proofs, self.knowledge), "proofs": proofs}

    def why(self, identity: str, all_proofs: bool = False) -> dict[str, Any]:
        """Proofs of a conclusion, an option, a number or a node. Raises UnknownName."""
        from .reasons import why

        return why(self, identity, all_proofs)

    def why_not(self, identity: str) -> dict[str, Any]:
        """Why an option is not recommended, or a conclusion not reached. Raises UnknownName."""
        from .reasons import why_not

        return why_not(self, identity)

    def estimate(self) -> dict[str, Any]:
        """The `estimate` section alone."""
        entries = self.knowledge.entries["gpus"]
        speeds = {key: float(entry.get("memory_bandwidth_gb_s") or 0) for key, entry in entries.items()}
        return estimate(self.trace, self.proofs, self.spread, self.resolved.scenario, speeds)

    def _conclusions(self) -> list[dict[str, Any]]:
        facts = {str(fact["id"]): fact for fact in reversed(self.trace.of_kind("conclusion"))}
        return [
            {"id": key, "says": self._sentence(facts[key]), "proof": self.proofs.fact(facts[key])}
            for key in sorted(facts)
        ]

    def _sentence(self, fact: Fact) -> str:
        firing = self.trace.best(fact)
        return render(firing.rule.says, firing.bindings, firing.results, spoken) if firing else ""

    def _assumptions(self, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
        turns = turning_points(self, options)
        rows = []
        for one in self.resolved.assumptions:
            firing = self.resolved.trace.best(one.fact)
            because = render(firing.rule.says, firing.bindings, firing.results, spoken) if firing else ""
            told = one.fact.get("flips_at") or turns.get(one.path) or "no value tried turns the verdict"
            rows.append(
                {"path": one.path, "value": one.value, "because": because, "flips_at": str(told),
                 "rule": firing.rule.id if firing else None, "proof": self.proofs.fact(one.fact)}
            )  # fmt: skip
        return rows

    def _conflicts(self) -> list[dict[str, Any]]:
        rows = []
        for fact in self.trace.of_kind("disputed"):
            told = told_claims(self.knowledge, str(fact["of"]) + "s", str(fact["key"]), str(fact["attribute"]))
            rows.append(
                {"about": f"{fact['attribute']} of {fact['key']}", "evidence": told, "proof": self.proofs.fact(fact)}
            )
        effects: dict[str, list[Fact]] = {}
        for fact in self.trace.of_kind("relevant_effect"):
            effects.setdefault(str(fact["effect"]), []).append(fact)
        for name, facts in sorted(effects.items()):
            evidence = [
                f"{spoken(one['low'], '%')} to {spoken(one['high'], '%')} ({one.get('source', 'no source')})"
                for one in facts
            ]
            rows.append({"about": name, "evidence": evidence, "proof": self.proofs.fact(facts[0])})
        return rows

    def _next_measurement(self, options: list[dict[str, Any]]) -> dict[str, Any]:
        decides = [row["id"] for row in options if row["status"] != "rejected" and row["effects"]]
        command = measurement(self.resolved.scenario, self.knowledge.entries)
        return {"command": command, "minutes": 6, "decides": decides[:3] or ["do_nothing"]}

    def _verdict(self, options: list[dict[str, Any]], numbers: Mapping[str, Any]) -> dict[str, Any]:
        from .verdict import cautions, confidence, verdict_text

        tier, factors = confidence(self.trace, numbers, self.resolved.assumptions)
        text = verdict_text(options, numbers, self.resolved.scenario, cautions(self.trace))
        return {"text": text, "confidence": tier, "factors": factors}


def recommend(asked: dict[str, Any], knowledge: Knowledge, matcher: str | None = None) -> dict[str, Any]:
    """Recommendation for a scenario. Raises BadInput and its kin for a wrong request."""
    return Answer(asked, knowledge, matcher).recommendation()
