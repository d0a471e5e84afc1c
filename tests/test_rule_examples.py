"""Every rule against its own examples, alone: how often it fires and what it concludes, with every matcher there is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from engine.costs import FORMULAS
from engine.inference import Fact, Rule, RuleSet, infer
from engine.model.agreement import agrees
from engine.reading import load_knowledge

KNOWLEDGE = load_knowledge()
RULES = {str(mapping["id"]): mapping for mapping in KNOWLEDGE.rules}
MATCHERS = [
    pytest.param(name, marks=() if find_spec(module) else pytest.mark.skip(reason=f"{module} is not installed"))
    for name, module in (("durable", "durable_rules_engine"), ("clips", "clips"))
]


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
            if not any(agrees(partial, fact) for fact in concluded):
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
