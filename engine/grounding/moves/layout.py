"""Steps that change how the model is laid over the cards: tensor groups, layer splits, replicas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..rig import cards_of
from ..scenario import Scenario, changed, with_values
from .forms import Entries, Variant


def tensor_sizes(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`tensor_sizes`: a tensor group of each size from all cards down to two, and groups in pipeline over all.

    Of an engine that splits by layers only the split over all cards: its tensor groups are split modes.
    """
    cards = len(cards_of(scenario["rig"]))
    by_layers = entries["engines"][scenario["workload"]["engine"]].get("default_split") == "layer"
    for tensor in range(1 if by_layers else cards, 1, -1):
        if tensor == cards or cards % tensor == 0 or tensor & (tensor - 1) == 0:
            yield f"tensor {tensor}", laid_out(scenario, tensor, 1, 1)
        if tensor < cards and cards % tensor == 0:
            yield f"tensor {tensor} × pipeline {cards // tensor}", laid_out(scenario, tensor, cards // tensor, 1)
    if cards > 1:
        yield f"pipeline {cards}", laid_out(scenario, 1, cards, 1)


def widest_tensor(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`widest_tensor`: one tensor group over all cards, or over the largest powers of two below their number."""
    cards = len(cards_of(scenario["rig"]))
    sizes = {cards, *(2**power for power in range(cards.bit_length()))}
    for tensor in sorted(sizes, reverse=True)[:4]:
        yield f"tensor {tensor}" if tensor > 1 else "one card", laid_out(scenario, tensor, 1, 1)


def all_tensor(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`all_tensor`: one tensor group over all cards."""
    cards = len(cards_of(scenario["rig"]))
    if cards > 1:
        yield f"tensor {cards}", laid_out(scenario, cards, 1, 1)


def all_layers(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`all_layers`: one layer split over all cards."""
    cards = len(cards_of(scenario["rig"]))
    if cards > 1:
        split = entries["engines"][scenario["workload"]["engine"]].get("default_split")
        yield f"layers over {cards}", laid_out(scenario, 1, cards, 1, "layer" if split == "layer" else "none")


def layers_over_cards(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`layers_over_cards`: one layer split over all cards; where there is one card, that one."""
    cards = len(cards_of(scenario["rig"]))
    if cards > 1:
        yield f"layers over {cards}", laid_out(scenario, 1, cards, 1, "layer")
    else:
        yield "one card", laid_out(scenario, 1, 1, 1, "none")


def half_tensor(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`half_tensor`: half the tensor-parallel size asked for, where it is even."""
    sizes = scenario["workload"]["parallelism"]
    if sizes["tensor"] > 1 and sizes["tensor"] % 2 == 0:
        mode = sizes["split_mode"] if sizes["tensor"] > 2 else "none"
        fresh = changed(scenario, workload__parallelism={**sizes, "tensor": sizes["tensor"] // 2, "split_mode": mode})
        yield f"tensor {sizes['tensor'] // 2}", fresh


def tensor_pair(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`tensor_pair`: one tensor group of two cards, where there are more."""
    if len(cards_of(scenario["rig"])) >= 2:
        yield "tensor 2", laid_out(scenario, 2, 1, 1)


def replicas(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`replicas`: as many independent copies as the cards allow, of each tensor size that divides their number."""
    cards = len(cards_of(scenario["rig"]))
    now = scenario["workload"]["parallelism"]
    for tensor in range(1, cards):
        if cards % tensor == 0 and (tensor, cards // tensor) != (now["tensor"], now["replicas"]):
            yield f"{cards // tensor} × tensor {tensor}", laid_out(scenario, tensor, 1, cards // tensor)


def split_modes(scenario: Scenario, modes: list[str], entries: Entries) -> Iterator[Variant]:
    """`split_modes: [tensor, graph, …]`: the other split modes of an engine that splits by layers, over all cards."""
    engine = entries["engines"][scenario["workload"]["engine"]]
    cards = len(cards_of(scenario["rig"]))
    now = scenario["workload"]["parallelism"]["split_mode"]
    family = engine.get("default_split") == "layer"
    for mode in modes:
        if family and cards > 1 and mode != now and mode in (engine.get("split_modes") or []):
            sizes = (1, cards) if mode == "layer" else (cards, 1)
            yield f"split mode {mode}", laid_out(scenario, *sizes, 1, mode)


def single_card(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`single_card`: everything on one card, the fastest."""
    if len(cards_of(scenario["rig"])) > 1:
        yield "one card", laid_out(scenario, 1, 1, 1)


def each_card(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`each_card`: one card of each model of the rig, by itself; the label is its key."""
    told: set[str] = set()
    for card in cards_of(scenario["rig"]):
        if card.gpu in told:
            continue
        told.add(card.gpu)
        group = card.as_group(card.power_limit)
        slot = {"gen": card.gen, "lanes": card.lanes}
        alone = with_values(
            scenario, {"rig.gpus": [group], "rig.pcie": [slot], "rig.nvlink": [], "rig.numa_nodes": [0], "rig.nodes": 1}
        )
        yield card.gpu, laid_out(alone, 1, 1, 1, "none")


def fast_cards_only(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`fast_cards_only`: the layout without the cards of lower memory bandwidth than the fastest."""
    groups = scenario["rig"]["gpus"]
    speed = {group["gpu"]: entries["gpus"][group["gpu"]].get("memory_bandwidth_gb_s") or 0 for group in groups}
    fast = sum(group["count"] for group in groups if speed[group["gpu"]] == max(speed.values()))
    sizes = scenario["workload"]["parallelism"]
    if len(set(speed.values())) > 1:
        pipeline = fast if sizes["pipeline"] > 1 else 1
        tensor = fast if sizes["tensor"] > 1 else 1
        mode = sizes["split_mode"] if fast > 1 else "none"
        yield "the faster cards alone", laid_out(scenario, tensor, pipeline, 1, mode)


def laid_out(scenario: Scenario, tensor: int, pipeline: int, copies: int, mode: str | None = None) -> Scenario:
    """The scenario in groups of `tensor` cards, `pipeline` of them one after the other, in so many copies."""
    family = scenario["workload"]["parallelism"]["split_mode"]
    if mode is None:
        mode = "none" if tensor * pipeline == 1 else ("layer" if pipeline > 1 and family != "none" else "none")
    sizes = {"tensor": tensor, "pipeline": pipeline, "replicas": copies, "split_mode": mode}
    return changed(scenario, workload__parallelism=sizes)
