"""How sure an answer and its options are: tiers that rules derive, with the facts they follow from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..inference import Fact, Trace
from ..model.quantity import spoken
from ..model.sentence import render
from .proofs import Proofs
from .wording import FACTS_ALONE, NO_CHANGE, NO_PREDICTION


def confidence(trace: Trace, proofs: Proofs) -> dict[str, Any]:
    """Tier of the answer, its factors (of knowledge/rules/confidence.yaml) and their proofs."""
    factors = sorted(trace.of_kind("confidence_factor"), key=lambda fact: (-int(fact["weight"]), str(fact["says"])))
    tiers = trace.of_kind("confidence")
    return {
        "confidence": str(tiers[0]["tier"]) if tiers else "low",
        "factors": [str(fact["says"]) for fact in factors],
        "proof": proofs.fact(tiers[0]) if tiers else None,
        "factor_proofs": [proofs.fact(fact) for fact in factors],
    }


def cautions(trace: Trace, proofs: Proofs) -> list[dict[str, str]]:
    """What has to be said first, by knowledge/rules/cautions.yaml, the gravest first; each with its proof."""
    facts = sorted(trace.of_kind("caution"), key=lambda fact: (int(fact["order"]), fact.order))
    found = []
    for fact in facts:
        firing = trace.best(fact)
        says = render(firing.rule.says, firing.bindings, firing.results, spoken) if firing else ""
        found.append({"says": says, "proof": proofs.fact(fact)})
    return found


class OptionConfidence:
    """Tiers of the options of one answer, by knowledge/rules/option_confidence.yaml."""

    def __init__(self, trace: Trace) -> None:
        self.tiers = {_key(fact): fact for fact in trace.of_kind("option_confidence")}
        self.doubts: dict[tuple[str, str], list[Fact]] = {}
        for fact in trace.of_kind("option_doubt"):
            self.doubts.setdefault(_key(fact), []).append(fact)

    def of(self, row: Mapping[str, Any], effect: str, predicted: bool) -> tuple[str, list[str], Fact | None]:
        """Tier, factors and the fact of an option's row.

        effect: `predicted`, `none` or `unknown`, as its entry says. predicted: its status rests on a predicted gain.
        """
        if effect == "none":
            return "high", [NO_CHANGE], None
        key = (str(row["id"]), str(row["variant"]))
        if predicted and key in self.tiers:
            doubts = sorted(self.doubts[key], key=lambda fact: (-int(fact["weight"]), str(fact["says"])))
            return str(self.tiers[key]["tier"]), [str(fact["says"]) for fact in doubts], self.tiers[key]
        return ("high", [FACTS_ALONE], None) if row["status"] == "rejected" else ("low", [NO_PREDICTION], None)


def _key(fact: Fact) -> tuple[str, str]:
    return str(fact["option"]), str(fact["variant"])
