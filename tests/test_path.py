"""The ordered path: options one on top of the other, each counted for what it adds, until nothing adds enough."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from engine.advice.recommend import recommend
from engine.advice.verify import verify
from engine.advice.wording import OF_MONEY
from engine.checking.scenario import read_scenario
from engine.reading import Knowledge, plain, read_yaml

ROOT = Path(__file__).resolve().parent.parent
Document = dict[str, Any]

SCENARIOS: dict[str, dict[str, Any]] = {
    "bf16 over six cards in turn": {
        "rig": {"gpus": [{"gpu": "rtx_a6000", "count": 6}], "pcie": {"gen": 4, "lanes": 16}},
        "workload": {"model": "llama_3_1_70b", "quantization": "bf16", "engine": "vllm",
                     "parallelism": {"tensor": 1, "pipeline": 6, "replicas": 1}},
        "goal": {"optimize": "latency", "budget_usd": 0},
    },
    "eager and 16 bit": {
        "rig": {"gpus": [{"gpu": "rtx_3090", "count": 2}], "pcie": {"gen": 4, "lanes": 16}},
        "workload": {"model": "qwen3_14b", "quantization": "bf16", "engine": "vllm",
                     "engine_flags": ["--enforce-eager"], "parallelism": {"tensor": 2, "pipeline": 1, "replicas": 1}},
        "goal": {"optimize": "latency", "budget_usd": 0},
    },
    "too large for the card": {
        "rig": {"gpus": [{"gpu": "rtx_4090", "count": 1}]},
        "workload": {"model": "qwen3_32b", "quantization": "fp8", "engine": "vllm", "context_tokens": 4096},
        "goal": {"optimize": "latency", "budget_usd": 0},
    },
    "nine ranks": {
        "rig": {"gpus": [{"gpu": "rtx_3060_12gb", "count": 8}, {"gpu": "rtx_3090", "count": 1}],
                "pcie": {"gen": 3, "lanes": 4}},
        "workload": {"model": "llama_2_13b", "quantization": "fp8", "engine": "vllm", "context_tokens": 4096,
                     "parallelism": {"tensor": 9, "pipeline": 1, "replicas": 1}},
        "goal": {"optimize": "throughput", "budget_usd": 0},
    },
    "runs with two changes only": {
        "rig": {"gpus": [{"gpu": "rtx_3090", "count": 1}]},
        "workload": {"model": "llama_3_1_8b", "quantization": "f32", "engine": "vllm", "context_tokens": 131072,
                     "users": 4},
    },
    "a mixture too large for the card": {
        "rig": {"gpus": [{"gpu": "rtx_3070", "count": 1}]},
        "workload": {"model": "qwen3_30b_a3b", "quantization": "q4_k_m", "engine": "llama_cpp"},
        "goal": {"optimize": "latency", "budget_usd": 4000},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(knowledge: Knowledge) -> dict[str, Document]:
    asked = {name: dict(read_scenario(one)) for name, one in SCENARIOS.items()}
    asked["example"] = dict(read_scenario(plain(read_yaml(ROOT / "examples/4x4090_many_users.yaml"))))
    return {name: json.loads(json.dumps(recommend(one, knowledge))) for name, one in asked.items()}


def relative(effects: list[Document], metric: str) -> float | None:
    return next((one["relative"]["value"] for one in effects if one["metric"] == metric), None)


def test_every_answer_with_advice_has_a_path_that_starts_with_it(answers: dict[str, Document]) -> None:
    for name, answer in answers.items():
        first = answer["options"][0]
        assert answer["path"]["steps"], name
        assert answer["path"]["steps"][0]["option"] == first["id"], name


def test_the_first_step_has_the_effects_of_its_option(answers: dict[str, Document]) -> None:
    for answer in answers.values():
        step = answer["path"]["steps"][0]
        row = next(row for row in answer["options"] if row["id"] == step["option"])
        for one in row["effects"]:
            assert relative(step["effects"], one["metric"]) == pytest.approx(one["relative"]["value"])


def test_where_no_free_change_makes_it_run_several_come_as_one_step_before_any_purchase(
    answers: dict[str, Document], knowledge: Knowledge
) -> None:
    answer = answers["runs with two changes only"]
    first = answer["path"]["steps"][0]
    assert first["option"] == "several_changes" and first["cost_usd"]["high"] == 0
    assert "--kv-cache-dtype" in first["do"] and "CHECKPOINT" in first["do"]
    assert not any(step["cost_usd"]["high"] > 0 for step in answer["path"]["steps"])
    row = next(row for row in answer["options"] if row["id"] == "quantize_kv_cache")
    assert row["status"] == "rejected"  # alone it does not
    assert verify(answer, knowledge)["holds"]


def test_where_the_path_stops_for_want_of_money_it_says_what_more_would_bring(answers: dict[str, Document]) -> None:
    named = {name: answer["path"]["stop"]["for_more_money"] for name, answer in answers.items()}
    assert set(named.values()) > {None}
    for name, option in named.items():
        if option is not None:
            row = next(row for row in answers[name]["options"] if row["id"] == option)
            assert "budget" in row["why_not"]["failed"]["condition"]
            assert f"For more money: {option} by itself" in answers[name]["path"]["stop"]["says"]
            assert relative(row["effects"], "decode_tok_s") or relative(row["effects"], "output_throughput_tok_s")


def test_an_exchange_tells_what_is_bought_and_what_the_old_parts_bring(answers: dict[str, Document]) -> None:
    costs = [row["cost_usd"] for one in answers.values() for row in one["options"] if "sold" in (row["cost_usd"] or {})]
    assert costs
    for cost in costs:
        assert cost["low"] == max(0, cost["bought"]["low"] - cost["sold"]["high"])
        assert cost["high"] == max(0, cost["bought"]["high"] - cost["sold"]["low"])


def test_gains_multiply_to_the_total(answers: dict[str, Document]) -> None:
    several = [answer for answer in answers.values() if len(answer["path"]["steps"]) > 1]
    assert several
    for answer in several:
        steps = answer["path"]["steps"]
        for one in answer["path"]["total"]:
            changes = [relative(step["effects"], one["metric"]) for step in steps]
            product = math.prod(1 + change for change in changes if change is not None)
            assert product == pytest.approx(1 + one["relative"]["value"])


def test_what_a_step_adds_is_not_what_the_option_gains_alone(answers: dict[str, Document]) -> None:
    """Smaller weights help less once four cards read them at once."""
    answer = answers["bf16 over six cards in turn"]
    steps = {step["option"]: step for step in answer["path"]["steps"]}
    alone = {row["id"]: row for row in answer["options"]}
    assert list(steps)[:2] == ["change_parallelism", "change_quantization"]
    on_top = relative(steps["change_quantization"]["effects"], "decode_tok_s")
    assert on_top is not None and on_top < (relative(alone["change_quantization"]["effects"], "decode_tok_s") or 0)


def test_free_steps_come_first(answers: dict[str, Document]) -> None:
    for answer in answers.values():
        paid = [bool(step["cost_usd"]["high"]) for step in answer["path"]["steps"]]
        assert paid == sorted(paid)


def test_what_stops_the_path_adds_less_than_is_asked_for(answers: dict[str, Document]) -> None:
    for answer in answers.values():
        proofs = answer["proofs"]
        for row in answer["path"]["left_out"]:
            fact = proofs[row["proof"]]["fact"]
            assert fact["kind"] in ("step_small", "step_bar")
            if fact["kind"] == "step_small":
                assert fact["gain"] < fact["needed"]
        assert answer["path"]["stop"]["after"] == len(answer["path"]["steps"])


def test_a_model_that_does_not_fit_is_made_to_run_first(answers: dict[str, Document]) -> None:
    answer = answers["too large for the card"]
    assert answer["estimate"]["fits"] is False
    says = answer["path"]["steps"][0]["says"]
    assert "the model runs then, at " in says and "tok/s" in says


def test_the_command_is_that_of_all_steps_together(answers: dict[str, Document]) -> None:
    assert "--tensor-parallel-size 4" in answers["bf16 over six cards in turn"]["path"]["command"]


def test_no_step_is_rejected_and_what_barred_it_alone_is_still_told(answers: dict[str, Document]) -> None:
    taken = {(name, step["option"]) for name, answer in answers.items() for step in answer["path"]["steps"]}
    rows = {(name, row["id"]): row for name, answer in answers.items() for row in answer["options"]}
    assert {rows[one]["status"] for one in taken} == {"recommended", "optional"}
    on_top = rows["nine ranks", "change_quantization"]
    assert ("nine ranks", "change_quantization") in taken
    assert on_top["status"] == "optional" and on_top["why_not"]["failed"]["observed"] == "9 ranks"
    assert verify(answers["nine ranks"])["faults"] == []


def test_room_that_is_bought_ends_what_the_want_of_room_made_necessary(answers: dict[str, Document]) -> None:
    """Experts in host memory are the free first step; the larger card then holds them itself."""
    steps = answers["a mixture too large for the card"]["path"]["steps"]
    assert [step["option"] for step in steps][0] == "offload_experts"
    bought = next(step for step in steps if step["cost_usd"]["high"])
    assert relative(bought["effects"], "decode_tok_s") > 1.0  # type: ignore[operator]


def test_measuring_comes_before_what_the_path_buys_and_nothing_else(answers: dict[str, Document]) -> None:
    for name, answer in answers.items():
        bought = [step for step in answer["path"]["steps"] if step["cost_usd"]["high"]]
        assert bool(bought) == ("of measuring come before $" in answer["verdict"]["text"]), name


def test_no_large_purchase_is_advised_to_somebody_who_named_no_budget(knowledge: Knowledge) -> None:
    asked = {"rig": {"gpus": [{"gpu": "tesla_p40", "count": 4}]}, "workload": {"model": "llama_3_3_70b"}}
    answer = json.loads(json.dumps(recommend(dict(read_scenario(asked)), knowledge)))
    row = next(one for one in answer["options"] if one["id"] == "replace_gpus_rtx_5090")
    assert row["status"] == "optional" and "budget" in row["why_not"]["failed"]["condition"]
    assert all(step["option"] != "replace_gpus_rtx_5090" for step in answer["path"]["steps"])
    assert verify(answer, knowledge)["faults"] == []


def test_nobody_is_told_to_buy_parts_for_a_chip(knowledge: Knowledge) -> None:
    asked = {"rig": {"gpus": [{"gpu": "m4_max"}], "host": {"ram_gb": 64}}, "workload": {"model": "llama_3_3_70b"}}
    answer = recommend(dict(read_scenario(asked)), knowledge)
    hardware = [row for row in answer["options"] if row["kind"] == "hardware"]
    assert all(row["status"] == "rejected" and row["why_not"]["moot"] for row in hardware)
    assert "Do not buy" not in answer["verdict"]["text"]
    (card,) = answer["estimate"]["memory"]
    held = sum(card[part] for part in ("weights_gb", "kv_cache_gb", "overhead_gb", "free_gb"))
    assert held == pytest.approx(0.84 * 64, rel=0.01)


def test_requests_that_find_no_room_wait_under_an_engine_with_a_queue(knowledge: Knowledge) -> None:
    asked = {
        "rig": {"gpus": [{"gpu": "rtx_3090", "count": 2}], "pcie": {"gen": 4, "lanes": 8}},
        "workload": {"model": "qwen3_32b", "quantization": "awq_int4", "engine": "vllm", "users": 1000,
                     "parallelism": {"tensor": 2, "pipeline": 1, "replicas": 1}},
        "goal": {"budget_usd": 0},
    }  # fmt: skip
    answer = json.loads(json.dumps(recommend(dict(read_scenario(asked)), knowledge)))
    assert answer["estimate"]["fits"] is False and 0 < answer["estimate"]["requests_at_once"]["value"] < 1000
    assert "the rest waits" in answer["verdict"]["text"] and answer["path"]["steps"]
    assert verify(answer, knowledge)["faults"] == []


CHANGES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "a step less": (("path", "steps"), []),
    "another option": (("path", "steps", 0, "option"), "do_nothing"),
    "another number": (("path", "steps", 0, "step"), 2),
    "a larger gain": (("path", "steps", 1, "effects", 0, "relative", "value"), 9.0),
    "another start": (("path", "steps", 1, "effects", 0, "before", "value"), 1.0),
    "another sentence": (("path", "steps", 0, "says"), "it is worth it"),
    "other money": (("path", "steps", 1, "spent_usd", "low"), 9),
    "a larger total": (("path", "total", 0, "after", "value"), 1e6),
    "a later stop": (("path", "stop", "after"), 7),
    "another next": (("path", "stop", "next"), "ram_upgrade"),
    "another stop": (("path", "stop", "says"), "Go on."),
    "another reason": (("path", "left_out", 0, "says"), "no room"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_the_path_is_found(name: str, answers: dict[str, Document]) -> None:
    document = json.loads(json.dumps(answers["bf16 over six cards in turn"]))
    assert verify(document)["faults"] == []
    place, value = CHANGES[name]
    parent = document
    for part in place[:-1]:
        parent = parent[part]
    parent[place[-1]] = value
    assert not verify(document)["holds"]


def test_the_conditions_that_money_meets_are_those_of_the_rules(knowledge: Knowledge) -> None:
    """What more money would bring is known by the words of a rule: another wording would hide it."""
    then = [rule["then"] for rule in knowledge.rules]
    told = {one.get("condition") for part in then for one in (part if isinstance(part, list) else [part])}
    assert told >= OF_MONEY
