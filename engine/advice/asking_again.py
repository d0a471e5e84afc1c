"""One thing asked of many scenarios: only the rules that it rests on, only the options and comparisons they read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..costs import FORMULAS
from ..grounding.ground import Ground, Tried, ground
from ..grounding.resolve import resolve
from ..inference import Rule, RuleSet, Trace
from .rulebook import assuming, upon
from .standing import constants, patterns
from .together import answered

if TYPE_CHECKING:
    from ..grounding.scenario import Scenario
    from .recommend import Answer


class Question:
    """What leads to one conclusion, or to the status of one option."""

    def __init__(self, answer: Answer, identity: str, option: bool) -> None:
        self.knowledge, self.matcher = answer.knowledge, answer.matcher
        rules = list(answer.rules)
        if option:
            entries = answer.knowledge.entries["options"]
            group = _rivals(rules, identity, entries[identity].get("about"), entries)
            rules = [rule for rule in rules if not _of_others(rule, group)]
            wanted = [rule for rule in rules if any(template.kind == "status" for template in rule.then)]
        else:
            group = set()
            wanted = [rule for rule in rules if _concludes(rule, identity)]
        kept = upon(rules, wanted)
        self.rules = RuleSet(kept)
        options = frozenset(group | constants(kept, "candidate", "option") | constants(kept, "effect", "option"))
        free = not option and any(pattern.kind == "candidate" for rule in kept for pattern in patterns(rule))
        self.tried = Tried(None if free else options, frozenset(constants(kept, "comparison", "name")))

    def trace(self, asked: Scenario, former: Trace | None = None) -> Trace:
        """What follows for a scenario. former: for another one, to do again only what differs.

        Raises BadInput and its kin.
        """
        resolved = resolve(asked, self.knowledge, assuming(self.knowledge), FORMULAS, self.matcher)

        def grounded(wanted: Tried) -> Ground:
            return ground(resolved, self.knowledge, wanted)

        return answered(self.rules, self.tried, grounded, self.matcher, former)[1]


def _concludes(rule: Rule, identity: str) -> bool:
    return any(
        template.kind == "conclusion" and getattr(template.attributes.get("id"), "value", None) == identity
        for template in rule.then
    )


def _rivals(rules: Iterable[Rule], option: str, about: str | None, options: Iterable[str]) -> set[str]:
    """The options that some rule weighs against one, with it: those named together in a comparison of `outdone`.

    All of them, where such a rule is of all options about the same thing and weighs them against any other.
    """
    found = {option}
    for rule in rules:
        if any(template.kind == "outdone" for template in rule.then):
            if about in constants([rule], "option", "about"):
                return set(options)
            for part in rule.where:
                named = set(getattr(part.right, "values", ()))
                if option in named:
                    found |= {str(one) for one in named}
    return found


def _of_others(rule: Rule, group: set[str]) -> bool:
    """Whether a rule bars or recommends another option alone."""
    named = {
        getattr(template.attributes.get("option"), "value", None)
        for template in rule.then
        if template.kind in ("obstacle", "worthwhile", "trade", "status")
    }
    return bool(named - {None}) and not named & group
