"""The rule: engine-neutral form of one entry of knowledge/rules/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .term import Constant, Term


class Pattern(NamedTuple):
    """What one fact must look like; `name` is what the rule calls it, empty for a fact that must be absent."""

    name: str
    kind: str
    attributes: dict[str, Term]

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}: {term}' for name, term in self.attributes.items())})"


class Comparison(NamedTuple):
    """`[left, op, right]`."""

    left: Term
    op: str
    right: Term

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


class Collection(NamedTuple):
    """The values of attribute `take` over all facts that match."""

    name: str
    pattern: Pattern
    take: str


class Computation(NamedTuple):
    """A call of one formula of the registry."""

    name: str
    formula: str
    arguments: dict[str, Term]


class Template(NamedTuple):
    """The form of a conclusion; attributes sorted by name."""

    kind: str
    attributes: dict[str, Term]

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}: {term}' for name, term in self.attributes.items())})"


class Rule(NamedTuple):
    """One rule, equal to itself alone. `origin` is the file and line it was read from."""

    id: str
    when: tuple[Pattern, ...]
    where: tuple[Comparison, ...]
    unless: tuple[Pattern, ...]
    collect: tuple[Collection, ...]
    compute: tuple[Computation, ...]
    then: tuple[Template, ...]
    title: str
    because: str
    evidence: tuple[str, ...]
    valid_when: Mapping[str, Any]
    says: str
    says_not: str
    examples: tuple[Mapping[str, Any], ...]
    origin: str

    @staticmethod
    def parse(mapping: Mapping[str, Any], origin: str = "") -> Rule:
        """Read one rule. Raises KnowledgeError that names what is wrong, with `origin` as its place.

        A key `origin` of the mapping is the place where none is given.
        """
        from .parsing import parse_rule

        return parse_rule(mapping, origin)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"Rule({self.id})"


def can_match(template: Template, pattern: Pattern) -> bool:
    """Whether a conclusion of this form could be a fact that the pattern matches."""
    if template.kind != pattern.kind:
        return False
    for attribute, wanted in pattern.attributes.items():
        given = template.attributes.get(attribute)
        if given is None:
            return False
        if type(wanted) is Constant and type(given) is Constant and not _same(wanted, given):
            return False
    return True


def _same(one: Constant, other: Constant) -> bool:
    return type(one.value) is type(other.value) and one.value == other.value
