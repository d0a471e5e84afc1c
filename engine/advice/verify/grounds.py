"""What a saved answer starts from, made again: its scenario and the knowledge give the facts that it may call given.

The scenario of an answer is whole; what the answer lists as assumed is taken out of it again, so that both the facts
from which assumptions follow and those from which the answer follows can be grounded as they were.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from ...grounding.entries import Origin
from ...grounding.given import given_facts
from ...grounding.ground import Ground, Tried, ground
from ...grounding.resolve import Assumption, Resolved
from ...grounding.scenario import Scenario, value_at
from ...grounding.steps import Step, ground_steps, on_top
from ...model.fact import Fact
from ..given_nodes import given, given_value, name_of, path_of
from ..together import ASKED
from .derivation import Chain, derived
from .nodes import Checker, Fault, fault, safely, same
from .spread import NodeSpread

if TYPE_CHECKING:
    from ...reading import Knowledge

FILLED = ("rig.nvlink", "rig.network_gbit_s", "rig.network_transport", "workload.engine_flags", "allow")


class Grounds:
    """The given facts of a document, made again from its scenario and its assumptions."""

    def __init__(self, document: Mapping[str, Any], knowledge: Knowledge) -> None:
        self.document, self.knowledge = document, knowledge
        self.scenario: Scenario = dict(document["scenario"])
        self._spread: NodeSpread | None = None
        self.assumed = {str(row["path"]): row for row in document["assumptions"]}

    @cached_property
    def first(self) -> dict[Fact, Origin]:
        """What the rules of assumptions started from."""
        found: dict[Fact, Origin] = {}
        for asked in _asked(self.scenario, self.assumed):
            found |= {one.fact: one.origin for one in given_facts(asked, self.knowledge)}
        return found

    @cached_property
    def resolved(self) -> Resolved:
        """The scenario as it was resolved, without the way that led there."""
        rows = [Assumption(path, row["value"], cast(Fact, None)) for path, row in self.assumed.items()]
        return Resolved(self.scenario, tuple(rows), cast(Any, None), self.first)

    @property
    def now(self) -> Ground:
        """The rig as it stands and with each option and comparison applied."""
        return self._followed[0]

    @property
    def chain(self) -> Chain:
        """What follows from that."""
        return self._followed[1]

    @cached_property
    def _followed(self) -> tuple[Ground, Chain]:
        """Both; where the rules ask for it, once more with several options as one step."""
        found = ground(self.resolved, self.knowledge)
        chain = derived(self.knowledge, found.facts)
        if ASKED in chain.facts:
            found = ground(self.resolved, self.knowledge, Tried(together=True))
            chain = derived(self.knowledge, found.facts)
        return found, chain

    @cached_property
    def steps(self) -> list[Step]:
        """The steps of the path and what was tried on top of them."""
        path, steps = self.document.get("path") or {}, list[Step]()
        scenario, former = self.scenario, 0
        rows = [(row, True) for row in path.get("steps") or []] + [(row, False) for row in path.get("left_out") or []]
        for number, (row, taken) in enumerate(rows, 1):
            fresh = on_top(scenario, row["option"], row["variant"], self.knowledge, self.scenario)
            if fresh is None:
                break
            steps.append(Step(number, former, row["option"], row["variant"], self._why(row["option"]), fresh))
            if taken:
                scenario, former = fresh, number
        return steps

    def _why(self, option: str) -> str:
        row = next(row for row in self.document["options"] if row["id"] == option)
        node = self.document["proofs"].get(row["proof"]) or {}
        fact = node.get("fact") or {}
        return str(fact.get("why", "")) if fact.get("kind") == "status" else ""

    @cached_property
    def facts(self) -> dict[Fact, Origin]:
        """All facts that the answer may call given, with their places."""
        return {**self.on_the_path, **self.first, **self.now.origins}

    @cached_property
    def on_the_path(self) -> dict[Fact, Origin]:
        """What the numbers of the steps follow from."""
        return dict(ground_steps(self.resolved, self.steps, self.knowledge).origins) if self.steps else {}

    def as_it_stands(self, fact: Fact, attribute: str) -> bool:
        """Whether a deployment has the value of the rig as it stands, so that no option has changed it."""
        now = next(one for one in self.now.facts if one.kind == "deployment" and one["id"] == "now")
        return fact.get(attribute) == now.get(attribute)

    def facts_of(self, kind: str, option: str) -> list[Mapping[str, Any]]:
        """The facts of a kind about an option that the document derives."""
        facts = [node.get("fact") or {} for node in self.document["proofs"].values()]
        return [fact for fact in facts if fact.get("kind") == kind and fact.get("option") == option]

    def deployment_of(self, name: str) -> str:
        """The deployment that a node of the document is about."""
        node = self.document["proofs"].get(name) or {}
        return str((node.get("fact") or {}).get("deployment"))

    def spread(self, proofs: Mapping[str, Any]) -> NodeSpread:
        """The spread of the document's numbers."""
        if self._spread is None:
            self._spread = NodeSpread(proofs, self.nodes)
        return self._spread

    @cached_property
    def nodes(self) -> dict[str, tuple[Fact, str]]:
        """Fact and attribute of every node of what is given, by its name; no attribute: the fact itself."""
        found = {}
        for fact in self.facts:
            found[name_of(repr(fact))] = fact, ""
            for attribute in fact.attributes:
                found[name_of(f"{attribute} of {fact!r}")] = fact, attribute
        return found


def given_faults(grounds: Grounds, checker: Checker) -> Iterator[Fault]:
    """Every node of what is given against the facts as they are made again."""
    for name, node in checker.proofs.items():
        if isinstance(node, Mapping) and node.get("kind") in ("given", "assumed"):
            yield from safely(name, _given, name, node, grounds, checker)


def _given(name: str, node: Mapping[str, Any], grounds: Grounds, checker: Checker) -> Iterator[Fault]:
    if name not in grounds.nodes:
        if not _constant(name, node):
            yield fault(name, "is given, and neither scenario nor knowledge say so")
        return
    fact, attribute = grounds.nodes[name]
    origin = grounds.facts[fact]
    path = path_of(origin, attribute) if attribute else ""
    if origin.folder == "scenario" and path in grounds.assumed and grounds.as_it_stands(fact, attribute):
        yield from _assumed(name, node, fact.get(attribute), grounds.assumed[path], checker)
        return
    wanted = (
        given_value(fact, attribute, origin, grounds.knowledge) if attribute else given(fact, origin, grounds.knowledge)
    )
    for part in sorted({*wanted, *node}):
        if node.get(part) != wanted.get(part):
            yield fault(name, f"its {part} is {node.get(part)!r}, scenario and knowledge say {wanted.get(part)!r}")


def _constant(name: str, node: Mapping[str, Any]) -> bool:
    """Whether a node is a constant of a rule; that it is the right one is checked where it is used."""
    rule = str(node["says"]).partition(" stands in rule ")[2]
    return "value" in node and name == name_of(f"{node['value']!r} in {rule}")


def _assumed(
    name: str, node: Mapping[str, Any], value: Any, row: Mapping[str, Any], checker: Checker
) -> Iterator[Fault]:
    """An assumed value: the one that was filled in, by the rule of the assumption, in its words."""
    path, proof = row["path"], checker.proofs[row["proof"]]
    wanted = {"kind": "assumed", "value": value, "path": path, "origin": f"scenario: {path}", "sources": [],
              "says": proof["says"], "rule": proof["rule"], "rule_origin": proof["rule_origin"]}  # fmt: skip
    for part in sorted({*wanted, *node}):
        told, said = node.get(part), wanted.get(part)
        if not (same(told, said) if part == "value" else told == said):
            yield fault(name, f"its {part} is {told!r}, the assumption of {path} says {said!r}")


def _asked(scenario: Scenario, assumed: Mapping[str, Any]) -> Iterator[Scenario]:
    """The scenario as it may have been asked: without what was assumed, and with or without what stands for nothing."""
    asked = copy.deepcopy(scenario)
    for path in assumed:
        place, _, inner = path.partition(" (")
        if place == "rig.gpus.power_limit_w":
            for group in asked["rig"]["gpus"]:
                if group["gpu"] == inner.removesuffix(")"):
                    group.pop("power_limit_w", None)
        else:
            _remove(asked, place)
    yield asked
    bare = copy.deepcopy(asked)
    for path in FILLED:
        if not value_at(bare, path):
            _remove(bare, path)
    yield bare


def _remove(scenario: Scenario, path: str) -> None:
    *parents, last = path.split(".")
    place: Any = scenario
    for name in parents:
        place = place.get(name) or {}
    place.pop(last, None)
