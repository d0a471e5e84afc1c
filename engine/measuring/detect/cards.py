"""GPUs of several tools brought together: by index, by bus address, in the driver's order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...errors import BadInput
from .seen import Seen, SeenGpu, Value

_IDLE_STATE, _BUSY_STATE = 5, 3
_BUSY = 20
_LOUD_IDLE_W = 100


@dataclass(slots=True)
class Card:
    """One GPU, with every value that the tools gave it and who gave it. identity: its UUID, and where that stands."""

    index: int
    bus: str | None = None
    values: dict[str, Value] = field(default_factory=dict)
    identity: tuple[str, str] | None = None
    tools: list[str] = field(default_factory=list)

    def number(self, name: str) -> float | None:
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def whole(self, name: str) -> int | None:
        value = self.number(name)
        return int(value) if value is not None and value == int(value) else None

    @property
    def name(self) -> str | None:
        value = self.values.get("name")
        return str(value) if value is not None else None


def observed_at(values: dict[str, Value]) -> str | None:
    """Whether values were read from an idle or a loaded GPU, where the tool tells."""
    if values.get("idle") is True:
        return "idle"
    busy = values.get("busy_percent")
    state = re.fullmatch(r"P(\d+)", str(values.get("pstate", "")))
    if isinstance(busy, int | float) and busy >= _BUSY:
        return "load"
    if state:
        number = int(state[1])
        return (
            "idle"
            if number >= _IDLE_STATE
            else "load"
            if number <= _BUSY_STATE and busy is None
            else "idle"
            if busy == 0
            else None
        )
    return "idle" if busy == 0 else None


def cards_of(seen: Seen) -> tuple[list[Card], list[str]]:
    """Cards in index order, and remarks about outputs that contradict each other."""
    remarks: list[str] = []
    cards: dict[int, Card] = {}
    by_bus: dict[str, Card] = {}
    indexed = [gpu for gpu in seen.gpus if gpu.index is not None]
    loose = [gpu for gpu in seen.gpus if gpu.index is None]
    for gpu in sorted(indexed, key=lambda g: _quality(g)):
        card = cards.setdefault(gpu.index or 0, Card(gpu.index or 0))
        _merge(card, gpu, remarks)
        if card.bus:
            by_bus.setdefault(card.bus, card)
    _place(loose, cards, by_bus, remarks)
    for i, j in {pair for matrix in seen.matrices for pair in matrix.cells}:
        for index in (i, j):
            cards.setdefault(index, Card(index))
    return [cards[index] for index in sorted(cards)], list(dict.fromkeys(remarks))


def _quality(gpu: SeenGpu) -> int:
    """Observations under load last: of the values that change, they are the ones to keep."""
    return 1 if observed_at(gpu.values) == "load" else 0


def _place(loose: list[SeenGpu], cards: dict[int, Card], by_bus: dict[str, Card], remarks: list[str]) -> None:
    """GPUs known by bus address only: to the card at that address, else in the order of addresses."""
    rest = sorted((gpu for gpu in loose if gpu.bus not in by_bus), key=lambda g: g.bus or "~")
    for gpu in loose:
        if gpu.bus is not None and gpu.bus in by_bus:
            _merge(by_bus[gpu.bus], gpu, remarks)
    buses = list(dict.fromkeys(gpu.bus for gpu in rest if gpu.bus is not None))
    free = [index for index in sorted(cards) if cards[index].bus is None]
    on_bus_only = [gpu for gpu in rest if gpu.tool == "lspci"]
    if cards and (len(buses) < len(free) or not buses or (len(buses) > len(free) and on_bus_only)):
        _leave(rest, buses, cards, remarks)
        return
    if cards and len(buses) > len(free):
        remarks.append(
            f"{len(buses)} GPUs of {rest[0].tool} are numbered by their addresses: their indices are not told"
        )
    new = range(max(cards, default=-1) + 1, max(cards, default=-1) + 1 + len(buses))
    for bus, index in zip(buses, [*free, *new], strict=False):
        card = cards.setdefault(index, Card(index))
        for gpu in rest:
            if gpu.bus == bus:
                _merge(card, gpu, remarks)
    for gpu in rest:
        if gpu.bus is None:
            _merge(cards.setdefault(len(cards), Card(len(cards))), gpu, remarks)


def _leave(rest: list[SeenGpu], buses: list[str], cards: dict[int, Card], remarks: list[str]) -> None:
    """GPUs that could be any of several cards: named in a remark, unless there is one of each."""
    nameless = [gpu for gpu in rest if gpu.bus is None]
    if len(cards) == 1 and len(nameless) == 1 and not buses:
        _merge(cards[min(cards)], nameless[0], remarks)
    elif rest:
        named = ", ".join(f"{gpu.values.get('name', 'a GPU')} at {gpu.bus or 'no address'}" for gpu in rest[:8])
        remarks.append(
            f"{len(rest)} GPU{'s' if len(rest) > 1 else ''} of {rest[0].tool} could not be matched to an index "
            f"({named}); give `nvidia-smi -q` with the rest"
        )


_TWO_MACHINES = "these are of two machines, or of one before and after cards moved: give the outputs of one"
_CHANGING = {"pcie_gen_now", "power_draw_w", "pstate", "busy_percent", "idle"}
_LIMITS = {"pcie_gen_max", "pcie_gen_slot", "pcie_lanes_slot"}


def _merge(card: Card, gpu: SeenGpu, remarks: list[str]) -> None:
    """Raises BadInput where two outputs put one card on two addresses, or two cards on one number."""
    if gpu.identity:
        card.identity = card.identity or (gpu.identity, gpu.where)
        if card.identity[0] != gpu.identity:
            raise BadInput(
                f"GPU {card.index} is one card at {card.identity[1]} and another at {gpu.where}", hint=_TWO_MACHINES
            )
    if card.bus and gpu.bus and card.bus != gpu.bus:
        raise BadInput(
            f"GPU {card.index} sits at {card.bus} in one output and at {gpu.bus} in {gpu.tool} ({gpu.where})",
            hint=_TWO_MACHINES,
        )
    card.bus = card.bus or gpu.bus
    if gpu.tool not in card.tools:
        card.tools.append(gpu.tool)
    if _CHANGING & set(gpu.values):
        stale = observed_at(card.values) == "load" and observed_at(gpu.values) != "load"
        for name in _CHANGING:
            if not stale and name in card.values and name not in gpu.values and "pcie_gen_now" in gpu.values:
                card.values.pop(name)
    for name, value in gpu.values.items():
        if name == "name":
            _merge_name(card, str(value), remarks)
        elif name not in card.values or (name in _CHANGING and _quality(gpu) >= 0 and not _older(card, gpu)):
            card.values[name] = value
        elif name in _LIMITS:
            card.values[name] = min(card.values[name], value, key=lambda limit: float(limit))
        elif name not in _CHANGING and card.values[name] != value and name in _COMPARED:
            _conflict(card, gpu, name, value, remarks)


_COMPARED = {"memory_mib", "power_limit_w", "power_default_w", "pcie_lanes_now", "bar1_mib", "numa_node"}


def _older(card: Card, gpu: SeenGpu) -> bool:
    return observed_at(card.values) == "load" and observed_at(gpu.values) != "load"


def _conflict(card: Card, gpu: SeenGpu, name: str, value: Value, remarks: list[str]) -> None:
    old = card.values[name]
    near = (
        isinstance(old, int | float)
        and isinstance(value, int | float)
        and abs(old - value) <= max(1.0, 0.02 * abs(old))
    )
    if not near:
        remarks.append(
            f"GPU {card.index}: {name} is {old} in one output, {value} in {gpu.tool} ({gpu.where}); the first is kept"
        )


def _merge_name(card: Card, name: str, remarks: list[str]) -> None:
    known = card.name
    if known is None:
        card.values["name"] = name
        return
    short, long = sorted((known, name), key=len)
    if short.rstrip(".").rstrip() and _same(short, long):
        card.values["name"] = long
    elif not _same(long, short):
        remarks.append(f"GPU {card.index} is {known} in one output and {name} in another; the first is kept")


def _same(short: str, long: str) -> bool:
    """Whether one name is the other cut off (`NVIDIA GeForce RTX 309...`) or without its brand."""
    plain = [re.sub(r"^(?:nvidia|amd)\s+", "", text.lower().rstrip(".").strip()) for text in (short, long)]
    return plain[1].startswith(plain[0]) or plain[0] in plain[1]


def loud_idle(card: Card) -> bool:
    """A GPU that draws the power of work while it says that it does none."""
    state, draw = card.values.get("pstate"), card.number("power_draw_w")
    return observed_at(card.values) == "idle" and state is not None and draw is not None and draw > _LOUD_IDLE_W
