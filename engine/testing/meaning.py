"""What is known of a rule without running it: which references are equal, which values are asked for anyway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from ..inference.rule import Pattern, Rule
from ..inference.term import PRESENT, Constant, Field, Term, Variable

Node = tuple[str, object]


class Meaning:
    """One rule, read."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._above: dict[Node, Node] = {}
        for pattern in rule.when:
            for name, term in pattern.attributes.items():
                self._join(Field(pattern.name, name), term)
        for part in rule.where:
            if part.op == "==":
                self._join(part.left, part.right)

    # what is equal

    def _join(self, one: Term, two: Term) -> None:
        if isinstance(one, (Field, Constant)) and isinstance(two, (Field, Constant)):
            self._above.setdefault(self._top(_node(one)), self._top(_node(two)))
            top, goal = self._top(_node(one)), self._top(_node(two))
            if top != goal:
                self._above[top] = goal

    def _top(self, node: Node) -> Node:
        while (above := self._above.get(node, node)) != node:
            node = above
        return node

    def equal(self, one: Term, two: Term) -> bool:
        """Whether two terms have the same value in every firing."""
        return one == two or (
            isinstance(one, (Field, Constant))
            and isinstance(two, (Field, Constant))
            and self._top(_node(one)) == self._top(_node(two))
        )

    def idle_join(self, pattern: Pattern, name: str, term: Field) -> bool:
        """Whether other joins of the rule say the same as this one."""
        if not pattern.name:
            return False
        when = tuple(
            part if part.name != pattern.name else Pattern(part.name, part.kind, _without(part.attributes, name))
            for part in self.rule.when
        )
        rest = Meaning(_Joins(when, self.rule.where))  # type: ignore[arg-type]
        return rest.equal(Field(pattern.name, name), term)

    # what is asked for

    @cached_property
    def asked(self) -> frozenset[tuple[str, str]]:
        """Values without which the rule does not fire, wherever it reads them, but in its own `$_`."""
        rule = self.rule
        terms: list[Term] = [term for pattern in rule.when for term in pattern.attributes.values()]
        terms += [term for part in rule.where for term in (part.left, part.right)]
        terms += [term for pattern in rule.unless for term in pattern.attributes.values()]
        terms += [term for part in rule.collect for term in part.pattern.attributes.values()]
        terms += [term for call in rule.compute for term in call.arguments.values()]
        return frozenset((term.name, term.attribute) for term in fields_of(terms))

    @cached_property
    def read_names(self) -> frozenset[str]:
        """Names of facts that another part of the rule reads."""
        used = {name for name, _ in self.asked}
        return frozenset(used | {term.name for term in fields_of(self._concluded)})

    @property
    def _concluded(self) -> Iterator[Term]:
        for template in self.rule.then:
            yield from template.attributes.values()

    # what may stand in place of a reference

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """All references of the rule, each attribute of a pattern included, in order of name and attribute."""
        own = {(pattern.name, name) for pattern in self.rule.when for name in pattern.attributes}
        read = self.asked | {(term.name, term.attribute) for term in fields_of(self._concluded)}
        return tuple(Field(*pair) for pair in sorted(own | read))

    def others(self, term: Field) -> list[Field]:
        """Other references: of the same attribute first, then of the same fact; none that is equal."""
        found = [one for one in self.fields if not self.equal(one, term)]
        return sorted(
            (one for one in found if one.attribute == term.attribute or one.name == term.name),
            key=lambda one: (one.attribute != term.attribute, one.name, one.attribute),
        )

    def other_results(self, term: Variable) -> list[Variable]:
        """Other results of the rule's formulas."""
        return [Variable(part.name) for part in self.rule.compute if part.name != term.name]


class _Joins:
    """Only what makes references equal."""

    def __init__(self, when: tuple[Pattern, ...], where: Iterable[object]) -> None:
        self.when, self.where = when, where


def fields_of(terms: Iterable[Term]) -> Iterator[Field]:
    """The references among terms."""
    return (term for term in terms if isinstance(term, Field))


def _node(term: Field | Constant) -> Node:
    if isinstance(term, Field):
        return "field", (term.name, term.attribute)
    return "constant", (type(term.value).__name__, term.value)


def _without(attributes: dict[str, Term], name: str) -> dict[str, Term]:
    return {key: term for key, term in attributes.items() if key != name}


__all__ = ["PRESENT", "Meaning", "fields_of"]
