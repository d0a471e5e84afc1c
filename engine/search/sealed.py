"""Whether cards can be bought for a rig at all: as the rules have it by which its cards alone bar options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..costs import FORMULAS
from ..grounding.deployment import rig_facts
from ..grounding.ground import ground_deployments
from ..grounding.scenario import Scenario
from ..inference import Rule, RuleSet, default_matcher, infer
from .ordering import reads

if TYPE_CHECKING:
    from ..reading import Knowledge

SEALED = "of the rig "  # how such a reason begins among those for which cards are left out
BARRED = "obstacle"
EXEMPT = "exchangeable"  # what such a rule leaves open
OF_CARDS = frozenset({"option", "card", "gpu", EXEMPT})
OTHER_CARDS = frozenset({"more_cards", "replace_cards"})  # moves of the options that buy cards


def sealed(start: Scenario, knowledge: Knowledge) -> str | None:
    """Why no card of a rig can be exchanged or added; None where one can. start: its resolved scenario."""
    bought = {key for key, one in knowledge.entries["options"].items()
              if any(OTHER_CARDS & step.keys() for step in one["change"])}  # fmt: skip
    found = ground_deployments({"now": start}, knowledge)
    for values in rig_facts(start["rig"], knowledge.entries["gpus"]):
        found.say(values)
    for key in sorted(bought):
        found.say({"kind": "option", "key": key, "sort": "hardware"})
    facts = [fact for fact in found.facts if fact.kind in OF_CARDS]
    bars = infer(RuleSet(_rules(knowledge)), facts, FORMULAS, default_matcher()).of_kind(BARRED)
    barred = {fact["option"]: str(fact["observed"]) for fact in bars}
    return barred[min(bought)] if bought and bought <= set(barred) else None


def _rules(knowledge: Knowledge) -> list[Rule]:
    """The rules that bar options by the cards alone, and those that leave some open."""
    told = (
        mapping for mapping in knowledge.rules if any(kind in str(mapping.get("then")) for kind in (BARRED, EXEMPT))
    )
    rules = (Rule.parse(mapping) for mapping in told)
    return [rule for rule in rules if reads(rule) <= OF_CARDS]
