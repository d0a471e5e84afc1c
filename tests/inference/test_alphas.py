"""Which rules an engine is told of, and which facts."""

from __future__ import annotations

from typing import Any

import pytest

from engine.inference import Fact, RuleSet, infer
from engine.inference.alphas import alphas_of, awake
from engine.inference.store import Store

RULES = RuleSet.parse(
    [
        {"id": "a_fires", "when": {"card": {"kind": "card", "vendor": "x"}}, "then": {"kind": "found", "by": 1}},
        {"id": "b_fed", "when": {"found": {"kind": "found", "by": 1}, "card": {"kind": "card"}}, "then": {"kind": "b"}},
        {"id": "c_fed_in_turn", "when": {"b": {"kind": "b"}}, "then": {"kind": "c", "by": "$b.by"}},
        {"id": "d_another_constant", "when": {"found": {"kind": "found", "by": True}}, "then": {"kind": "d"}},
        {"id": "e_no_fact", "when": {"card": {"kind": "card", "vendor": "y"}}, "then": {"kind": "d"}},
        {"id": "f_lacks_one", "when": {"c": {"kind": "c"}, "absent": {"kind": "nobody"}}, "then": {"kind": "d"}},
    ]
)


def awake_rules(*facts: dict[str, Any]) -> list[str]:
    store = Store()
    for fact in facts:
        store.add(Fact.of(fact))
    return [RULES.rules[index].id for index in awake(alphas_of(RULES), store)]


def test_awake_are_rules_with_facts_and_rules_that_those_may_feed() -> None:
    assert awake_rules({"kind": "card", "vendor": "x"}) == ["a_fires", "b_fed", "c_fed_in_turn"]
    assert awake_rules({"kind": "card", "vendor": "y"}) == ["e_no_fact"]
    assert awake_rules({"kind": "found", "by": 1}, {"kind": "card"}) == ["b_fed", "c_fed_in_turn"]
    assert awake_rules() == []


def test_an_engine_is_told_of_facts_that_its_rules_look_at_and_of_each_once(monkeypatch: Any) -> None:
    from engine.inference import clips

    told: list[tuple[int, str]] = []
    add = clips.ClipsSession.add

    def noted(session: Any, facts: Any) -> None:
        told.extend((number, fact.kind) for number, fact in facts)
        add(session, facts)

    monkeypatch.setattr(clips.ClipsSession, "add", noted)
    facts = [{"kind": "card", "vendor": "x"}, {"kind": "card", "vendor": "z"}, {"kind": "other"}, {"kind": "c"}]
    infer(RULES, [Fact.of(fact) for fact in facts], {}, "clips")
    assert sorted(told) == [(0, "card"), (1, "card"), (4, "found"), (5, "b")]


def test_many_kinds_stand_in_one_ruleset_and_many_patterns_of_one_kind_do_not() -> None:
    durable = pytest.importorskip("engine.inference.durable", exc_type=ImportError)
    from engine.inference.shards import MOST_KINDS, grouped

    def rule(number: int, kind: str) -> dict[str, Any]:
        when = {"one": {"kind": kind, "x": number}, "two": {"kind": "same", "y": "$one.y"}}
        return {"id": f"r{number}", "when": when, "then": {"kind": "found", "number": number}}

    mappings = [rule(number, f"kind_{number}") for number in range(durable.MOST_PATTERNS)]
    mappings += [rule(number, "crowded") for number in range(durable.MOST_PATTERNS, 3 * durable.MOST_PATTERNS)]
    rules = RuleSet.parse(mappings)
    facts = [Fact.of({"kind": one["when"]["one"]["kind"], "x": n, "y": n % 7}) for n, one in enumerate(mappings)]
    facts += [Fact.of({"kind": "same", "y": n}) for n in range(5)]
    sizes = [len(group) for group in grouped(range(len(rules)), alphas_of(rules), Store(), durable.MOST_PATTERNS)]
    assert max(sizes) == durable.MOST_PATTERNS < MOST_KINDS and len(sizes) == 3
    expected = sorted(n for n in range(len(mappings)) if n % 7 < 5)
    for matcher in ("durable", "clips"):
        trace = infer(rules, facts, {}, matcher)
        assert sorted(fact["number"] for fact in trace.facts if fact.kind == "found") == expected
