"""The rig as a drawing: cards in slots, bridges between them, NUMA nodes and host memory; places in a view box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...model.quantity import number
from ..words import Words, bond_name

Row = Mapping[str, Any]
MOST = 16
CARD, CARD_HEIGHT, GAP, APART, SIDE = 132, 92, 18, 34, 16
NODE_HEIGHT, MEMORY_HEIGHT, DROP = 40, 34, 64


def drawing(document: Row, words: Words) -> dict[str, Any] | None:
    """Boxes and wires; None where the document draws no rig."""
    built = document.get("topology")
    if not built:
        return None
    bond = bond_name(words)
    held = {row["gpu"]: row for row in document["estimate"]["memory"]}
    cards = _cards(built["cards"][:MOST], held, words)
    top = 30 + _rise(built, cards)
    for card in cards:
        card["y"] = top
    nodes = _nodes(cards, built)
    width = max(node["x"] + node["width"] for node in nodes) + SIDE
    host = {"x": SIDE, "y": nodes[0]["y"] + NODE_HEIGHT + 26, "width": width - 2 * SIDE, "height": MEMORY_HEIGHT}
    return {
        "width": width, "height": host["y"] + MEMORY_HEIGHT + SIDE, "cards": cards, "nodes": nodes, "host": host,
        "memory": built["host"]["memory"], "bonds": _bonds(built, cards, bond),
        "switch": _switch(built, cards, bond),
        "slots": _slot_labels(cards), "hidden": max(0, len(built["cards"]) - MOST), "p2p": built["p2p"],
        "machines": built["machines"], "network": built["network_gbit_s"], "bond": bond,
        "says": _says(built, cards, bond),
    }  # fmt: skip


def _cards(rows: Sequence[Row], held: Mapping[int, Row], words: Words) -> list[dict[str, Any]]:
    """Cards from left to right, those of a NUMA node together."""
    x, last, found = SIDE, None, []
    for row in sorted(rows, key=lambda one: (one["numa_node"], one["gpu"])):
        x += APART if last not in (None, row["numa_node"]) else 0
        last = row["numa_node"]
        found.append(
            {**row, "x": x, "y": 0, "width": CARD, "height": CARD_HEIGHT, "middle": x + CARD / 2,
             "name": words.name("gpus", row["model"]), "fill": _fill(row, held.get(row["gpu"], {}))}
        )  # fmt: skip
        x += CARD + GAP
    return found


def _fill(card: Row, held: Row) -> list[dict[str, Any]]:
    """How full the card's memory is, as parts of the width of its bar; empty for a card that is not used."""
    if not held.get("used") or not card.get("vram_gib"):
        return []
    capacity, start, parts = card["vram_gib"] * 2**30 / 1e9, 0.0, []
    for part in ("weights_gb", "kv_cache_gb", "overhead_gb"):
        share = min(held[part] / capacity, 1 - start)
        parts.append({"part": part.removesuffix("_gb"), "x": start, "width": share})
        start += share
    return parts


def _rise(built: Row, cards: Sequence[Row]) -> int:
    """Room above the cards for bridges."""
    if built["switched"]:
        return 46
    places = {card["gpu"]: number for number, card in enumerate(cards)}
    spans = [abs(places[a] - places[b]) for a, b in _pairs(built) if a in places and b in places]
    return 26 + 14 * min(max(spans), 6) if spans else 0


def _pairs(built: Row) -> list[tuple[int, int]]:
    return [(bond["between"][0], bond["between"][1]) for bond in built["nvlink"]]


def _bonds(built: Row, cards: Sequence[Row], name: str) -> list[dict[str, Any]]:
    """Bridges as arcs above the cards they join."""
    places = {card["gpu"]: (number, card) for number, card in enumerate(cards)}
    found = []
    for bond in [] if built["switched"] else built["nvlink"]:
        ends = [places[one] for one in bond["between"] if one in places]
        if len(ends) < 2:
            continue
        (first, left), (last, right) = sorted(ends, key=lambda end: end[0])
        rise = 18 + 14 * min(last - first, 6)
        start, end, y = left["middle"] + 14, right["middle"] - 14, left["y"]
        found.append({"path": f"M{start:g} {y} C{start:g} {y - rise} {end:g} {y - rise} {end:g} {y}",
                      "x": (start + end) / 2, "y": y - rise * 0.75 - 5, "label": _speed(name, bond)})  # fmt: skip
    return found


def _switch(built: Row, cards: Sequence[Row], name: str) -> dict[str, Any] | None:
    """One bar that joins all cards, where a direct link joins every two."""
    if not built["switched"]:
        return None
    bond = built["nvlink"][0] if built["nvlink"] else {}
    left, right = cards[0]["x"], cards[-1]["x"] + CARD
    return {"x": left, "y": cards[0]["y"] - 52, "width": right - left, "height": 26,
            "label": _speed(f"{name} between all cards", bond)}  # fmt: skip


def _nodes(cards: Sequence[Row], built: Row) -> list[dict[str, Any]]:
    """A root complex for each NUMA node, under its cards."""
    found = []
    several = len({card["numa_node"] for card in cards}) > 1
    for node in dict.fromkeys(card["numa_node"] for card in cards):
        own = [card for card in cards if card["numa_node"] == node]
        left, right = own[0]["x"], own[-1]["x"] + CARD
        name = f"root complex, NUMA node {node}" if several else "root complex"
        found.append({"x": left, "y": own[0]["y"] + CARD_HEIGHT + DROP, "width": right - left, "height": NODE_HEIGHT,
                      "name": name})  # fmt: skip
    return found


def _slot_labels(cards: Sequence[Row]) -> list[dict[str, Any]]:
    """What each slot carries, beside its wire."""
    return [
        {"x": card["middle"], "y": card["y"] + CARD_HEIGHT, "to": card["y"] + CARD_HEIGHT + DROP,
         "link": f"PCIe {card['pcie']['gen']}.0 x{card['pcie']['lanes']}", "speed": _rate(card["pcie"]),
         "width": 1.5 + min(card["pcie"]["lanes"], 16) / 4} for card in cards
    ]  # fmt: skip


def _rate(link: Row) -> str:
    return f"{number(link['gb_s'])} GB/s" if "gb_s" in link else "speed unknown"


def _speed(name: str, link: Row) -> str:
    return f"{name}, {_rate(link)}"


def _says(built: Row, cards: Sequence[Row], bond: str) -> str:
    """The drawing in words, for those who cannot see it."""
    slots = "; ".join(
        f"card {card['gpu']}, {card['name']}, in a PCIe {card['pcie']['gen']}.0 x{card['pcie']['lanes']} slot with "
        f"{_rate(card['pcie'])}" for card in cards
    )  # fmt: skip
    bonds = ", ".join(f"{a} and {b}" for a, b in _pairs(built)) or "no cards"
    return f"{slots}. {bond} joins {'all cards' if built['switched'] else bonds}."
