"""The main job: a scenario in, an explained recommendation out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..costs import FORMULAS
from ..grounding.entries import Origin
from ..grounding.ground import Ground, Tried, ground, of_now
from ..grounding.resolve import Resolved, resolve
from ..inference import Fact, RuleSet, default_matcher
from ..model.quantity import spoken
from ..model.sentence import render
from .confidence import cautions, confidence
from .conflicts import of_effect, of_shown, of_value
from .estimate import METRICS, bottlenecks, estimate, one_of, starts, times
from .glossary import names, references
from .measuring import next_measurement
from .options import Catalogue
from .path import Path
from .proofs import Proofs
from .rulebook import answering, assuming
from .spread import Spread
from .taken_up import taken_up
from .together import answered
from .topology import topology
from .turning import turning_points
from .verdict import verdict_text

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
        self.asked = asked
        self.knowledge = knowledge
        self.told = {"model_file": dict(model_file)} if model_file else {}
        self.matcher = matcher or default_matcher()
        self.resolved: Resolved = resolve(asked, knowledge, assuming(knowledge), FORMULAS, self.matcher)
        self.rules: RuleSet = self.rulebook(knowledge)
        seen = list(observed)
        self.ground, self.trace = answered(self.rules, Tried(), lambda tried: self._grounded(tried, seen), self.matcher)
        origins: dict[Fact, Any] = {**self.resolved.origins, **self.ground.origins}
        assumed = {one.path: one.fact for one in self.resolved.assumptions}
        self.proofs = Proofs(self.trace, origins, knowledge, assumed, self.resolved.trace)
        self.spread = Spread(self.proofs, FORMULAS)

    def _grounded(self, tried: Tried, observed: Iterable[Mapping[str, Any]]) -> Ground:
        found = ground(self.resolved, self.knowledge, tried)
        for values in observed:
            found.say(values, OBSERVED)
        return found

    @staticmethod
    def rulebook(knowledge: Knowledge) -> RuleSet:
        """The rules that are asked."""
        return answering(knowledge)

    def recommendation(self, brief: bool = False, asked_again: bool = False) -> dict[str, Any]:
        """The document of schemas/output/recommendation.schema.json.

        brief: for a page that shows neither the proofs of options that are not recommended nor absolute effects.
        asked_again: whether other values of assumptions that are no numbers are tried, which takes as long again.
        """
        entries, scenario = self.knowledge.entries, self.resolved.scenario
        catalogue = Catalogue(self.trace, self.rules, self.proofs, self.spread, entries, self.ground.deployments, brief)
        numbers = self.estimate()
        options = catalogue.ranked()
        path = Path(self, options, catalogue.reasons(), brief)
        walked = path.document()
        options = taken_up(options, walked, path.proofs or {})
        concluded = self._conclusions()
        found: dict[str, Any] = {
            "schema": SCHEMA,
            "knowledge": {"version": self.knowledge.version, "digest": self.knowledge.digest},
            "scenario": scenario,
            **self.told,
            "verdict": self._verdict(options, numbers, walked, concluded),
            "estimate": numbers,
            "bottlenecks": bottlenecks(self.trace, self.proofs) if starts(self.trace) else [],
            "conclusions": concluded,
            "options": options,
            "path": walked,
            "assumptions": self._assumptions(options, asked_again),
            "conflicts": self._conflicts(),
            "next_measurement": self._next_measurement(options, catalogue, path),
            "names": self._names(),
        }
        return found | {"proofs": self.proofs} if brief else self._sealed(found | self._drawn(path))

    def estimate_document(self) -> dict[str, Any]:
        """The document of schemas/output/estimate.schema.json."""
        numbers = self.estimate()
        found = {
            "schema": "rigwise/estimate/1",
            "knowledge": {"version": self.knowledge.version, "digest": self.knowledge.digest},
            "scenario": self.resolved.scenario,
            **self.told,
            "estimate": numbers,
            "bottlenecks": bottlenecks(self.trace, self.proofs) if starts(self.trace) else [],
            "assumptions": self._assumptions([]),
            "names": self._names(),
        }
        return self._sealed(found | self._drawn(None))

    @staticmethod
    def _sealed(document: dict[str, Any]) -> dict[str, Any]:
        """A whole document with its digest."""
        from .digest import digest_of

        return document | {"digest": digest_of(document)}

    def _names(self) -> dict[str, dict[str, str]]:
        return names(self.ground.deployments.values(), self.knowledge)

    def _drawn(self, path: Path | None) -> dict[str, Any]:
        """What a drawn page shows beside the answer, with all proofs and the sources these rest on."""
        found: dict[str, Any] = {
            "times": times(self.trace, self.proofs) if starts(self.trace) else {},
            "topology": topology(self.trace, self.proofs, self.resolved.scenario),
            "grounds": self._grounds(),
        }
        walked = path.proofs.complete() if path and path.proofs else {}
        proofs = dict(sorted({**walked, **self.proofs.complete()}.items()))  # a node of both says the same in both
        return found | {"references": references(proofs, self.knowledge), "proofs": proofs}

    def _grounds(self) -> dict[str, list[str]]:
        """Nodes of what is given of the rig as it stands, and of its numbers: none of them may be left out."""
        given = [fact for fact in self.ground.facts if of_now(fact)]
        told = [one_of(self.trace, kind, "now") for kind in sorted({kind for _, kind, *_ in METRICS})]
        numbers = [fact for fact in told if fact is not None and starts(self.trace)]
        return {part: sorted(map(self.proofs.fact, facts)) for part, facts in (("given", given), ("numbers", numbers))}

    def why(self, identity: str, all_proofs: bool = False) -> dict[str, Any]:
        """Proofs of a conclusion, an option, a number or a node. Raises UnknownName."""
        from .reasons import why

        return why(self, identity, all_proofs) | {"names": self._names()}

    def why_not(self, identity: str) -> dict[str, Any]:
        """Why an option is not recommended, or a conclusion not reached. Raises UnknownName."""
        from .why_not import why_not

        return why_not(self, identity) | {"names": self._names()}

    def flip(
        self, identity: str, tries: int | None, size: int, progress: Callable[[int, int], None] | None = None
    ) -> dict[str, Any]:
        """The smallest change that turns a verdict, an option or a conclusion. Raises UnknownName."""
        from .flipping import flip

        return flip(self, identity, tries, size, progress)

    def estimate(self) -> dict[str, Any]:
        """The `estimate` section alone."""
        entries = self.knowledge.entries["gpus"]
        speeds = {key: float(entry.get("memory_bandwidth_gb_s") or 0) for key, entry in entries.items()}
        numbers = estimate(self.trace, self.proofs, self.spread, self.resolved.scenario, speeds)
        if starts(self.trace) and "decode_tok_s" not in numbers:
            from .lacking import lacking

            numbers["lacks"] = lacking(self.trace, self.rules, FORMULAS, "decode")
        return numbers

    def _conclusions(self) -> list[dict[str, Any]]:
        facts = {str(fact["id"]): fact for fact in reversed(self.trace.of_kind("conclusion"))}
        return [
            {"id": key, "says": self._sentence(facts[key]), "proof": self.proofs.fact(facts[key])}
            for key in sorted(facts)
        ]

    def _sentence(self, fact: Fact) -> str:
        firing = self.trace.best(fact)
        return render(firing.rule.says, firing.bindings, firing.results, spoken) if firing else ""

    def _assumptions(self, options: list[dict[str, Any]], asked_again: bool = False) -> list[dict[str, Any]]:
        rows = []
        turns = turning_points(self, options, asked_again)
        for one, told in zip(self.resolved.assumptions, turns, strict=True):
            firing = self.resolved.trace.best(one.fact)
            because = render(firing.rule.says, firing.bindings, firing.results, spoken) if firing else ""
            rows.append(
                {"path": one.path, "value": one.value, "because": because, "flips_at": told,
                 "rule": firing.rule.id if firing else None, "proof": self.proofs.fact(one.fact)}
            )  # fmt: skip
        return rows

    def _conflicts(self) -> list[dict[str, Any]]:
        rows = [
            of_value(fact.attributes, self.knowledge) | {"proofs": [self.proofs.fact(fact)]}
            for fact in self.trace.of_kind("disputed")
        ]
        for conflict in self.trace.of_kind("conflicting_effect"):
            stated = [one for one in self.trace.of_kind("stated_effect") if one["effect"] == conflict["effect"]]
            told = of_effect([one.attributes for one in stated], self.resolved.scenario, self.knowledge.entries)
            rows.append(told | {"proofs": [self.proofs.fact(one) for one in (conflict, *stated)]})
        for fact in self.trace.of_kind("dispute_shown"):
            rows.append(of_shown(fact.attributes, self.knowledge) | {"proofs": [self.proofs.fact(fact)]})
        return rows

    def _next_measurement(
        self, options: list[dict[str, Any]], catalogue: Catalogue, path: Path
    ) -> dict[str, Any] | None:
        """Of the rig as it stands, or after the step by which it runs; None where it runs after no free step."""
        could, settles = self.trace.of_kind("could_measure"), self.trace.of_kind("settles")
        proofs = sorted(map(self.proofs.fact, (*could, *settles)))
        state = (0, self.resolved.scenario) if starts(self.trace) else path.runs_after()
        if state is None:
            return None
        found = next_measurement(
            [fact.attributes for fact in could], [fact.attributes for fact in settles], options,
            state[1], self.knowledge.entries, catalogue.variances, state[0],
        )  # fmt: skip
        return found | {"proofs": proofs}

    def _verdict(
        self,
        options: list[dict[str, Any]],
        numbers: Mapping[str, Any],
        path: Mapping[str, Any],
        concluded: list[dict[str, Any]],
    ) -> dict[str, Any]:
        warned = cautions(self.trace, self.proofs)
        said = [one["says"] for one in warned]
        text = verdict_text(options, numbers, self.resolved.scenario, path, said, concluded)
        return {"text": text, "cautions": warned, **confidence(self.trace, self.proofs)}


def recommend(asked: dict[str, Any], knowledge: Knowledge, matcher: str | None = None) -> dict[str, Any]:
    """Recommendation for a scenario. Raises BadInput and its kin for a wrong request."""
    return Answer(asked, knowledge, matcher).recommendation()
