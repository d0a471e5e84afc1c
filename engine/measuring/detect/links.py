"""How GPUs are joined: NVLink pairs out of the topology matrix and the link status, peer access, NUMA nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .cards import Card
from .numactl import cpus_of
from .seen import Matrix, Refused, Seen

GpuFacts = Callable[[str], Mapping[str, Any] | None]
Pairs = list[list[int]]


def joined(matrix: Matrix) -> dict[tuple[int, int], int]:
    """Bonded NVLinks of each pair, or 1 for a pair on XGMI."""
    found: dict[tuple[int, int], int] = {}
    for i, j in matrix.pairs():
        cell = matrix.cells[i, j]
        if match := re.fullmatch(r"NV(\d+)", cell):
            found[i, j] = int(match[1])
        elif matrix.kind == "xgmi" and cell.upper().startswith("XGMI"):
            found[i, j] = 1
    return found


def refusal(matrix: Matrix, cards: list[Card], facts: GpuFacts | None) -> str | None:
    """Why a matrix with NVLink cannot be of these GPUs, or None."""
    if matrix.kind != "links" or not joined(matrix):
        return None
    names = {card.index: card.name for card in cards}
    for (i, j), links in joined(matrix).items():
        for index in (i, j):
            reason = _no_such_link(index, names.get(index), links, facts)
            if reason:
                return reason
    unnamed = [index for index in matrix.gpus if not names.get(index)]
    if not matrix.genuine and (unnamed or facts is None):
        return (
            "shows NVLink, has not the `CPU Affinity` column that nvidia-smi prints, and no tool names the GPUs: "
            "it cannot be checked; add the output of `nvidia-smi -L`"
        )
    return None


_MAKER = {"links": "nvidia", "slots": "nvidia", "peers": "nvidia", "xgmi": "amd"}
"""Whose cards the tool shows that prints a kind of matrix."""


def _of_fewer(matrix: Matrix, cards: list[Card]) -> str | None:
    """Why a matrix without some of the cards that other tools show is none of theirs: its tool shows them all."""
    named = [card for card in cards if card.name and card.values.get("vendor") == _MAKER[matrix.kind]]
    if len(matrix.gpus) < len(named):
        return f"is of {len(matrix.gpus)} GPUs, {len(named)} are shown by other tools: of another machine, or not whole"
    return None


def _no_such_link(index: int, name: str | None, links: int, facts: GpuFacts | None) -> str | None:
    known = facts(name) if facts and name else None
    if known is None:
        return None
    nvlink = known.get("nvlink")
    reach = nvlink.get("reach") if isinstance(nvlink, Mapping) else known.get("nvlink_reach")
    most = nvlink.get("links") if isinstance(nvlink, Mapping) else known.get("nvlink_links")
    if reach == "none":
        return f"shows NV{links} on GPU {index}, but {name} has no NVLink: invented, or of another machine"
    if isinstance(most, int) and most > 0 and links > most:
        return f"shows NV{links} on GPU {index}, but {name} has {most} links"
    return None


def believed(seen: Seen, cards: list[Card], facts: GpuFacts | None) -> list[Matrix]:
    """Matrices that fit the GPUs; the others go to `seen.refused`."""
    kept: list[Matrix] = []
    for matrix in seen.matrices:
        reason = _of_fewer(matrix, cards) or refusal(matrix, cards, facts)
        if reason is None:
            kept.append(matrix)
        else:
            seen.refused.append(Refused(f"topology matrix {reason}", matrix.where))
    return kept


def nvlink_of(matrices: list[Matrix], cards: list[Card]) -> tuple[Pairs | str | None, list[str], list[str]]:
    """The scenario's `nvlink`, remarks, and what stays unknown. None: nothing is said."""
    matrix = next((m for m in matrices if m.kind in {"links", "xgmi"}), None)
    if matrix is not None:
        return _from_matrix(matrix, cards)
    active = [card for card in cards if (card.number("nvlinks_active") or 0) > 0]
    told = [card for card in cards if "nvlinks_active" in card.values]
    down = _down(cards)
    if told and not active:
        return [], ["no NVLink is active"], []
    if len(active) == 2:
        return [[active[0].index, active[1].index]], [_speed(active[0]), *down], []
    if active:
        return (
            None,
            [_speed(active[0]), *down],
            [f"which of {len(active)} GPUs with active NVLinks are joined: run `nvidia-smi topo -m`"],
        )
    return None, [], []


def contradictions(matrices: list[Matrix], cards: list[Card]) -> list[str]:
    """Where the topology and the states of the links, or two topologies, cannot be of one machine at one time."""
    shown = [matrix for matrix in matrices if matrix.kind == "links"]
    told = [f"two topologies differ ({shown[0].where}, {one.where}); the first is kept"
            for one in shown[1:] if joined(one) != joined(shown[0])]  # fmt: skip
    bonds = joined(shown[0]) if shown else {}
    for card in cards:
        up, own = card.whole("nvlinks_active"), [links for pair, links in bonds.items() if card.index in pair]
        if up is None or not shown or card.index not in shown[0].gpus:
            continue
        if bool(up) != bool(own):
            words = [
                f"{up} NVLinks of GPU {card.index} are active" if up else f"no NVLink of GPU {card.index} is active"
            ]
            words.append(f"the topology shows {f'NV{max(own)}' if own else 'none'} on it")
            told.append(f"contradiction: {', and '.join(words)}; the topology is kept")
        elif own and max(own) > up:
            told.append(
                f"contradiction: {up} NVLinks of GPU {card.index} are active, and the topology shows NV{max(own)} on it"
            )
    active = {up for card in cards if (up := card.whole("nvlinks_active"))}
    if not shown and len(active) > 1 and sum(bool(card.whole("nvlinks_active")) for card in cards) == 2:
        told.append(
            f"contradiction: two cards that NVLink joins have {' and '.join(map(str, sorted(active)))} active links"
        )
    return told


def _down(cards: list[Card]) -> list[str]:
    """Cards of which some links are up and others are not."""
    counts = [(card.index, card.whole("nvlinks_inactive"), card.whole("nvlinks_active")) for card in cards]
    return [f"GPU {index}: {down} of {down + up} NVLinks are inactive" for index, down, up in counts if down and up]


def _speed(card: Card) -> str:
    links, speed = card.whole("nvlinks_active"), card.number("nvlink_gb_s") or 0.0
    return f"GPU {card.index}: {links} NVLinks active, {speed:g} GB/s each way together"


def _from_matrix(matrix: Matrix, cards: list[Card]) -> tuple[Pairs | str | None, list[str], list[str]]:
    bonds = joined(matrix)
    name = "XGMI" if matrix.kind == "xgmi" else "NVLink"
    if not bonds:
        return [], [f"the topology shows no {name}"], []
    counts = sorted(set(bonds.values()))
    remarks = (
        [] if name == "XGMI" else [f"NVLink with {' or '.join(map(str, counts))} links a pair (a count, not a speed)"]
    )
    remarks += _down(cards)
    if len(matrix.gpus) > 2 and len(bonds) == len(matrix.pairs()):
        return "full", [f"every pair is joined by {name}", *remarks], []
    pairs = [[i, j] for i, j in sorted(bonds)]
    return pairs, [f"{name} joins {', '.join(f'{i}-{j}' for i, j in pairs)}", *remarks], []


def peers_of(matrices: list[Matrix], access: Mapping[tuple[int, int], bool]) -> tuple[bool | None, bool, list[str]]:
    """Whether PCIe peer-to-peer works, between all GPUs that no NVLink joins and between any of them; and remarks."""
    bonds = {pair for m in matrices if m.kind in {"links", "xgmi"} for pair in joined(m)}
    states = {pair: m.cells[pair] == "OK" for m in matrices if m.kind == "peers" for pair in m.pairs()}
    states |= {(min(i, j), max(i, j)): ok for (i, j), ok in access.items()}
    pcie = {pair: ok for pair, ok in states.items() if pair not in bonds}
    if not pcie:
        return (
            None,
            False,
            ["peer access is told only of GPUs that a link of their own joins"] if states else [],
        )
    if all(pcie.values()):
        return True, True, []
    if not any(pcie.values()):
        return False, False, []
    closed = ", ".join(f"{i}-{j}" for (i, j), ok in sorted(pcie.items()) if not ok)
    return False, True, [f"peer access works between some GPUs only; not between {closed}"]


def nodes_of(cards: list[Card], node_of_cpus: Mapping[str, int]) -> tuple[list[int] | None, list[str]]:
    """NUMA node of each GPU; where the tool says N/A, from its CPUs."""
    nodes: dict[int, int] = {}
    for card in cards:
        node = card.whole("numa_node")
        if node is None and isinstance(card.values.get("cpus"), str):
            found = {node_of_cpus[cpu] for cpu in cpus_of(str(card.values["cpus"])) if cpu in node_of_cpus}
            node = found.pop() if len(found) == 1 else None
        if node is not None:
            nodes[card.index] = node
    remarks = _by_cpus(cards, nodes)
    return ([nodes[card.index] for card in cards] if cards and len(nodes) == len(cards) else None), remarks


def _by_cpus(cards: list[Card], nodes: dict[int, int]) -> list[str]:
    """Nodes of GPUs without one: that of a GPU with the same CPUs, else one of their own."""
    remarks = []
    node_of_list = {str(card.values.get("cpus")): nodes[card.index] for card in cards if card.index in nodes}
    for card in cards:
        cpus = card.values.get("cpus")
        if card.index in nodes or cpus is None or not node_of_list:
            continue
        node = node_of_list.get(str(cpus))
        if node is None:
            node = next(n for n in range(len(cards) + 1) if n not in nodes.values())
            node_of_list[str(cpus)] = node
        nodes[card.index] = node
        remarks.append(f"GPU {card.index}: NUMA node {node} inferred from its CPUs {cpus}; the tool says N/A")
    return remarks
