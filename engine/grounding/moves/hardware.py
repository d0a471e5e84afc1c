"""Steps that change what is in the machine: bridges, cards, slots, host memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from ..rig import as_trained, bonds_of, cards_of, slot_of
from ..scenario import Scenario, changed, with_values
from .forms import Entries, Variant, supply_constants

COUNTED = ("tensor", "pipeline", "replicas")


def fit_bridges(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`fit_bridges`: NVLink on every two cards of one model and machine that can take a bridge and have none."""
    cards = cards_of(scenario["rig"])
    bonds = set(bonds_of(scenario["rig"], len(cards)))
    free = [card for card in cards if not any(card.index in pair for pair in bonds)]
    fresh: list[tuple[int, int]] = []
    for gpu, machine in sorted({(card.gpu, card.machine) for card in free}):
        group = (entries["gpus"][gpu].get("nvlink") or {}).get("group") or 1
        own = [card.index for card in free if (card.gpu, card.machine) == (gpu, machine)]
        if group == 2:
            fresh += list(zip(own[::2], own[1::2], strict=False))
        elif group > 2:
            fresh += [(a, b) for i, a in enumerate(own) for b in own[i + 1 :] if i // group == own.index(b) // group]
    if fresh:
        joined = [list(pair) for pair in sorted(bonds | set(fresh))]
        yield f"{len(fresh)} bridge{'s' if len(fresh) > 1 else ''}", changed(scenario, rig__nvlink=joined)


def remove_bridges(scenario: Scenario, _: Any, __: Entries) -> Iterator[Variant]:
    """`remove_bridges`: no NVLink, where there is some."""
    if scenario["rig"].get("nvlink"):
        yield "without NVLink", changed(scenario, rig__nvlink=[])


def add_cards(scenario: Scenario, counts: list[int], entries: Entries) -> Iterator[Variant]:
    """`add_cards: [1, …]`: so many more cards of the last group's model; the layout grows with them."""
    for count in counts:
        yield _with_more_cards(scenario, count, None, entries)


def more_cards(scenario: Scenario, counts: Mapping[str, Any], entries: Entries) -> Iterator[Variant]:
    """`more_cards: {more: [1, …], times: [{factor: 2, most: 8}, …], lanes: 8}`: so many cards more, or times as many.

    most: cards in all. lanes: that each slot has at most where one card becomes several.
    """
    cards = len(cards_of(scenario["rig"]))
    totals = {cards + count for count in counts["more"]}
    totals |= {cards * one["factor"] for one in counts["times"] if cards * one["factor"] <= one["most"]}
    for total in sorted(totals):
        yield _with_more_cards(scenario, total - cards, counts["lanes"], entries)


def _with_more_cards(scenario: Scenario, count: int, lanes: int | None, entries: Entries) -> Variant:
    rig = scenario["rig"]
    cards = len(cards_of(rig))
    last = rig["gpus"][-1]
    groups = [*rig["gpus"], {**last, "count": count}]
    values: dict[str, Any] = {"rig.gpus": groups, "rig.numa_nodes": [*rig["numa_nodes"], *[0] * count]}
    if isinstance(rig["pcie"], list):
        values["rig.pcie"] = [*rig["pcie"], *[slot_of(rig["pcie"], cards - 1)] * count]
    if cards == 1 and lanes:
        slot = slot_of(rig["pcie"], 0)
        values["rig.pcie"] = [{**slot, "lanes": min(slot["lanes"], lanes)}] * (1 + count)
    if rig.get("nvlink") == "full":
        values["rig.nvlink"] = [list(pair) for pair in bonds_of(rig, cards)]
    engine = entries["engines"][scenario["workload"]["engine"]]
    values["workload.parallelism"] = _grown(scenario["workload"]["parallelism"], cards, cards + count, engine)
    alike = all(group["gpu"] == last["gpu"] for group in rig["gpus"])
    label = f"{cards + count if alike else f'{count} more'} × {last['gpu']}"
    return label, with_values(scenario, values)


def _grown(sizes: Mapping[str, Any], cards: int, total: int, engine: Mapping[str, Any]) -> dict[str, Any]:
    """The layout over more cards: what went over all of them still does.

    One card becomes a layer split or a tensor group, as the engine has it; a tensor group that left cards over takes
    the largest power of two.
    """
    if cards == 1 and engine.get("default_split") == "layer":
        return {**sizes, "pipeline": total, "split_mode": "layer"}
    grown = {name: total if sizes[name] == cards > 1 else sizes[name] for name in COUNTED}
    alone = sizes["pipeline"] == sizes["replicas"] == 1 and engine.get("tensor_parallel")
    if alone and (cards == 1 or sizes["tensor"] == _power_of_two(cards) < cards):
        grown["tensor"] = _power_of_two(total)
    return {**sizes, **grown}


def _power_of_two(number: int) -> int:
    """The largest power of two up to a number."""
    return 1 << (number.bit_length() - 1)


def replace_cards(scenario: Scenario, gpu: str, entries: Entries) -> Iterator[Variant]:
    """`replace_cards: KEY`: the same number of cards of another model, in the same slots, no NVLink."""
    cards = cards_of(scenario["rig"])
    entry = entries["gpus"][gpu]
    if all(card.gpu == gpu for card in cards):
        return
    groups = [{"gpu": gpu, "count": len(cards), "power_limit_w": entry.get("tdp_w")}]
    slots = [{"gen": card.gen, "lanes": card.lanes} for card in cards]
    fresh = with_values(scenario, {"rig.gpus": groups, "rig.pcie": slots, "rig.nvlink": [], "rig.p2p": None})
    yield f"{len(cards)} × {gpu}", fresh


def whole_cards(scenario: Scenario, _: Any, __: Entries) -> Iterator[Variant]:
    """`whole_cards`: no card cut into slices, where one is."""
    groups = scenario["rig"]["gpus"]
    if any(group.get("mig") for group in groups):
        whole = [{name: value for name, value in group.items() if name != "mig"} for group in groups]
        yield "", changed(scenario, rig__gpus=whole)


def full_lanes(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`full_lanes`: every slot as fast and as wide as its card."""
    slots = [
        dict(entries["gpus"][card.gpu].get("pcie") or {"gen": card.gen, "lanes": card.lanes})
        for card in cards_of(scenario["rig"])
    ]
    yield from _slots(scenario, slots, "every slot as fast as its card")


def all_lanes(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`all_lanes`: every slot with all the lanes its card has, at its present generation."""
    slots = [
        {"gen": card.gen, "lanes": (entries["gpus"][card.gpu].get("pcie") or {}).get("lanes", card.lanes)}
        for card in cards_of(scenario["rig"])
    ]
    yield from _slots(scenario, slots, "all lanes")


def sixteen_lanes(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`sixteen_lanes`: every slot with sixteen lanes, at its present generation."""
    slots = [{"gen": card.gen, "lanes": 16} for card in cards_of(scenario["rig"])]
    yield from _slots(scenario, slots, "sixteen lanes")


def generation_step(scenario: Scenario, step: int, entries: Entries) -> Iterator[Variant]:
    """`generation_step: ±1`: every slot one PCIe generation up or down, where it stays between 1 and 6."""
    slots = [{"gen": card.gen + step, "lanes": card.lanes} for card in cards_of(scenario["rig"])]
    if all(1 <= slot["gen"] <= 6 for slot in slots):
        yield from _slots(scenario, slots, f"PCIe generation {step:+d}")


def widen_slowest(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`widen_slowest`: the slowest slots made as fast as the next faster ones of the rig.

    Where a link was read under load below its slot: every link at the generation of its slot.
    """
    if as_trained(cards_of(scenario["rig"]), scenario["rig"]) != cards_of(scenario["rig"]):
        yield "the link at the rate of its slot", _unread(scenario)
        return
    slots = [{"gen": card.gen, "lanes": card.lanes} for card in cards_of(scenario["rig"])]
    speeds = sorted({2 ** slot["gen"] * slot["lanes"] for slot in slots})
    if len(speeds) > 1:
        better = next(slot for slot in slots if 2 ** slot["gen"] * slot["lanes"] == speeds[1])
        fresh = [better if 2 ** slot["gen"] * slot["lanes"] == speeds[0] else slot for slot in slots]
        yield "the slow slot as fast as the next", changed(scenario, rig__pcie=fresh)


def _unread(scenario: Scenario) -> Scenario:
    """The scenario without what was read of its links: other slots, or mended ones, have other readings."""
    return changed(scenario, rig__pcie_gen_observed=None, rig__pcie_observed_at=None)


def faster_ram(scenario: Scenario, limits: Mapping[str, float], entries: Entries) -> Iterator[Variant]:
    """`faster_ram: {times: 2, most_gb_s: 102.4, least_gain: 0.2}`: host memory of so many times the bandwidth.

    At most what a desktop board carries; nothing where that is no more than `least_gain` above what is there.
    """
    now = scenario["rig"]["host"]["ram_bandwidth_gb_s"]
    bandwidth = min(now * limits["times"], limits["most_gb_s"])
    if bandwidth > now * (1 + limits["least_gain"]):
        yield f"{bandwidth:g} GB/s", changed(scenario, rig__host__ram_bandwidth_gb_s=bandwidth)


def more_ram(scenario: Scenario, least: Mapping[str, float], entries: Entries) -> Iterator[Variant]:
    """`more_ram: {times: 2}`: host memory doubled until it and the cards' memory hold the weights together.

    Nothing where host memory alone would hold them, or where its size or the model's is not known.
    """
    workload, ram = scenario["workload"], scenario["rig"]["host"].get("ram_gb")
    total = (entries["models"][workload["model"]].get("parameters") or {}).get("total") or 0
    weights = total * entries["quantizations"][workload["quantization"]]["bits_per_weight"] / 8e9
    cards = sum((entries["gpus"][card.gpu].get("vram_gib") or 0) * 2**30 / 1e9 for card in cards_of(scenario["rig"]))
    if ram and weights > ram:
        more = ram * least["times"]
        while more + cards < weights:
            more *= least["times"]
        yield f"{more:.0f} GB", changed(scenario, rig__host__ram_gb=more)


def larger_supply(scenario: Scenario, unit: Mapping[str, float], entries: Entries) -> Iterator[Variant]:
    """`larger_supply: {unit_w: 1600}`: as many supplies of that size as bear cards and host, loaded as far as is usual.

    Nothing where the supply is not given or bears them.
    """
    now = scenario["rig"].get("psu_w")
    if not now:
        return
    usual = supply_constants(entries)
    watts = sum(card.power_limit for card in cards_of(scenario["rig"])) + usual["host"]
    if now < watts:
        needed = watts / usual["load"]
        count = ceil(needed / unit["unit_w"])
        told = f"{unit['unit_w']:g} W" if count == 1 else f"{count} × {unit['unit_w']:g} W"
        yield told, changed(scenario, rig__psu_w=count * unit["unit_w"])


def _slots(scenario: Scenario, slots: list[dict[str, int]], label: str) -> Iterator[Variant]:
    now = [{"gen": card.gen, "lanes": card.lanes} for card in cards_of(scenario["rig"])]
    if slots != now:
        yield label, changed(_unread(scenario), rig__pcie=slots)
