"""Which rules are asked when: those that lead to assumptions first, all others for the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..inference import Rule, RuleSet
from ..inference.frozen import freeze, thaw
from ..inference.strata import dependencies
from ..reading.snapshot import pack, unpack

if TYPE_CHECKING:
    from ..reading import Knowledge

SETTINGS = frozenset({"setting", "slot_setting", "power_setting"})
STEPS = frozenset({"step_gain", "step_needs", "spent", "step_bar", "step_worth", "step_small", "step_chance",
                   "step_of_little"})  # fmt: skip
OF_STEPS = STEPS | {"summary", "capacity"}
OF_STANDING = frozenset({"status", "best", "misfit", "spill", "option_cost", "tries_together"})
ON_CLAIMS = "claim_"
"""Kinds of this beginning are concluded about claims, by rules that no answer asks."""
CHECKS = frozenset({"check", "area"})
Plan = dict[str, list[list[str]]]


def assuming(knowledge: Knowledge) -> RuleSet:
    """The rules from which a setting can follow, directly or through others."""
    return _book(knowledge, "first")


def answering(knowledge: Knowledge) -> RuleSet:
    """The rules of the answer: all that do not speak of settings, of the steps of a path or of checks only."""
    return _book(knowledge, "rest")


def examining(knowledge: Knowledge) -> RuleSet:
    """The rules of the answer, and those of the checks of a rig that rest on them."""
    return _book(knowledge, "checks")


def stepping(knowledge: Knowledge) -> RuleSet:
    """The rules of an ordered path: what its steps add, and all that leads there."""
    return _book(knowledge, "path")


def standing(knowledge: Knowledge) -> RuleSet:
    """The rules of the answer that the statuses of options rest on."""
    return _book(knowledge, "standing")


def leading_to(knowledge: Knowledge, kinds: frozenset[str]) -> RuleSet:
    """The rules from which facts of some kinds can follow, directly or through others."""
    return RuleSet(feeding([Rule.parse(mapping) for mapping in knowledge.rules], kinds))


def feeding(rules: list[Rule], kinds: frozenset[str]) -> list[Rule]:
    """Those of some rules from which facts of some kinds can follow, directly or through others."""
    return list(_leading_to(rules, kinds))


def upon(rules: Iterable[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """Of some rules those that the wanted ones rest on, directly or through others, with the wanted ones."""
    return list(_feeding(list(rules), list(wanted)))


def concludable(rules: Iterable[Rule]) -> list[str]:
    """Ids of the conclusions that some rule can reach, sorted."""
    ids = {
        getattr(template.attributes.get("id"), "value", None)
        for rule in rules
        for template in rule.then
        if template.kind == "conclusion"
    }
    return sorted(one for one in ids if isinstance(one, str))


def _book(knowledge: Knowledge, name: str) -> RuleSet:
    book: RuleSet = knowledge.made(f"rules of {name}", lambda: _made(knowledge, name))
    return book


def _made(knowledge: Knowledge, name: str) -> RuleSet:
    strata = knowledge.derived("rulebook", lambda: _plan([Rule.parse(one) for one in knowledge.rules]))[name]
    return RuleSet.shelved(strata, _reader(knowledge), _keeper(knowledge, name))


def _reader(knowledge: Knowledge) -> Callable[[str], Rule]:
    """Reads rules by id; a rule that stands in several books is read once."""
    known: dict[str, Rule] = knowledge.made("rules", dict)
    frozen = knowledge.derived("rules", lambda: {one["id"]: pack(freeze(Rule.parse(one))) for one in knowledge.rules})

    def read(rule_id: str) -> Rule:
        if rule_id not in known:
            known[rule_id] = thaw(unpack(frozen[rule_id]))
        return known[rule_id]

    return read


def _keeper(knowledge: Knowledge, book: str) -> Callable[[str, Callable[[], Any]], Any]:
    """Where what follows from the rules of a book is kept: beside the compiled knowledge."""
    return lambda name, make: knowledge.derived(f"{book}.{name}", make)


def _plan(rules: list[Rule]) -> Plan:
    """Ids of the rules of all books, stratum by stratum: worked out once for each state of the knowledge."""
    rules = [rule for rule in rules if not all(template.kind.startswith(ON_CLAIMS) for template in rule.then)]
    first = list(_leading_to(rules, SETTINGS))
    steps = [rule for rule in rules if any(template.kind in STEPS for template in rule.then)]
    only = {rule.id for rule in first} - {rule.id for rule in _leading_from(rules)} | {rule.id for rule in steps}
    checks = [rule for rule in rules if rule.id not in only]
    rest = [rule for rule in checks if any(template.kind not in CHECKS for template in rule.then)]
    books = {"first": first, "rest": rest, "checks": checks, "path": list(_leading_to(rules, OF_STEPS)),
             "standing": list(_leading_to(rest, OF_STANDING))}  # fmt: skip
    return {name: [list(ids) for ids in RuleSet(book).strata_ids] for name, book in books.items()}


def _leading_to(rules: list[Rule], kinds: frozenset[str]) -> Iterable[Rule]:
    return _feeding(rules, [rule for rule in rules if any(template.kind in kinds for template in rule.then)])


def _feeding(rules: list[Rule], wanted: list[Rule]) -> Iterable[Rule]:
    feeders = {rule.id: written for rule, written in zip(rules, dependencies(rules), strict=True)}
    found, waiting = {rule.id for rule in wanted}, [rule.id for rule in wanted]
    while waiting:
        fresh = {rules[index].id for index in feeders[waiting.pop()]} - found
        found |= fresh
        waiting += fresh
    return (rule for rule in rules if rule.id in found)


def _leading_from(rules: list[Rule]) -> Iterable[Rule]:
    """Rules that the answer needs as well: those that feed a rule which does not lead to a setting."""
    first = {rule.id for rule in _leading_to(rules, SETTINGS)}
    needed = {rule.id for rule in _feeding(rules, [rule for rule in rules if rule.id not in first])}
    return (rule for rule in rules if rule.id in first and rule.id in needed)
