"""Proofs: every number and conclusion of an answer as a node that names what it rests on.

One walk over the trace feeds text, JSON, Markdown and the checker. A node's name follows from what it says, not from
when it was asked for, so that a name printed on a terminal means the same in a saved document. Nodes are made when
looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..grounding.entries import Origin
from ..inference import Computed, Fact, Firing, Operand, Trace
from ..inference.term import Constant, Field, Variable
from ..model.quantity import spoken
from ..model.sentence import render
from .given_nodes import given, given_value, name_of, path_of

if TYPE_CHECKING:
    from ..reading import Knowledge

Node = dict[str, Any]


class Proofs(Mapping[str, Node]):
    """The nodes of one answer. assumed: paths that a rule filled in; first: the trace that shows how."""

    def __init__(
        self,
        trace: Trace,
        origins: Mapping[Fact, Origin],
        knowledge: Knowledge,
        assumed: Mapping[str, Fact],
        first: Trace,
    ) -> None:
        self.trace, self.origins, self.knowledge = trace, origins, knowledge
        self.assumed, self.first = assumed, first
        self._nodes: dict[str, Node] = {}
        self._waiting: dict[str, Callable[[], Node]] = {}
        # By identity: facts and firings live as long as their traces, which are held here.
        self._known: dict[object, str] = {}
        self._firings: dict[int, Firing | None] = {}
        self._parts: dict[int, dict[str, Computed]] = {}
        self._templates: dict[int, Mapping[str, Any]] = {}
        self._settled: dict[tuple[int, str], tuple[Fact, str]] = {}
        self._now: Fact | None = None

    def __getitem__(self, name: str) -> Node:
        if name in self._waiting:
            self._nodes[name] = self._waiting.pop(name)()
        return self._nodes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.complete())

    def __len__(self) -> int:
        return len(self.complete())

    def __bool__(self) -> bool:
        return True

    def __contains__(self, name: object) -> bool:
        return name in self._nodes or name in self._waiting

    def complete(self) -> dict[str, Node]:
        """All nodes that anything named so far rests on, in the order of their names."""
        while self._waiting:
            name, make = self._waiting.popitem()
            self._nodes[name] = make()
        return dict(sorted(self._nodes.items()))

    def fact(self, fact: Fact) -> str:
        """The name of the node of a fact: derived by a rule, or given."""
        key = ("fact", id(fact))
        if key not in self._known:
            self._known[key] = self._name(repr(fact), lambda: self._fact(fact))
        return self._known[key]

    def value(self, fact: Fact, attribute: str) -> str:
        """The name of the node of one number of a fact: computed by a formula, or given."""
        source, inner = self.settle(fact, attribute)
        key = (inner, id(source))
        if key not in self._known:
            self._known[key] = self._value_name(source, inner)
        return self._known[key]

    def derivation(self, fact: Fact, firing: Firing) -> str:
        """The name of a node for one of several derivations of a fact."""
        return self._name(f"{fact!r} by {firing!r}", lambda: self.derived(fact, firing))

    def settle(self, fact: Fact, attribute: str) -> tuple[Fact, str]:
        """The fact and attribute where a value was made: conclusions that only pass it on are skipped."""
        key = (id(fact), attribute)
        if key not in self._settled:
            self._settled[key] = self._settle(fact, attribute)
        return self._settled[key]

    def firing_of(self, fact: Fact) -> Firing | None:
        """The firing that made a fact; None where it was given."""
        key = id(fact)
        if key not in self._firings:
            made = self.trace.best(fact)
            self._firings[key] = made or (self.first.best(fact) if fact in self.first else None)
        return self._firings[key]

    def bindings(self, firing: Firing) -> dict[str, Fact]:
        """What a firing's rule calls its facts."""
        return firing.bindings

    def template(self, firing: Firing, fact: Fact) -> Mapping[str, Any]:
        """The attributes of the conclusion that made a fact."""
        if id(fact) not in self._templates:
            self._templates[id(fact)] = _template(firing, fact)
        return self._templates[id(fact)]

    def parts(self, firing: Firing) -> dict[str, Computed]:
        """The calculations of a firing by name."""
        if id(firing) not in self._parts:
            self._parts[id(firing)] = {part.name: part for part in firing.computed}
        return self._parts[id(firing)]

    def derived(self, fact: Fact, firing: Firing) -> Node:
        """The content of a node for one derivation of a fact."""
        node = {"kind": "derived", "fact": fact.as_dict(), **self._reason(firing), "because": firing.rule.because}
        return node | self._called(firing)

    def _called(self, firing: Firing) -> Node:
        """The computations of a firing, where there are some."""
        computed = {name: self._computation(firing, name) for name in self.parts(firing)}
        return {"computed": computed} if computed else {}

    def _settle(self, fact: Fact, attribute: str) -> tuple[Fact, str]:
        while True:
            firing = self.firing_of(fact)
            if firing is None:
                return fact, attribute
            term = self.template(firing, fact).get(attribute)
            if not isinstance(term, Field):
                return fact, attribute
            fact, attribute = self.bindings(firing)[term.name], term.attribute

    def _name(self, content: str, make: Callable[[], Node]) -> str:
        name = name_of(content)
        if name not in self._nodes:
            self._waiting.setdefault(name, make)
        return name

    def _fact(self, fact: Fact) -> Node:
        firing = self.firing_of(fact)
        return self.derived(fact, firing) if firing else self._given(fact)

    def _reason(self, firing: Firing) -> Node:
        rule = firing.rule
        return {
            "says": render(rule.says, self.bindings(firing), firing.results, spoken),
            "rule": rule.id,
            "rule_origin": rule.origin,
            "premises": [self.fact(one) for one in dict.fromkeys(firing.premises)],
            "checks": [one.text for one in firing.checks],
            "absent": list(firing.absent),
            "sources": list(rule.evidence),
        }

    def _computation(self, firing: Firing, name: str) -> str:
        key = (name, "computed", id(firing))
        if key not in self._known:
            content = f"{firing.rule.id}.{name} for {firing.concluded[0]!r}"
            self._known[key] = self._name(content, lambda: self._computed(firing, name))
        return self._known[key]

    def _computed(self, firing: Firing, name: str) -> Node:
        part = self.parts(firing)[name]
        return {
            "kind": "computed",
            "formula": part.formula,
            "inputs": {argument: self._input(firing, operand) for argument, operand in part.inputs.items()},
            "value": part.value,
            "rule": firing.rule.id,
            "rule_origin": firing.rule.origin,
            "says": f"{name} of rule {firing.rule.id}",
            "sources": list(firing.rule.evidence),
        }

    def _input(self, firing: Firing, operand: Operand) -> Any:
        if operand.source == "fact":
            return self.value(self.bindings(firing)[operand.name], operand.attribute)
        if operand.source == "computed":
            return self._computation(firing, operand.name)
        if operand.source == "collected":
            return [self.value(one, operand.attribute) for one in operand.facts]
        return self._constant(operand.value, firing)

    def _constant(self, value: Any, firing: Firing) -> str:
        rule = firing.rule
        node = {"kind": "given", "value": value, "says": f"{value} stands in rule {rule.id}", "origin": rule.origin,
                "sources": list(rule.evidence)}  # fmt: skip
        return self._name(f"{value!r} in {rule.id}", lambda: node)

    def _value_name(self, fact: Fact, attribute: str) -> str:
        firing = self.firing_of(fact)
        if firing is None:
            return self._name(f"{attribute} of {fact!r}", lambda: self._given_value(fact, attribute))
        term = self.template(firing, fact).get(attribute)
        if isinstance(term, Variable):
            return self._computation(firing, term.name)
        value = term.value if isinstance(term, Constant) else fact.get(attribute)
        return self._name(
            f"{attribute} of {fact!r}",
            lambda: {"kind": "derived", "value": value, **self._reason(firing), **self._called(firing)},
        )

    def _given(self, fact: Fact) -> Node:
        return given(fact, self.origins.get(fact), self.knowledge)

    def _given_value(self, fact: Fact, attribute: str) -> Node:
        origin = self.origins.get(fact)
        path = path_of(origin, attribute)
        if origin and origin.folder == "scenario" and path in self.assumed and self._as_it_stands(fact, attribute):
            return self._assumed(path, fact.get(attribute))
        return given_value(fact, attribute, origin, self.knowledge)

    def _as_it_stands(self, fact: Fact, attribute: str) -> bool:
        """Whether a deployment has the value of the rig as it stands, so that an option has not changed it."""
        if self._now is None:
            self._now = next((one for one in self.trace.of_kind("deployment") if one.get("id") == "now"), fact)
        return fact.get(attribute) == self._now.get(attribute)

    def _assumed(self, path: str, value: Any) -> Node:
        firing = self.first.best(self.assumed[path])
        node: Node = {"kind": "assumed", "value": value, "path": path, "origin": f"scenario: {path}", "sources": []}
        if firing is None:
            return node | {"says": f"{path} is assumed"}
        said = render(firing.rule.says, firing.bindings, firing.results, spoken)
        return node | {"says": said, "rule": firing.rule.id, "rule_origin": firing.rule.origin}


def _template(firing: Firing, fact: Fact) -> Mapping[str, Any]:
    """The attributes of the conclusion of the rule that made this fact."""
    for template, concluded in zip(firing.rule.then, firing.concluded, strict=False):
        if concluded == fact:
            return template.attributes
    return {}
