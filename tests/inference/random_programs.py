"""Random rule programs: seeded, small, and as varied as the rule form allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from engine.errors import KnowledgeError, OutOfRange
from engine.inference import Fact, RuleSet
from engine.inference.naive import evaluate

VALUES: tuple[Any, ...] = (
    0, 1, 1.0, "1", True, False, "true", "", "a", "b", "größe", "日本", "v1", '"\\', 2, 3, 4, 6, 2.5, 1e-05, 1e22,
    10**22, 2**53, 2**53 + 1, -1, -0.0, 0.1, "n:1",
)  # fmt: skip
ATTRIBUTES = ("a", "b", "c", "größe", "id")
GIVEN = ("g0", "g1", "g2", "größe")
DERIVED = ("d0", "d1", "d2", "d3")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "divisible by", "not divisible by")


def _wrapped(x: Any, y: Any) -> Any:
    if isinstance(x, (bool, str)) or isinstance(y, (bool, str)):
        raise OutOfRange(f"{x!r} and {y!r} cannot be added")
    return (x + y) % 5


FORMULAS: dict[str, Callable[..., Any]] = {
    "wrapped": _wrapped,
    "half": lambda x: 0.5 * (len(str(x)) % 4),
    "type_name": lambda x: type(x).__name__,
    "is_text": lambda x: isinstance(x, str),
    "count": lambda values: len(values),
    "joined": lambda values: "/".join(map(repr, values))[:12],
    "first": lambda values, other: values[0] if values else other,
}


@dataclass
class Program:
    """Rules as mappings, facts as mappings."""

    seed: int
    rules: list[dict[str, Any]]
    facts: list[dict[str, Any]]

    def ready(self) -> tuple[RuleSet, list[Fact]]:
        """The rule set and the facts."""
        return RuleSet.parse(self.rules), [Fact.of(fact) for fact in self.facts]


def program(seed: int) -> Program:
    """A program whose rules can be stratified, mostly one that derives something; equal seeds give equal programs."""
    random = Random(seed)
    wanted = random.choice((0, 3, 6, 12, 24))
    while True:
        made = _Maker(random).program(seed)
        try:
            rules, facts = made.ready()
            if len(evaluate(rules, facts, FORMULAS, 1500).derivations) >= wanted:
                return made
        except KnowledgeError:
            continue
        wanted -= random.randint(0, 2)


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.values = random.sample(VALUES, random.choice((2, 2, 3, 3, 4, 5)))
        self.attributes = random.sample(ATTRIBUTES, random.randint(2, 3))
        self.given = random.sample(GIVEN, random.randint(1, 3))
        self.derived = list(DERIVED[: random.randint(1, 4)])
        self.level = 0
        self.presence = random.choice((0.75, 0.95, 1.0))

    def program(self, seed: int) -> Program:
        random = self.random
        rules = [self.rule(n) for n in range(random.randint(2, 8))]
        facts = [self.fact() for _ in range(random.choice((0, 1, 8, 12, 16, 20)))]
        return Program(seed, rules, facts)

    def fact(self) -> dict[str, Any]:
        random = self.random
        kind = random.choice(self.given if random.random() < 0.9 else self.derived)
        chosen = [name for name in self.attributes if random.random() < self.presence]
        return {"kind": kind, **{name: random.choice(self.values) for name in chosen}}

    def rule(self, n: int) -> dict[str, Any]:
        random = self.random
        self.level = (
            min(n // 2, len(self.derived) - 1) if random.random() < 0.8 else random.randrange(len(self.derived))
        )
        names = ["x", "y", "z", "w"][: random.choice((1, 1, 2, 2, 2, 3, 3, 4))]
        rule: dict[str, Any] = {"id": f"r{n}", "when": self.when(names)}
        if random.random() < 0.3:
            rule["unless"] = [self.side_pattern(names) for _ in range(random.choice((1, 1, 2)))]
        collected = ["all"] if random.random() < 0.25 else []
        if collected:
            rule["collect"] = {"all": {**self.side_pattern(names), "take": random.choice(self.attributes)}}
        computed = self.compute(rule, names, collected)
        if random.random() < 0.4:
            rule["where"] = [self.comparison(names, computed) for _ in range(random.choice((1, 1, 2)))]
        templates = [self.template(names, computed) for _ in range(random.choice((1, 1, 1, 2)))]
        rule["then"] = templates if len(templates) > 1 or random.random() < 0.3 else templates[0]
        return rule

    def when(self, names: list[str]) -> dict[str, Any]:
        random = self.random
        patterns = {}
        derived_left = 1 if len(names) > 2 else 2
        for name in names:
            derived = derived_left > 0 and random.random() < (0.45 if self.level else 0.15)
            derived_left -= derived
            pattern: dict[str, Any] = {"kind": random.choice(self.derived[: self.level + 1] if derived else self.given)}
            others = [other for other in names if other != name]
            for attribute in random.sample(self.attributes, random.choice((0, 0, 0, 1, 1, 2))):
                pattern[attribute] = self.condition(others)
            patterns[name] = pattern
        for earlier, name in zip(names, names[1:], strict=False):
            if random.random() < 0.7:
                attribute = random.choice(self.attributes)
                other = attribute if random.random() < 0.6 else random.choice(self.attributes)
                patterns[name][attribute] = f"${earlier}.{other}"
        return patterns

    def condition(self, others: list[str]) -> Any:
        random = self.random
        roll = random.random()
        if roll < 0.35 and others:
            return f"${random.choice(others)}.{random.choice(self.attributes)}"
        return "$_" if roll < 0.6 else random.choice(self.values)

    def side_pattern(self, names: list[str]) -> dict[str, Any]:
        random = self.random
        pattern: dict[str, Any] = {"kind": random.choice(self.derived[: self.level] + self.given)}
        for attribute in random.sample(self.attributes, random.randint(0, 2)):
            pattern[attribute] = self.condition(names)
        return pattern

    def compute(self, rule: dict[str, Any], names: list[str], collected: list[str]) -> list[str]:
        random = self.random
        computed: list[str] = []
        for name in ["p", "q"][: random.choice((0, 0, 0, 1, 1, 2))]:
            formula = random.choice(("wrapped", "half", "type_name", "is_text"))
            inputs = {"wrapped": ("x", "y")}.get(formula, ("x",))
            call: dict[str, Any] = {"formula": formula, **{key: self.operand(names, computed) for key in inputs}}
            if collected and random.random() < 0.7:
                call = {"formula": random.choice(("count", "joined")), "values": "$all"}
                if random.random() < 0.3:
                    call = {"formula": "first", "values": "$all", "other": self.operand(names, computed)}
            rule.setdefault("compute", {})[name] = call
            computed.append(name)
        return computed

    def operand(self, names: list[str], computed: list[str]) -> Any:
        random = self.random
        if computed and random.random() < 0.4:
            return f"${random.choice(computed)}"
        if random.random() < 0.75:
            return f"${random.choice(names)}.{random.choice(self.attributes)}"
        return random.choice(self.values)

    def comparison(self, names: list[str], computed: list[str]) -> list[Any]:
        random = self.random
        if random.random() < 0.3:
            some = random.sample(self.values, random.randint(0, len(self.values)))
            return [self.operand(names, computed), random.choice(("in", "not in")), some]
        return [self.operand(names, computed), random.choice(OPERATORS), self.operand(names, computed)]

    def template(self, names: list[str], computed: list[str]) -> dict[str, Any]:
        random = self.random
        chosen = random.sample(self.attributes, random.choice((0, 1, 1, 2, 2)))
        kind = self.derived[self.level] if random.random() < 0.9 else random.choice(self.derived)
        return {"kind": kind, **{name: self.operand(names, computed) for name in chosen}}
