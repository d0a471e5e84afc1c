"""What follows from given facts by the rules of the knowledge, worked out without the engine.

Rules are read from their mappings, laid out in strata and applied over and over until nothing new follows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...costs import FORMULAS
from ...model.fact import Fact
from .nodes import COMPARE, DAMAGE, written
from .rules import ANY, REFERENCE, Rule, Step, Values, filled, templates

if TYPE_CHECKING:
    from ...reading import Knowledge


def derived(knowledge: Knowledge, given: Iterable[Fact]) -> Chain:
    """All facts, those given and those that follow from them."""
    chain = Chain(fact.as_dict() for fact in given)
    for rules in knowledge.made("strata of the checker", lambda: strata(knowledge.rules)):
        chain.run(rules)
    return chain


def shown(fact: Values) -> str:
    """A fact as a fault names it: a conclusion by its name alone."""
    return str(fact["id"]) if fact["kind"] == "conclusion" else written(fact)


def strata(rules: Sequence[Rule]) -> list[list[Rule]]:
    """The rules in the order in which they are asked: what a rule denies or collects is finished before it."""
    makers: dict[str, list[tuple[int, Rule]]] = {}
    for number, rule in enumerate(rules):
        for template in templates(rule):
            makers.setdefault(template["kind"], []).append((number, template))
    readers: dict[int, list[tuple[int, bool]]] = {}
    for number, rule in enumerate(rules):
        open_ones = [(pattern, False) for pattern in rule["when"].values()]
        for pattern, finished in [*open_ones, *((pattern, True) for pattern in _closed(rule))]:
            for maker, template in makers.get(pattern["kind"], ()):
                if _could_be(template, pattern):
                    readers.setdefault(maker, []).append((number, finished))
    levels, waiting = [0] * len(rules), deque(range(len(rules)))
    while waiting:
        maker = waiting.popleft()
        for reader, finished in readers.get(maker, ()):
            if levels[reader] < (level := levels[maker] + finished):
                if level > len(rules):
                    raise ValueError(f"the rule {rules[reader]['id']} depends on its own absence")
                levels[reader] = level
                waiting.append(reader)
    return [[rule for rule, level in zip(rules, levels, strict=True) if level == one] for one in sorted(set(levels))]


def _closed(rule: Rule) -> list[Rule]:
    return [*(rule.get("unless") or []), *(rule.get("collect") or {}).values()]


def _could_be(template: Rule, pattern: Rule) -> bool:
    """Whether what a template makes could be what a pattern asks for."""
    wanted = {name: term for name, term in pattern.items() if name not in ("kind", "take")}
    return wanted.keys() <= template.keys() and all(
        _open(term) or _open(template[name]) or term == template[name] for name, term in wanted.items()
    )


def _open(term: Any) -> bool:
    return isinstance(term, str) and (term == ANY or REFERENCE.fullmatch(term) is not None)


class Chain:
    """Facts by kind, and rules applied to them until nothing new follows. fired: the rules that found something."""

    def __init__(self, facts: Iterable[Values]) -> None:
        self.facts: dict[str, list[Values]] = {}
        self.fired = set[str]()
        self.places: dict[tuple[str, str], dict[Any, list[Values]]] = {}
        self._known = set[str]()
        for one in facts:
            self._add(one)

    def run(self, rules: Sequence[Rule]) -> None:
        """Apply each rule of a stratum for as long as a kind that it reads has grown."""
        grown: set[str] | None = None
        while grown is None or grown:
            before = {kind: len(facts) for kind, facts in self.facts.items()}
            for rule in rules:
                reads = {pattern["kind"] for pattern in rule["when"].values()}
                if (grown is None or reads & grown) and all(kind in self.facts for kind in reads):
                    for fact in list(self._concluded(rule)):
                        self.fired.add(rule["id"])
                        self._add(fact)
            grown = {kind for kind, facts in self.facts.items() if len(facts) != before.get(kind, 0)}

    def _add(self, fact: Values) -> None:
        name = written(fact)
        if name in self._known:
            return
        self._known.add(name)
        kind = str(fact["kind"])
        self.facts.setdefault(kind, []).append(fact)
        for (of, attribute), found in self.places.items():
            if of == kind and attribute in fact:
                found.setdefault(fact[attribute], []).append(fact)

    def _concluded(self, rule: Rule) -> Iterator[Values]:
        """What a rule concludes from the facts so far."""
        for step in self._bound(rule, list(rule["when"]), {}):
            try:
                if self._holds(step):
                    yield from [filled(step, template) for template in templates(rule)]
            except DAMAGE:
                continue  # a value that a formula needs is not known: the rule stays silent

    def _bound(self, rule: Rule, names: Sequence[str], bound: dict[str, Values]) -> Iterator[Step]:
        step = Step(rule, bound)
        if not names:
            if step.whole():
                yield step
            return
        pattern = rule["when"][names[0]]
        for fact in self._candidates(step, pattern):
            if step.goes_with(pattern, fact):
                yield from self._bound(rule, names[1:], {**bound, names[0]: fact})

    def _candidates(self, step: Step, pattern: Rule) -> Sequence[Values]:
        """The facts that agree with a pattern in one attribute whose value is known."""
        for attribute, term in pattern.items():
            if attribute != "kind" and step.settles(term):
                return self._placed(pattern["kind"], attribute).get(step.value(term), [])
        return self.facts.get(pattern["kind"], [])

    def _placed(self, kind: str, attribute: str) -> dict[Any, list[Values]]:
        key = (kind, attribute)
        if key not in self.places:
            self.places[key] = {}
            for fact in self.facts.get(kind, ()):
                if attribute in fact:
                    self.places[key].setdefault(fact[attribute], []).append(fact)
        return self.places[key]

    def _holds(self, step: Step) -> bool:
        """Whether computations, comparisons and denials let the rule fire."""
        rule = step.rule
        for part, pattern in (rule.get("collect") or {}).items():
            taken = [fact for fact in self.facts.get(pattern["kind"], []) if step.goes_with(pattern, fact)]
            step.known[part] = tuple(fact[pattern["take"]] for fact in _in_order(taken))
        for part, call in (rule.get("compute") or {}).items():
            values = {name: _input(step, term) for name, term in call.items() if name != "formula"}
            if any(value is None for value in values.values()):
                return False
            step.known[part] = FORMULAS[call["formula"]](**values)
        for left, op, right in rule.get("where") or []:
            values = {"left": step.value(left), "right": step.value(right)}
            if None in values.values() or not COMPARE[op](values["left"], values["right"]):
                return False
        return not any(
            step.goes_with(pattern, fact)
            for pattern in rule.get("unless") or []
            for fact in self.facts.get(pattern["kind"], [])
        )


def _in_order(facts: list[Values]) -> list[Values]:
    """Facts in the order in which a sum goes through them."""
    return sorted(facts, key=lambda fact: Fact.of(fact).order) if len(facts) > 1 else facts


def _input(step: Step, term: Any) -> Any:
    value = step.value(term)
    return tuple(value) if isinstance(value, list) and not REFERENCE.fullmatch(str(term)) else value
