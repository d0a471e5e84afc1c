"""Every rule against its own examples, alone: how often it fires and what it concludes, with every matcher there is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import pytest

from engine.costs import FORMULAS
from engine.inference import Fact, Rule, RuleSet, infer
from engine.reading import load_knowledge

KNOWLEDGE = load_knowledge()
RULES = {str(mapping["id"]): mapping for mapping in KNOWLEDGE.rules}
MATCHERS = [
    pytest.param(name, marks=() if find_spec(module) else pytest.mark.skip(reason=f"{module} is not installed"))
    for name, module in (("durable", "durable_rules_engine"), ("clips", "clips"))
]
NEAR = 1e-4
"""Relative tolerance of a number that an example names: they are written with six digits."""


def same(wanted: object, found: object) -> bool:
    """Equal in value and family of type; numbers nearly."""
    numbers = [value for value in (wanted, found) if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) == 2:
        return math.isclose(*numbers, rel_tol=NEAR)
    return type(wanted) is type(found) and wanted == found


def matches(partial: Mapping[str, Any], fact: Fact) -> bool:
    values = fact.as_dict()
    return all(name in values and same(value, values[name]) for name, value in partial.items())


def faults(rule: str, matcher: str) -> Iterator[str]:
    """What does not hold, in words."""
    rules = RuleSet([Rule.parse(RULES[rule])])
    for number, example in enumerate(KNOWLEDGE.examples(rule), 1):
        expected = example["expect"]
        trace = infer(rules, [Fact.of(fact) for fact in example["given"]], FORMULAS, matcher)
        concluded = [fact for firing in trace.firings for fact in firing.concluded]
        if len(trace.firings) != expected["fires"]:
            yield f"example {number} fires {len(trace.firings)} times, not {expected['fires']}"
        for partial in expected.get("concludes", ()):
            if not any(matches(partial, fact) for fact in concluded):
                yield f"example {number} concludes {concluded}, not {partial}"


@pytest.mark.parametrize("matcher", MATCHERS)
@pytest.mark.parametrize("rule", sorted(RULES))
def test_examples_hold(rule: str, matcher: str) -> None:
    assert not list(faults(rule, matcher))


@pytest.mark.parametrize("rule", sorted(RULES))
def test_one_example_fires_and_one_stays_silent(rule: str) -> None:
    fires = [example["expect"]["fires"] for example in KNOWLEDGE.examples(rule)]
    assert any(fires) and 0 in fires


@pytest.mark.parametrize("rule", sorted(RULES))
def test_an_example_that_fires_says_what_is_concluded(rule: str) -> None:
    for example in KNOWLEDGE.examples(rule):
        assert bool(example["expect"]["fires"]) == bool(example["expect"].get("concludes"))
