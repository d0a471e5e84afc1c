"""`lspci -vv`: links of GPUs and of the bridges above them, ACS, and BAR sizes. Also `lspci` and `lspci -nn` lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..pasted import Line, Paste, whole
from .bus_names import Ids, maker_of_switch, on_the_bus
from .seen import Acs, Refused, Seen, SeenGpu, bus_address, generation

_ADDRESS = r"(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]"
_FUNCTION = re.compile(rf"^ *({_ADDRESS})\s+([^:]+):\s+(\S.*)$", re.IGNORECASE)
_ASKED = re.compile(rf"lspci\s+-\S+.*?-s\s+({_ADDRESS})(.*)$", re.IGNORECASE)
_OF = re.compile(rf"of ({_ADDRESS})", re.IGNORECASE)
_CAP = re.compile(r"LnkCap:.*?Speed ([\d.]+\s*GT/s).*?Width x(\d+)")
_STA = re.compile(r"LnkSta:.*?Speed ([\d.]+\s*GT/s).*?Width x(\d+)")
_PORT = re.compile(r"Express \(v\d\) (Upstream|Downstream|Root) Port")
_ACS = re.compile(r"ACSCtl:\s*(\S.*)$")
_DENIED = "Capabilities: <access denied>"
_REDIRECTS = re.compile(r"ReqRedir\+|CmpltRedir\+")
_BAR = re.compile(
    r"BAR \d: current size: (\d+)([KMGT])B|(?:Region \d: )?Memory at .*?[ (]prefetchable\).*?\[size=(\d+)([KMGT])\]"
)
"""The window into a card's memory is its largest prefetchable one: BAR 1 or BAR 0, by maker."""
_BUSES = re.compile(r"Bus: primary=[0-9a-f]{2}, secondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})", re.IGNORECASE)
_MIB = {"K": 2**-10, "M": 1, "G": 2**10, "T": 2**20}
_DISPLAY = re.compile(
    r"VGA compatible|3D controller|Display controller|Processing accelerators|^(?:03[0-9a-f]{2}|1200)$", re.IGNORECASE
)
"""By name, or by number where `lspci -n` gives no names."""


@dataclass(slots=True)
class _Section:
    """One function and its details. A bridge's `first` and `last` are the buses below it, where it says them.

    gen and lanes are what its link can do, gen_now and lanes_now how it runs. port: Upstream, Downstream or Root.
    """

    bus: str | None
    role: str
    gpu: SeenGpu | None = None
    below: str | None = None
    first: int | None = None
    last: int | None = None
    gen: int | None = None
    lanes: int | None = None
    gen_now: int | None = None
    lanes_now: int | None = None
    port: str | None = None
    maker: str | None = None
    acs: Acs | None = None

    def above(self, gpu: SeenGpu) -> bool:
        """Whether this bridge is known to lead to a GPU."""
        if self.below is not None:
            return self.below == gpu.bus
        if self.first is None or self.last is None or gpu.bus is None:
            return False
        same_domain = self.bus is None or self.bus[:4] == gpu.bus[:4]
        return same_domain and self.first <= int(gpu.bus[5:7], 16) <= self.last

    def directly_above(self, gpu: SeenGpu) -> bool:
        return self.above(gpu) and (
            self.below is not None or (gpu.bus is not None and self.first == int(gpu.bus[5:7], 16))
        )


@dataclass(slots=True)
class _Tree:
    """All sections of one text, and what is to be said of displays besides."""

    ids: Ids
    gpus: list[SeenGpu] = field(default_factory=list)
    bridges: list[_Section] = field(default_factory=list)
    asides: list[tuple[str, str]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def read(paste: Paste, ids: Ids) -> Seen:
    """GPUs with their links and slots, and the ACS control words above them. GPUs carry bus addresses, not indices.

    ids: names of devices that lspci has only the number of.
    """
    tree = _Tree(ids)
    section = _Section(None, "other")
    lone: list[Acs] = []
    for line in paste.lines:
        opened = _opened(line, paste, tree)
        if opened is not None:
            section = opened
            if section.role == "bridge":
                tree.bridges.append(section)
        elif not tree.gpus and not tree.bridges and section.bus is None and (control := _control(line, paste, None)):
            lone.append(control)
        else:
            _detail(line, section, paste)
    seen = Seen(gpus=[gpu for gpu in tree.gpus if gpu.values])
    _slots(tree, seen.gpus)
    seen.said, seen.refused = tree.asides, tree.refused
    if seen.gpus and any(_DENIED in line.text for line in paste.lines):
        seen.said.append(("lspci", "lspci shows links and ACS to root alone: `sudo lspci -vv` tells them"))
    seen.acs = _acs(tree, seen.gpus) or lone
    return seen


def _opened(line: Line, paste: Paste, tree: _Tree) -> _Section | None:
    if match := _ASKED.search(line.text):
        below = _OF.search(match[2])
        bus = bus_address(match[1])
        if "bridge" in match[2].lower():
            return _Section(bus, "bridge", below=bus_address(below[1]) if below else None)
        return _Section(bus, "gpu", _gpu(paste, line, bus, tree))
    if re.match(r"^\W*GPU function", line.text, re.IGNORECASE):
        return _Section(None, "gpu", _gpu(paste, line, None, tree))
    match = _FUNCTION.match(line.text)
    if match is None:
        return None
    bus = bus_address(match[1])
    if not _DISPLAY.search(match[2]):
        role = "bridge" if "bridge" in match[2].lower() or match[2] == "0604" else "other"
        return _Section(bus, role, maker=maker_of_switch(match[3]))
    name = _whole_part(match[3]) if line.cut else match[3]
    if name is None:
        tree.refused.append(
            Refused(f"the line of the display at {bus} is cut off: it is left out", paste.where(line.number))
        )
        return _Section(bus, "other")
    shown = on_the_bus(name, bus, tree.ids)
    if shown is not None and shown.aside:
        tree.asides.append(("lspci", shown.aside))
    if shown is None or not shown.counts:
        return _Section(bus, "other")
    gpu = _gpu(paste, line, bus, tree)
    gpu.note("name", shown.name)
    gpu.note("vendor", shown.vendor)
    return _Section(bus, "gpu", gpu)


def _whole_part(text: str) -> str | None:
    """What stands whole in a line that is cut off: up to the bracket that ends a name; None where none is closed."""
    return text[: text.index("]") + 1] if "]" in text.partition("[")[2] else None


def _gpu(paste: Paste, line: Line, bus: str | None, tree: _Tree) -> SeenGpu:
    known = next((gpu for gpu in tree.gpus if bus is not None and gpu.bus == bus), None)
    if known is not None:
        return known
    gpu = SeenGpu("lspci", paste.where(line.number), None, bus)
    tree.gpus.append(gpu)
    return gpu


def _detail(line: Line, section: _Section, paste: Paste) -> None:
    text, gpu = line.text, section.gpu
    if match := _CAP.search(text):
        gen, lanes = generation(match[1]), whole(match[2]) or None
        section.gen, section.lanes = gen, lanes
        if gpu is not None:
            gpu.note("pcie_gen_card", gen)
            gpu.note("pcie_lanes_max", lanes)
    elif match := _STA.search(text):
        section.gen_now, section.lanes_now = generation(match[1]), whole(match[2]) or None
        if gpu is not None:
            gpu.note("pcie_gen_now", section.gen_now)
            gpu.note("pcie_lanes_now", section.lanes_now)
    elif match := _PORT.search(text):
        section.port = match[1]
    elif match := _BUSES.search(text):
        section.first, section.last = int(match[1], 16), int(match[2], 16)
    elif control := _control(line, paste, section.bus):
        section.acs = control
    elif (match := _BAR.search(text)) and gpu is not None:
        amount, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
        size = int(amount[:9]) * _MIB[unit]
        size = max(size, float(gpu.values.get("bar1_mib", 0)))
        gpu.note("bar1_mib", int(size) if size == int(size) else size)


def _control(line: Line, paste: Paste, bus: str | None) -> Acs | None:
    """Where an ACS control word stands, and whether it redirects; of a port that `grep` took away, too."""
    match = _ACS.search(line.text)
    return Acs(paste.where(line.number), bool(_REDIRECTS.search(match[1])), bus) if match and not line.cut else None


def _slots(tree: _Tree, gpus: list[SeenGpu]) -> None:
    """What the port right above each GPU can do; of one GPU and one bridge, that bridge.

    Cards with a switch of their own meet their slot at its upstream port: the link of the GPU behind it stays inside
    of the card, and says nothing of the slot.
    """
    for gpu in gpus:
        above = [bridge for bridge in tree.bridges if bridge.directly_above(gpu)]
        if not above and len(gpus) == 1 and len(tree.bridges) == 1 and tree.bridges[0].first is None:
            above = tree.bridges
        port = above[0] if above else None
        if (upstream := _own_switch(port, gpu, tree)) is not None:
            for name, value in (
                ("pcie_gen_card", upstream.gen), ("pcie_lanes_max", upstream.lanes),
                ("pcie_gen_now", upstream.gen_now), ("pcie_lanes_now", upstream.lanes_now),
            ):  # fmt: skip
                gpu.values.pop(name, None)
                gpu.note(name, value)
            port = _above(upstream, tree)
        if port is not None:
            gpu.note("pcie_gen_slot", port.gen)
            gpu.note("pcie_lanes_slot", port.lanes)


def _own_switch(port: _Section | None, gpu: SeenGpu, tree: _Tree) -> _Section | None:
    """The upstream port of a switch on the card itself, of its maker; None where it has none."""
    upstream = _above(port, tree) if port is not None and port.port == "Downstream" else None
    own = upstream is not None and upstream.port == "Upstream" and upstream.maker == gpu.values.get("vendor")
    return upstream if own else None


def _above(bridge: _Section, tree: _Tree) -> _Section | None:
    """The bridge whose secondary bus a bridge sits on."""
    if bridge.bus is None:
        return None
    place = int(bridge.bus[5:7], 16)
    return next(
        (one for one in tree.bridges if one.first == place and one is not bridge
         and (one.bus is None or one.bus[:4] == bridge.bus[:4])), None,
    )  # fmt: skip


def _acs(tree: _Tree, gpus: list[SeenGpu]) -> list[Acs]:
    """ACS of the bridges above GPUs; of all bridges where the text does not say which lead to one."""
    told = [bridge for bridge in tree.bridges if bridge.acs is not None]
    above = [bridge for bridge in told if any(bridge.above(gpu) for gpu in gpus)]
    placed = any(bridge.first is not None or bridge.below is not None for bridge in told)
    return [bridge.acs for bridge in (above if placed else told) if bridge.acs is not None]
