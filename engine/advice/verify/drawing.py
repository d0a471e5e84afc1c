"""The sections that are drawn, each number checked against the node that proves it: times, links, sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .nodes import Checker, Fault, fault, same


def times(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Each part of a phase takes what its node says, and the share that the estimate tells."""
    told = {phase for phase, terms in document["estimate"]["shares"].items() if terms}
    if set(document["times"]) != told:
        yield fault("times", "are not those of which the estimate tells shares")
    for phase, whole in document["times"].items():
        rows = whole["parts"]
        yield from _value(f"times.{phase}", whole["ms"] * 1e-3, whole["proof"], checker)
        shares = document["estimate"]["shares"][phase]
        if {row["term"] for row in rows} != set(shares) or len(rows) != len(shares):
            yield fault(f"times.{phase}", "has other parts than the estimate")
        for row in rows:
            path = f"times.{phase}.{row['term']}"
            yield from _value(path, row["ms"] * 1e-3, row["proof"], checker)
            yield from _value(path, row["share"], row["share_proof"], checker)
            if not same(row["share"], shares[row["term"]]):
                yield fault(path, f"takes {row['share']}, the estimate says {shares[row['term']]}")


def topology(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Cards and bridges are those of the scenario, and the speed of each link is that of its node."""
    if "topology" not in document:
        return
    drawn, rig = document["topology"], document["scenario"]["rig"]
    network = rig["network_gbit_s"] if rig["nodes"] > 1 else None
    bonded = rig.get("nvlink") == "full" and len(drawn["cards"]) > 2
    told = (drawn["machines"], drawn["network_gbit_s"], drawn["host"]["platform"], drawn["host"]["sockets"])
    if told != (rig["nodes"], network, rig["host"].get("platform"), rig["host"]["sockets"]):
        yield fault("topology", "tells other machines than the scenario")
    if [row["gpu"] for row in drawn["cards"]] != list(range(len(drawn["cards"]))):
        yield fault("topology.cards", "are not counted through")
    if drawn["switched"] is not bonded:
        yield fault("topology.switched", "is not what the scenario says")
    asked = [group["gpu"] for group in rig["gpus"] for _ in range(group["count"])]
    if [row["model"] for row in drawn["cards"]] != asked:
        yield fault("topology.cards", "are not those of the scenario")
    slots = rig["pcie"] if isinstance(rig["pcie"], list) else [rig["pcie"]]
    for row, node in zip(drawn["cards"], rig["numa_nodes"], strict=False):
        path, slot = f"topology.cards.{row['gpu']}", slots[min(row["gpu"], len(slots) - 1)]
        if row["numa_node"] != node or any(row["pcie"][part] != slot[part] for part in ("gen", "lanes")):
            yield fault(path, "stands in another slot than the scenario says")
        yield from _rate(path, row["pcie"], checker)
    if rig.get("nvlink") != "full":
        pairs = sorted(sorted(pair) for pair in rig.get("nvlink") or [])
        if [row["between"] for row in drawn["nvlink"]] != pairs:
            yield fault("topology.nvlink", "joins other cards than the scenario")
    for row in drawn["nvlink"]:
        yield from _rate(f"topology.nvlink.{row['between']}", row, checker)
    yield from _rate("topology.host", drawn["host"]["memory"], checker)
    peers = checker.named("p2p", deployment="now")
    if [drawn["p2p"]["proof"]] != peers if drawn["p2p"] is not None else peers:
        yield fault("topology.p2p", "is not what the proofs say")
    if not {"gb_s", "proof"} <= set(drawn["host"]["memory"]):
        yield fault("topology.host.memory", "does not tell its speed")
    if drawn["p2p"] and checker.fact(drawn["p2p"]["proof"]).get("works") is not drawn["p2p"]["works"]:
        yield fault("topology.p2p", "its proof says otherwise")


def references(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """The sources told are sources that some proof names."""
    named = {key for node in checker.proofs.values() for key in node.get("sources") or ()}
    for key in sorted(set(document.get("references", {})) - named):
        yield fault(f"references.{key}", "is named by no proof")


def _rate(path: str, row: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    if "gb_s" in row:
        yield from _value(path, row["gb_s"] * 1e9, row["proof"], checker)


def _value(path: str, value: float, proof: str, checker: Checker) -> Iterator[Fault]:
    node = checker.proofs.get(proof)
    if node is None:
        yield fault(path, "has no proof")
    elif not same(value, node.get("value")):
        yield fault(path, f"says {value}, its proof {proof} says {node.get('value')}")
