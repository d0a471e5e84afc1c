"""The steps that options and comparisons are written in: each takes a scenario and gives labelled changed ones.

A step says what is tried, never whether it is possible or pays: that is for the rules. A step that has nothing to
change gives nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .rig import bonds_of, cards_of, slot_of
from .scenario import Scenario, changed, with_values

Entries = Mapping[str, Mapping[str, Mapping[str, Any]]]
Variant = tuple[str, Scenario]
Move = Callable[[Scenario, Any, Entries], Iterator[Variant]]


def variants(scenario: Scenario, steps: list[Mapping[str, Any]], entries: Entries) -> Iterator[Variant]:
    """Every way through the steps, in order; a step with several outcomes branches."""
    if not steps:
        yield "", scenario
        return
    ((name, argument),) = steps[0].items()
    for label, fresh in MOVES[name](scenario, argument, entries):
        for rest, last in variants(fresh, steps[1:], entries):
            yield ", ".join(part for part in (label, rest) if part), last


def put_values(scenario: Scenario, values: Mapping[str, Any], _: Entries) -> Iterator[Variant]:
    """`set: {path: value, …}`: the scenario with these values."""
    yield "", with_values(scenario, values)


def only_layer_split(scenario: Scenario, _: Any, __: Entries) -> Iterator[Variant]:
    """`only_layer_split`: the scenario unchanged where its layers are split, otherwise nothing."""
    if scenario["workload"]["parallelism"]["pipeline"] > 1:
        yield "", scenario


def only_mixture(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`only_mixture`: the scenario unchanged where the model has experts, otherwise nothing."""
    if entries["models"][scenario["workload"]["model"]].get("moe"):
        yield "", scenario


def drop_flag(scenario: Scenario, flag: str, _: Entries) -> Iterator[Variant]:
    """`drop_flag: NAME`: without this engine flag, where it is set."""
    flags = scenario["workload"]["engine_flags"]
    if flag in flags:
        yield f"without {flag}", changed(scenario, workload__engine_flags=[one for one in flags if one != flag])


def add_flag(scenario: Scenario, flag: str, _: Entries) -> Iterator[Variant]:
    """`add_flag: NAME`: with this engine flag or environment setting, whether or not it was there."""
    flags = scenario["workload"]["engine_flags"]
    yield "", scenario if flag in flags else changed(scenario, workload__engine_flags=[*flags, flag])


def fit_bridges(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`fit_bridges`: NVLink on every two cards of one model that can take a bridge and have none."""
    cards = cards_of(scenario["rig"])
    bonds = set(bonds_of(scenario["rig"], len(cards)))
    free = [card for card in cards if not any(card.index in pair for pair in bonds)]
    fresh: list[tuple[int, int]] = []
    for gpu in sorted({card.gpu for card in free}):
        group = (entries["gpus"][gpu].get("nvlink") or {}).get("group") or 1
        own = [card.index for card in free if card.gpu == gpu]
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


def limit_power(scenario: Scenario, shares: list[float], entries: Entries) -> Iterator[Variant]:
    """`limit_power: [0.8, …]`: every card at that share of its default board power, where that is less than now."""
    for share in shares:
        groups, lower = [], False
        for group in scenario["rig"]["gpus"]:
            limit = round(share * float(entries["gpus"][group["gpu"]].get("tdp_w") or 0))
            lower |= 0 < limit < group["power_limit_w"]
            groups.append({**group, "power_limit_w": min(limit or group["power_limit_w"], group["power_limit_w"])})
        if lower:
            watts = "/".join(sorted({str(group["power_limit_w"]) for group in groups}))
            yield f"{watts} W", changed(scenario, rig__gpus=groups)


def limit_power_within(scenario: Scenario, limits: Mapping[str, Any], entries: Entries) -> Iterator[Variant]:
    """`limit_power_within: {shares: […], least: 0.3, host_w: 100}`: as `limit_power`, and within the watts allowed.

    Where goal or supply (less `host_w`) allow fewer watts than the smallest share, also the share that stays within
    them, down to `least`.
    """
    groups, goal, supply = scenario["rig"]["gpus"], scenario["goal"].get("max_watts"), scenario["rig"].get("psu_w")
    default = sum(group["count"] * float(entries["gpus"][group["gpu"]].get("tdp_w") or 0) for group in groups)
    allowed = [float(watts) for watts in (goal, supply - limits["host_w"] if supply else None) if watts]
    shares = shares_within(limits["shares"], limits["least"], default, min(allowed, default=None))
    yield from limit_power(scenario, shares, entries)


def shares_within(shares: Sequence[float], least: float, default_w: float, allowed_w: float | None) -> list[float]:
    """The shares, and the one that cards of `default_w` in all may have of `allowed_w` [W], where none is so small."""
    if not default_w or allowed_w is None or not least <= allowed_w / default_w < min(shares, default=1.0):
        return list(shares)
    return [*shares, int(allowed_w / default_w * 1000) / 1000]


def full_power(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`full_power`: every card at its default board power."""
    groups = [
        {**group, "power_limit_w": entries["gpus"][group["gpu"]].get("tdp_w") or group["power_limit_w"]}
        for group in scenario["rig"]["gpus"]
    ]
    yield "default power", changed(scenario, rig__gpus=groups)


def smaller_quantization(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`smaller_quantization`: the rungs of the ladder with fewer bits, in the container that is in use."""
    now = entries["quantizations"][scenario["workload"]["quantization"]]
    for key, rung in _ladder(entries):
        if rung["bits_per_weight"] < now["bits_per_weight"] and rung["container"] == now["container"]:
            yield key, changed(scenario, workload__quantization=key)


def set_quantization(scenario: Scenario, key: str, entries: Entries) -> Iterator[Variant]:
    """`set_quantization: KEY`: another quantization, where the engine can read it and it is another one."""
    engine = entries["engines"][scenario["workload"]["engine"]]
    if key != scenario["workload"]["quantization"] and readable(entries["quantizations"][key], engine):
        yield key, changed(scenario, workload__quantization=key)


def _ladder(entries: Entries) -> list[tuple[str, Mapping[str, Any]]]:
    rungs = [(key, entry) for key, entry in entries["quantizations"].items() if entry.get("ladder")]
    return sorted(rungs, key=lambda rung: (-float(rung[1]["bits_per_weight"]), rung[0]))


def switch_engine(scenario: Scenario, engine: str, entries: Entries) -> Iterator[Variant]:
    """`switch_engine: KEY`: that engine, no flags, the checkpoint of nearest size in the container it reads best."""
    workload = scenario["workload"]
    if workload["engine"] == engine:
        return
    containers = entries["engines"][engine]["containers"]
    now = entries["quantizations"][workload["quantization"]]
    if now["container"] == containers[0] or containers[0] in (now.get("also_in") or []):
        key = workload["quantization"]
    else:
        key = now.get("counterpart") or _nearest(now, containers[:1], entries)
    if key is None:
        return
    fresh = changed(
        scenario,
        workload__engine=engine,
        workload__engine_version=None,
        workload__engine_flags=[],
        workload__quantization=key,
        workload__kv_quantization=_cache_type(workload["kv_quantization"], entries["engines"][engine], entries),
        workload__offload="none",
    )
    fresh["workload"]["parallelism"] = {**workload["parallelism"], "split_mode": "none"}
    yield key, fresh


def _cache_type(now: str, engine: Mapping[str, Any], entries: Entries) -> str:
    """The type of KV cache of an engine that comes nearest in bits; the same where the engine has it."""
    known = [str(key) for key in engine.get("kv_quantizations") or [] if key in entries["quantizations"]]
    if not known or now in known:
        return now
    bits = {key: float(entries["quantizations"][key]["bits_per_weight"]) for key in (now, *known)}
    return min(known, key=lambda key: (abs(bits[key] - bits[now]), key))


def readable(quantization: Mapping[str, Any], engine: Mapping[str, Any]) -> bool:
    """Whether an engine reads a container in which the quantization is published."""
    return bool({quantization["container"], *(quantization.get("also_in") or [])} & set(engine["containers"]))


def _nearest(now: Mapping[str, Any], containers: list[str], entries: Entries) -> str | None:
    rungs = [
        (abs(rung["bits_per_weight"] - now["bits_per_weight"]), key)
        for key, rung in _ladder(entries)
        if rung["container"] in containers
    ]
    return min(rungs)[1] if rungs else None


def tensor_sizes(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`tensor_sizes`: a tensor group of each size from all cards down to two, and groups in pipeline over all.

    Of an engine that splits by layers only the split over all cards: its tensor groups are split modes.
    """
    cards = len(cards_of(scenario["rig"]))
    by_layers = entries["engines"][scenario["workload"]["engine"]].get("default_split") == "layer"
    for tensor in range(1 if by_layers else cards, 1, -1):
        if tensor == cards or cards % tensor == 0 or tensor & (tensor - 1) == 0:
            yield f"tensor {tensor}", _layout(scenario, tensor, 1, 1)
        if tensor < cards and cards % tensor == 0:
            yield f"tensor {tensor} × pipeline {cards // tensor}", _layout(scenario, tensor, cards // tensor, 1)
    if cards > 1:
        yield f"pipeline {cards}", _layout(scenario, 1, cards, 1)


def widest_tensor(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`widest_tensor`: one tensor group over all cards, or over the largest powers of two below their number."""
    cards = len(cards_of(scenario["rig"]))
    sizes = {cards, *(2**power for power in range(cards.bit_length()))}
    for tensor in sorted(sizes, reverse=True)[:4]:
        yield f"tensor {tensor}" if tensor > 1 else "one card", _layout(scenario, tensor, 1, 1)


def all_tensor(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`all_tensor`: one tensor group over all cards."""
    cards = len(cards_of(scenario["rig"]))
    if cards > 1:
        yield f"tensor {cards}", _layout(scenario, cards, 1, 1)


def all_layers(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`all_layers`: one layer split over all cards."""
    cards = len(cards_of(scenario["rig"]))
    if cards > 1:
        split = entries["engines"][scenario["workload"]["engine"]].get("default_split")
        yield f"layers over {cards}", _layout(scenario, 1, cards, 1, "layer" if split == "layer" else "none")


def layers_over_cards(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`layers_over_cards`: one layer split over all cards; where there is one card, that one."""
    cards = len(cards_of(scenario["rig"]))
    if cards > 1:
        yield f"layers over {cards}", _layout(scenario, 1, cards, 1, "layer")
    else:
        yield "one card", _layout(scenario, 1, 1, 1, "none")


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
        yield "tensor 2", _layout(scenario, 2, 1, 1)


def replicas(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`replicas`: as many independent copies as the cards allow, of each tensor size that divides their number."""
    cards = len(cards_of(scenario["rig"]))
    now = scenario["workload"]["parallelism"]
    for tensor in range(1, cards):
        if cards % tensor == 0 and (tensor, cards // tensor) != (now["tensor"], now["replicas"]):
            yield f"{cards // tensor} × tensor {tensor}", _layout(scenario, tensor, 1, cards // tensor)


def split_modes(scenario: Scenario, modes: list[str], entries: Entries) -> Iterator[Variant]:
    """`split_modes: [tensor, graph, …]`: the other split modes of an engine that splits by layers, over all cards."""
    engine = entries["engines"][scenario["workload"]["engine"]]
    cards = len(cards_of(scenario["rig"]))
    now = scenario["workload"]["parallelism"]["split_mode"]
    family = engine.get("default_split") == "layer"
    for mode in modes:
        if family and cards > 1 and mode != now and mode in (engine.get("split_modes") or []):
            sizes = (1, cards) if mode == "layer" else (cards, 1)
            yield f"split mode {mode}", _layout(scenario, *sizes, 1, mode)


def single_card(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`single_card`: everything on one card, the fastest."""
    if len(cards_of(scenario["rig"])) > 1:
        yield "one card", _layout(scenario, 1, 1, 1)


def each_card(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`each_card`: one card of each model of the rig, by itself; the label is its key."""
    told: set[str] = set()
    for card in cards_of(scenario["rig"]):
        if card.gpu in told:
            continue
        told.add(card.gpu)
        group = {"gpu": card.gpu, "count": 1, "power_limit_w": card.power_limit}
        slot = {"gen": card.gen, "lanes": card.lanes}
        alone = with_values(
            scenario, {"rig.gpus": [group], "rig.pcie": [slot], "rig.nvlink": [], "rig.numa_nodes": [0], "rig.nodes": 1}
        )
        yield card.gpu, _layout(alone, 1, 1, 1, "none")


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
        yield "the faster cards alone", _layout(scenario, tensor, pipeline, 1, mode)


def add_cards(scenario: Scenario, counts: list[int], entries: Entries) -> Iterator[Variant]:
    """`add_cards: [1, …]`: more cards of the last group's model; a layer split and replicas grow with them."""
    for count in counts:
        rig = scenario["rig"]
        cards = len(cards_of(rig))
        last = rig["gpus"][-1]
        groups = [*rig["gpus"], {**last, "count": count}]
        values: dict[str, Any] = {"rig.gpus": groups, "rig.numa_nodes": [*rig["numa_nodes"], *[0] * count]}
        if isinstance(rig["pcie"], list):
            values["rig.pcie"] = [*rig["pcie"], *[slot_of(rig["pcie"], cards - 1)] * count]
        if rig.get("nvlink") == "full":
            values["rig.nvlink"] = [list(pair) for pair in bonds_of(rig, cards)]
        sizes = dict(scenario["workload"]["parallelism"])
        for name in ("tensor", "pipeline", "replicas"):
            if sizes[name] == cards and cards > 1:
                sizes[name] = cards + count
        if cards == 1 and entries["engines"][scenario["workload"]["engine"]].get("default_split") == "layer":
            sizes["pipeline"], sizes["split_mode"] = 1 + count, "layer"
        values["workload.parallelism"] = sizes
        alike = all(group["gpu"] == last["gpu"] for group in rig["gpus"])
        yield f"{cards + count if alike else f'{count} more'} × {last['gpu']}", with_values(scenario, values)


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
    """`widen_slowest`: the slowest slots made as fast as the next faster ones of the rig."""
    slots = [{"gen": card.gen, "lanes": card.lanes} for card in cards_of(scenario["rig"])]
    speeds = sorted({2 ** slot["gen"] * slot["lanes"] for slot in slots})
    if len(speeds) > 1:
        better = next(slot for slot in slots if 2 ** slot["gen"] * slot["lanes"] == speeds[1])
        fresh = [better if 2 ** slot["gen"] * slot["lanes"] == speeds[0] else slot for slot in slots]
        yield "the slow slot as fast as the next", changed(scenario, rig__pcie=fresh)


def _slots(scenario: Scenario, slots: list[dict[str, int]], label: str) -> Iterator[Variant]:
    now = [{"gen": card.gen, "lanes": card.lanes} for card in cards_of(scenario["rig"])]
    if slots != now:
        yield label, changed(scenario, rig__pcie=slots)


def faster_ram(scenario: Scenario, factor: float, entries: Entries) -> Iterator[Variant]:
    """`faster_ram: 2`: host memory of so many times the bandwidth."""
    bandwidth = scenario["rig"]["host"]["ram_bandwidth_gb_s"]
    yield f"{bandwidth * factor:g} GB/s", changed(scenario, rig__host__ram_bandwidth_gb_s=bandwidth * factor)


def shorter_context(scenario: Scenario, shares: list[float], entries: Entries) -> Iterator[Variant]:
    """`shorter_context: [0.5, …]`: these shares of the context, where prompt and output still fit in."""
    workload = scenario["workload"]
    for share in shares:
        context = int(workload["context_tokens"] * share)
        if context >= workload["prompt_tokens"] + workload["output_tokens"]:
            yield f"{context} tokens", changed(scenario, workload__context_tokens=context)


def quantize_kv(scenario: Scenario, _: Any, entries: Entries) -> Iterator[Variant]:
    """`quantize_kv`: the 8-bit KV cache types of the engine, where the cache has more bits now."""
    engine = entries["engines"][scenario["workload"]["engine"]]
    quantizations = entries["quantizations"]
    now = quantizations[scenario["workload"]["kv_quantization"]]["bits_per_weight"]
    for key in engine.get("kv_quantizations") or []:
        bits = quantizations[key]["bits_per_weight"] if key in quantizations else now
        if 7 < bits < min(now, 9):
            yield key, changed(scenario, workload__kv_quantization=key)


def layers_on_host(scenario: Scenario, where: str, entries: Entries) -> Iterator[Variant]:
    """`layers_on_host: experts_cpu | layers_cpu | none`: what is kept in host memory, where that is a change."""
    if scenario["workload"]["offload"] != where:
        yield where, changed(scenario, workload__offload=where)


def _layout(scenario: Scenario, tensor: int, pipeline: int, copies: int, mode: str | None = None) -> Scenario:
    family = scenario["workload"]["parallelism"]["split_mode"]
    if mode is None:
        mode = "none" if tensor * pipeline == 1 else ("layer" if pipeline > 1 and family != "none" else "none")
    sizes = {"tensor": tensor, "pipeline": pipeline, "replicas": copies, "split_mode": mode}
    return changed(scenario, workload__parallelism=sizes)


MOVES: dict[str, Move] = {
    "set": put_values,
    **{
        move.__name__: move
        for move in (
            only_layer_split,
            only_mixture,
            drop_flag,
            add_flag,
            fit_bridges,
            remove_bridges,
            limit_power,
            limit_power_within,
            full_power,
            smaller_quantization,
            set_quantization,
            switch_engine,
            tensor_sizes,
            widest_tensor,
            all_tensor,
            all_layers,
            layers_over_cards,
            half_tensor,
            tensor_pair,
            replicas,
            split_modes,
            single_card,
            each_card,
            fast_cards_only,
            add_cards,
            replace_cards,
            full_lanes,
            all_lanes,
            sixteen_lanes,
            generation_step,
            widen_slowest,
            faster_ram,
            shorter_context,
            quantize_kv,
            layers_on_host,
        )
    },
}

__all__ = ["MOVES", "Entries", "Variant", "variants"]
