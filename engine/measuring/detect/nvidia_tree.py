"""`nvidia-smi -q` as a tree: XML, JSON made of it, and the indented text, read by the same names."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from ..pasted import Paste, number
from .seen import SeenGpu, bus_address

Tree = dict[str, Any]
_XML = re.compile(r"<nvidia_smi_log\b.*?(?:</nvidia_smi_log>|\Z)", re.DOTALL)
_XML_REST = re.compile(r"<gpu id=.*", re.DOTALL)
_XML_GPU = re.compile(r"<gpu\b[^>]*>")
_TEXT_GPU = re.compile(r"^GPU ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7])\s*$")
_PAIR = re.compile(r"^(\s*)(\S.*?)\s*(?::(?:\s+(.*?))?)?\s*$")
_PIECE = re.compile(
    r"^(\s*)(Product Name(?=\s+:)|BAR1 Memory Usage|FB Memory Usage|GPU Link Info|(?:GPU )?Power Readings|MIG Mode)"
    r"\s*(?::|$)"
)
"""Sections of a GPU. dmidecode has a product name too, that of the board, and no blank before its colon."""
_TEXT_HEAD = re.compile(r"^(Driver Version|CUDA Version|Attached GPUs)\s*: (.*?)\s*$")
_NOTHING = {
    "",
    "n/a",
    "[n/a]",
    "unknown",
    "unknown error",
    "none",
    "not supported",
    "[not supported]",
    "requested functionality has been deprecated",
}
_COMPLAINT = re.compile(r"^\[[A-Z][\w ]*\]$|^ERR!$|^GPU (?:is lost|requires reset)", re.IGNORECASE)
"""What a driver says in place of a value: `[Unknown Error]`, `[GPU requires reset]`."""
_MOST_DEPTH = 12

_PATHS: dict[str, tuple[str, ...]] = {
    "memory_mib": ("fb_memory_usage/total",),
    "bar1_mib": ("bar1_memory_usage/total",),
    "power_limit_w": (
        "gpu_power_readings/current_power_limit", "gpu_power_readings/power_limit",
        "power_readings/enforced_power_limit", "power_readings/power_limit",
        "gpu_power_readings/requested_power_limit",
    ),
    "power_default_w": ("gpu_power_readings/default_power_limit", "power_readings/default_power_limit"),
    "power_max_w": ("gpu_power_readings/max_power_limit", "power_readings/max_power_limit"),
    "power_draw_w": (
        "gpu_power_readings/power_draw", "gpu_power_readings/instant_power_draw",
        "gpu_power_readings/average_power_draw", "power_readings/power_draw",
    ),
    "pcie_gen_now": ("pci_gpu_link_info/pcie_gen/current_link_gen", "gpu_link_info/pcie_generation/current"),
    "pcie_gen_max": ("pci_gpu_link_info/pcie_gen/max_link_gen", "gpu_link_info/pcie_generation/max"),
    "pcie_gen_card": ("pci_gpu_link_info/pcie_gen/max_device_link_gen", "gpu_link_info/pcie_generation/device_max"),
    "pcie_gen_slot": ("pci_gpu_link_info/pcie_gen/max_host_link_gen", "gpu_link_info/pcie_generation/host_max"),
    "pcie_lanes_now": ("pci_gpu_link_info/link_widths/current_link_width", "gpu_link_info/link_width/current"),
    "pcie_lanes_max": ("pci_gpu_link_info/link_widths/max_link_width", "gpu_link_info/link_width/max"),
    "busy_percent": ("utilization/gpu_util", "utilization/gpu"),
}  # fmt: skip


def trees_of_xml(paste: Paste) -> Iterator[tuple[int, Tree, list[str]]]:
    """Every nvidia_smi_log of a text, and what of it is damaged; of such GPUs, the elements that were closed.

    Each GPU is read by itself, so that damage in one loses none of the others. A log without its head has GPUs too.
    """
    text = paste.text
    headed = list(_XML.finditer(text))
    for match in headed or list(_XML_REST.finditer(text))[:1]:
        if "<!ENTITY" in match[0]:
            continue
        tree, lost = _tree_of_xml(match[0])
        if tree:
            yield text.count("\n", 0, match.start()) + 1, tree, lost


def _tree_of_xml(text: str) -> tuple[Tree, list[str]]:
    starts = [match.start() for match in _XML_GPU.finditer(text)] or [len(text)]
    tree, _ = _part_of_xml(text[: starts[0]])
    lost = []
    for place, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True)):
        gpu, whole = _part_of_xml(text[start:end].removesuffix("</nvidia_smi_log>"))
        if not gpu:
            continue
        tree.setdefault("gpu", []).append(gpu)
        if not whole:
            called = _leaf(gpu, "product_name") or "its name is lost"
            lost.append(f"GPU {place} ({called}): its part is cut off or damaged, and what stands after that is lost")
    return tree, lost


def _part_of_xml(text: str) -> tuple[Tree, bool]:
    """The closed elements of a piece, and whether its outermost element was closed."""
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(events=("start", "end"))
    root: ElementTree.Element | None = None
    closed: set[int] = set()
    with contextlib.suppress(ElementTree.ParseError):
        parser.feed(text)
        for event in parser.read_events():
            element = event[-1]
            if not isinstance(element, ElementTree.Element):
                continue
            root = element if root is None else root
            if event[0] == "end":
                closed.add(id(element))
    return (_element(root, closed, 0), id(root) in closed) if root is not None else ({}, False)


def _element(element: ElementTree.Element, closed: set[int], depth: int) -> Tree:
    tree: Tree = {f"@{name}": value for name, value in element.attrib.items()}
    if depth > _MOST_DEPTH:
        return tree
    for child in element:
        if len(child) or child.attrib:
            _put(tree, child.tag, _element(child, closed, depth + 1))
        elif id(child) in closed and child.text is not None:
            _put(tree, child.tag, child.text.strip())
    return tree


def _put(tree: Tree, name: str, value: Any) -> None:
    if name == "gpu":
        tree.setdefault("gpu", []).append(value)
    else:
        tree.setdefault(name, value)


def trees_of_text(paste: Paste) -> Iterator[tuple[int, Tree]]:
    """Every `nvidia-smi -q` text; sections nest by indentation. Without any head of a GPU, what `grep` left of one."""
    tree: Tree = {}
    first, gpu = 0, None
    stack: list[tuple[int, Tree]] = []
    for line in paste.lines:
        if match := _TEXT_HEAD.match(line.text):
            if match[1] == "Driver Version" and tree.get("gpu"):
                yield first, tree
                tree, gpu = {}, None
            tree[match[1].lower().replace(" ", "_")] = match[2]
        elif match := _TEXT_GPU.match(line.text):
            gpu = {"@id": match[1]}
            tree.setdefault("gpu", []).append(gpu)
            first = first or line.number
            stack = [(-1, gpu)]
        elif gpu is not None and line.text[:1] in {" ", "\t"} and not line.cut:
            _indented(line.text.expandtabs(8), stack)
        elif gpu is not None and line.text.strip():
            gpu = None
    if tree.get("gpu"):
        yield first, tree
    elif pieces := _pieces(paste):
        yield pieces[0], {**tree, "gpu": pieces[1]}


def _pieces(paste: Paste) -> tuple[int, list[Tree]] | None:
    """Sections that stand without their GPU, in the order of GPUs: the next one begins where a section comes again."""
    gpus: list[Tree] = []
    first = 0
    stack: list[tuple[int, Tree]] = []
    for line in paste.lines:
        text = line.text.expandtabs(8)
        if match := _PIECE.match(text):
            name = match[2].lower().replace(" ", "_")
            if not gpus or name in gpus[-1]:
                gpus.append({})
            first = first or line.number
            stack = [(len(match[1]) - 1, gpus[-1])]
        elif not text.startswith(" "):
            stack = []
        if stack and not line.cut:
            _indented(text, stack)
    return (first, gpus) if gpus else None


def _indented(text: str, stack: list[tuple[int, Tree]]) -> None:
    match = _PAIR.match(text)
    if match is None:
        return
    indent, name = len(match[1]), match[2].lower().replace(" ", "_")
    while len(stack) > 1 and stack[-1][0] >= indent:
        stack.pop()
    if ":" in text:
        stack[-1][1].setdefault(name, (match[3] or "").strip())
    elif len(stack) <= _MOST_DEPTH:
        section: Tree = {}
        stack[-1][1].setdefault(name, section)
        stack.append((indent, section))


def note_tree(gpu: Tree, one: SeenGpu) -> None:
    """The values of one GPU's tree."""
    pci = gpu.get("pci") if isinstance(gpu.get("pci"), dict) else {}
    number_of_device = re.fullmatch(
        r"0x([0-9A-F]{4})10DE", str(_leaf(gpu, "pci/device_id") or _leaf(gpu, "pci/pci_device_id")), re.I
    )
    one.note("device_number", f"0x{number_of_device[1].lower()}" if number_of_device else None)
    one.bus = bus_address(_leaf(gpu, "pci/pci_bus_id") or _leaf(gpu, "pci/bus_id") or _leaf(gpu, "@id"))
    one.identify(_leaf(gpu, "uuid") or _leaf(gpu, "gpu_uuid"))
    one.note("name", _leaf(gpu, "product_name"))
    architecture = _leaf(gpu, "product_architecture")
    one.note("architecture", architecture.split()[0].lower() if architecture else None)
    one.note("pstate", _pstate(gpu))
    for name, paths in _PATHS.items():
        found = (number(leaf) for path in paths if (leaf := _leaf(gpu, path) or _leaf(pci or {}, path)) is not None)
        value = next((v for v in found if v is not None), None)
        one.note(name, int(value) if value is not None and value == int(value) else value)
    mig = _leaf(gpu, "mig_mode/current_mig") or _leaf(gpu, "mig_mode/current")
    one.note("mig", mig.lower() == "enabled" if mig else None)
    idle = next((leaf for path in _IDLE if (leaf := _leaf(gpu, path))), None)
    one.note("idle", idle.lower() == "active" if idle else None)
    if one.values or one.bus:
        one.note("vendor", "nvidia")


_IDLE = (
    "clocks_event_reasons/clocks_event_reason_gpu_idle", "clocks_throttle_reasons/clocks_throttle_reason_gpu_idle",
    "clocks_event_reasons/idle", "clocks_throttle_reasons/idle",
)  # fmt: skip


def _pstate(gpu: Tree) -> str | None:
    state = _leaf(gpu, "performance_state") or _leaf(gpu, "gpu_power_readings/power_state")
    return state if state and re.fullmatch(r"P\d{1,2}", state) else None


def _leaf(tree: Tree, path: str) -> str | None:
    value: Any = tree
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = value.get("text", value.get("#text"))
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    text = str(value).strip()
    return None if is_nothing(text) else text


def complaint_of(gpu: Tree) -> str | None:
    """What the driver says in place of a card's name, where it cannot reach the card."""
    name = gpu.get("product_name")
    return name if isinstance(name, str) and _COMPLAINT.match(name.strip()) else None


def is_nothing(text: str) -> bool:
    """Whether a driver says that it has no value, in one of its many ways."""
    return text.strip().lower() in _NOTHING or _COMPLAINT.match(text.strip()) is not None
