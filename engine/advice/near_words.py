"""The words of a near miss: what held, what failed first, observed against needed, in the owner's own terms.

A value is told in the unit that the rules tell it in, by the path that a scenario has for it; a derived fact is told in
the words of the rule that derived it, and one that is missing in those of the rule that would have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..inference import Scalar
from ..inference.conditions import Condition, NearMiss
from ..inference.reads import reads
from ..inference.rule import Comparison, Pattern, Rule, can_match
from ..inference.term import Constant, Constants, Field, Term, Variable
from ..model.quantity import spoken
from ..model.sentence import placeholders, render

if TYPE_CHECKING:
    from ..inference import Fact
    from .recommend import Answer

NAMES = frozenset({"id", "key", "deployment", "kind", "use", "option"})
"""Attributes that say whose a fact is: no condition on a value."""
RIG_PATHS = {
    "acs": "rig.acs_enabled", "bar1": "rig.bar1_mb", "gen_observed": "rig.pcie_gen_observed", "psu": "rig.psu_w",
    "observed_at": "rig.pcie_observed_at", "p2p_given": "rig.p2p", "driver": "rig.driver", "nodes": "rig.nodes",
    "platform": "rig.host.platform", "ram_channels": "rig.host.ram_channels",
}  # fmt: skip
PLAIN_UNITS = frozenset({"part", "USD"})
"""Units of words that are no counted things."""
MOST_TOLD = 5
"""Values of one given fact that are told of."""


class NearWords:
    """The words for near misses of one answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.units: Mapping[str, str] = answer.rules.kept("units", lambda: _units(answer.rules))

    def held(self, miss: NearMiss) -> list[str]:
        """What held, each once; what only names a fact is no condition."""
        told = (self._held(miss, part) for part in miss.held)
        return list(dict.fromkeys(one for one in told if one))

    def failed(self, miss: NearMiss, failed: Condition) -> dict[str, str]:
        """The first condition that failed, with what was observed and what is needed."""
        if failed.part == "where":
            comparison = next(part for part in miss.rule.where if str(part) == failed.text)
            return self._compared(miss, comparison, failed)
        if failed.part == "unless":
            return self._present(miss, failed)
        if failed.part == "when":
            pattern = next(part for part in miss.rule.when if part.name == failed.name)
            return self._missing(miss, pattern, failed)
        return {"condition": failed.filled or failed.text, "observed": str(miss.observed), "needed": str(miss.needed)}

    def _held(self, miss: NearMiss, part: Condition) -> str:
        if part.part == "when":
            return self._given(miss, part.name)
        if part.part == "where":
            comparison = next(one for one in miss.rule.where if str(one) == part.text)
            return self._comparison(miss, comparison) or part.filled
        if part.part == "compute":
            return f"{part.name.replace('_', ' ')} = {self._spoken(miss, Variable(part.name))}"
        if part.part == "unless":
            pattern = next(one for one in miss.rule.unless if f"no {one}" == part.text)
            return self._absence(pattern)
        return ""

    def _given(self, miss: NearMiss, name: str) -> str:
        """A derived fact in the words of its rule; of a given one the values that the rule reads."""
        fact = miss.bindings[name]
        firing = self.answer.trace.best(fact)
        if firing is not None:
            return render(firing.rule.says, firing.bindings, firing.results, spoken)
        asked = {one for pattern, names in reads(miss.rule) if pattern.name == name for one in names} - NAMES
        told = [f"{self._path(fact, one)} = {self._value(fact, one)}" for one in sorted(asked) if one in fact]
        return ", ".join(told[:MOST_TOLD])

    def _compared(self, miss: NearMiss, part: Comparison, failed: Condition) -> dict[str, str]:
        """A comparison that failed; where a value is not known, which."""
        label, unknown = self._label(miss, part.left), str(miss.observed)
        if miss.fact is not None and miss.attribute and miss.observed_value is None:
            label = unknown = self._path(miss.fact, miss.attribute)
            return {
                "condition": f"{label} is known",
                "observed": f"{unknown} is not known",
                "needed": f"a value of {label}",
            }
        left, right = self._spoken(miss, part.left, part.right), self._spoken(miss, part.right, part.left)
        if left is None or right is None:
            return {"condition": failed.filled, "observed": unknown, "needed": str(miss.needed)}
        other = f" ({self._label(miss, part.right)})" if isinstance(part.right, Field | Variable) else ""
        return {
            "condition": f"{label} {part.op} {right}{other}",
            "observed": f"{label} = {left}",
            "needed": f"{part.op} {right}",
        }

    def _present(self, miss: NearMiss, failed: Condition) -> dict[str, str]:
        """A fact that had to be absent and is there, in the words of its rule."""
        pattern = next(one for one in miss.rule.unless if f"no {one}" == failed.text)
        firing = self.answer.trace.best(miss.fact) if miss.fact is not None else None
        observed = render(firing.rule.says, firing.bindings, firing.results, spoken) if firing else str(miss.observed)
        needed = firing.rule.says_not if firing else f"no {_named(pattern)}"
        return {"condition": needed, "observed": observed, "needed": needed}

    def _missing(self, miss: NearMiss, pattern: Pattern, failed: Condition) -> dict[str, str]:
        """A fact that is not there, or not with the value wanted."""
        if miss.fact is not None and miss.attribute:
            path = self._path(miss.fact, miss.attribute)
            seen = self._value(miss.fact, miss.attribute) if miss.attribute in miss.fact else None
            wanted = (
                None if miss.needed_value is None else self._told(miss.needed_value, miss.fact.kind, miss.attribute)
            )
            needed = f"{path} = {wanted}" if wanted else f"a value of {path}"
            return {
                "condition": needed if wanted else f"{path} is given",
                "observed": f"{path} = {seen}" if seen else f"{path} is not given",
                "needed": needed,
            }
        if pattern.kind == "comparison":
            name = getattr(pattern.attributes.get("name"), "value", "")
            entry = self.answer.knowledge.entries["comparisons"].get(name, {})
            return {"condition": f"something changes with: {entry.get('name', name)}", "observed": "nothing does",
                    "needed": "a rig that this changes"}  # fmt: skip
        words = _named(pattern)
        return {"condition": f"{words} is there", "observed": "there is none", "needed": words}

    def _comparison(self, miss: NearMiss, part: Comparison) -> str | None:
        left, right = self._spoken(miss, part.left, part.right), self._spoken(miss, part.right, part.left)
        return None if left is None or right is None else f"{self._label(miss, part.left)} {left} {part.op} {right}"

    def _absence(self, pattern: Pattern) -> str:
        """That a fact is absent, in the words of the rule that could derive it; empty where that is not one."""
        makers = [one for one in self.answer.rules if any(can_match(template, pattern) for template in one.then)]
        return makers[0].says_not if len(makers) == 1 else ""

    def _spoken(self, miss: NearMiss, term: Term, beside: Term | None = None) -> str | None:
        """The value of a term as people read it; None where it is not known or a list."""
        value = _value_of(miss, term)
        unit = self._unit(miss.rule, term, miss.bindings) or (
            self._unit(miss.rule, beside, miss.bindings) if beside else ""
        )
        if isinstance(value, tuple):
            return "[" + ", ".join(_setting(one, unit) for one in value) + "]"
        return None if value is None else _setting(value, unit)

    def _unit(self, rule: Rule, term: Term | None, bindings: Mapping[str, Fact]) -> str:
        if isinstance(term, Field):
            return self.units.get(f"{bindings[term.name].kind}.{term.attribute}", "") if term.name in bindings else ""
        return self.units.get(f"{rule.id}:{term.name}", "") if isinstance(term, Variable) else ""

    def _label(self, miss: NearMiss, term: Term) -> str:
        if isinstance(term, Field) and term.name in miss.bindings:
            return self._path(miss.bindings[term.name], term.attribute)
        return term.name.replace("_", " ") if isinstance(term, Variable) else str(term).removeprefix("$")

    def _value(self, fact: Fact, attribute: str) -> str:
        return self._told(fact[attribute], fact.kind, attribute)

    def _told(self, value: Scalar, kind: str, attribute: str) -> str:
        return _setting(value, self.units.get(f"{kind}.{attribute}", ""))

    def _path(self, fact: Fact, attribute: str) -> str:
        """Where a value stands: in the scenario, in an entry, or in what was derived."""
        origin = self.answer.ground.origins.get(fact)
        words = attribute.replace("_", " ")
        if origin is None or origin.folder == "scenario":
            own = RIG_PATHS.get(attribute) if fact.kind == "rig" else (origin.paths.get(attribute) if origin else None)
            return own or f"{words} of the {fact.kind.replace('_', ' ')}"
        return f"{words} of {fact.get('key', origin.key)}"


def _value_of(miss: NearMiss, term: Term) -> Any:
    if isinstance(term, Field):
        return miss.bindings[term.name].get(term.attribute) if term.name in miss.bindings else None
    if isinstance(term, Variable):
        return miss.results.get(term.name)
    return term.values if isinstance(term, Constants) else getattr(term, "value", None)


def _setting(value: Scalar, unit: str) -> str:
    """A value as a scenario has it; what is counted has no unit, its name says it."""
    if isinstance(value, bool):
        return str(value).lower()
    counted = unit.isalpha() and len(unit) > 2 and unit not in PLAIN_UNITS
    return spoken(value, "" if isinstance(value, str) or counted else unit)


def _named(pattern: Pattern) -> str:
    """A pattern as a kind of thing with the values asked of it."""
    asked = {name: term.value for name, term in pattern.attributes.items() if isinstance(term, Constant)}
    values = [
        spoken(value) if name == "value" else f"{name} {_setting(value, '')}"
        for name, value in asked.items()
        if value != "now"
    ]
    return " ".join([pattern.kind.replace("_", " "), *([", ".join(values)] if values else [])])


def _units(rules: Iterable[Rule]) -> dict[str, str]:
    """The units in which rules tell attributes of facts, by `kind.attribute`, and their results, by `rule:result`."""
    return dict(reversed([*_told(rules)]))


def _told(rules: Iterable[Rule]) -> Iterator[tuple[str, str]]:
    for rule in rules:
        kinds = {pattern.name: pattern.kind for pattern in rule.when}
        for name, attribute, unit in (*placeholders(rule.says), *placeholders(rule.says_not)):
            if unit:
                yield (f"{kinds.get(name, name)}.{attribute}" if attribute else f"{rule.id}:{name}"), unit
