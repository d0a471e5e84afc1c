"""What we rely on in durable_rules 2.0.28: a frozen, undocumented C module."""

from __future__ import annotations

import json
from typing import Any

import pytest

engine = pytest.importorskip("durable_rules_engine", exc_type=ImportError)

from engine.errors import InternalFault  # noqa: E402
from engine.inference import Fact, RuleSet, durable  # noqa: E402

BOOT = {"boot": {"all": [{"p0": {"k": "boot"}}], "dist": 0}}
SINK = {"sink": {"all": [{"p0": {"$ex": {"k": 1}}}, {"p1": {"k": "never"}}], "dist": 0}}


@pytest.fixture
def started() -> Any:
    handles = []

    def start(rules: dict[str, Any]) -> tuple[int, int]:
        handle = engine.create_ruleset("rules", json.dumps({**BOOT, **SINK, **rules}))
        handles.append(handle)
        code, state = engine.assert_fact(handle, '{"k":"boot","id":"boot","_":1}')
        assert code == 0
        assert engine.start_action_for_state(handle, state)[1].startswith('{"boot"')
        assert not engine.complete_and_start_action(handle, state)
        return handle, state

    yield start
    for handle in handles:
        engine.delete_state(handle, "0")
        engine.delete_ruleset(handle)


def test_the_functions_are_there() -> None:
    for name in ("create_ruleset", "assert_fact", "start_action_for_state", "complete_and_start_action"):
        assert callable(getattr(engine, name))
    assert callable(engine.delete_state) and callable(engine.delete_ruleset)


def test_facts_are_taken_once_and_kept_by_the_sink(started: Any) -> None:
    handle, _ = started({})
    assert engine.assert_fact(handle, '{"id":"1","k":"nobody","_":1}')[0] == 0
    assert engine.assert_fact(handle, '{"id":"1","k":"nobody","_":1}')[0] == 2
    assert "nobody" in engine.get_facts(handle, "0")


def test_ids_whose_hashes_collide_are_taken_for_one(started: Any) -> None:
    handle, _ = started({})
    assert engine.assert_fact(handle, '{"id":"40189","k":"a","_":1}')[0] == 0
    assert engine.assert_fact(handle, '{"id":"797186","k":"b","_":1}')[0] == 2


@pytest.mark.parametrize("patterns", range(1, 9))
def test_matches_name_the_rule_and_the_patterns_in_order(started: Any, patterns: int) -> None:
    joined = [
        {f"p{n}": {"$and": [{"k": f"k{n}"}, {"a": {f"p{n - 1}": "a"}}, {"_": {"p0": "_"}}]}} for n in range(1, patterns)
    ]
    first = {"p0": {"$and": [{"k": "k0"}, {"$ex": {"a": 1}}]}}
    handle, state = started({"r7": {"all": [first, *joined], "dist": 0}})
    for n in reversed(range(patterns)):
        assert engine.assert_fact(handle, f'{{"id":"{n}","k":"k{n}","a":"v","_":1}}')[0] == 0
    message = engine.start_action_for_state(handle, state)[1]
    ((rule, bound),) = json.loads(message).items()
    assert rule == "r7" and list(bound) == [f"p{n}" for n in range(patterns)]
    assert [fact["id"] for fact in bound.values()] == [str(n) for n in range(patterns)]
    assert durable._NUMBER.findall(message) == [str(n) for n in range(patterns)]
    assert not engine.complete_and_start_action(handle, state)
    assert not engine.start_action_for_state(handle, state)


def test_facts_may_come_after_a_run(started: Any) -> None:
    handle, state = started({"r0": {"all": [{"p0": {"k": "a"}}], "dist": 0}})
    for number in range(3):
        engine.assert_fact(handle, f'{{"id":"{number}","k":"a","_":1}}')
        assert f'"id":"{number}"' in engine.start_action_for_state(handle, state)[1]
        assert not engine.complete_and_start_action(handle, state)


RULES = RuleSet.parse(
    [{"id": "r", "when": {"a": {"kind": "a"}, "b": {"kind": "b", "v": "$a.v"}}, "then": {"kind": "c"}}]
)


def test_a_collision_of_ids_is_tried_again() -> None:
    session = durable.open_matcher(RULES).open([0])
    try:
        session.add([(40189, Fact.of({"kind": "a", "v": 1})), (797186, Fact.of({"kind": "b", "v": 1}))])
        assert session.matches() == [(0, (40189, 797186))]
        assert session.matches() == []
    finally:
        session.close()
        session.close()


def test_an_id_that_stays_refused_is_a_fault() -> None:
    session = durable.open_matcher(RULES).open([0])
    try:
        with pytest.raises(InternalFault, match="refused fact 1 with code 2"):
            for _ in range(20):
                session.add([(1, Fact.of({"kind": "a", "v": 1}))])
    finally:
        session.close()


def test_the_text_of_a_rule_set_stays_in_the_safe_subset() -> None:
    text = durable.ruleset_text(durable.open_matcher(RULES).compiled.texts)
    rules = json.loads(text)
    assert set(rules) == {"boot", "sink", "r0"}
    assert all(rule["dist"] == 0 for rule in rules.values())
    assert rules["r0"]["all"][1]["p1"]["$and"][-1] == {"_": {"p0": "_"}}
    for word in ("$not", "$or", "$gt", "$lt", "$neq", "$add", "$div", "$mt", "any", "count", "cap"):
        assert f'"{word}"' not in text
