"""Each derived node of a saved answer checked against the rule that it names, as the knowledge holds it.

The rule is read from its mapping and applied to the node's premises alone: which pattern each of them matches, what
the comparisons say, which formulas are called with what, what is concluded in which words. Nothing is searched for
but the way in which the premises go with the patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...model.fact import Fact
from ...model.quantity import spoken
from ...model.sentence import render
from .nodes import COMPARE, Checker, Fault, fault, name_of, safely, same, written

if TYPE_CHECKING:
    from ...reading import Knowledge

Values = Mapping[str, Any]
Rule = Mapping[str, Any]
REFERENCE = re.compile(r"\$([^\W\d]\w*)(?:\.(\w+))?")
ANY = "$_"


class Step:
    """A rule with its names bound to facts: what its terms are worth. known: what was collected and computed."""

    def __init__(self, rule: Rule, bound: Mapping[str, Values]) -> None:
        self.rule, self.bound = rule, bound
        self.known: dict[str, Any] = {}

    def value(self, term: Any) -> Any:
        """What a term is worth; None where the fact does not tell it."""
        if isinstance(term, list):
            return [self.value(one) for one in term]
        found = REFERENCE.fullmatch(term) if isinstance(term, str) else None
        if found is None or term == ANY:
            return term
        name, attribute = found.groups()
        return self.known.get(name) if attribute is None else self.bound[name].get(attribute)

    def goes_with(self, pattern: Rule, fact: Values) -> bool:
        """Whether a fact is what a pattern asks for; what refers to a name that is not bound yet is left open."""
        for name, term in pattern.items():
            if name == "take":
                continue
            if name not in fact:
                return False
            if term != ANY and self._bound(term) and not _like(self.value(term), fact[name]):
                return False
        return True

    def whole(self) -> bool:
        """Whether every bound fact is what its pattern asks for, now that all names are bound."""
        return all(self.goes_with(pattern, self.bound[name]) for name, pattern in self.rule["when"].items())

    def settles(self, term: Any) -> bool:
        """Whether a term has one value so far: a plain constant, or a field of a bound fact."""
        return (
            isinstance(term, str | int | float) and term != ANY and self._bound(term) and self.value(term) is not None
        )

    def _bound(self, term: Any) -> bool:
        found = REFERENCE.fullmatch(term) if isinstance(term, str) else None
        return found is None or found[2] is None or found[1] in self.bound


class RuleChecker:
    """The rules of the knowledge against the derived and computed nodes of a document."""

    def __init__(self, checker: Checker, knowledge: Knowledge) -> None:
        self.checker, self.proofs = checker, checker.proofs
        self.rules: dict[str, Rule] = {str(rule["id"]): rule for rule in knowledge.rules}
        self.by_kind: dict[str, list[Values]] = {}
        for node in self.proofs.values():
            fact = node.get("fact") if isinstance(node, Mapping) else None
            if isinstance(fact, Mapping):
                self.by_kind.setdefault(str(fact.get("kind")), []).append(fact)

    def nodes(self) -> Iterator[Fault]:
        """Every fault of every node that names a rule."""
        for name, node in self.proofs.items():
            if isinstance(node, Mapping) and "rule" in node:
                yield from safely(name, self._node, name, node)

    def _node(self, name: str, node: Mapping[str, Any]) -> Iterator[Fault]:
        rule = self.rules.get(node["rule"])
        if rule is None:
            yield fault(name, f"rests on a rule {node['rule']} that the knowledge does not have")
            return
        if node.get("rule_origin") != rule["origin"]:
            yield fault(name, f"says that {rule['id']} stands at {node.get('rule_origin')}, it is at {rule['origin']}")
        if node["kind"] == "assumed":
            return
        if node.get("sources") != list(rule.get("evidence") or []):
            yield fault(name, f"names other sources than the rule {rule['id']}")
        yield from (self._called if node["kind"] == "computed" else self._derived)(name, node, rule)

    def _called(self, name: str, node: Mapping[str, Any], rule: Rule) -> Iterator[Fault]:
        """A computed node calls the formula of its part of the rule with the constants that stand there."""
        part = node["says"].split(" ")[0]
        wanted = (rule.get("compute") or {}).get(part)
        if wanted is None or node["says"] != f"{part} of rule {rule['id']}":
            yield fault(name, f"is no computation of the rule {rule['id']}")
            return
        if node["formula"] != wanted["formula"] or set(node["inputs"]) != set(wanted) - {"formula"}:
            yield fault(name, f"calls another formula than the rule {rule['id']}")
            return
        for argument, term in wanted.items():
            reads = isinstance(term, str) and REFERENCE.fullmatch(term)
            if argument != "formula" and not reads:
                yield from self._constant(name, node["inputs"][argument], term, rule)

    def _constant(self, name: str, node: str, value: Any, rule: Rule) -> Iterator[Fault]:
        told = self.proofs[node]
        if not same(told["value"], value) or told["origin"] != rule["origin"]:
            yield fault(name, f"takes {told['value']} for the constant {value} of the rule {rule['id']}")
        wanted = {"kind": "given", "says": f"{told['value']} stands in rule {rule['id']}"}
        if node != name_of(f"{told['value']!r} in {rule['id']}") or any(told[key] != wanted[key] for key in wanted):
            yield fault(node, "is not told as a constant of its rule")
        if told["sources"] != list(rule.get("evidence") or []):
            yield fault(node, f"names other sources than the rule {rule['id']}")

    def _derived(self, name: str, node: Mapping[str, Any], rule: Rule) -> Iterator[Fault]:
        if node.get("because") != (rule["because"] if "fact" in node else None):
            yield fault(name, f"gives another reason than the rule {rule['id']}")
        facts = [self.checker.fact(one) for one in node["premises"]]
        if not all(facts):
            yield fault(name, "rests on what is no fact")
            return
        faults: list[Fault] = []
        for step, collected in _bindings(rule, facts):
            faults = list(self._step(name, node, step, collected))
            if not faults:
                return
        yield from faults or [fault(name, f"its premises are not those of the rule {rule['id']}")]

    def _step(self, name: str, node: Mapping[str, Any], step: Step, collected: Sequence[Values]) -> Iterator[Fault]:
        rule = step.rule
        yield from self._collected(name, step, collected)
        yield from self._computed(name, node, step)
        texts = [_check(step, part) for part in rule.get("where") or []]
        if node["checks"] != texts:
            yield fault(name, f"checks {node['checks']}, the rule {rule['id']} checks {texts}")
        told = [_absent(step, pattern) for pattern in rule.get("unless") or []]
        if node["absent"] != told:
            yield fault(name, f"says that {node['absent']} are absent, the rule {rule['id']} asks for {told}")
        yield from self._denied(name, step)
        yield from self._concluded(name, node, step)

    def _collected(self, name: str, step: Step, collected: Sequence[Values]) -> Iterator[Fault]:
        """Each collection takes all facts of the document that match, and every premise left over is collected."""
        left = list(collected)
        for part, pattern in (step.rule.get("collect") or {}).items():
            found = [fact for fact in self.by_kind.get(pattern["kind"], []) if step.goes_with(pattern, fact)]
            taken = [fact for fact in [*step.bound.values(), *collected] if step.goes_with(pattern, fact)]
            missing = [fact for fact in found if fact not in taken]
            if missing:
                yield fault(name, f"leaves out {written(missing[0])} from what the rule collects")
            left = [fact for fact in left if not step.goes_with(pattern, fact)]
            unique = [fact for place, fact in enumerate(taken) if fact not in taken[:place]]
            if len(unique) > 1:
                unique.sort(key=lambda fact: Fact.of(fact).order)
            step.known[part] = tuple(fact[pattern["take"]] for fact in unique)
        if left:
            yield fault(name, f"rests on {written(left[0])}, for which the rule {step.rule['id']} does not ask")

    def _computed(self, name: str, node: Mapping[str, Any], step: Step) -> Iterator[Fault]:
        """Each formula is called with what the bound facts tell; its node is named after what is concluded."""
        parts, told = step.rule.get("compute") or {}, node.get("computed") or {}
        if "fact" in node and set(told) != set(parts):
            yield fault(name, f"computes {sorted(told)}, the rule {step.rule['id']} computes {sorted(parts)}")
            return
        for part, wanted in parts.items():
            if part not in told:
                yield fault(name, f"does not tell {part}")
                continue
            found = self.proofs[told[part]]
            for argument, term in wanted.items():
                if argument != "formula" and not _equal(self._input(found["inputs"][argument]), step.value(term)):
                    yield fault(told[part], f"takes another {argument} than the rule {step.rule['id']} says")
            step.known[part] = found["value"]
        if parts:
            first = filled(step, templates(step.rule)[0])
            for part in parts:
                if told[part] != name_of(f"{step.rule['id']}.{part} for {written(first)}"):
                    yield fault(told[part], "its name is not that of what it computes")

    def _input(self, node: Any) -> Any:
        return tuple(self._input(one) for one in node) if isinstance(node, list) else self.proofs[node]["value"]

    def _denied(self, name: str, step: Step) -> Iterator[Fault]:
        for pattern in step.rule.get("unless") or []:
            for fact in self.by_kind.get(pattern["kind"], []):
                if step.goes_with(pattern, fact):
                    yield fault(name, f"holds only without {written(fact)}, which is there")

    def _concluded(self, name: str, node: Mapping[str, Any], step: Step) -> Iterator[Fault]:
        facts = [filled(step, template) for template in templates(step.rule)]
        if "fact" in node:
            if not any(_alike(node["fact"], fact) for fact in facts):
                yield fault(name, f"concludes {written(node['fact'])}, the rule {step.rule['id']} concludes otherwise")
        elif not any(
            name == name_of(f"{attribute} of {written(fact)}") and same(value, node["value"])
            for fact in facts
            for attribute, value in fact.items()
        ):
            yield fault(name, f"is no value of what the rule {step.rule['id']} concludes")
        words = render(step.rule["says"], step.bound, step.known, spoken)  # type: ignore[arg-type]
        if node["says"] != words:
            yield fault(name, f"says '{node['says']}', the rule says '{words}'")


def _bindings(rule: Rule, facts: Sequence[Values]) -> Iterator[tuple[Step, list[Values]]]:
    """Every way in which the premises go with the patterns; the facts left over were collected.

    Premises stand in the order of the patterns, each once; so a pattern has the next one or one that was had before.
    """
    names = list(rule["when"])

    def bind(place: int, used: int, bound: dict[str, Values]) -> Iterator[tuple[Step, list[Values]]]:
        step = Step(rule, bound)
        if place == len(names):
            if step.whole():
                yield step, list(facts[used:])
            return
        pattern = rule["when"][names[place]]
        for number in range(min(used + 1, len(facts))):
            if step.goes_with(pattern, facts[number]):
                fresh = {**bound, names[place]: facts[number]}
                yield from bind(place + 1, max(used, number + 1), fresh)

    yield from bind(0, 0, {})


def _like(one: Any, other: Any) -> bool:
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    booleans = isinstance(one, bool) or isinstance(other, bool)
    return bool(one == other) and (type(one) is type(other) or (numbers and not booleans))


def _alike(one: Values, other: Values) -> bool:
    return set(one) == set(other) and all(same(value, other[name]) for name, value in one.items())


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) or isinstance(other, tuple):
        return (
            isinstance(one, tuple)
            and isinstance(other, tuple)
            and len(one) == len(other)
            and all(same(a, b) for a, b in zip(one, other, strict=True))
        )
    return same(one, other)


def templates(rule: Rule) -> list[Rule]:
    """What a rule concludes, one template for each fact."""
    then = rule["then"]
    return list(then) if isinstance(then, list) else [then]


def filled(step: Step, template: Rule) -> dict[str, Any]:
    """What a template concludes; a value that is not known is left out."""
    filled = {name: step.value(term) for name, term in template.items()}
    told = Fact.of({name: value for name, value in filled.items() if value is not None})
    return told.as_dict()


def _check(step: Step, part: Sequence[Any]) -> str:
    left, op, right = part
    if op not in COMPARE:
        raise ValueError(f"no comparison is called {op}")
    return f"{_shown(step.value(left))} {op} {_shown(step.value(right))}"


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(part) for part in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _absent(step: Step, pattern: Rule) -> str:
    parts = []
    for name, term in pattern.items():
        if name != "kind":
            value = step.value(term)
            parts.append(name if term == ANY else f"{name}={_shown(term if value is None else value)}")
    return f"{pattern['kind']}({', '.join(parts)})"
