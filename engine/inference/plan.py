"""What both matchers are told of rules: joins, constants and codes, free of either engine's syntax.

Every kind, attribute and value becomes a short ASCII code, equal codes for equal values of like type, so that no text
of a fact or rule reaches an engine and equality of codes is equality of values.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..model.fact import Scalar, typed
from .encoding import Tables
from .rule import Rule
from .ruleset import RuleSet
from .term import PRESENT, Constant, Field

MOST_TESTS = 24
"""Conditions of one pattern that an engine is told; the rest is checked when the rule fires."""
MOST_ATTRIBUTES = 64
"""Attributes of one kind that an engine is told."""


@dataclass(slots=True)
class Node:
    """One pattern in matching order. Attributes and constants are codes."""

    kind: str
    constants: list[tuple[str, str]]
    present: set[str]
    joins: list[tuple[str, int, str]]
    """(own attribute, position of an earlier node, its attribute)"""


@dataclass(slots=True)
class RulePlan:
    """One rule: its nodes, and for each pattern of the rule the position of its node."""

    index: int
    nodes: list[Node]
    positions: tuple[int, ...] | None
    """None where nodes stand in the order of the rule's patterns."""


class Codes:
    """Codes of kinds, attributes and the values that rules name."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.attributes: dict[str, dict[str, str]] = {}
        self.values: dict[object, str] = {}

    @property
    def tables(self) -> Tables:
        """Codes of kinds, of attributes by kind, of values."""
        return self.kinds, self.attributes, self.values

    def kind(self, name: str) -> str:
        """The code of a kind."""
        return self.kinds.setdefault(name, f"k{len(self.kinds)}")

    def attribute(self, kind: str, name: str) -> str | None:
        """The code of an attribute, or None where the kind has too many already."""
        known = self.attributes.setdefault(kind, {})
        if name not in known and len(known) < MOST_ATTRIBUTES:
            known[name] = f"a{len(known)}"
        return known.get(name)

    def value(self, value: Scalar) -> str:
        """The code of a value."""
        return self.values.setdefault(typed(value), f"v{len(self.values)}")


class Plan:
    """The rules of a set as nodes, in the set's order."""

    def __init__(self, rules: RuleSet) -> None:
        self.codes = Codes()
        self.rules = [self._rule(index, rule) for index, rule in enumerate(rules)]

    @property
    def positions(self) -> dict[int, tuple[int, ...]]:
        """For each rule whose nodes stand in another order than its patterns the positions of its patterns' nodes."""
        return {rule.index: rule.positions for rule in self.rules if rule.positions is not None}

    def _rule(self, index: int, rule: Rule) -> RulePlan:
        order = _matching_order(rule)
        position = {rule.when[author].name: place for place, author in enumerate(order)}
        nodes = [self._node(rule, author) for author in order]
        for pattern in rule.when:
            for attribute, term in pattern.attributes.items():
                if type(term) is Field:
                    here = (position[pattern.name], pattern.kind, attribute)
                    other = next(part for part in rule.when if part.name == term.name)
                    self._join(nodes, here, (position[term.name], other.kind, term.attribute))
        in_order = order == list(range(len(order)))
        places = None if in_order else tuple(position[pattern.name] for pattern in rule.when)
        return RulePlan(index, nodes, places)

    def _node(self, rule: Rule, author: int) -> Node:
        pattern = rule.when[author]
        node = Node(self.codes.kind(pattern.kind), [], set(), [])
        for name, term in pattern.attributes.items():
            attribute = self.codes.attribute(pattern.kind, name)
            if attribute is None or len(node.constants) + len(node.present) >= MOST_TESTS:
                continue
            if type(term) is Constant:
                node.constants.append((attribute, self.codes.value(term.value)))
            elif term is PRESENT:
                node.present.add(attribute)
        return node

    def _join(self, nodes: list[Node], one: tuple[int, str, str], other: tuple[int, str, str]) -> None:
        (later, kind, attribute), (earlier, source_kind, source) = (one, other) if one[0] > other[0] else (other, one)
        code, source_code = self.codes.attribute(kind, attribute), self.codes.attribute(source_kind, source)
        if code is None or source_code is None or len(nodes[later].joins) >= MOST_TESTS:
            return
        if (code, earlier, source_code) not in nodes[later].joins:
            nodes[later].joins.append((code, earlier, source_code))
            nodes[earlier].present.add(source_code)


def plan_of(rules: RuleSet) -> Plan:
    """The plan of a rule set, made once."""
    plan: Plan = rules.compiled("plan", lambda: Plan(rules))
    return plan


def _matching_order(rule: Rule) -> list[int]:
    """Patterns so that each joins an earlier one where it can; otherwise as the author wrote them."""
    partners = _partners(rule)
    order, left = [0], list(range(1, len(rule.when)))
    while left:
        chosen = next((author for author in left if partners[author] & set(order)), left[0])
        order.append(chosen)
        left.remove(chosen)
    return order


def _partners(rule: Rule) -> list[set[int]]:
    place = {pattern.name: author for author, pattern in enumerate(rule.when)}
    partners: list[set[int]] = [set() for _ in rule.when]
    for author, pattern in enumerate(rule.when):
        for term in pattern.attributes.values():
            if type(term) is Field:
                partners[author].add(place[term.name])
                partners[place[term.name]].add(author)
    return partners
