"""Proofs: every number and conclusion of an answer as a node that names what it rests on.

One walk over the trace feeds text, JSON, Markdown and the checker; nodes are numbered in the order they are met.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..grounding.entries import Origin
from ..inference import Computed, Fact, Firing, Operand, Trace
from ..inference.sentence import render
from ..inference.term import Constant, Field, Variable
from ..model.quantity import spoken

if TYPE_CHECKING:
    from ..reading import Knowledge

Node = dict[str, Any]
Assumed = Mapping[str, tuple[Fact, Trace]]


class Proofs:
    """The nodes of one answer. assumed: paths of the scenario that a rule filled in, with the trace that shows how."""

    def __init__(
        self, trace: Trace, origins: Mapping[Fact, Origin], knowledge: Knowledge, assumed: Mapping[str, Fact], first: Trace
    ) -> None:
        self.trace, self.origins, self.knowledge = trace, origins, knowledge
        self.assumed, self.first = assumed, first
        self.nodes: dict[str, Node] = {}
        self._known: dict[object, str] = {}
        # By identity: facts and firings live as long as their traces, which are held here.
        self._firings: dict[int, Firing | None] = {}
        self._parts: dict[int, dict[str, Computed]] = {}
        self._bindings: dict[int, dict[str, Fact]] = {}
        self._templates: dict[int, Mapping[str, Any]] = {}
        self._settled: dict[tuple[int, str], tuple[Fact, str]] = {}

    def fact(self, fact: Fact) -> str:
        """The node of a fact: derived by a rule, or given."""
        key = ("fact", id(fact))
        if key not in self._known:
            firing = self.firing_of(fact)
            self._known[key] = name = self._reserve()
            self.nodes[name] |= self.derived(fact, firing) if firing else self._given(fact)
        return self._known[key]

    def value(self, fact: Fact, attribute: str) -> str:
        """The node of one number of a fact: computed by a formula, or given."""
        source, inner = self.settle(fact, attribute)
        key = ("value", id(source), inner)
        if key not in self._known:
            self._known[key] = name = self._reserve()
            self.nodes[name] |= self._value(source, inner)
        return self._known[key]

    def settle(self, fact: Fact, attribute: str) -> tuple[Fact, str]:
        """The fact and attribute where a value was made: conclusions that only pass it on are skipped."""
        key = (id(fact), attribute)
        if key not in self._settled:
            self._settled[key] = self._settle(fact, attribute)
        return self._settled[key]

    def _settle(self, fact: Fact, attribute: str) -> tuple[Fact, str]:
        while True:
            firing = self.firing_of(fact)
            if firing is None:
                return fact, attribute
            term = self.template(firing, fact).get(attribute)
            if not isinstance(term, Field):
                return fact, attribute
            fact, attribute = self.bindings(firing)[term.name], term.attribute

    def firing_of(self, fact: Fact) -> Firing | None:
        """The firing that made a fact; None where it was given."""
        key = id(fact)
        if key not in self._firings:
            made = self.trace.best(fact)
            self._firings[key] = made or (self.first.best(fact) if fact in self.first else None)
        return self._firings[key]

    def bindings(self, firing: Firing) -> dict[str, Fact]:
        """What a firing's rule calls its facts."""
        if id(firing) not in self._bindings:
            self._bindings[id(firing)] = firing.bindings
        return self._bindings[id(firing)]

    def template(self, firing: Firing, fact: Fact) -> Mapping[str, Any]:
        """The attributes of the conclusion that made a fact."""
        if id(fact) not in self._templates:
            self._templates[id(fact)] = template_of(firing, fact)
        return self._templates[id(fact)]

    def parts(self, firing: Firing) -> dict[str, Computed]:
        """The calculations of a firing by name."""
        if id(firing) not in self._parts:
            self._parts[id(firing)] = {part.name: part for part in firing.computed}
        return self._parts[id(firing)]

    def _reserve(self) -> str:
        name = f"p{len(self.nodes) + 1}"
        self.nodes[name] = {}
        return name

    def derived(self, fact: Fact, firing: Firing) -> Node:
        """The content of a node for one derivation of a fact."""
        rule = firing.rule
        node: Node = {
            "kind": "derived",
            "fact": fact.as_dict(),
            "says": render(rule.says, firing.bindings, firing.results, spoken),
            "rule": rule.id,
            "rule_origin": rule.origin,
            "because": rule.because,
            "premises": [self.fact(one) for one in dict.fromkeys(firing.premises)],
            "checks": [one.text for one in firing.checks],
            "absent": list(firing.absent),
            "sources": list(rule.evidence),
        }
        computed = {name: self._computation(fact, firing, name) for name in self.parts(firing)}
        return node | ({"computed": computed} if computed else {})

    def _computation(self, fact: Fact, firing: Firing, name: str) -> str:
        key = ("computed", id(firing), name)
        if key not in self._known:
            self._known[key] = identity = self._reserve()
            part = self.parts(firing)[name]
            self.nodes[identity] |= {
                "kind": "computed",
                "formula": part.formula,
                "inputs": {argument: self._input(fact, firing, operand) for argument, operand in part.inputs.items()},
                "value": part.value,
                "rule": firing.rule.id,
                "rule_origin": firing.rule.origin,
                "says": f"{name} of rule {firing.rule.id}",
                "sources": list(firing.rule.evidence),
            }
        return self._known[key]

    def _input(self, fact: Fact, firing: Firing, operand: Operand) -> Any:
        if operand.source == "fact":
            return self.value(self.bindings(firing)[operand.name], operand.attribute)
        if operand.source == "computed":
            return self._computation(fact, firing, operand.name)
        if operand.source == "collected":
            return [self.value(one, operand.attribute) for one in operand.facts]
        return self._constant(operand.value, firing)

    def _constant(self, value: Any, firing: Firing) -> str:
        key = ("constant", repr(value), firing.rule.id)
        if key not in self._known:
            self._known[key] = name = self._reserve()
            self.nodes[name] |= {
                "kind": "given",
                "value": value,
                "says": f"{value} stands in rule {firing.rule.id}",
                "origin": firing.rule.origin,
                "sources": list(firing.rule.evidence),
            }
        return self._known[key]

    def _value(self, fact: Fact, attribute: str) -> Node:
        firing = self.firing_of(fact)
        if firing is None:
            return self._given_value(fact, attribute)
        term = self.template(firing, fact).get(attribute)
        if isinstance(term, Variable):
            return dict(self.nodes[self._computation(fact, firing, term.name)])
        value = term.value if isinstance(term, Constant) else fact.get(attribute)
        return {
            "kind": "derived",
            "value": value,
            "rule": firing.rule.id,
            "rule_origin": firing.rule.origin,
            "premises": [self.fact(one) for one in dict.fromkeys(firing.premises)],
            "checks": [one.text for one in firing.checks],
            "says": render(firing.rule.says, firing.bindings, firing.results, spoken),
            "sources": list(firing.rule.evidence),
        }

    def _given(self, fact: Fact) -> Node:
        origin = self.origins.get(fact)
        place, sources = self._place(origin, "")
        return {"kind": "given", "fact": fact.as_dict(), "says": _told(fact), "origin": place, "sources": sources}

    def _given_value(self, fact: Fact, attribute: str) -> Node:
        origin = self.origins.get(fact)
        path = origin.paths.get(attribute, "") if origin else ""
        if origin and origin.folder == "scenario" and path in self.assumed:
            return self._assumed(path, fact.get(attribute))
        place, sources = self._place(origin, path)
        told = fact.get("key") or fact.get("id") or ""
        node: Node = {
            "kind": "given",
            "value": fact.get(attribute),
            "says": f"{attribute} of {fact.kind} {told}".rstrip(),
            "origin": place,
            "sources": sources,
        }
        entry = origin is not None and origin.folder != "scenario" and bool(path)
        marks = self.knowledge.marks_of(origin.folder, origin.key, path) if origin and entry else []
        return node | ({"mark": ", ".join(marks)} if marks else {})

    def _assumed(self, path: str, value: Any) -> Node:
        firing = self.first.best(self.assumed[path])
        node: Node = {"kind": "assumed", "value": value, "path": path, "origin": f"scenario: {path}", "sources": []}
        if firing is None:
            return node
        return node | {
            "says": render(firing.rule.says, firing.bindings, firing.results, spoken),
            "rule": firing.rule.id,
            "rule_origin": firing.rule.origin,
        }

    def _place(self, origin: Origin | None, path: str) -> tuple[str, list[str]]:
        if origin is None or origin.folder == "scenario":
            return f"scenario: {path or (origin.key if origin else '')}".rstrip(": "), []
        place = self.knowledge.origin(origin.folder, origin.key, path)
        return place, list(self.knowledge.sources_of(origin.folder, origin.key, path))


def template_of(firing: Firing, fact: Fact) -> Mapping[str, Any]:
    """The attributes of the conclusion of the rule that made this fact."""
    for template, concluded in zip(firing.rule.then, firing.concluded, strict=False):
        if concluded == fact:
            return template.attributes
    return {}


def _told(fact: Fact) -> str:
    parts = [f"{name} {spoken(value)}" for name, value in list(fact.as_dict().items())[:6] if name != "kind"]
    return f"{fact.kind}: {', '.join(parts)}"
