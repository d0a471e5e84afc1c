"""Which rules are asked when: those that lead to assumptions first, all others for the answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..inference import Rule, RuleSet
from ..inference.rule import can_match

if TYPE_CHECKING:
    from ..reading import Knowledge

SETTINGS = frozenset({"setting", "slot_setting", "power_setting"})
_BOOKS: WeakKeyDictionary[Knowledge, tuple[RuleSet, RuleSet]] = WeakKeyDictionary()


def assuming(knowledge: Knowledge) -> RuleSet:
    """The rules from which a setting can follow, directly or through others."""
    return _books(knowledge)[0]


def answering(knowledge: Knowledge) -> RuleSet:
    """The rules of the answer: all that do not speak of settings only."""
    return _books(knowledge)[1]


def leading_to(knowledge: Knowledge, kinds: frozenset[str]) -> RuleSet:
    """The rules from which facts of some kinds can follow, directly or through others."""
    return RuleSet(list(_leading_to([Rule.parse(mapping) for mapping in knowledge.rules], kinds)))


def _books(knowledge: Knowledge) -> tuple[RuleSet, RuleSet]:
    if knowledge not in _BOOKS:
        rules = {str(mapping["id"]): Rule.parse(mapping) for mapping in knowledge.rules}
        plan = knowledge.derived("rulebook", lambda: _plan(list(rules.values())))
        first, rest = (
            RuleSet([rules[one] for stratum in book for one in stratum], strata=book)
            for book in (plan["first"], plan["rest"])
        )
        _BOOKS[knowledge] = first, rest
    return _BOOKS[knowledge]


def _plan(rules: list[Rule]) -> dict[str, Any]:
    """Ids of the rules of both books, stratum by stratum: worked out once for each state of the knowledge."""
    first = list(_leading_to(rules, SETTINGS))
    only = {rule.id for rule in first} - {rule.id for rule in _leading_from(rules)}
    books = RuleSet(first), RuleSet([rule for rule in rules if rule.id not in only])
    return {name: [list(ids) for ids in book.strata_ids] for name, book in zip(("first", "rest"), books, strict=True)}


def _leading_to(rules: list[Rule], kinds: frozenset[str]) -> Iterable[Rule]:
    wanted = [rule for rule in rules if any(template.kind in kinds for template in rule.then)]
    found = {rule.id: rule for rule in wanted}
    while wanted:
        rule = wanted.pop()
        for other in rules:
            if other.id not in found and _feeds(other, rule):
                found[other.id] = other
                wanted.append(other)
    return (rule for rule in rules if rule.id in found)


def _leading_from(rules: list[Rule]) -> Iterable[Rule]:
    """Rules that the answer needs as well: those that feed a rule which does not lead to a setting."""
    first = {rule.id for rule in _leading_to(rules, SETTINGS)}
    rest = [rule for rule in rules if rule.id not in first]
    found: dict[str, Rule] = {}
    wanted = list(rest)
    while wanted:
        rule = wanted.pop()
        for other in rules:
            if other.id in first and other.id not in found and _feeds(other, rule):
                found[other.id] = other
                wanted.append(other)
    return found.values()


def _feeds(one: Rule, other: Rule) -> bool:
    patterns = [*other.when, *other.unless, *(part.pattern for part in other.collect)]
    return any(can_match(template, pattern) for template in one.then for pattern in patterns)
