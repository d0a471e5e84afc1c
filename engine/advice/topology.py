"""The rig as it is built: each card in its slot, the bridges, the NUMA nodes, with the speed of every link."""

from __future__ import annotations

from typing import Any

from ..grounding.rig import Card, bonds_of, cards_of
from ..grounding.scenario import Scenario
from ..inference import Fact, Trace
from .estimate import one_of
from .proofs import Proofs

GIGA = 1e-9


def topology(trace: Trace, proofs: Proofs, scenario: Scenario) -> dict[str, Any]:
    """The `topology` section of an answer; a speed that the knowledge lacks is absent. Speeds are one way [GB/s]."""
    rig = scenario["rig"]
    cards = cards_of(rig)
    speeds = {(fact["gpu"], fact["gen"], fact["lanes"]): fact for fact in trace.of_kind("slot_speed")}
    peer = one_of(trace, "p2p", "now")
    return {
        "cards": [_card(card, speeds.get((card.gpu, card.gen, card.lanes)), trace, proofs) for card in cards],
        "nvlink": [_bond(pair, cards, trace, proofs) for pair in sorted(bonds_of(rig, len(cards)))],
        "switched": rig.get("nvlink") == "full" and len(cards) > 2,
        "host": _host(scenario, trace, proofs),
        "p2p": None if peer is None else {"works": bool(peer["works"]), "proof": proofs.fact(peer)},
        "machines": rig["nodes"],
        "network_gbit_s": rig["network_gbit_s"] if rig["nodes"] > 1 else None,
    }


def _card(card: Card, speed: Fact | None, trace: Trace, proofs: Proofs) -> dict[str, Any]:
    slot: dict[str, Any] = {"gen": card.gen, "lanes": card.lanes}
    row: dict[str, Any] = {"gpu": card.index, "model": card.gpu, "numa_node": card.numa, "pcie": slot}
    if speed is not None:
        slot |= _rate(speed, "rate", proofs)
    entry = _entry(card.gpu, trace)
    if entry is not None and entry.get("vram"):
        row["vram_gib"] = float(entry["vram"]) / 2**30
    return row


def _bond(pair: tuple[int, int], cards: tuple[Card, ...], trace: Trace, proofs: Proofs) -> dict[str, Any]:
    entry = _entry(cards[pair[0]].gpu, trace)
    known = entry is not None and entry.get("nvlink_per_direction")
    return {"between": list(pair)} | (_rate(entry, "nvlink_per_direction", proofs) if entry and known else {})


def _host(scenario: Scenario, trace: Trace, proofs: Proofs) -> dict[str, Any]:
    host = scenario["rig"]["host"]
    deployment = next((fact for fact in trace.of_kind("deployment") if fact["id"] == "now"), None)
    memory = _rate(deployment, "dram_bandwidth", proofs) if deployment is not None else {}
    return {"platform": host.get("platform"), "sockets": host["sockets"], "memory": memory}


def _rate(fact: Fact, attribute: str, proofs: Proofs) -> dict[str, Any]:
    return {"gb_s": float(fact[attribute]) * GIGA, "proof": proofs.value(fact, attribute)}


def _entry(gpu: str, trace: Trace) -> Fact | None:
    return next((fact for fact in trace.of_kind("gpu") if fact["key"] == gpu), None)
