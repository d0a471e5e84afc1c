"""What somebody who knows rigs would not forgive: asked of whole answers, each for a rule that was missing once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.advice.recommend import recommend
from engine.advice.verify import verify
from engine.checking.scenario import read_scenario
from engine.errors import AmbiguousName
from engine.reading import Knowledge

Document = dict[str, Any]


def answered(knowledge: Knowledge, gpu: str, count: int, host: Document | None = None, **workload: Any) -> Document:
    rig = {"gpus": [{"gpu": gpu, "count": count}], **({"host": host} if host else {})}
    return recommend(dict(read_scenario({"rig": rig, "workload": workload})), knowledge)


def option(answer: Document, name: str) -> Document:
    return dict(next(row for row in answer["options"] if row["id"] == name))


def test_memory_comes_before_three_bits_where_memory_is_what_lacks(knowledge: Knowledge) -> None:
    answer = answered(
        knowledge, "rtx_4090", 1, {"ram_gb": 64}, model="qwen3_235b_a22b", quantization="q4_k_m", engine="llama_cpp"
    )
    assert [step["option"] for step in answer["path"]["steps"]][:1] == ["more_ram"]
    assert option(answer, "change_quantization")["status"] == "optional"
    assert "minutes of measuring" not in answer["verdict"]["text"]
    smaller = next(row["says"] for row in answer["conclusions"] if row["id"] == "smaller_model_would_run")
    assert (
        f"Without a change: {smaller}." in answer["verdict"]["text"] and " in q4_k_m would run on this rig" in smaller
    )
    assert verify(answer, knowledge)["faults"] == []


def test_a_card_that_todays_engine_dropped_needs_an_old_one(knowledge: Knowledge) -> None:
    answer = answered(knowledge, "v100_sxm2_32gb", 4, model="llama_3_1_70b", quantization="q4_k_m", engine="ollama")
    assert option(answer, "switch_engine_vllm")["status"] == "recommended"
    assert "v0.14" in answer["verdict"]["text"] and "do not run on it" in answer["verdict"]["text"]
    assert "an old version of the engine is needed" in option(answer, "switch_engine_vllm")["confidence_factors"]
    assert answer["verdict"]["confidence"] != "high"


def test_another_engine_comes_with_a_format_that_is_not_read_from_host_memory(knowledge: Knowledge) -> None:
    answer = answered(knowledge, "mi50_32gb", 2, model="llama_3_3_70b", quantization="fp8", engine="vllm")
    assert [step["option"] for step in answer["path"]["steps"]] == ["several_changes"]
    alone = option(answer, "switch_engine_llama_cpp")
    assert alone["status"] == "optional" and alone["variant"].startswith("q8_0")


def test_a_context_is_not_cut_where_a_coarser_format_and_cache_hold_it(knowledge: Knowledge) -> None:
    answer = answered(knowledge, "rtx_3090", 1, model="qwen3_32b", engine="ollama", context_tokens=131_072)
    first = answer["path"]["steps"][0]
    assert first["option"] == "several_changes" and "40960 tokens" in first["variant"]
    assert option(answer, "lower_context")["status"] == "optional"


@pytest.mark.parametrize(("given", "runs"), [({}, True), ({"quantization": "awq_int4"}, True)])
def test_a_format_that_nobody_publishes_is_not_advised(given: Document, runs: bool, knowledge: Knowledge) -> None:
    """gpt-oss is there in MXFP4 and GGUF; whoever says to have it in AWQ is believed."""
    answer = answered(knowledge, "rtx_pro_6000_blackwell_ws", 1, model="gpt_oss_120b", engine="vllm", **given)
    assert answer["estimate"]["fits"] is runs and not answer["estimate"]["cannot_run"]
    row = option(answer, "change_quantization")
    assert row["status"] == "rejected"
    advised = {step["variant"] for step in answer["path"]["steps"]}
    assert not advised & {"gptq_int4", "awq_int4", "nvfp4", "fp8"}


def test_the_sum_that_is_not_advised_without_a_budget_is_an_assumption_that_can_be_given(knowledge: Knowledge) -> None:
    rig = {"gpus": [{"gpu": "rtx_3090", "count": 2}]}
    work = {"model": "qwen3_32b", "quantization": "awq_int4", "engine": "vllm", "parallelism": {"tensor": 2}}
    answers = [
        recommend(dict(read_scenario({"rig": rig, "workload": work, "goal": goal})), knowledge)
        for goal in ({}, {"unasked_purchase_usd": 20_000}, {"budget_usd": 20_000})
    ]
    assumed = [[row["path"] for row in one["assumptions"]] for one in answers]
    assert ["goal.unasked_purchase_usd" in paths for paths in assumed] == [True, False, False]
    statuses = [option(one, "replace_gpus_rtx_5090")["status"] for one in answers]
    assert statuses == ["optional", "recommended", "recommended"]


def test_the_order_in_which_a_scenario_is_written_changes_nothing(knowledge: Knowledge) -> None:
    rig = {"gpus": [{"gpu": "rtx_3090", "count": 2}], "pcie": {"gen": 4, "lanes": 8}}
    work = {
        "model": "qwen3_32b",
        "quantization": "awq_int4",
        "engine": "vllm",
        "parallelism": {"tensor": 2, "pipeline": 1},
    }

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: turned(one) for name, one in reversed(value.items())}
        return [turned(one) for one in value] if isinstance(value, list) else value

    asked = {"rig": rig, "workload": work, "goal": {"optimize": "latency", "budget_usd": 500}}
    first, second = (json.dumps(recommend(dict(read_scenario(one)), knowledge)) for one in (asked, turned(asked)))
    assert first == second


def test_no_answer_is_surer_than_what_it_advises(knowledge: Knowledge) -> None:
    answer = answered(knowledge, "rtx_3090", 2, model="llama_3_1_70b", quantization="q4_k_m", engine="ollama")
    advised = option(answer, answer["path"]["steps"][0]["option"])
    assert advised["confidence"] != "high" and answer["verdict"]["confidence"] != "high"


def test_a_cache_that_one_card_cannot_hold_is_spread_over_all(knowledge: Knowledge) -> None:
    """Ollama counts weights and cache before it takes one card."""
    rows = [answered(knowledge, "rtx_3090", 2, model="qwen3_32b", context_tokens=tokens) for tokens in (8192, 32768)]
    assert [row["scenario"]["workload"]["parallelism"]["pipeline"] for row in rows] == [1, 2]
    assert rows[1]["estimate"]["fits"] is True


def test_no_context_is_cut_where_an_engine_lets_requests_wait(knowledge: Knowledge) -> None:
    answer = answered(
        knowledge, "rtx_3090", 2, model="qwen3_32b", engine="ollama", context_tokens=16384, users=8,
        parallelism={"tensor": 1, "pipeline": 1},
    )  # fmt: skip
    assert [step["option"] for step in answer["path"]["steps"]][:1] == ["switch_engine_vllm"]
    assert option(answer, "lower_context")["status"] == "optional"


def test_more_cards_are_as_many_as_work_together(knowledge: Knowledge) -> None:
    """Three ranks divide nothing and three cards hold too little: twice as many are weighed, too."""
    longest = answered(knowledge, "rtx_4090", 2, model="llama_3_1_70b", context_tokens=131072, engine="ollama")
    fourth = answered(knowledge, "rtx_3090", 3, model="llama_3_3_70b", engine="vllm")
    lone = answered(knowledge, "rtx_3060", 1, model="llama_3_3_70b")
    found = [option(answer, "add_gpus") for answer in (longest, fourth, lone)]
    assert [row["variant"] for row in found] == ["4 × rtx_4090", "4 × rtx_3090", "4 × rtx_3060"]
    assert [row["status"] for row in found] == ["optional", "recommended", "recommended"]
    assert "Nothing in the catalogue" not in lone["verdict"]["text"]


def test_a_limit_for_a_supply_that_is_too_small_relieves_it_as_far_as_a_plan_loads_one(knowledge: Knowledge) -> None:
    rig = {"gpus": [{"gpu": "rtx_3090", "count": 4}], "psu_w": 1000}
    answer = recommend(dict(read_scenario({"rig": rig, "workload": {"model": "qwen3_32b"}})), knowledge)
    row = option(answer, "power_limit")
    assert row["status"] == "recommended" and row["variant"] == "175 W"
    assert 4 * 175 + 150 <= 0.85 * 1000


def test_a_part_in_host_memory_that_costs_next_to_nothing_stays_there(knowledge: Knowledge) -> None:
    answer = answered(knowledge, "gtx_1060_6gb", 1, model="llama_3_1_8b")
    assert answer["estimate"]["fits"] is False and not answer["path"]["steps"]
    assert option(answer, "quantize_kv_cache")["status"] == "optional"
    assert "Leave it so" in answer["verdict"]["text"]


def test_bridges_of_nvidia_are_not_named_for_other_cards(knowledge: Knowledge) -> None:
    for gpu in ("mi50_16gb", "rx_7900_xtx"):
        row = option(answered(knowledge, gpu, 2, model="qwen3_14b"), "nvlink_bridges")
        assert row["status"] == "rejected" and row["why_not"]["moot"]


def test_a_format_that_the_table_of_an_engine_leaves_out_is_open_not_advised(knowledge: Knowledge) -> None:
    """vLLM's code takes AWQ on AMD cards, its table of supported hardware says no."""
    row = option(answered(knowledge, "rx_7900_xtx", 2, model="qwen3_32b"), "switch_engine_vllm")
    assert row["status"] == "optional" and "table" in row["why_not"]["failed"]["condition"]


def test_sixteen_bit_of_either_kind_leaves_the_engine_open(knowledge: Knowledge) -> None:
    engines = {
        form: answered(knowledge, "rtx_3090", 2, model="qwen3_8b", quantization=form)["scenario"]["workload"]["engine"]
        for form in ("f16", "bf16")
    }
    assert engines == {"f16": "ollama", "bf16": "ollama"}


@pytest.mark.parametrize("name", ["4060ti", "RTX4060Ti", "4060 Ti"])
def test_a_card_of_two_memory_sizes_is_asked_back(name: str, knowledge: Knowledge) -> None:
    with pytest.raises(AmbiguousName, match="several"):
        knowledge.find("gpus", name)


def test_a_limit_below_the_default_is_raised_before_anything_is_bought(knowledge: Knowledge) -> None:
    held: Document = {"rig": {"gpus": [{"gpu": "rtx_3090", "count": 1, "power_limit_w": 150}]},
                      "workload": {"model": "qwen3_14b"}}  # fmt: skip
    first = recommend(read_scenario(held), knowledge)["options"][0]
    assert (first["id"], first["variant"]) == ("raise_power_limit", "350 W")
    small: Document = {"rig": {"gpus": [{"gpu": "rtx_3090", "count": 4, "power_limit_w": 200}], "psu_w": 1000}}
    assert option(recommend(read_scenario(small), knowledge), "raise_power_limit")["status"] == "rejected"


def test_eight_bits_of_cache_come_before_three_bits_of_weights(knowledge: Knowledge) -> None:
    answer = answered(knowledge, "rtx_3090", 1, model="qwen3_32b", context_tokens=32768)
    assert answer["options"][0]["id"] == "quantize_kv_cache"
    assert option(answer, "change_quantization")["status"] == "optional"


def test_no_context_is_advised_beyond_the_models(knowledge: Knowledge) -> None:
    answer = answered(knowledge, "rtx_3090", 1, model="qwen3_32b", context_tokens=1_000_000)
    assert int(option(answer, "lower_context")["variant"].split()[0]) <= 40960


def test_a_purchase_that_may_as_well_lose_is_not_to_be_tried(knowledge: Knowledge) -> None:
    answer = answered(knowledge, "rtx_5090", 1, model="qwen3_14b", quantization="awq_int4", engine="vllm")
    assert option(answer, "add_gpus")["status"] == "optional"
    assert answer["verdict"]["text"].startswith("Leave the rig as it is") and "try it" not in answer["verdict"]["text"]
