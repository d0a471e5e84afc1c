"""The vocabulary held to its meaning: on random scenarios an oracle works the sentences out anew.

What follows from facts is read from entries and scenario; what is predicted is asked again of the estimator on varied
scenarios (half the group, a limit of 80 %, all lanes …), never of the conclusion's own rule.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import told_rigs

from engine.advice.estimator import NUMBERS, Estimates, Estimator
from engine.advice.recommend import Answer
from engine.checking.scenario import read_scenario
from engine.errors import RigwiseError
from engine.reading import Knowledge

Scenario = dict[str, Any]
ROUNDS = int(os.environ.get("RIGWISE_SOAK", "0")) // 100 or 9
SEED = 20261125
GPUS = (
    "rtx_3090",
    "rtx_4090",
    "rtx_5090",
    "rtx_3060_12gb",
    "a100_sxm4_80gb",
    "rtx_a6000",
    "tesla_p40",
    "v100_pcie_16gb",
)
MODELS = ("llama_3_1_8b", "qwen3_32b", "llama_3_1_70b", "qwen3_14b", "gpt_oss_20b", "qwen3_30b_a3b", "llama_2_13b")
PAIRED = ("rtx_3090", "rtx_a6000")  # cards that a bridge joins two and two
LAYERED = ("ollama", "llama_cpp", "ik_llama_cpp")
GGUF, NATIVE = ("q4_k_m", "q8_0"), ("awq_int4", "fp8", "bf16")


def drawn(chance: random.Random) -> Scenario:
    """A scenario as somebody might ask it; not all of them can run."""
    count = chance.choice((1, 1, 2, 2, 3, 4, 4, 6, 8))
    groups = [{"gpu": chance.choice(GPUS), "count": count}]
    if chance.random() < 0.25:
        groups.append({"gpu": chance.choice(GPUS), "count": chance.choice((1, 2))})
    cards = sum(group["count"] for group in groups)
    engine = chance.choice(("vllm", "vllm", "vllm", "sglang", *LAYERED))
    native = engine in ("vllm", "sglang")
    layouts = [{"tensor": 1, "pipeline": cards, "replicas": 1}]
    if native:
        layouts += [{"tensor": cards, "pipeline": 1, "replicas": 1}] * 4 + [{"tensor": 1, "pipeline": 1, "replicas": 1}]
    elif cards > 1:
        layouts = [{"tensor": 1, "pipeline": cards, "replicas": 1, "split_mode": "layer"}]
    rig: Scenario = {"gpus": groups, "pcie": {"gen": chance.choice((3, 4)), "lanes": chance.choice((4, 8, 16))},
                     "host": {"ram_gb": 256}}  # fmt: skip
    if chance.random() < 0.3:
        rig |= {"pcie_gen_observed": chance.choice((1, 3)), "pcie_observed_at": chance.choice(("idle", "load"))}
    if chance.random() < 0.3:
        rig["psu_w"] = chance.choice((850, 1600, 3000))
    if chance.random() < 0.5 and len(groups) == 1 and cards % 2 == 0 and groups[0]["gpu"] in PAIRED:
        rig["nvlink"] = [[first, first + 1] for first in range(0, cards, 2)]
    flags = ["--enforce-eager"] if engine == "vllm" and chance.random() < 0.3 else []
    return {
        "rig": rig,
        "workload": {"model": chance.choice(MODELS), "quantization": chance.choice(NATIVE if native else GGUF),
                     "engine": engine, "engine_flags": flags, "parallelism": chance.choice(layouts),
                     "prompt_tokens": chance.choice((256, 2048)), "output_tokens": 256,
                     "context_tokens": chance.choice((4096, 16384)), "users": chance.choice((1, 1, 4, 16))},
        "goal": {"optimize": chance.choice(("latency", "throughput", "prefill")), "budget_usd": 1000},
    }  # fmt: skip


class Oracle:
    """What is true of a resolved scenario, from entries and from estimates of variants.

    shares: parts of the predicted decode step; fits: whether what is asked for fits; memory: of each card; all as
    `estimate` tells them. recommended: the options that are, in their order.
    """

    shares: dict[str, float]
    fits: bool | None
    memory: list[dict[str, Any]]
    recommended: list[dict[str, Any]]

    def __init__(self, scenario: Scenario, knowledge: Knowledge, estimator: Estimator) -> None:
        self.scenario, self.entries = scenario, knowledge.entries
        self.rig, self.work = scenario["rig"], scenario["workload"]
        self.sizes = self.work["parallelism"]
        self.cards = [group["gpu"] for group in self.rig["gpus"] for _ in range(group["count"])]
        self.gpus = [self.entries["gpus"][key] for key in dict.fromkeys(self.cards)]
        self.model, self.engine = (
            self.entries["models"][self.work["model"]],
            self.entries["engines"][self.work["engine"]],
        )
        self.variants = dict(self._variants())
        self.found: Estimates = estimator.of(self.variants)

    def _variants(self) -> Iterator[tuple[str, Scenario]]:
        yield "now", self.scenario
        if self.sizes["tensor"] > 1 and self.sizes["tensor"] % 2 == 0:
            mode = self.sizes["split_mode"] if self.sizes["tensor"] > 2 else "none"
            half = {**self.sizes, "tensor": self.sizes["tensor"] // 2, "split_mode": mode}
            yield "half", self._with(lambda one: one["workload"].update(parallelism=half))
        for name, share in (("full power", 1.0), ("80 %", 0.8)):
            yield name, self._with(lambda one, share=share: self._limit(one, share))
        for step in (-1, 1):
            yield f"generation {step:+d}", self._with(lambda one, step=step: self._slots(one, step))
        if self.alike and self.reach == "pair" and len(self.cards) > 1:
            pairs = [[first, first + 1] for first in range(0, len(self.cards) - 1, 2)]
            yield "bridged", self._with(lambda one: one["rig"].update(nvlink=pairs))
        yield "p2p", self._with(self._peering)
        for card in dict.fromkeys(self.cards):
            yield f"alone {card}", self._alone(card)
        yield "16 lanes", self._with(lambda one: self._slots(one, 0, 16))
        yield "half the context", self._with(lambda one: self._context(one, 0.5))
        if self.alike and self.layer_split:
            yield "one more", self._with(self._one_more)
        sizes = [size for size in range(2, len(self.cards) + 1) if self.possible(size)]
        if self.work["engine"] in ("vllm", "sglang") and sizes:
            yield "all tensor", self._tensor(sizes[-1])
        if self.bridged:
            yield "a pair", self._tensor(2, users=1)

    def _context(self, one: Scenario, part: float) -> None:
        one["workload"]["context_tokens"] = int(one["workload"]["context_tokens"] * part)

    def _one_more(self, one: Scenario) -> None:
        one["rig"]["gpus"][0]["count"] += 1
        one["rig"]["numa_nodes"] = [0] * (len(self.cards) + 1)
        one["workload"]["parallelism"]["pipeline"] += 1

    def _tensor(self, size: int, **workload: Any) -> Scenario:
        layout = {"tensor": size, "pipeline": 1, "replicas": 1, "split_mode": "none"}
        return self._with(lambda one: one["workload"].update(parallelism=layout, **workload))

    def room_in(self, variant: str) -> bool:
        """Whether a variant fits."""
        return any(fact["deployment"] == variant for fact in self.found.trace.of_kind("fits"))

    def _with(self, change: Callable[[Scenario], Any]) -> Scenario:
        fresh = copy.deepcopy(self.scenario)
        change(fresh)
        return fresh

    def _peering(self, one: Scenario) -> None:
        one["rig"] |= {"p2p": True, "driver": "p2p_patched"}
        one["workload"]["engine_flags"] = [*one["workload"]["engine_flags"], "NCCL_P2P_LEVEL=SYS"]

    def _alone(self, card: str) -> Scenario:
        """One card of a model by itself, for one user."""
        fresh = self._with(lambda one: one["workload"].update(users=1))
        fresh["rig"] |= {"gpus": [{**next(g for g in self.rig["gpus"] if g["gpu"] == card), "count": 1}], "nvlink": [],
                         "numa_nodes": [0]}  # fmt: skip
        fresh["workload"]["parallelism"] = {"tensor": 1, "pipeline": 1, "replicas": 1, "split_mode": "none"}
        return fresh

    def fits_alone(self) -> list[bool]:
        """Whether the model fits in one card of each model of the rig."""
        fitting = {str(fact["deployment"]) for fact in self.found.trace.of_kind("fits")}
        return [f"alone {card}" in fitting for card in dict.fromkeys(self.cards)]

    @property
    def alike(self) -> bool:
        return len(self.gpus) == 1

    @property
    def reach(self) -> str:
        return str((self.gpus[0].get("nvlink") or {}).get("reach", "none"))

    @property
    def bridged(self) -> bool:
        return bool(self.rig["nvlink"])

    @property
    def p2p(self) -> bool:
        return self.gpus[0].get("pcie_p2p_stock_driver") is True

    @property
    def meshed(self) -> bool:
        """Whether NVLink joins every two cards of the tensor group."""
        return self.bridged and (self.reach not in ("pair", "none") or self.sizes["tensor"] == 2)

    def _limit(self, one: Scenario, share: float) -> None:
        for group in one["rig"]["gpus"]:
            group["power_limit_w"] = share * self.entries["gpus"][group["gpu"]]["tdp_w"]

    def _slots(self, one: Scenario, step: int, lanes: int | None = None) -> None:
        slot = one["rig"]["pcie"]
        one["rig"]["pcie"] = {"gen": min(max(slot["gen"] + step, 1), 6), "lanes": lanes or slot["lanes"]}

    def number(self, kind: str, attribute: str, variant: str = "now") -> float | None:
        fact = self.found.fact(kind, variant)
        return None if fact is None else float(fact[attribute])

    def ratio(self, kind: str, attribute: str, variant: str, base: str = "now") -> float | None:
        first, last = self.number(kind, attribute, base), self.number(kind, attribute, variant)
        return None if first is None or last is None or first == 0 else last / first

    @property
    def asked(self) -> int:
        return int(self.sizes["tensor"]) if self.sizes["tensor"] > 1 else len(self.cards)

    @property
    def layer_split(self) -> bool:
        return bool(self.sizes["pipeline"] > 1)

    @property
    def group(self) -> bool:
        return bool(self.sizes["tensor"] > 1)

    def possible(self, size: int) -> bool:
        """Whether the model allows a tensor group of that size."""
        padded = -(-self.model["vocabulary"] // 64) * 64
        heads, kv = self.model["query_heads"], self.model["kv_heads"]
        return heads % size == 0 and (kv % size == 0 or size % kv == 0) and padded % size == 0


Truth = Callable[[Oracle], bool | None]  # None: nothing can be said
NEVER_DRAWN = (  # one machine, the stock driver, a context given
    "check_acs_and_iommu", "custom_all_reduce_unsafe_on_patched_ampere",
    "network_split_for_capacity_not_speed", "ollama_default_context_grows_with_vram",
    "verify_results_before_speed",
)  # fmt: skip
FROM_FACTS: dict[str, Truth] = {
    "nvlink_absent_on_gpu": lambda o: all((gpu.get("nvlink") or {}).get("reach", "none") == "none" for gpu in o.gpus),
    "gpu_has_no_fp8_units": lambda o: any(gpu.get("fp8_units") is False for gpu in o.gpus),
    "attention_heads_not_divisible": lambda o: o.model["query_heads"] % o.asked != 0,
    "kv_heads_not_divisible": lambda o: o.model["kv_heads"] % o.asked != 0 and o.asked % o.model["kv_heads"] != 0,
    "vocabulary_not_divisible": lambda o: (-(-o.model["vocabulary"] // 64) * 64) % o.asked != 0,
    "tensor_parallel_size_valid": lambda o: o.sizes["tensor"] > 1 and o.possible(o.sizes["tensor"]),
    "query_heads_alone_do_not_decide": lambda o: o.model["query_heads"] % o.asked == 0 and not o.possible(o.asked),
    "odd_gpu_left_over": lambda o: max(n for n in range(1, len(o.cards) + 1) if o.possible(n)) < len(o.cards),
    "layer_split_accepts_any_gpu_count": lambda o: len(o.cards) > 1 and not o.possible(len(o.cards)),
    "layer_split_is_sequential": lambda o: o.layer_split,
    "layer_split_bandwidth_does_not_add": lambda o: o.layer_split,
    "low_gpu_utilisation_is_expected": lambda o: o.layer_split and o.work["users"] == 1,
    "tensor_parallel_needs_all_reduce": lambda o: o.group,
    "engine_cannot_change_split": lambda o: o.work["engine"] == "ollama",
    "engine_splits_by_layer": lambda o: len(o.cards) > 1 and o.work["engine"] in LAYERED,
    "vllm_unsupported_on_gpu": lambda o: any(gpu["compute_capability"] < 7.0 for gpu in o.gpus),
    "enforce_eager_slows_decode": lambda o: "--enforce-eager" in o.work["engine_flags"],
    "cuda_graphs_use_memory": lambda o: o.work["engine"] in ("vllm", "sglang")
    and "--enforce-eager" not in o.work["engine_flags"],
    "kv_cache_multiplies_with_users": lambda o: o.work["users"] > 1,
    "moe_reads_only_active_experts": lambda o: o.model["architecture"] == "moe",
    "slot_narrower_than_gpu": lambda o: any(
        o.rig["pcie"]["gen"] < gpu["pcie"]["gen"] or o.rig["pcie"]["lanes"] < gpu["pcie"]["lanes"] for gpu in o.gpus
    ),
    "one_slot_much_slower": lambda o: False,
    "idle_link_downclock_is_not_a_fault": lambda o: None
    if len({gpu["pcie"]["gen"] for gpu in o.gpus}) > 1  # whose link it was is not told
    else o.rig.get("pcie_observed_at") == "idle"
    and any(o.rig["pcie_gen_observed"] < min(o.rig["pcie"]["gen"], gpu["pcie"]["gen"]) for gpu in o.gpus),
    "link_degraded_under_load": lambda o: None
    if len({gpu["pcie"]["gen"] for gpu in o.gpus}) > 1  # whose link it was is not told
    else o.rig.get("pcie_observed_at") == "load"
    and any(o.rig["pcie_gen_observed"] < min(o.rig["pcie"]["gen"], gpu["pcie"]["gen"]) for gpu in o.gpus),
    "remeasure_link_under_load": lambda o: o.rig.get("pcie_observed_at") == "idle",
    "power_spikes_can_trip_psu": lambda o: bool(o.rig.get("psu_w")) and o.group
    and 1.5 * sum(group["count"] * group["power_limit_w"] for group in o.rig["gpus"]) + 100 > o.rig["psu_w"],
    "fp8_is_weight_only": lambda o: None
    if len(o.gpus) > 1
    else o.work["quantization"] == "fp8" and o.gpus[0].get("fp8_units") is False,
    "tensor_parallel_runs_at_slowest_gpu": lambda o: o.group
    and len({one["memory_bandwidth_gb_s"] for one in o.gpus}) > 1,
    "layers_not_divisible": lambda o: o.model["layers"] % o.sizes["pipeline"] != 0 if o.sizes["pipeline"] > 1
    else not o.possible(o.asked) and o.model["layers"] % len(o.cards) != 0,
    "pcie_p2p_unavailable_on_stock_driver": lambda o: any(
        gpu.get("pcie_p2p_stock_driver") is False for gpu in o.gpus
    ),
    **dict.fromkeys(NEVER_DRAWN, lambda o: False),
    "nvlink_already_fitted": lambda o: (o.reach != "none" and len(o.cards) > 1 and o.bridged) if o.alike else None,
    "nvlink_pairs_are_not_a_mesh": lambda o: (len(o.cards) > 2 and o.reach == "pair") if o.alike else None,
    "cross_pair_traffic_uses_pcie": lambda o: (o.sizes["tensor"] > 2 and o.reach == "pair" and o.bridged)
    if o.alike else None,
    "ring_bound_by_slowest_link": lambda o: (o.sizes["tensor"] > 2 and o.reach == "pair" and o.bridged)
    if o.alike else None,
    "collectives_staged_through_host": lambda o: (o.group and not o.meshed and not o.p2p) if o.alike else None,
    "p2p_off_is_safe_but_slower": lambda o: (o.group and not o.p2p) if o.alike and not o.bridged else None,
    "custom_all_reduce_disabled": lambda o: (
        o.work["engine"] == "vllm" and o.group
        and (o.sizes["tensor"] not in (2, 4, 6, 8) or not (o.meshed or (o.sizes["tensor"] == 2 and o.p2p)))
    ) if o.alike else None,
    "tensor_split_mode_is_experimental": lambda o: o.work["engine"] == "llama_cpp" and len(o.cards) > 1,
    "engine_version_changed_placement": lambda o: False,
    "tensor_parallel_sized_by_smallest_gpu": lambda o: o.group and len({gpu["vram_gib"] for gpu in o.gpus}) > 1,
}  # fmt: skip


def below(value: float | None, limit: float) -> bool | None:
    """Whether a ratio lies below a threshold; nothing is said close to it."""
    return None if value is None or abs(value - limit) < 1e-6 else value < limit


def share(oracle: Oracle, *terms: str) -> float | None:
    """Part of the predicted decode step that some terms take."""
    told = oracle.shares
    return sum(told.get(term, 0.0) for term in terms) if told else None


def mostly_memory(oracle: Oracle) -> bool | None:
    """Whether reading weights and cache from GPU memory takes more than any other part."""
    told = oracle.shares
    if not told:
        return None
    read = told.get("weights", 0.0) + told.get("kv_cache", 0.0)
    return read > max((part for term, part in told.items() if term not in ("weights", "kv_cache")), default=0.0)


def large_launches(oracle: Oracle) -> bool | None:
    part = share(oracle, "launch")
    return None if part is None or abs(part - 0.15) < 1e-6 else part >= 0.15


def room(oracle: Oracle, *parts: str) -> float | None:
    """What is left on the fullest card, with some parts taken away again [GB]."""
    used = [row for row in oracle.memory if row["used"]]
    return min((row["free_gb"] + sum(row[part] for part in parts) for row in used), default=None)


def largest(oracle: Oracle) -> str | None:
    """The part of the predicted decode step that takes most."""
    return max(oracle.shares, key=lambda term: oracle.shares[term]) if oracle.shares else None


def staged(oracle: Oracle) -> bool:
    return oracle.group and not oracle.meshed and not oracle.p2p


PREDICTED: dict[str, Truth] = {
    "pcie_irrelevant_for_layer_split": lambda o: o.layer_split and below(share(o, "sends"), 0.03),
    "cpu_is_not_the_bottleneck": lambda o: bool(o.fits) and below(share(o, "launch", "host_memory"), 0.15),
    "host_ram_bandwidth_limits_decode": lambda o: largest(o) == "host_memory" if o.shares else None,
    "kv_cache_limits_context": lambda o: None if room(o) is None
    else bool(o.fits is False and (room(o, "kv_cache_gb") or -1) >= 0),
    "reduce_batch_before_enforce_eager": lambda o: o.work["engine"] == "vllm"
    and "--enforce-eager" not in o.work["engine_flags"]
    and any(row.get("weights_gb", 0.0) * 1e9 > 0.6 * o.entries["gpus"][card]["vram_gib"] * 2**30
            for row, card in zip(o.memory, o.cards, strict=True)),
    "system_ram_speed_irrelevant_when_resident": lambda o: (bool(o.fits) and not staged(o)) if o.alike else None,
    "model_fits_one_gpu": lambda o: any(o.fits_alone()),
    "nvlink_no_gain_in_layer_split": lambda o: (o.layer_split and o.reach != "none") if o.alike else None,
    "nvlink_bridges_low_value_for_decode": lambda o: below(o.ratio("decode", "speed", "bridged"), 1.1)
    if "bridged" in o.variants and not o.bridged else None if not o.alike else False,
    "p2p_raises_decode_and_prefill": lambda o: (o.group and not o.bridged and not o.p2p
    and (o.ratio("decode", "speed", "p2p") or 0) > 1 and (o.ratio("prefill", "rate", "p2p") or 0) > 1)
    if o.alike else None,
    "prefill_limited_by_lanes": lambda o: (o.group and o.rig["pcie"]["lanes"] < 16
    and (o.ratio("prefill", "rate", "16 lanes") or 0) > 1.1) if o.alike else None,
    "moe_tensor_parallel_low_gain": lambda o: None if not o.alike or not any(o.fits_alone()) or o.work["users"] > 1
    else o.group and o.model["architecture"] == "moe"
    and (o.ratio("decode", "speed", "now", f"alone {o.cards[0]}") or 9) < 1 + 0.75 * (o.sizes["tensor"] - 1),
    "vllm_needs_other_checkpoint": lambda o: o.work["quantization"] in GGUF
    and (o.work["engine"] == "vllm" or "switch_engine_vllm" in [row["id"] for row in o.recommended]),
    "free_change_before_purchase": lambda o: bool(o.recommended)
    and (o.recommended[0]["cost_usd"] or {}).get("high") == 0
    and o.recommended[0]["id"] not in ("do_nothing", "measure_first"),
    "decode_is_memory_bandwidth_bound": mostly_memory,
    "launch_overhead_is_a_large_share": large_launches,
    "model_fits": lambda o: o.fits,
    "model_does_not_fit": lambda o: None if o.fits is None else not o.fits,
    "spills_to_host_memory": lambda o: None if o.fits is None else not o.fits and o.work["engine"] in LAYERED,
    "tensor_parallel_scales_sublinearly": lambda o: below(o.ratio("decode", "speed", "now", "half"), 2)
    if o.group and "half" in o.variants else None,
    "tensor_parallel_prefill_scales_sublinearly": lambda o: below(o.ratio("prefill", "rate", "now", "half"), 2)
    if o.group and "half" in o.variants else None,
    "power_limit_is_cheap_for_decode": lambda o: not below(o.ratio("decode", "speed", "80 %", "full power"), 0.9)
    if o.ratio("decode", "speed", "80 %", "full power") else None,
    "power_limit_costs_prefill": lambda o: below(
        o.ratio("prefill", "rate", "80 %", "full power"), o.ratio("decode", "speed", "80 %", "full power") or 0
    ),
    "pcie_generation_irrelevant_for_layer_split": lambda o: o.layer_split and all(
        abs((o.ratio("decode", "speed", f"generation {step:+d}") or 1) - 1) < 0.01 for step in (-1, 1)
    ),
    "decode_nearly_insensitive_to_lanes": lambda o: o.rig["pcie"]["lanes"] < 16
    and below(o.ratio("decode", "speed", "16 lanes"), 1.2),
}  # fmt: skip


def cases(knowledge: Knowledge) -> Iterator[tuple[Scenario, Answer, Oracle]]:
    chance, estimator = random.Random(SEED), Estimator(knowledge, numbers=NUMBERS | {"fits"})
    done = 0
    while done < ROUNDS:
        asked = told_rigs.tell_more(drawn(chance), chance)
        try:
            answer = Answer(dict(read_scenario(copy.deepcopy(asked))), knowledge)
        except RigwiseError:
            continue
        done += 1
        oracle = Oracle(answer.resolved.scenario, knowledge, estimator)
        told = answer.estimate()
        oracle.shares, oracle.fits, oracle.memory = told["shares"]["decode"], told["fits"], told["memory"]
        rows = answer.recommendation(brief=True)["options"]
        oracle.recommended = [row for row in rows if row["status"] == "recommended"]
        yield asked, answer, oracle


@pytest.fixture(scope="module")
def answers(knowledge: Knowledge) -> list[tuple[Scenario, Answer, Oracle]]:
    return list(cases(knowledge))


def wrong(answers: list[tuple[Scenario, Answer, Oracle]], truths: dict[str, Truth], running: bool) -> list[str]:
    found = []
    for asked, answer, oracle in answers:
        if running and any(fact["deployment"] == "now" for fact in answer.trace.of_kind("misfit")):
            continue
        told = {str(fact["id"]) for fact in answer.trace.of_kind("conclusion")}
        for identity, truth in truths.items():
            wanted = truth(oracle)
            if wanted is not None and wanted != (identity in told):
                found.append(f"{identity} {'is not' if wanted else 'is'} concluded: {asked}")
    return found


def test_what_follows_from_facts_is_concluded_exactly_when_it_is_true(
    answers: list[tuple[Scenario, Answer, Oracle]],
) -> None:
    assert wrong(answers, FROM_FACTS | told_rigs.FOLLOWS, running=False) == []


def test_what_is_predicted_is_concluded_exactly_when_the_estimates_say_so(
    answers: list[tuple[Scenario, Answer, Oracle]],
) -> None:
    assert wrong(answers, PREDICTED | told_rigs.PREDICTED, running=True) == []
