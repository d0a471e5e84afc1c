"""flip, what-if and why-not: what turns an answer, and what an answer turns to."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from engine.advice.asking_again import Question
from engine.advice.changes import changes
from engine.advice.flipping import Target, flip, target_of
from engine.advice.recommend import Answer
from engine.advice.rulebook import concludable
from engine.advice.standing import standing, standing_of, standing_trace
from engine.advice.what_if import what_if
from engine.advice.why_not import why_not
from engine.checking.scenario import read_scenario
from engine.checking.schemas import output_validator
from engine.errors import BadInput, UnknownName
from engine.reading import Knowledge

Document = dict[str, Any]
TWO = {
    "rig": {"gpus": [{"gpu": "rtx_3090", "count": 2}], "pcie": {"gen": 4, "lanes": 8}},
    "workload": {"model": "llama_3_1_8b", "quantization": "q4_k_m", "engine": "llama_cpp", "context_tokens": 4096,
                 "parallelism": {"tensor": 1, "pipeline": 2, "replicas": 1, "split_mode": "layer"}},
    "goal": {"optimize": "latency", "budget_usd": 0},
}  # fmt: skip


def asked(scenario: Document) -> Document:
    return dict(read_scenario(json.loads(json.dumps(scenario))))


@pytest.fixture(scope="module")
def answer(knowledge: Knowledge) -> Answer:
    return Answer(asked(TWO), knowledge)


def test_flip_finds_the_free_setting_first(answer: Answer) -> None:
    found = flip(answer, "layer_split_is_sequential")
    assert found["now"] == "concluded"
    assert found["complete"]
    first = found["flips"][0]
    assert first["class"] == "setting" and first["usd"] == 0 and first["then"] == "not concluded"
    assert [error.message for error in output_validator("flip").iter_errors(found)] == []


def test_what_flip_names_does_turn_it(answer: Answer, knowledge: Knowledge) -> None:
    """Each set named turns the whole answer, not only the part that was asked again."""
    for row in flip(answer, "engine_splits_by_layer")["flips"][:1]:
        scenario = answer.asked
        for one in row["changes"]:
            change = next(each for each in changes(answer) if each.says == one["says"])
            scenario = change.applied(scenario)
        ids = {fact["id"] for fact in Answer(scenario, knowledge).trace.of_kind("conclusion")}
        assert "engine_splits_by_layer" not in ids


def test_no_cheaper_single_change_turns_it(answer: Answer, knowledge: Knowledge) -> None:
    found = flip(answer, "engine_splits_by_layer")
    target = Target("engine_splits_by_layer", "conclusion")
    best = found["flips"][0]["changes"]
    for change in changes(answer)[:5]:
        if change.says == best[0]["says"]:
            break
        assert target.state(Answer(change.applied(answer.asked), knowledge).trace) == "concluded", change.says


@pytest.mark.parametrize(
    ("identity", "sort"),
    [("single_gpu", "option"), ("drop_slow_gpu", "conclusion"),
     ("spreading_does_not_speed_up_one_user", "conclusion"), ("extra_gpu_adds_capacity_not_speed", "conclusion")],
)  # fmt: skip
def test_asking_one_thing_again_gives_what_the_whole_answer_gives(
    identity: str, sort: str, answer: Answer, knowledge: Knowledge
) -> None:
    target = Target(identity, sort)
    question = Question(answer, identity, option=sort == "option")
    assert target.state(question.trace(answer.asked)) == target.state(answer.trace)
    change = next(one for one in changes(answer) if one.says == "4 concurrent users")
    scenario = change.applied(answer.asked)
    assert target.state(question.trace(scenario)) == target.state(Answer(scenario, knowledge).trace)


@pytest.mark.parametrize("of_many", [{}, {"users": 16, "context_tokens": 65536}, {"model": "llama_3_1_70b"}])
def test_a_standing_is_that_of_the_whole_answer(of_many: Document, knowledge: Knowledge) -> None:
    scenario = asked({**TWO, "workload": {**TWO["workload"], **of_many}})
    whole = Answer(scenario, knowledge)
    assert standing(scenario, knowledge) == standing_of(whole.trace, knowledge.entries["options"])
    found = whole.recommendation(brief=True)["options"]
    told = {row["id"]: row["status"] for row in found}
    taken_up = {one for one, status in told.items() if status == "optional"}  # on top of other steps alone
    found_quickly = standing(scenario, knowledge, former=standing_trace(asked(TWO), knowledge))
    assert {one: status for one, status in found_quickly.statuses.items() if one not in taken_up} == {
        one: status for one, status in told.items() if one not in taken_up
    }


def test_no_change_is_one_that_the_rules_bar(answer: Answer) -> None:
    """Two bits for each weight are no free setting, and a bridge fits no card without NVLink."""
    found = flip(answer, "verdict", tries=4, size=1)
    assert not any("q2_k" in change.says for change in changes(answer))
    assert found["flips"] == [] or all(
        one["option"] != found["now"] for row in found["flips"] for one in row["changes"]
    )


def test_several_processes_find_what_one_finds(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cores._cores", lambda: 2)
    two = flip(answer, "engine_splits_by_layer", size=1)
    monkeypatch.setattr("engine.cores._cores", lambda: 1)
    assert flip(answer, "engine_splits_by_layer", size=1) == two


def test_the_cards_are_no_free_change(answer: Answer) -> None:
    free = [change for change in changes(answer) if change.sort in ("setting", "use", "measurement")]
    assert free
    assert not any(path == "rig.gpus" and change.option != "power_limit" for change in free for path in change.values)


def test_flip_and_why_not_refuse_unknown_names(answer: Answer) -> None:
    with pytest.raises(UnknownName, match="nvlink_bridges"):
        flip(answer, "nvlink_bridge")
    with pytest.raises(UnknownName):
        why_not(answer, "no_such_thing", turns=False)


@pytest.mark.parametrize(
    ("name", "key"),
    [("more_cards", "add_gpus"), ("NVLink bridges", "nvlink_bridges"), ("decode, one user", "decode_tok_s"),
     ("Model fits", "model_fits"), ("reading weights", "weights"), ("verdict", "verdict")],
)  # fmt: skip
def test_what_a_page_prints_can_be_asked_for(name: str, key: str, answer: Answer) -> None:
    found = answer.why(name)
    assert found["id"] == key and found["roots"] and set(found["roots"]) <= set(found["proofs"])


def test_a_name_of_another_sort_says_so(answer: Answer) -> None:
    with pytest.raises(BadInput, match="prefill_tok_s is a number"):
        why_not(answer, "prefill")
    with pytest.raises(BadInput, match="the verdict is what the answer says"):
        why_not(answer, "verdict")
    with pytest.raises(BadInput, match="is not concluded here"):
        answer.why("cross_pair_traffic_uses_pcie")


def test_every_name_on_the_page_is_understood(answer: Answer) -> None:
    document = answer.recommendation(brief=True)
    names = [row["name"] for row in document["options"]] + [row["id"] for row in document["conclusions"]]
    assert [target_of(answer, name).identity for name in names] == [
        row["id"] for row in (*document["options"], *document["conclusions"])
    ]


def test_why_not_follows_a_missing_fact_into_its_rule(answer: Answer) -> None:
    found = why_not(answer, "cross_pair_traffic_uses_pcie", turns=False)
    assert found["status"] == "not concluded" and found["says"] and found["failed"]
    assert found["because"] and found["because"][0]["rule"]
    assert [error.message for error in output_validator("why_not").iter_errors(found)] == []


def test_why_not_of_every_option_and_conclusion(answer: Answer) -> None:
    """Each says what it is, and what failed unless nothing did, in words: no fact as it is stored, no raw digits."""
    options = [key for number, key in enumerate(answer.knowledge.entries["options"]) if number % 5 == 0]
    for name in (*options, "several_changes", *concludable(answer.rules)):
        found = why_not(answer, name, turns=False)
        assert found["failed"] or found["status"] in ("recommended", "optional", "concluded"), name
        if found["failed"]:
            told = [found["failed"][part] for part in ("condition", "observed", "needed")]
            raw = [one for one in (*told, *found["held"]) if re.search(r"\w\(\w+=|\d\.\d{5}|\d{10}|\(\)", one)]
            assert all(told) and not raw, (name, raw)
    assert why_not(answer, "several_changes", turns=False)["moot"]


def test_what_if_sets_both_sides_beside_each_other(answer: Answer, knowledge: Knowledge) -> None:
    after = Answer(asked({**TWO, "workload": {**TWO["workload"], "users": 8}}), knowledge)
    found = json.loads(json.dumps(what_if(answer, after, {"workload.users": 8})))
    assert {"path": "workload.users", "before": 1, "after": 8} in found["changed"]
    rows = {row["metric"]: row for row in found["numbers"]}
    throughput = rows["output_throughput_tok_s"]
    ratio = throughput["after"]["value"] / throughput["before"]["value"]
    assert throughput["relative"]["value"] == pytest.approx(ratio - 1) and ratio > 1
    assert throughput["relative"]["low"] <= throughput["relative"]["value"] <= throughput["relative"]["high"]
    assert "kv_cache_multiplies_with_users" in {row["id"] for row in found["conclusions"]["gained"]}
    assert [error.message for error in output_validator("what_if").iter_errors(found)] == []


def test_what_if_of_nothing_changes_nothing(answer: Answer) -> None:
    found = what_if(answer, answer, {})
    assert found["changed"] == [] and found["options"] == []
    assert found["conclusions"] == {"gained": [], "lost": [], "changed": []}
    assert all(row["relative"] is None or row["relative"]["value"] == 0 for row in found["numbers"])


def test_flip_is_bounded_by_a_count_and_says_how_far_it_looked(answer: Answer) -> None:
    """No clock decides: the same number of tries gives the same document."""
    found = flip(answer, "cross_pair_traffic_uses_pcie", tries=12)
    assert found["tried"] == 12 and not found["complete"]
    assert found == flip(answer, "cross_pair_traffic_uses_pcie", tries=12)
    assert f"{found['tried']} sets of changes tried" in found["says"]


def test_an_option_is_not_turned_by_itself(answer: Answer) -> None:
    found = flip(answer, "add_gpus", tries=10, size=1)
    assert found["searched"]["changes"] == sum(change.option != "add_gpus" for change in changes(answer))
    assert found["searched"]["changes"] < len(changes(answer))


def test_a_budget_that_turns_an_option_is_the_one_that_its_obstacle_asks_for(answer: Answer) -> None:
    asked = {fact["observed"] for fact in answer.trace.of_kind("obstacle") if fact.get("unit") == "USD"}
    offered = {change.usd for change in changes(answer) if "goal.budget_usd" in change.values}
    assert asked and offered <= asked


def test_what_has_nothing_to_do_is_not_turned_by_a_change_for_the_worse(answer: Answer) -> None:
    found = why_not(answer, "raise_power_limit")
    assert found["failed"]["observed"] == "none is" and found["flips_tried"] == 0
    assert found["flips_if"] == [found["failed"]["needed"]]
