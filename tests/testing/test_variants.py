"""Examples written as the first one with what differs."""

from __future__ import annotations

from typing import Any

import pytest

from engine.reading.examples import VariantError, in_full

RULE: dict[str, Any] = {
    "id": "shared",
    "when": {
        "now": {"kind": "deployment", "id": "now", "model": "$_"},
        "other": {"kind": "deployment", "id": "$_"},
        "model": {"kind": "model", "key": "$now.model"},
    },
}
GIVEN = [
    {"kind": "deployment", "id": "later", "model": "qwq_32b"},
    {"kind": "deployment", "id": "now", "model": "qwen3_14b"},
    {"kind": "model", "key": "qwq_32b", "layers": 64},
    {"kind": "model", "key": "qwen3_14b", "layers": 40},
    {"kind": "rig", "cards": 2},
]
FIRST = {"given": GIVEN, "expect": {"fires": 2, "concludes": [{"kind": "x"}]}}


def full(*more: dict[str, Any]) -> list[list[dict[str, Any]]]:
    rule = {**RULE, "examples": [FIRST, *({**one, "expect": {"fires": 0}} for one in more)]}
    return [example["given"] for _, example in in_full(rule)][1:]


def test_names_are_those_of_the_join_not_the_first_of_a_kind() -> None:
    (facts,) = full({"but": {"model.layers": 41, "now.model": "llama_3_1_8b"}})
    assert facts[3] == {"kind": "model", "key": "qwen3_14b", "layers": 41}
    assert facts[1]["model"] == "llama_3_1_8b" and facts[0] == GIVEN[0] and facts[2] == GIVEN[2]


def test_a_fact_is_left_out_an_attribute_too_and_one_added() -> None:
    (facts,) = full({"without": ["rig", "model.layers"], "also": [{"kind": "rig", "cards": 4}]})
    assert facts == [*GIVEN[:3], {"kind": "model", "key": "qwen3_14b"}, {"kind": "rig", "cards": 4}]


def test_each_change_of_a_one_is_an_example_of_its_own_and_the_first_stays_as_it_is() -> None:
    found = full({"but_one": {"rig.cards": 1, "model.key": "x"}, "without_one": ["rig"], "also_one": [{"kind": "y"}]})
    assert [facts == GIVEN for facts in found] == [False] * 4
    assert found[0][4] == {"kind": "rig", "cards": 1} and found[0][:4] == GIVEN[:4]
    assert found[1][3]["key"] == "x" and found[1][4] == GIVEN[4]
    assert found[2] == GIVEN[:4] and found[3] == [*GIVEN, {"kind": "y"}]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"but": {"modle.layers": 1}}, "no fact called `modle`"),
        ({"but": {"now": 1}}, "names no value"),
        ({"without": ["rig.ram"]}, "has no `rig.ram`"),
        ({"without": ["deployment"]}, "2 facts of kind `deployment`"),
        ({"given": [], "but": {"rig.cards": 1}}, "stands beside"),
    ],
)
def test_what_is_not_there_cannot_be_changed(change: dict[str, Any], says: str) -> None:
    with pytest.raises(VariantError) as raised:
        full(change)
    assert says in raised.value.message and raised.value.path == ["examples", 1] and raised.value.hint


def test_there_must_be_a_first_example() -> None:
    with pytest.raises(VariantError, match="no example before it"):
        in_full({**RULE, "examples": [{"but": {"rig.cards": 1}, "expect": {"fires": 0}}]})
