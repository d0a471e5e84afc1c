"""Whether a saved answer tells every conclusion: what follows from its facts is derived again, without the engine.

Rules are read from their mappings and applied, over and over, to what scenario and knowledge give and to what the
document derives. A denial or a collection needs to know all facts of a kind: those that are given, and of derived ones
the kinds that conclusions deny or collect, which an answer lists whole (`grounds.denied`). Rules that deny other
derived facts take no part, so what is found here does follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...costs import FORMULAS
from .nodes import COMPARE, DAMAGE, Checker, Fault, fault, written
from .rules import REFERENCE, Rule, Step, Values, filled, templates

if TYPE_CHECKING:
    from ...model.fact import Fact
    from ...reading import Knowledge

CONCLUSION = "conclusion"


def untold(
    document: Mapping[str, Any], checker: Checker, knowledge: Knowledge, given: Iterable[Fact]
) -> Iterator[Fault]:
    """Conclusions that follow and are not told."""
    whole = sorted(name for kind in denied(knowledge.rules) for name in checker.named(kind))
    if document["grounds"]["denied"] != whole:
        yield fault("grounds.denied", "are not the facts that conclusions deny or collect")
    told = {row["id"] for row in document["conclusions"]}
    derived = [node["fact"] for node in checker.proofs.values() if isinstance(node.get("fact"), Mapping)]
    chain = Chain(safe_rules(knowledge.rules), [*(fact.as_dict() for fact in given), *derived])
    chain.run()
    for identity in sorted({str(fact["id"]) for fact in chain.facts.get(CONCLUSION, ())} - told):
        yield fault("conclusions", f"leave out {identity}, which follows from what is told and given")


def safe_rules(rules: Sequence[Rule]) -> list[Rule]:
    """The rules that lead to conclusions, of which each denial and collection is about kinds that are known whole."""
    made = {template["kind"] for rule in rules for template in templates(rule)}
    open_kinds, whole = made - {CONCLUSION}, set(denied(rules))
    sure = [
        rule
        for rule in rules
        if not (open_kinds - whole if concludes(rule) else made) & {part["kind"] for part in _closed(rule)}
    ]
    wanted, kept = {CONCLUSION}, list[Rule]()
    while fresh := [rule for rule in sure if rule not in kept and wanted & {one["kind"] for one in templates(rule)}]:
        kept += fresh
        wanted |= {pattern["kind"] for rule in fresh for pattern in rule["when"].values()}
    return kept


def denied(rules: Sequence[Rule]) -> list[str]:
    """The derived kinds of fact that rules of conclusions deny or collect."""
    made = {template["kind"] for rule in rules for template in templates(rule)}
    return sorted({part["kind"] for rule in rules if concludes(rule) for part in _closed(rule)} & made - {CONCLUSION})


def concludes(rule: Rule) -> bool:
    """Whether a rule makes a conclusion."""
    return any(template["kind"] == CONCLUSION for template in templates(rule))


def _closed(rule: Rule) -> list[Mapping[str, Any]]:
    return [*(rule.get("unless") or []), *(rule.get("collect") or {}).values()]


class Chain:
    """Facts by kind, and the rules applied to them until nothing new follows."""

    def __init__(self, rules: Sequence[Rule], facts: Iterable[Values]) -> None:
        self.rules = rules
        self.facts: dict[str, list[Values]] = {}
        self.places: dict[tuple[str, str], dict[Any, list[Values]]] = {}
        self._known = set[str]()
        for one in facts:
            self._add(one)

    def run(self) -> None:
        """Apply each rule for as long as a kind that it reads has grown."""
        grown: set[str] | None = None
        while grown is None or grown:
            before = {kind: len(facts) for kind, facts in self.facts.items()}
            for rule in self.rules:
                reads = {pattern["kind"] for pattern in rule["when"].values()}
                if (grown is None or reads & grown) and all(kind in self.facts for kind in reads):
                    for fact in list(self._concluded(rule)):
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
            step.known[part] = tuple(fact[pattern["take"]] for fact in taken)
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


def _input(step: Step, term: Any) -> Any:
    value = step.value(term)
    return tuple(value) if isinstance(value, list) and not REFERENCE.fullmatch(str(term)) else value
