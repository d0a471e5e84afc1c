"""The fitted model's own numbers: formulas and constants together give what the fit gave, to a thousandth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.costs.decode import (
    batch_compute_share,
    busy_time,
    decode_flops,
    decode_step_time,
    kv_read_time,
    overhead_time,
    power_capped_time,
    waiting_stages,
    weight_read_time,
)
from engine.costs.load import (
    generation_cycle,
    loaded_throughput,
    loaded_token_time,
    loaded_wait,
    prompts_together,
    sequence_overhead,
    total_rate,
)
from engine.costs.pace import (
    card_compute_rate,
    card_memory_rate,
    expert_width_share,
    kv_read_rate,
    power_bound_rate,
)
from engine.costs.prefill import (
    attention_prefill_flops,
    expert_ramp,
    linear_prefill_flops,
    pass_tokens,
    pipeline_speed,
    power_capped_rate,
    prefill_compute_time,
    prefill_passes,
    prefill_time,
)
from engine.costs.reductions import (
    custom_reduction_time,
    host_staged_rate,
    link_rate,
    nccl_reduction_time,
    reductions_time,
    sends_time,
)
from engine.costs.weights import distinct_experts
from engine.paths import KNOWLEDGE

Vector = dict[str, Any]
VECTORS: list[Vector] = json.loads(Path(__file__).with_name("model_vectors.json").read_text(encoding="utf-8"))
CALIBRATION: dict[str, Any] = yaml.safe_load((KNOWLEDGE / "calibration.yaml").read_text(encoding="utf-8"))
CONSTANTS: list[dict[str, Any]] = CALIBRATION["constants"]
FORMATS = {
    "f16": ("float", "safetensors"), "b8": ("fp8", "safetensors"), "int4": ("int4", "safetensors"),
    "kq": ("k_quant", "gguf"), "iq": ("i_quant", "gguf"), "exl2": ("exl", "exl2"), "exl3": ("exl", "exl3"),
    "fp4": ("fp4", "safetensors"),
}  # fmt: skip
ARCHITECTURES = {"pre_ampere": "turing", "other": "rdna4"}
NO_HOST_LIMIT = 1e30


def constants(kind: str, **wanted: object) -> dict[str, Any]:
    """The one constant entry of a kind with these attributes."""
    (found,) = [
        one
        for one in CONSTANTS
        if one["kind"] == kind and all(one.get(name) == value for name, value in wanted.items())
    ]
    return found


class Card:
    """The rates of one card for a vector's engine, format and model."""

    def __init__(self, v: Vector) -> None:
        self.v = v
        self.engine = constants("engine_constants", key=v["eng"])
        family, container = FORMATS[v["fam"]]
        self.format = constants("format_constants", family=family, container=container)
        self.architecture = constants("architecture_constants", architecture=ARCHITECTURES.get(v["cc"], v["cc"]))
        self.limit = constants("limit_constants")
        self.moe = constants("kind_constants", key="moe")
        self.attention = constants("attention_constants", fused=v["flash"])

    @property
    def memory_rate(self) -> float:
        kind = "hbm" if self.v["hbm"] else "other"
        memory = constants("memory_constants", engine_class=self.v["eng"], **{"class": kind})
        vendor = constants("vendor_constants", key=self.v["vendor"])
        return card_memory_rate(
            self.v["bw"], self.engine["memory_efficiency"], self.format["memory_factor"], memory["factor"],
            vendor["factor"], self.architecture["memory"],
        )  # fmt: skip

    @property
    def compute_rate(self) -> float:
        v = self.v
        memory = constants("memory_power_constants", **{"class": "hbm" if v["hbm"] else "other"})
        bound = power_bound_rate(
            v["tdp"], self.architecture["flops_per_watt"], memory["factor"], v["peak"], v["peak16"]
        )  # fmt: skip
        width = expert_width_share(v["width"], self.moe["narrow"]) if v["moe"] else 1.0
        return card_compute_rate(
            v["peak"], self.engine["compute_share"], self.format["compute_factor"], width, bound,
            self.architecture["compute"],
        )  # fmt: skip

    @property
    def capped_rate(self) -> float:
        limit = self.limit
        return power_capped_rate(self.compute_rate, self.v["cap"], limit["exponent"], limit["idle"], limit["knee"])

    @property
    def layer(self) -> float:
        return float(self.engine["layer_overhead"] + self._launch)

    @property
    def _launch(self) -> float:
        old = self.v["eng"] in ("llama", "ik") and not self.v["graphs"]
        return float(self.engine["eager_layer_overhead"]) if old else 0.0

    @property
    def overhead(self) -> float:
        v = self.v
        routed = v["Lm"] if v["moe"] else 0
        of_step, of_router = self.engine["step_overhead"], self.engine["moe_layer_overhead"]
        return overhead_time(v["L"], self.layer, routed, of_router, of_step)


def all_reduce(v: Vector, message: float) -> float:
    """One all-reduce of a vector's tensor group."""
    ranks, link = int(v["tp"]), v["link"] if v["link"] != "none" else "host"
    if ranks < 2:
        return 0.0
    of_link, nccl = constants("link_constants", key=link), constants("nccl_constants")
    rate = (
        host_staged_rate(v["raw"], of_link["efficiency"], ranks, of_link["decay"], NO_HOST_LIMIT)
        if link == "host"
        else link_rate(v["raw"], of_link["efficiency"])
    )
    eager = nccl["eager"] if constants("engine_constants", key=v["eng"])["collectives"] == "launched" else 0.0
    ring = nccl_reduction_time(
        message, ranks, rate, nccl["base"], of_link["hop"], nccl["simple_hop"], nccl["hop_reference"],
        nccl["ll_share"], eager,
    )  # fmt: skip
    if not _own_kernel(v, link, ranks):
        return ring
    kernel = constants("kernel_constants", engine_class=v["eng"], **{"class": link})
    bandwidth = link_rate(v["raw"], kernel["efficiency"])
    return custom_reduction_time(
        message, ranks, bandwidth, kernel["base"], kernel["rank_overhead"], kernel["two_shot"], NO_HOST_LIMIT, ring
    )


def _own_kernel(v: Vector, link: str, ranks: int) -> bool:
    if v["eng"] == "trt":
        return link in ("nvswitch", "bridge", "p2p")
    gate = link in ("nvswitch", "bridge") or (ranks == 2 and link == "p2p")
    return bool(v["eng"] == "graph" and ranks in (2, 4, 6, 8) and gate)


def decode_step(v: Vector, batch: float) -> float:
    card, tensor, stages = Card(v), max(int(v["tp"]), 1), max(int(v["pp"]), 1)
    each = batch / min(batch, stages)
    distinct = distinct_experts(v["E"], v["k"], each) if v["moe"] else 0.0
    dense = v["body"] * v["bbits"] + v["head"] * v["hbits"]
    weights = weight_read_time(dense, v["expert"] * distinct * v["bits"], card.memory_rate * tensor)
    kv_rate = kv_read_rate(v["bw"] * tensor, card.attention["memory_efficiency"])
    cache = kv_read_time(v["kvb"] * (v["P"] + v["depth"] + v["O"] / 2), each, kv_rate)
    share = batch_compute_share(each, card.engine["batch_share"], card.engine["batch_growth"])
    products = decode_flops(v["body"] + v["head"] + v["expert"] * v["k"], each) / (card.compute_rate * tensor * share)
    busy = busy_time(weights, products, cache)
    extra = card.engine["skew"] + card.engine["reduce_overhead"] if tensor > 1 else 0.0
    reductions = reductions_time(v["L"], all_reduce(v, each * v["d"] * v["ebytes"]), extra)
    send = constants("send_constants")["latency"]
    sends = sends_time(stages - 1, each * v["d"] * 2, send, v["raw"])
    overhead = card.overhead + sequence_overhead(batch, card.engine["sequence_overhead"])
    step = decode_step_time(busy, overhead, reductions, sends, 0.0)
    limit = card.limit
    waiting = waiting_stages(batch, stages)
    return power_capped_time(step, busy, waiting, v["cap"], limit["draw"], limit["idle"], limit["response"])


def prefill(v: Vector, together: float) -> float:
    card, tensor, stages = Card(v), max(int(v["tp"]), 1), max(int(v["pp"]), 1)
    chunk = card.engine["prefill_chunk"]
    tokens, passes = pass_tokens(v["P"], together, chunk), prefill_passes(v["P"], together, chunk)
    linear = linear_prefill_flops(v["body"] + v["expert"] * v["k"], v["head"], v["P"])
    attention = attention_prefill_flops(v["P"], v["depth"], v["full"], v["adim"])
    ramp = expert_ramp(card.engine["ramp"], card.moe["ramp"], v["E"], v["k"]) if v["moe"] else card.engine["ramp"]
    compute = prefill_compute_time(
        linear, attention, card.capped_rate * tensor, card.attention["compute_factor"], tokens, ramp
    )
    distinct = distinct_experts(v["E"], v["k"], tokens) if v["moe"] else 0.0
    dense = v["body"] * v["bbits"] + v["head"] * v["hbits"]
    read = passes * weight_read_time(dense, v["expert"] * distinct * v["bits"], card.memory_rate * tensor)
    extra = card.engine["reduce_overhead"] if tensor > 1 else 0.0
    reductions = passes * reductions_time(v["L"], all_reduce(v, tokens * v["d"] * v["ebytes"]), extra)
    speed = pipeline_speed(stages, max(v["P"], 1), together, chunk, constants("pipeline_constants")["share"])
    return prefill_time(compute, read, passes * card.overhead, reductions, 0.0, speed)


def predicted(v: Vector) -> float:
    """What the row measures, in the row's unit."""
    batch, output, prompt = v["running"], v["O"], v["P"]
    step, alone = decode_step(v, batch), prefill(v, 1)
    engine = constants("engine_constants", key=v["eng"])
    if v["metric"] == "prefill_tok_s":
        return prompt / alone
    if v["metric"] == "decode_tok_s":
        first = engine["server"] + (0.0 if v["cached"] else alone)
        return output / (output * step + first) if v["wall"] else batch / step
    shared = prefill(v, prompts_together(prompt, batch, engine["prefill_chunk"]))
    shared = shared if prompt > 0 and not v["cached"] else 0.0
    cycle = generation_cycle(output, step, batch, shared)
    users = max(v["B"] / v["rep"], 1)
    if v["metric"] == "ttft_ms":
        return 1e3 * loaded_wait(engine["server"], alone, shared, batch, engine["queue"], step, users, cycle)
    if v["metric"] == "tpot_ms":
        return 1e3 * loaded_token_time(step, batch, shared, output)
    throughput = loaded_throughput(v["rep"], batch, output, cycle)
    return total_rate(throughput, prompt, output) if v["metric"].startswith("total") else throughput


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in VECTORS])
def test_formulas_give_what_the_fit_gave(vector: Vector) -> None:
    tokens = vector["running"] / min(vector["running"], max(vector["pp"], 1))
    reduced = all_reduce(vector, tokens * vector["d"] * vector["ebytes"])
    assert decode_step(vector, vector["running"]) == pytest.approx(vector["decode_step_s"], rel=1e-3)
    assert prefill(vector, 1) == pytest.approx(vector["prefill_s"], rel=1e-3)
    assert reduced == pytest.approx(vector["all_reduce_decode_s"], rel=2e-3, abs=1e-12)
    assert predicted(vector) == pytest.approx(vector["predicted"], rel=1e-3)


def test_every_engine_and_layout_has_a_vector() -> None:
    assert {v["eng"] for v in VECTORS} >= {"llama", "ik", "graph", "compiled", "trt", "exl", "eager", "unknown"}
    assert {v["layout"] for v in VECTORS} == {"single", "layer", "tp"}
