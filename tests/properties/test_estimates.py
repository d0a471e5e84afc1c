"""Laws of the numbers over all sizes: one card to sixteen, half a billion parameters to 671, one user to a thousand."""

from __future__ import annotations

import copy
from functools import lru_cache
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.advice.estimator import Estimates, Estimator
from engine.checking.scenario import read_scenario
from engine.errors import RigwiseError
from engine.reading import load_knowledge

Document = dict[str, Any]
MODELS = ("qwen2_5_0_5b", "llama_3_1_8b", "qwen3_32b", "llama_3_1_70b", "qwen3_30b_a3b", "gpt_oss_120b", "deepseek_v3")
CARDS = (
    "rtx_3090",
    "rtx_4090",
    "rtx_5090",
    "a100_sxm_80gb",
    "h100_sxm5_80gb",
    "b200_sxm_180gb",
    "rx_7900_xtx",
    "m2_ultra",
)
SERVERS = ("vllm", "llama_cpp", "tensorrt_llm", "exllama")
USERS = (1, 2, 7, 33, 200, 1000)
CONTEXTS = (1, 100, 4000, 32_000, 260_000, 1_000_000)
COUNTS = (1, 2, 4, 8, 16)
SLACK = 1.0001


@lru_cache(maxsize=1)
def estimator() -> Estimator:
    return Estimator(load_knowledge())


def known(names: tuple[str, ...], kind: str) -> list[str]:
    return [name for name in names if name in estimator().knowledge.entries[kind]]


rigs = st.deferred(
    lambda: st.fixed_dictionaries(
        {
            "gpu": st.sampled_from(known(CARDS, "gpus")),
            "count": st.sampled_from(COUNTS),
            "model": st.sampled_from(known(MODELS, "models")),
            "engine": st.sampled_from(SERVERS),
            "layout": st.sampled_from(["tensor", "pipeline"]),
        }
    )
)


def scenario(rig: Document, **workload: int) -> Document:
    count = rig["count"]
    sizes = {"tensor": 1, "pipeline": 1, "replicas": 1} | {rig["layout"]: count}
    asked = {
        "rig": {"gpus": [{"gpu": rig["gpu"], "count": count}], "pcie": {"gen": 4, "lanes": 16}},
        "workload": {"model": rig["model"], "engine": rig["engine"], "parallelism": sizes, **workload},
    }
    return dict(read_scenario(copy.deepcopy(asked)))


def estimates(asked: dict[str, Document]) -> tuple[Estimates, list[str]]:
    """Estimates of all that can be asked; what an engine, a card or a layout bars is passed over."""
    resolved = {}
    for name, one in asked.items():
        try:
            resolved[name] = estimator().resolved(one)
        except RigwiseError:
            continue
    return estimator().of(resolved), list(resolved)


def numbers(found: Estimates, names: list[str], kind: str, attribute: str) -> list[float]:
    facts = [found.fact(kind, name) for name in names]
    return [float(fact[attribute]) for fact in facts if fact is not None and fact.get(attribute)]


def resident(found: Estimates, name: str) -> bool:
    """Whether all of the model is in the memory of the cards."""
    fact = found.fact("decode", name)
    return fact is not None and not fact["host_bytes"]


def rising(values: list[float]) -> bool:
    """Or level, up to rounding."""
    return all(after >= before - abs(before) * 1e-4 for before, after in pairwise(values))


@settings(max_examples=4, deadline=None, derandomize=True)
@given(rigs)
def test_more_users_get_more_in_all_and_each_waits_longer(rig: Document) -> None:
    asked = {
        str(users): scenario(rig, users=users, prompt_tokens=500, output_tokens=200, context_tokens=800)
        for users in USERS
    }
    found, names = estimates(asked)
    names = [name for name in names if resident(found, name)]
    assert rising(numbers(found, names, "serving", "throughput"))
    assert rising(numbers(found, names, "serving", "tpot"))
    assert rising(numbers(found, names, "serving", "ttft"))


@settings(max_examples=4, deadline=None, derandomize=True)
@given(rigs)
def test_a_longer_context_is_read_and_answered_no_faster(rig: Document) -> None:
    asked = {
        str(tokens): scenario(rig, users=1, prompt_tokens=tokens, output_tokens=1, context_tokens=tokens + 1)
        for tokens in CONTEXTS
    }
    found, names = estimates(asked)
    assert rising([-speed for speed in numbers(found, names, "decode", "speed")])
    assert rising(numbers(found, names, "prefill", "seconds"))


@settings(max_examples=6, deadline=None, derandomize=True)
@given(rigs, st.sampled_from(USERS), st.sampled_from(CONTEXTS[1:5]))
def test_nothing_is_faster_than_memory_and_matrix_units_allow(rig: Document, users: int, tokens: int) -> None:
    found, names = estimates(
        {"one": scenario(rig, users=users, prompt_tokens=tokens, output_tokens=64, context_tokens=tokens + 64)}
    )
    if not names:
        return
    decode = found.fact("decode", "one")
    if decode is not None:
        assert float(decode["speed"]) <= float(decode["ceiling"]) * SLACK
    prefill, serving = found.fact("prefill", "one"), found.fact("serving", "one")
    entry = estimator().knowledge.entries["gpus"][rig["gpu"]]
    model = estimator().knowledge.entries["models"][rig["model"]]
    rates = [entry.get(name) or 0 for name in ("fp16_tflops", "fp16_fast_accumulate_tflops", "fp32_tflops")]
    most = 4 * max(map(float, rates)) * 1e12 * rig["count"] / (2 * float(model["parameters"]["active"]))
    if prefill is not None:
        assert float(prefill["rate"]) <= most * SLACK
    if serving is not None:
        assert float(serving["total"]) <= 2 * most


@settings(max_examples=4, deadline=None, derandomize=True)
@given(rigs)
def test_more_cards_of_a_tensor_group_never_read_a_token_in_less_than_their_share(rig: Document) -> None:
    """Twice the cards never more than double the speed of one user, where all of the model is in their memory."""
    asked = {
        str(count): scenario({**rig, "layout": "tensor", "count": count}, users=1, prompt_tokens=500, output_tokens=100)
        for count in COUNTS
    }
    found, names = estimates(asked)
    speeds = {int(name): found.fact("decode", name) for name in names}
    told = {count: float(fact["speed"]) for count, fact in speeds.items() if fact and resident(found, str(count))}
    for count, speed in told.items():
        if 2 * count in told:
            assert told[2 * count] <= 2 * speed * SLACK


def test_users_that_copies_cannot_share_evenly_do_not_slow_the_others() -> None:
    rig = {"gpu": "rtx_3090", "count": 8, "model": "qwen2_5_0_5b", "engine": "llama_cpp", "layout": "replicas"}
    asked = {str(users): scenario(rig, users=users, prompt_tokens=30, output_tokens=2000) for users in range(28, 36)}
    assert rising(numbers(*estimates(asked), "serving", "throughput"))


def test_rising_sees_a_fall() -> None:
    assert rising([1.0, 1.0, 2.0]) and rising([-2.0, -1.0])
    assert not rising([1.0, 0.9]) and not rising([-1.0, -2.0])
