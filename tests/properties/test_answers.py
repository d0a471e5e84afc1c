"""Laws that hold for the answer to any rig: physics, order, completeness."""

from __future__ import annotations

import copy
import math
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.advice.recommend import Answer
from engine.advice.verify import verify
from engine.checking.scenario import read_scenario
from engine.errors import BadInput
from engine.reading import Knowledge, load_knowledge

Document = dict[str, Any]
MODELS = (
    "qwen2_5_0_5b",
    "llama_3_1_8b",
    "qwen3_14b",
    "qwen3_32b",
    "llama_3_1_70b",
    "mistral_large_123b",
    "qwen3_30b_a3b",
    "gpt_oss_120b",
)
DENSE = MODELS[:6]
OF_UNKNOWN_SHAPE: Document = {
    "rig": {"gpus": [{"gpu": "cmp_170hx", "count": 3}]},
    "workload": {"model": "kimi_linear_48b_a3b", "engine": "ollama", "quantization": "q6_k"},
    "goal": {"optimize": "latency"},
}
COPIES_BEYOND_MEMORY: Document = {
    "rig": {"gpus": [{"gpu": "rtx_3080_ti", "count": 4}], "pcie": {"gen": 1, "lanes": 8}},
    "workload": {"model": "gpt_oss_120b", "engine": "ollama", "context_tokens": 2048, "users": 4},
    "goal": {"optimize": "efficiency"},
}
RUNS_FROM_THE_FIRST_STEP_ON: Document = {
    "rig": {"gpus": [{"gpu": "gtx_1660_ti", "count": 2}]},
    "workload": {"model": "qwen3_5_9b", "engine": "exllama", "users": 32},
    "goal": {"optimize": "prefill"},
}


@lru_cache(maxsize=1)
def known() -> Knowledge:
    return load_knowledge()


def names(kind: str) -> st.SearchStrategy[str]:
    return st.deferred(lambda: st.sampled_from(sorted(known().entries[kind])))


@st.composite
def scenarios(draw: st.DrawFn, models: tuple[str, ...] = MODELS) -> Document:
    groups = draw(
        st.lists(st.fixed_dictionaries({"gpu": names("gpus"), "count": st.integers(1, 16)}), min_size=1, max_size=2)
    )
    rig: Document = {
        "gpus": groups,
        "pcie": {"gen": draw(st.integers(1, 5)), "lanes": draw(st.sampled_from([1, 4, 8, 16]))},
    }
    workload = {
        "model": draw(st.sampled_from(models)),
        "engine": draw(st.sampled_from(["ollama", "llama_cpp", "ik_llama_cpp", "vllm", "sglang", "exllama"])),
        "context_tokens": draw(st.sampled_from([2048, 8192, 32768])),
        "users": draw(st.sampled_from([1, 1, 4, 32])),
    }
    goal: Document = {"optimize": draw(st.sampled_from(["latency", "throughput", "prefill", "capacity", "efficiency"]))}
    budget = draw(st.sampled_from([None, 0, 500, 20000]))
    return {"rig": rig, "workload": workload, "goal": goal | ({} if budget is None else {"budget_usd": budget})}


def answer(asked: Document, knowledge: Knowledge | None = None, matcher: str | None = None) -> Document:
    """The recommendation; a scenario that a card's missing data bars is passed over."""
    try:
        whole = dict(read_scenario(copy.deepcopy(asked)))
        return Answer(whole, knowledge or known(), matcher).recommendation()
    except BadInput:
        assume(False)
        raise AssertionError from None


def numbers(asked: Document, knowledge: Knowledge | None = None) -> Document:
    """The estimate and the scenario alone, for laws that look at nothing else."""
    try:
        found = Answer(dict(read_scenario(copy.deepcopy(asked))), knowledge or known())
        return {"estimate": found.estimate(), "scenario": found.resolved.scenario}
    except BadInput:
        assume(False)
        raise AssertionError from None


def value(document: Document, name: str) -> float:
    found = document["estimate"].get(name)
    assume(found is not None)
    return float(found["value"])


def with_gpu(key: str, **fields: float) -> Knowledge:
    """The knowledge with some values of one GPU changed."""
    fresh = copy.copy(known())
    entries = dict(known().entries)
    entries["gpus"] = {**entries["gpus"], key: {**entries["gpus"][key], **fields}}
    fresh.entries = entries
    return fresh


@settings(max_examples=8)
@given(scenarios())
@example(OF_UNKNOWN_SHAPE)
@example(COPIES_BEYOND_MEMORY)
@example(RUNS_FROM_THE_FIRST_STEP_ON)
def test_an_answer_is_whole(asked: Document) -> None:
    found = answer(asked)
    assert all(row["proof"] for row in found["options"])
    assert sorted(row["id"] for row in found["options"]) == sorted(known().entries["options"])
    assert [row["rank"] for row in found["options"]] == list(range(1, len(found["options"]) + 1))
    assert any(row["status"] != "rejected" for row in found["options"])
    assert verify(found)["faults"] == []
    assert found["verdict"]["text"]
    assert found["verdict"]["confidence"] in ("high", "medium", "low")


@settings(max_examples=8)
@given(scenarios())
def test_intervals_hold_their_values_and_shares_sum_to_one(asked: Document) -> None:
    estimate = numbers(asked)["estimate"]
    for name, found in estimate.items():
        if isinstance(found, dict) and "value" in found:
            assert 0 < found["low"] <= found["value"] <= found["high"] < math.inf, name
    for phase, shares in estimate["shares"].items():
        assert all(0 <= share <= 1 for share in shares.values()), (phase, shares)
        assert not shares or sum(shares.values()) == pytest.approx(1, abs=1e-6), (phase, shares)


@settings(max_examples=8)
@given(scenarios())
def test_rejected_options_say_why_and_recommended_ones_keep_to_the_budget(asked: Document) -> None:
    found = answer(asked)
    budget = asked["goal"].get("budget_usd")
    for row in found["options"]:
        if row["status"] == "rejected":
            assert row["why_not"], row["id"]
            assert row["why_not"]["failed"]["condition"], row["id"]
        if row["status"] == "recommended" and budget is not None and row["cost_usd"]:
            assert row["cost_usd"]["low"] <= budget, row["id"]


@settings(max_examples=8)
@given(scenarios(DENSE))
def test_no_speed_above_the_physical_ceiling(asked: Document) -> None:
    found = numbers(asked)
    speed = value(found, "decode_tok_s")
    assume(found["estimate"]["fits"] and found["scenario"]["workload"]["offload"] == "none")
    entries = known().entries["gpus"]
    cards = [group["gpu"] for group in found["scenario"]["rig"]["gpus"] for _ in range(group["count"])]
    used = [row for row in found["estimate"]["memory"] if row["used"]]
    bandwidth = sum(float(entries[cards[row["gpu"]]]["memory_bandwidth_gb_s"]) for row in used)
    model = known().entries["models"][found["scenario"]["workload"]["model"]]
    held = sum(row["weights_gb"] for row in used)
    table = (
        0 if model.get("tied_embeddings") else model["vocabulary"] * model["hidden"] * 2 / 1e9
    )  # looked up, not read
    copies = found["scenario"]["workload"]["parallelism"]["replicas"]
    read = held / copies - table * found["scenario"]["workload"]["parallelism"]["tensor"]
    assume(read > 0)
    assert speed <= bandwidth / copies / read * 1.0001


@settings(max_examples=4)
@given(
    names("gpus"), st.sampled_from([1, 2, 4]), st.sampled_from(MODELS), st.sampled_from(["ollama", "llama_cpp", "vllm"])
)
def test_more_memory_bandwidth_is_never_slower(gpu: str, count: int, model: str, engine: str) -> None:
    asked = {
        "rig": {"gpus": [{"gpu": gpu, "count": count}], "pcie": {"gen": 4, "lanes": 16}},
        "workload": {"model": model, "engine": engine},
    }
    base = float(known().entries["gpus"][gpu]["memory_bandwidth_gb_s"])
    speeds = [
        value(numbers(asked, with_gpu(gpu, memory_bandwidth_gb_s=base * factor)), "decode_tok_s")
        for factor in (1, 1.5, 3)
    ]
    assert speeds == sorted(speeds)
    assert speeds[2] <= speeds[0] * 3.0001


@settings(max_examples=4)
@given(names("gpus"), st.sampled_from([1, 2, 4]), st.sampled_from(MODELS), st.sampled_from(["llama_cpp", "vllm"]))
def test_more_context_needs_more_memory_and_fits_no_better(gpu: str, count: int, model: str, engine: str) -> None:
    shares, fits = [], []
    for context in (2048, 16384, 65536):
        asked = {
            "rig": {"gpus": [{"gpu": gpu, "count": count}], "pcie": {"gen": 4, "lanes": 16}},
            "workload": {
                "model": model,
                "engine": engine,
                "context_tokens": context,
                "prompt_tokens": 512,
                "output_tokens": 128,
                "quantization": "q4_k_m" if engine == "llama_cpp" else "awq_int4",
                "parallelism": {"tensor": 1, "pipeline": count, "replicas": 1},
            },
        }
        estimate = numbers(asked)["estimate"]
        shares.append(sum(row.get("kv_cache_gb", 0.0) for row in estimate["memory"]))
        fits.append(bool(estimate["fits"]))
    assert shares == sorted(shares)
    assert shares[0] < shares[2]
    assert fits == sorted(fits, reverse=True)


@settings(max_examples=4)
@given(names("gpus"), st.sampled_from([1, 2, 4]), st.sampled_from(DENSE), st.sampled_from(["llama_cpp", "vllm"]))
def test_more_users_get_more_in_all_and_less_each(gpu: str, count: int, model: str, engine: str) -> None:
    totals, each = [], []
    for users in (1, 2, 8):
        asked = {
            "rig": {"gpus": [{"gpu": gpu, "count": count}], "pcie": {"gen": 4, "lanes": 16}},
            "workload": {
                "model": model,
                "engine": engine,
                "users": users,
                "context_tokens": 2048,
                "parallelism": {"tensor": 1, "pipeline": count, "replicas": 1},
            },
        }
        found = numbers(asked)
        assume(found["estimate"]["fits"])
        totals.append(value(found, "output_throughput_tok_s"))
        each.append(value(found, "tpot_ms"))
    assert totals == sorted(totals)
    assert each == sorted(each)


@settings(max_examples=4)
@given(
    st.sampled_from(["rtx_3090", "rtx_4090", "rtx_5090", "a100_pcie_80gb", "rx_7900_xtx"]),
    st.sampled_from([2, 4]),
    st.sampled_from([1, 4, 8, 16]),
)
def test_a_better_slot_is_never_slower(gpu: str, count: int, lanes: int) -> None:
    speeds = []
    for gen in (2, 3, 4):
        asked = {
            "rig": {"gpus": [{"gpu": gpu, "count": count}], "pcie": {"gen": gen, "lanes": lanes}},
            "workload": {
                "model": "qwen3_14b",
                "engine": "vllm",
                "quantization": "awq_int4",
                "parallelism": {"tensor": count},
            },
        }
        speeds.append(value(numbers(asked), "prefill_tok_s"))
    assert speeds == sorted(speeds)


@settings(max_examples=4)
@given(scenarios())
def test_the_order_of_groups_and_keys_changes_no_number(asked: Document) -> None:
    turned = {name: dict(reversed(part.items())) for name, part in reversed(asked.items())}
    assert numbers(asked)["estimate"] == numbers(turned)["estimate"]


@settings(max_examples=4)
@given(scenarios())
def test_both_matchers_answer_alike(asked: Document) -> None:
    pytest.importorskip("durable_rules_engine")
    assert answer(asked, matcher="durable") == answer(asked, matcher="clips")


@settings(max_examples=4)
@given(scenarios())
def test_a_purchase_is_not_recommended_where_nothing_may_be_spent(asked: Document) -> None:
    asked["goal"]["budget_usd"] = 0
    for row in answer(asked)["options"]:
        if row["status"] == "recommended" and row["cost_usd"]:
            assert row["cost_usd"]["low"] == 0, row["id"]
