"""Why not: conditions that held, the first that failed, seen and needed."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from random_programs import FORMULAS, program

from engine.errors import OutOfRange
from engine.inference import Fact, Rule, RuleSet, infer
from engine.inference.near_miss import NearMiss, explain_failure, hint_from_goal

RULE = Rule.parse(
    {
        "id": "buy_bridges",
        "when": {
            "option": {"kind": "option", "key": "bridges"},
            "deployment": {"kind": "deployment", "layout": "tensor"},
            "gpu": {"kind": "gpu", "key": "$deployment.gpu", "nvlink": "$_"},
        },
        "where": [["$deployment.ranks", "<=", "$gpu.group"], ["$gain", ">", 0.05]],
        "unless": [{"kind": "bridged", "deployment": "$deployment.id"}],
        "collect": {"costs": {"kind": "cost", "deployment": "$deployment.id", "take": "seconds"}},
        "compute": {"gain": {"formula": "gain", "costs": "$costs", "share": "$gpu.nvlink"}},
        "then": {"kind": "recommended", "option": "$option.key", "deployment": "$deployment.id"},
    }
)
FACTS: list[dict[str, Any]] = [
    {"kind": "option", "key": "bridges"},
    {"kind": "deployment", "id": "a", "layout": "tensor", "gpu": "rtx_3090", "ranks": 2},
    {"kind": "gpu", "key": "rtx_3090", "nvlink": 3, "group": 2},
    {"kind": "cost", "deployment": "a", "seconds": 0.5},
]
REGISTRY = {"gain": lambda costs, share: sum(costs) / share}


def miss(
    *changes: tuple[int, dict[str, Any] | None], more: tuple[dict[str, Any], ...] = (), hint: Any = None
) -> NearMiss:
    facts = [dict(fact) for fact in FACTS]
    for index, change in changes:
        facts[index] = {"kind": "nothing"} if change is None else {**facts[index], **change}
    return explain_failure(RULE, [Fact.of(fact) for fact in (*facts, *more)], hint, REGISTRY)


def test_a_rule_that_fires_held_everything() -> None:
    found = miss()
    assert found.fires and found.failed is None
    assert [part.part for part in found.held] == [
        "when",
        "when",
        "when",
        "where",
        "unless",
        "collect",
        "compute",
        "where",
    ]
    assert found.held[3].filled == "2 <= 2" and found.results["gain"] == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    ("changes", "part", "held", "observed", "needed"),
    [
        ([(0, None)], "when", 0, "no option with key=bridges", "option(key=bridges)"),
        ([(1, {"layout": "layer"})], "when", 1, "deployment.layout = layer", "deployment.layout = tensor"),
        ([(1, {"layout": None})], "when", 1, "deployment.layout unknown", "deployment.layout = tensor"),
        ([(2, {"key": "rtx_4090"})], "when", 2, "no gpu with key=rtx_3090", "gpu(key=rtx_3090, nvlink)"),
        ([(1, {"gpu": None})], "when", 2, "deployment.gpu unknown", "a known deployment.gpu"),
        ([(2, {"nvlink": None})], "when", 2, "gpu.nvlink unknown", "gpu.nvlink of any value"),
        ([(1, {"ranks": 4})], "where", 3, "deployment.ranks = 4", "<= 2"),
        ([(2, {"group": None})], "where", 3, "gpu.group unknown", "a known gpu.group"),
        ([(3, {"kind": "bridged"})], "unless", 4, "bridged(deployment='a', seconds=0.5)", "no bridged(deployment=a)"),
        ([(3, None)], "collect", 5, "no cost(deployment=a)", "at least one"),
        ([(3, {"seconds": None})], "collect", 5, "cost.seconds unknown", "seconds of every cost"),
        ([(3, {"seconds": 0.003})], "where", 7, "gain = 0.001", "> 0.05"),
    ],
)
def test_the_first_condition_that_fails_is_told(changes: Any, part: str, held: int, observed: str, needed: str) -> None:
    found = miss(*changes)
    assert found.failed is not None and not found.fires
    assert (found.failed.part, len(found.held), found.observed, found.needed) == (part, held, observed, needed)


def test_values_are_there_for_those_who_format_them() -> None:
    found = miss((1, {"ranks": 4}))
    assert (found.observed_value, found.needed_value, found.attribute) == (4, 2, "ranks")
    assert found.fact is found.bindings["deployment"]


def test_the_binding_that_gets_furthest_is_told() -> None:
    other = {"kind": "deployment", "id": "b", "layout": "tensor", "gpu": "rtx_5090", "ranks": 2}
    found = miss((1, {"ranks": 4}), more=(other,))
    assert found.bindings["deployment"]["id"] == "a" and len(found.held) == 3


@pytest.mark.parametrize(
    "hint", [{"deployment": {"id": "b"}}, {"deployment": Fact.of({"kind": "deployment", "id": "b", "layout": "layer"})}]
)
def test_a_hint_binds_what_is_asked_for(hint: Any) -> None:
    found = miss(more=({"kind": "deployment", "id": "b", "layout": "layer"},), hint=hint)
    assert found.observed == "deployment.layout = layer" and found.fact is not None and found.fact["id"] == "b"


def test_a_hint_may_name_a_kind() -> None:
    rule = Rule.parse({"id": "r", "when": {"x": {"kind": "g", "v": 1}}, "then": {"kind": "c"}})
    facts = [Fact.of({"kind": "g", "id": n, "v": n}) for n in (1, 2)]
    assert explain_failure(rule, facts).fires
    assert explain_failure(rule, facts, {"g": {"id": 2}}).observed == "g.v = 2"
    assert explain_failure(rule, facts, {"g": {"id": 3}}).observed == "no g with id=3"


def test_a_goal_becomes_a_hint() -> None:
    assert hint_from_goal(RULE, {"kind": "recommended", "deployment": "a"}) == {"deployment": {"id": "a"}}
    assert hint_from_goal(RULE, {"kind": "rejected"}) is None
    assert hint_from_goal(RULE, {"kind": "recommended", "other": 1}) is None


def test_formulas_are_asked_or_left_alone() -> None:
    facts = [Fact.of(fact) for fact in FACTS]
    assert explain_failure(RULE, facts).observed == "not calculated here"

    def refuse(costs: Any, share: Any) -> float:
        raise OutOfRange("too few")

    assert explain_failure(RULE, facts, None, {"gain": refuse}).observed == "too few"


def test_it_agrees_with_inference_on_random_programs() -> None:
    fired = silent = 0
    for seed in range(60):
        rules, facts = program(seed).ready()
        trace = infer(rules, facts, FORMULAS)
        firing = {part.rule.id for part in trace.firings}
        for rule in rules:
            found = explain_failure(rule, trace, None, FORMULAS)
            assert found.fires == (rule.id in firing), f"seed {seed}, rule {rule.id}: {found}"
            fired, silent = fired + found.fires, silent + (not found.fires)
    assert fired > 50 and silent > 50


def test_the_order_of_facts_changes_nothing() -> None:
    for seed in range(30):
        rules, facts = program(seed).ready()
        everything = list(infer(rules, facts, FORMULAS).facts)
        expected = [explain_failure(rule, everything, None, FORMULAS) for rule in rules]
        Random(seed).shuffle(everything)
        again = RuleSet(rules.rules)
        assert [repr(explain_failure(rule, everything, None, FORMULAS)) for rule in again] == list(map(repr, expected))
