"""Laws that hold for every formula of a kind, whatever the numbers."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.costs import FORMULAS
from engine.costs.collectives import (
    bus_bandwidth,
    hierarchical_all_reduce_time,
    nccl_all_reduce_time,
    nccl_ll_time,
    nccl_simple_time,
    one_shot_all_reduce_time,
    rabenseifner_time,
    recursive_doubling_time,
    ring_all_reduce_time,
    tree_all_reduce_time,
    two_shot_all_reduce_time,
)
from engine.costs.decode import tokens_per_joule
from engine.costs.kv_cache import kv_rank_share, kv_sequence_bytes, kv_tokens_that_fit
from engine.costs.layers import layer_split_decode_time, layer_split_prefill_time, pipeline_bubble
from engine.costs.links import effective_bandwidth, host_staged_bandwidth, pcie_raw_bandwidth, send_time
from engine.costs.money import interval_cost, net_cost
from engine.costs.nccl import nccl_nodes_ring_latency, nccl_ring_latency
from engine.costs.numbers import ceiling_ratio, difference, relative_change, sum_of_two, total, weighted_mean
from engine.costs.power import energy_per_token, power_speed
from engine.costs.roofline import attention_flops, compute_time, memory_time, slower_of
from engine.costs.serving import batch_limit, continuous_batching_throughput, time_per_output_token
from engine.costs.weights import distinct_experts, moe_read_bytes, read_weight_bytes, stored_weight_bytes
from engine.errors import OutOfRange

ROUNDING = 1e-9

messages = st.floats(1.0, 1e10)
bandwidths = st.floats(1e6, 1e12)
latencies = st.floats(0.0, 1e-3)
ranks_of_any = st.integers(1, 64)
powers_of_two = st.sampled_from([1, 2, 4, 8, 16, 32, 64])
factors = st.floats(1.0, 100.0)
byte_counts = st.integers(1, 2**20)
AllReduce = Callable[[float, int, float, float], float]


def ll(message: float, ranks: int, bandwidth: float, latency: float) -> float:
    return nccl_ll_time(message, ranks, bandwidth, base=6.6e-6, hop=latency)


def simple(message: float, ranks: int, bandwidth: float, latency: float) -> float:
    return nccl_simple_time(message, ranks, bandwidth, base=8.4e-6, hop=latency, hop_factor=1.8)


def better_of_both(message: float, ranks: int, bandwidth: float, latency: float) -> float:
    return nccl_all_reduce_time(message, ranks, bandwidth, 6.6e-6, 8.4e-6, latency, 1.8)


ALL_REDUCES: dict[str, AllReduce] = {
    "ring": ring_all_reduce_time,
    "tree": tree_all_reduce_time,
    "recursive doubling": recursive_doubling_time,
    "rabenseifner": rabenseifner_time,
    "one-shot": one_shot_all_reduce_time,
    "two-shot": two_shot_all_reduce_time,
    "nccl ll": ll,
    "nccl simple": simple,
    "nccl": better_of_both,
}
every_all_reduce = pytest.mark.parametrize("time", [pytest.param(f, id=name) for name, f in ALL_REDUCES.items()])


@every_all_reduce
@given(messages, bandwidths, latencies)
def test_one_rank_costs_nothing(time: AllReduce, message: float, bandwidth: float, latency: float) -> None:
    assert time(message, 1, bandwidth, latency) == 0


@every_all_reduce
@given(messages, powers_of_two, bandwidths, latencies, factors)
def test_more_bandwidth_never_costs_more(
    time: AllReduce, message: float, ranks: int, bandwidth: float, latency: float, factor: float
) -> None:
    assert time(message, ranks, bandwidth * factor, latency) <= time(message, ranks, bandwidth, latency)


@every_all_reduce
@given(messages, powers_of_two, bandwidths, latencies, factors)
def test_more_latency_never_costs_less(
    time: AllReduce, message: float, ranks: int, bandwidth: float, latency: float, factor: float
) -> None:
    assert time(message, ranks, bandwidth, latency * factor) >= time(message, ranks, bandwidth, latency)


@every_all_reduce
@given(messages, powers_of_two, bandwidths, latencies)
def test_never_faster_than_the_wire(
    time: AllReduce, message: float, ranks: int, bandwidth: float, latency: float
) -> None:
    """Each rank has to send, and to receive, at least 2 (n - 1) / n of the message."""
    least = 2 * (ranks - 1) / ranks * message / bandwidth
    assert time(message, ranks, bandwidth, latency) >= least * (1 - ROUNDING)


@every_all_reduce
@given(messages, powers_of_two, bandwidths, latencies)
def test_doubling_the_message_never_halves_the_time_nor_more_than_doubles_it(
    time: AllReduce, message: float, ranks: int, bandwidth: float, latency: float
) -> None:
    once, twice = (time(size, ranks, bandwidth, latency) for size in (message, 2 * message))
    assert once <= twice <= 2 * once * (1 + ROUNDING)


@given(messages, st.integers(2, 64), bandwidths)
def test_bus_bandwidth_of_a_ring_without_latency_is_the_link(message: float, ranks: int, bandwidth: float) -> None:
    seconds = ring_all_reduce_time(message, ranks, bandwidth, 0.0)
    assert bus_bandwidth(message, ranks, seconds) == pytest.approx(bandwidth)


@given(messages, bandwidths, factors)
def test_two_levels_beat_the_ring_by_bytes_where_the_pair_is_fast(
    message: float, bandwidth: float, factor: float
) -> None:
    ring = ring_all_reduce_time(message, 4, bandwidth, 0.0)
    levels = hierarchical_all_reduce_time(message, factor * bandwidth, bandwidth, 0.0, 0.0)
    assert levels <= ring * (1 + ROUNDING)


@given(st.floats(0, 1e-4), st.floats(0, 1e-4), st.integers(1, 8), st.integers(2, 8))
def test_a_network_adds_latency(base: float, hop: float, each: int, nodes: int) -> None:
    ranks = each * nodes
    within = nccl_ring_latency(base, hop, ranks)
    assert nccl_nodes_ring_latency(base, hop, 2 * hop, 0.0, ranks, nodes) >= within * (1 - ROUNDING)


# Links


@given(st.integers(1, 6), st.sampled_from([1, 2, 4, 8, 16]))
def test_pcie_doubles_with_lanes_and_grows_with_generations(generation: int, lanes: int) -> None:
    bandwidth = pcie_raw_bandwidth(generation, lanes)
    assert pcie_raw_bandwidth(generation, 2 * lanes) == 2 * bandwidth
    assert generation == 6 or pcie_raw_bandwidth(generation + 1, lanes) > 1.9 * bandwidth


@pytest.mark.parametrize(("generation", "gb_s"), [(1, 4.0), (2, 8.0), (3, 15.75), (4, 31.51), (5, 63.02), (6, 121.0)])
def test_pcie_x16_as_specified(generation: int, gb_s: float) -> None:
    assert pcie_raw_bandwidth(generation, 16) / 1e9 == pytest.approx(gb_s, abs=0.005)


@given(bandwidths, bandwidths, st.integers(1, 16), st.floats(0.01, 1))
def test_staging_never_beats_slot_or_memory(slot: float, dram: float, ranks: int, share: float) -> None:
    staged = host_staged_bandwidth(slot, dram, ranks, share)
    assert staged <= slot and staged <= dram
    assert host_staged_bandwidth(slot, dram, ranks + 1, share) <= staged


@given(messages, bandwidths, latencies, st.floats(0.01, 1))
def test_a_send_never_beats_the_raw_link(message: float, raw: float, latency: float, efficiency: float) -> None:
    seconds = send_time(message, effective_bandwidth(raw, efficiency), latency)
    assert seconds >= message / raw * (1 - ROUNDING)


# Weights and cache


@given(st.integers(0, 10**12), st.integers(0, 10**10), st.integers(0, 10**10), st.floats(1, 32), st.floats(1, 32))
def test_weights_read_are_never_more_than_stored(
    body: int, head: int, embedding: int, body_bits: float, head_bits: float
) -> None:
    read = read_weight_bytes(body, body_bits, head, head_bits)
    assert read <= stored_weight_bytes(body, body_bits, head, head_bits, embedding, head_bits)


@given(st.integers(1, 512), st.data(), st.integers(1, 4096))
def test_distinct_experts_between_one_token_and_all(experts: int, data: st.DataObject, tokens: int) -> None:
    each = data.draw(st.integers(1, experts))
    found = distinct_experts(experts, each, tokens)
    assert each * (1 - ROUNDING) <= found <= experts
    assert distinct_experts(experts, each, tokens + 1) >= found
    assert found <= each * tokens * (1 + ROUNDING)
    assert distinct_experts(experts, each, 0) == 0


@given(st.integers(1, 512), st.data(), st.integers(1, 1024))
def test_a_batch_reads_no_more_experts_than_its_sequences_alone(experts: int, data: st.DataObject, tokens: int) -> None:
    each = data.draw(st.integers(1, experts))
    alone, together = (moe_read_bytes(1e9, 30e9, experts, each, t, 4.5, 3e8, 16) for t in (1, tokens))
    assert alone * (1 - ROUNDING) <= together <= tokens * alone * (1 + ROUNDING)


layers = st.integers(1, 128)


@given(layers, byte_counts, st.integers(0, 10**6), st.integers(1, 64))
def test_cache_of_full_layers_is_linear(count: int, each: int, tokens: int, factor: int) -> None:
    one, many = (kv_sequence_bytes(t, count, each, 0, 0, 0, 0) for t in (tokens, factor * tokens))
    assert many == factor * one


@given(st.integers(0, 128), st.integers(0, 128), byte_counts, st.integers(0, 8192), st.integers(0, 10**6))
def test_cache_of_windows_stops_growing(full: int, sliding: int, each: int, window: int, tokens: int) -> None:
    now, later = (kv_sequence_bytes(t, full, each, sliding, each, window, 0) for t in (tokens, tokens + 1))
    assert 0 <= later - now <= (full + sliding) * each
    if tokens >= window:
        assert later - now == full * each


@given(st.integers(0, 10**12), layers, byte_counts, st.integers(0, 128), st.integers(0, 8192), st.integers(0, 10**9))
def test_what_fits_is_the_most_that_fits(
    free: int, full: int, each: int, sliding: int, window: int, state: int
) -> None:
    shape = (full, each, sliding, each, window, state)
    tokens = kv_tokens_that_fit(free, *shape)
    assert kv_sequence_bytes(tokens + 1, *shape) > free
    assert kv_sequence_bytes(tokens, *shape) <= free or tokens == 0


@given(st.integers(1, 128), st.integers(1, 64))
def test_shards_sum_to_the_whole_or_more(kv_heads: int, tensor: int) -> None:
    held = tensor * kv_rank_share(kv_heads, tensor)
    assert held == pytest.approx(max(1.0, tensor / kv_heads))


# Steps


@given(messages, bandwidths, st.floats(0.01, 1), factors)
def test_a_card_never_beats_its_data_sheet(work: float, rate: float, efficiency: float, factor: float) -> None:
    for time in (memory_time, compute_time):
        assert time(work, rate, efficiency) >= work / rate * (1 - ROUNDING)
        assert time(work, rate * factor, efficiency) <= time(work, rate, efficiency)


@given(st.floats(0, 1e3), st.floats(0, 1e3))
def test_the_slower_bounds_the_step(memory: float, compute: float) -> None:
    assert slower_of(memory, compute) == slower_of(compute, memory) <= memory + compute


@given(st.integers(1, 4096), st.integers(1, 4096), st.integers(0, 10**5), st.integers(1, 100))
def test_a_prompt_in_two_chunks_needs_the_same_attention(first: int, second: int, depth: int, count: int) -> None:
    whole = attention_flops(first + second, depth, count, 32, 128)
    parts = attention_flops(first, depth, count, 32, 128) + attention_flops(second, depth + first, count, 32, 128)
    assert parts == pytest.approx(whole)


@given(st.lists(st.floats(1e-6, 10), min_size=1, max_size=16), st.floats(0, 1))
def test_a_layer_split_is_as_slow_as_all_its_cards(stages: list[float], send: float) -> None:
    assert layer_split_decode_time(stages, send) >= max(stages)
    assert layer_split_decode_time([*stages, 1.0], send) > layer_split_decode_time(stages, send)


@given(st.floats(1e-6, 10), st.integers(1, 16), st.integers(1, 100))
def test_the_bubble_is_what_the_pipeline_loses(stage: float, stages: int, chunks: int) -> None:
    whole = layer_split_prefill_time(stage, stages, chunks)
    assert whole * (1 - pipeline_bubble(stages, chunks)) == pytest.approx(chunks * stage)


@given(st.integers(1, 256), st.integers(1, 4096), st.floats(0, 100), st.floats(1e-4, 1))
def test_throughput_is_batch_over_token_time_less_own_prefill(
    batch: int, output: int, prefill: float, step: float
) -> None:
    rate = continuous_batching_throughput(batch, output, prefill, step)
    token_time = time_per_output_token(batch, output, prefill, step)
    assert batch / rate == pytest.approx(token_time + prefill / output)
    assert rate <= batch / step * (1 + ROUNDING)


@given(st.integers(0, 1000), st.floats(0, 1e7), st.floats(1, 1e5))
def test_a_batch_fits_the_cache(users: int, kv_tokens: float, each: float) -> None:
    batch = batch_limit(users, kv_tokens, each)
    assert 0 <= batch <= users
    assert batch * each <= kv_tokens * (1 + ROUNDING)


# Power and money


@given(st.floats(0.35, 1.5), st.floats(0.5, 1.0), st.floats(0, 0.3), st.floats(0.1, 2), st.floats(1, 2))
def test_a_higher_limit_is_never_slower(share: float, knee: float, floor: float, exponent: float, more: float) -> None:
    speed = power_speed(350 * share, 350, knee, floor, exponent)
    assert 0 < speed <= 1
    assert power_speed(350 * share * more, 350, knee, floor, exponent) >= speed
    assert power_speed(350, 350, knee, floor, exponent) == 1


@given(st.floats(0.1, 1e5), st.floats(1, 1e5))
def test_tokens_per_joule_and_joules_per_token(rate: float, watts: float) -> None:
    assert tokens_per_joule(rate, watts) * energy_per_token(watts, rate) == pytest.approx(1)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1))
def test_a_place_in_an_interval_lies_within(low: float, width: float, place: float) -> None:
    high = low + width
    assert low <= interval_cost(low, high, place) <= high * (1 + ROUNDING)
    assert net_cost(low, high) <= 0


# Arithmetic and refusals


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20), st.randoms())
def test_totals_do_not_depend_on_order(values: list[float], random: st.random_module) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(shuffled) == total(values)
    assert weighted_mean(values, [1.0] * len(values)) == pytest.approx(total(values) / len(values), abs=1e-3)


@given(st.integers(0, 10**18), st.integers(1, 10**9))
def test_ceilings_of_whole_numbers_are_exact(part: int, whole: int) -> None:
    count = ceiling_ratio(part, whole)
    assert (count - 1) * whole < part <= count * whole


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_differences_and_changes_undo_sums(first: float, second: float, before: float) -> None:
    assert difference(sum_of_two(first, second), second) == pytest.approx(first, abs=1e-6)
    assert before * (1 + relative_change(before, first)) == pytest.approx(first, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "given_"),
    [
        ("ratio", {"part": 1, "whole": 0}),
        ("share", {"part": 2, "whole": 1}),
        ("relative_change", {"before": 0, "after": 1}),
        ("largest", {"values": ()}),
        ("total", {"values": (1.0, nan)}),
        ("product", {"first": 1e200, "second": 1e200}),
        ("weighted_mean", {"values": (1, 2), "weights": (1,)}),
        ("weighted_mean", {"values": (1, 2), "weights": (0, 0)}),
        ("ring_all_reduce_time", {"message": 1, "ranks": 0, "bandwidth": 1, "latency": 0}),
        ("ring_all_reduce_time", {"message": 1, "ranks": 2, "bandwidth": 0, "latency": 0}),
        ("ring_all_reduce_time", {"message": nan, "ranks": 2, "bandwidth": 1, "latency": 0}),
        ("ring_all_reduce_time", {"message": 1, "ranks": 2.5, "bandwidth": 1, "latency": 0}),
        ("recursive_doubling_time", {"message": 1, "ranks": 6, "bandwidth": 1, "latency": 0}),
        ("rabenseifner_time", {"message": 1, "ranks": 3, "bandwidth": 1, "latency": 0}),
        ("send_time", {"message": 1, "bandwidth": inf, "latency": 0}),
        ("pcie_raw_bandwidth", {"generation": 7, "lanes": 16}),
        ("pcie_raw_bandwidth", {"generation": 4, "lanes": 12}),
        ("distinct_experts", {"experts": 8, "experts_per_token": 9, "tokens": 1}),
        ("power_speed", {"limit": 100, "default": 350, "knee": 0.9, "floor": 0.3, "exponent": 0.4}),
        ("power_speed", {"limit": 300, "default": 350, "knee": 0.3, "floor": 0.3, "exponent": 0.4}),
        ("usable_memory", {"memory": 24e9, "share": 1.2}),
        ("memory_time", {"bytes_read": 1, "bandwidth": 1, "efficiency": 0}),
        ("largest_stage_layers", {"layers": 2, "stages": 3}),
        ("interval_cost", {"low": 2, "high": 1, "place": 0.5}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused_with_what_was_given_and_where(name: str, given_: dict[str, float]) -> None:
    with pytest.raises(OutOfRange) as refusal:
        FORMULAS[name](**given_)
    assert refusal.value.where == name
    assert "expected" in refusal.value.message


def test_a_cache_without_growth_is_refused() -> None:
    with pytest.raises(OutOfRange):
        kv_tokens_that_fit(1e9, 0, 0, 24, 4096, 128, 0)
    assert kv_tokens_that_fit(-1e9, 8, 4096, 0, 0, 0, 0) == 0


@given(ranks_of_any)
def test_only_powers_of_two_double(ranks: int) -> None:
    assume(ranks & (ranks - 1))
    with pytest.raises(OutOfRange):
        recursive_doubling_time(1.0, ranks, 1.0, 0.0)
