"""A resolved scenario as the facts of one deployment: its layout, the cards that take part, its links."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from .flags import flag_facts, flag_name
from .placement import Bonds, Layout, pairs_bonded, place, ring_hops
from .rig import Card, as_trained, bonds_of, cards_of, reading_of

Values = dict[str, Any]


def layout_of(workload: Mapping[str, Any]) -> Layout:
    """The layout a resolved workload asks for."""
    sizes = workload["parallelism"]
    return Layout(sizes["tensor"], sizes["pipeline"], sizes["replicas"], sizes["split_mode"])


def signature(scenario: Mapping[str, Any]) -> str:
    """Equal for two scenarios that differ in nothing a deployment depends on."""
    known = [
        {name: value for name, value in scenario[part].items() if value is not None} for part in ("rig", "workload")
    ]
    return json.dumps(known, sort_keys=True)


def deployment_facts(name: str, scenario: Mapping[str, Any], gpus: Mapping[str, Mapping[str, Any]]) -> Iterator[Values]:
    """Facts of one deployment. gpus: the entries of the GPU models in the rig, for their bandwidth and NVLink."""
    rig, workload = scenario["rig"], scenario["workload"]
    cards = as_trained(cards_of(rig), rig)
    bonds = bonds_of(rig, len(cards))
    layout = layout_of(workload)
    speed = {group["gpu"]: float(gpus[group["gpu"]].get("memory_bandwidth_gb_s") or 0) for group in rig["gpus"]}
    replicas = place(cards, bonds, layout, speed)
    yield _deployment(name, rig, workload, layout, len(cards))
    yield from _members(name, replicas)
    yield from _groups(name, replicas, bonds)
    yield from (
        {"kind": "engine_flag", "deployment": name, "value": flag, "name": flag_name(flag)}
        for flag in workload["engine_flags"]
    )


def _deployment(name: str, rig: Mapping[str, Any], workload: Mapping[str, Any], layout: Layout, cards: int) -> Values:
    host = rig["host"]
    return {
        "kind": "deployment",
        "id": name,
        "model": workload["model"],
        "quantization": workload["quantization"],
        "kv_quantization": workload["kv_quantization"],
        "engine": workload["engine"],
        "engine_version": workload.get("engine_version"),
        "layout": layout.name,
        "split_mode": layout.split_mode,
        "tensor": layout.tensor,
        "pipeline": layout.pipeline,
        "replicas": layout.replicas,
        "ranks": layout.ranks,
        "used": layout.used,
        "cards": cards,
        "users": workload["users"],
        "users_each": ceil(workload["users"] / layout.replicas),
        "prompt": workload["prompt_tokens"],
        "output": workload["output_tokens"],
        "context": workload["context_tokens"],
        "offload": workload["offload"],
        "memory_share": workload.get("gpu_memory_utilization"),
        "depth": workload.get("depth_tokens") or 0,
        **flag_facts(workload["engine_flags"]),
        "nodes": rig["nodes"],
        "network": rig["network_gbit_s"] * 1.25e8 if rig["nodes"] > 1 else None,
        "transport": rig.get("network_transport") if rig["nodes"] > 1 else None,
        "dram_bandwidth": host["ram_bandwidth_gb_s"] * 1e9,
        "psu": rig.get("psu_w"),
        "power_limits": sum(card.power_limit for card in cards_of(rig)) if rig.get("psu_w") else None,
        "ram": host["ram_gb"] * 1e9 if host.get("ram_gb") else None,
        "sockets": host["sockets"],
        "driver": rig["driver"],
        "p2p_given": rig.get("p2p"),
        "bar1": rig["bar1_mb"] * 2.0**20 if rig.get("bar1_mb") else None,
        "acs": rig.get("acs_enabled"),
    }


def _members(name: str, replicas: Sequence[Sequence[Sequence[Card]]]) -> Iterator[Values]:
    """One fact for each kind of card of a replica; replicas of the same cards are told once."""
    told: dict[tuple[Any, ...], int] = {}
    for replica, stages in enumerate(replicas):
        counts: dict[tuple[str, int, int, float, bool], int] = {}
        for card in (card for group in stages for card in group):
            counts[card.alike] = counts.get(card.alike, 0) + 1
        same = tuple(sorted(counts.items()))
        first = told.setdefault(same, replica)
        if first != replica:
            continue
        for number, ((gpu, gen, lanes, power_limit, mig), count) in enumerate(same):
            yield {
                "kind": "member",
                "deployment": name,
                "replica": replica,
                "member": number,
                "gpu": gpu,
                "count": count,
                "gen": gen,
                "lanes": lanes,
                "power_limit": power_limit,
                "mig": mig or None,
            }


def _groups(name: str, replicas: Sequence[Sequence[Sequence[Card]]], bonds: Bonds) -> Iterator[Values]:
    """One fact for each distinct kind of tensor group, and one for each distinct chain of pipeline stages."""
    seen: set[tuple[tuple[str, Any], ...]] = set()
    for stages in replicas:
        whole = [(_group(group, bonds), group) for group in stages if len(group) > 1]
        for fact, group in [*whole, *([(_chain(stages, bonds), [])] if len(stages) > 1 else [])]:
            key = tuple(sorted(fact.items()))
            if key not in seen:
                seen.add(key)
                named = {**fact, "deployment": name, "id": f"{name}/{len(seen)}"}
                yield named
                yield from _parts(named, group, bonds)


def _by_machine(group: Sequence[Card]) -> list[list[Card]]:
    return [[card for card in group if card.machine == machine] for machine in sorted({c.machine for c in group})]


def _group(group: Sequence[Card], bonds: Bonds) -> Values:
    """A tensor group in one machine, or one that spans several."""
    parts = _by_machine(group)
    if len(parts) == 1:
        return _tensor_group(group, bonds)
    return {
        "kind": "spanning_group", "size": len(group), "machines": len(parts), "machine_size": max(map(len, parts)),
    }  # fmt: skip


def _parts(whole: Values, group: Sequence[Card], bonds: Bonds) -> Iterator[Values]:
    """The distinct parts of a spanning group that lie in one machine each."""
    if whole["kind"] != "spanning_group":
        return
    told: list[Values] = []
    for part in _by_machine(group):
        fact = _tensor_group(part, bonds) if len(part) > 1 else {}
        if fact and fact not in told:
            told.append(fact)
            owner = {"deployment": whole["deployment"], "part_of": whole["id"], "id": f"{whole['id']}/{len(told)}"}
            yield {**fact, **owner}


def _tensor_group(group: Sequence[Card], bonds: Bonds) -> Values:
    joined, pairs = pairs_bonded(group, bonds)
    bonded_hops, open_hops = ring_hops(group, bonds)
    slot = min(group, key=lambda card: (2.0**card.gen * card.lanes, card.index))
    return {
        "kind": "tensor_group",
        "size": len(group),
        "pairs": pairs,
        "pairs_bonded": joined,
        "fully_bonded": joined == pairs,
        "bonded_hops": bonded_hops,
        "open_hops": open_hops,
        "slot_gen": slot.gen,
        "slot_lanes": slot.lanes,
        "numa_nodes": len({card.numa for card in group}),
        "bonded_gpu": group[0].gpu if joined else None,
        "models": len({card.gpu for card in group}),
    }


def _chain(stages: Sequence[Sequence[Card]], bonds: Bonds) -> Values:
    cards = [card for group in stages for card in group]
    steps = [(a[-1], b[0]) for a, b in zip(stages, stages[1:], strict=False)]
    slot = min(cards, key=lambda card: (2.0**card.gen * card.lanes, card.index))
    return {
        "kind": "chain",
        "stages": len(stages),
        "sends": len(steps),
        "sends_inside": sum(a.machine == b.machine for a, b in steps),
        "sends_across": sum(a.machine != b.machine for a, b in steps),
        "bonded_sends": sum((min(a.index, b.index), max(a.index, b.index)) in bonds for a, b in steps),
        "slot_gen": slot.gen,
        "slot_lanes": slot.lanes,
    }


def rig_facts(rig: Mapping[str, Any], gpus: Mapping[str, Mapping[str, Any]]) -> Iterator[Values]:
    """Facts of the rig as it stands: its cards, its slots, its NVLink bonds, fitted and possible."""
    cards = cards_of(rig)
    bonds = bonds_of(rig, len(cards))
    speeds = [2.0**card.gen * card.lanes for card in cards]
    yield {
        "kind": "rig",
        "cards": len(cards),
        "gpu_models": len({card.gpu for card in cards}),
        "driver": rig["driver"],
        "p2p_given": rig.get("p2p"),
        "bar1": rig["bar1_mb"] * 2.0**20 if rig.get("bar1_mb") else None,
        "acs": rig.get("acs_enabled"),
        **_reading(rig),
        "psu": rig.get("psu_w"),
        "nodes": rig["nodes"],
        "numa_nodes": len({card.numa for card in cards}),
        "largest_numa_node": max(sum(c.numa == node for c in cards) for node in {c.numa for c in cards}),
        "bonded_pairs": len(bonds),
        "power_limits": sum(card.power_limit for card in cards),
        "slowest_slot_share": min(speeds) / max(speeds),
        "platform": rig["host"].get("platform"),
        "ram_channels": rig["host"].get("ram_channels"),
    }
    yield from _own_readings(cards, rig)
    yield from _bond_states(cards, bonds, gpus)
    for (gpu, gen, lanes, power_limit, mig), count in sorted(Counter(card.alike for card in cards).items()):
        yield {
            "kind": "card", "gpu": gpu, "gen": gen, "lanes": lanes, "power_limit": power_limit, "count": count,
            "mig": mig or None,
        }  # fmt: skip


def _reading(rig: Mapping[str, Any]) -> Values:
    """The reading of a link that is told of the rig as a whole, by the names of the fact `rig`."""
    told = {"gen_observed": rig.get("pcie_gen_observed"), "observed_at": rig.get("pcie_observed_at")}
    return {} if any(isinstance(value, list | tuple) for value in told.values()) else told


def _own_readings(cards: Sequence[Card], rig: Mapping[str, Any]) -> Iterator[Values]:
    """The readings of links that are told card by card."""
    if _reading(rig):
        return
    read = [(card.index, card.gpu, card.gen, *reading_of(rig, card.index)) for card in cards]
    for index, gpu, gen, observed, at in read:
        if observed is not None:
            yield {"kind": "link_reading", "card": index, "gpu": gpu, "gen": gen, "observed": observed, "at": at}


def _bond_states(cards: Sequence[Card], bonds: Bonds, gpus: Mapping[str, Mapping[str, Any]]) -> Iterator[Values]:
    for gpu in sorted({card.gpu for card in cards}):
        own = {card.index for card in cards if card.gpu == gpu}
        joined = {index for pair in bonds for index in pair if index in own}
        group = (gpus[gpu].get("nvlink") or {}).get("group") or 1
        single = Counter(card.machine for card in cards if card.index in own - joined)
        open_pairs = sum(count // 2 for count in single.values()) if group >= 2 else 0
        yield {
            "kind": "bonds",
            "gpu": gpu,
            "cards": len(own),
            "cards_bonded": len(joined),
            "open_pairs": open_pairs,
            "group": group,
        }
