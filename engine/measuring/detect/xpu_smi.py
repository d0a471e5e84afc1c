"""`xpu-smi` and `xpumcli` of Intel: the table without arguments, `discovery`, `discovery -d N`, and both as JSON.

Source: intel/xpumanager, README.md and doc/CLI_user_guide.md. Arc cards have a switch of their own, behind which the
function's link is generation 1 with one lane: such a link says nothing of the slot.
"""

from __future__ import annotations

import re
from typing import Any

from ..islands import objects_with
from ..pasted import Line, Paste, number, whole
from .seen import Seen, SeenGpu, bus_address

TOOL = "xpu-smi"
_HEAD = re.compile(r"Intel XPU-SMI|\| Device ID \| Device Information")
_FIELD = re.compile(r"^\W*(?:(\d{1,3})\s*\|)?\W*([A-Z][A-Za-z ]+?): (\S.*?)\s*(?:\||$)")
_ROW = re.compile(
    r"^\W*(\d{1,3})\s+(Intel\S.*?)\s+(?:On|Off|N/A)\s*\|\s*([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])", re.I
)
_POWER = re.compile(r"(\d+)\s?W\s*/\s*(\d+)\s?W.*?(\d+)\s?MiB\s*/\s*(\d+)\s?MiB")
_NUMBERED = re.compile(r"^Intel\(R\) Graphics \[(0x[0-9a-f]{3,4})\]$", re.IGNORECASE)
_OF_FIELDS = {
    "Device Name": "device_name", "PCI Device ID": "pci_device_id", "PCI BDF Address": "pci_bdf_address",
    "PCIe Generation": "pcie_generation", "PCIe Max Link Width": "pcie_max_link_width",
    "Memory Physical Size": "memory_physical_size", "Function Type": "device_function_type",
}  # fmt: skip
"""Fields of the tables by their names in JSON."""


def read(paste: Paste) -> Seen:
    """GPUs in the order of their device ids, which is that of Level Zero; virtual functions are none."""
    seen, devices = Seen(), dict[int, tuple[str, dict[str, Any]]]()
    if _HEAD.search(paste.text):
        _tables(paste, devices)
        seen.gpus += _rows(paste)
    for line, record in objects_with(paste, "device_id", "device_name", "pci_bdf_address"):
        index = whole(record["device_id"])
        if index is not None and 0 <= index < 1024:
            devices.setdefault(index, (paste.where(line), {}))[1].update(record)
    seen.gpus += [
        _gpu(index, where, fields)
        for index, (where, fields) in sorted(devices.items())
        if fields.get("device_function_type", "physical") == "physical" and "device_name" in fields
    ]
    return seen


def _tables(paste: Paste, devices: dict[int, tuple[str, dict[str, Any]]]) -> None:
    index: int | None = None
    for line in paste.lines:
        if (match := _FIELD.match(line.text)) is None or _unfinished(line):
            continue
        if match[1] is not None:
            index = int(match[1])
        if index is not None and match[2] in _OF_FIELDS:
            devices.setdefault(index, (paste.where(line.number), {}))[1][_OF_FIELDS[match[2]]] = match[3]


def _unfinished(line: Line) -> bool:
    """Whether a line of a table ends before its border."""
    return line.cut and not line.text.rstrip().endswith("|")


def _gpu(index: int, where: str, fields: dict[str, Any]) -> SeenGpu:
    gpu = SeenGpu(TOOL, where, index, bus_address(fields.get("pci_bdf_address")))
    numbered = _NUMBERED.match(str(fields["device_name"]))
    gpu.note("name", None if numbered else str(fields["device_name"]))
    gpu.note("device_number", numbered[1] if numbered else _device_number(fields.get("pci_device_id")))
    gpu.note("vendor", "intel")
    in_bytes = number(fields.get("memory_physical_size_byte"))
    mib = in_bytes / 2**20 if in_bytes else number(fields.get("memory_physical_size"))
    gpu.note("memory_mib", round(mib) if mib else None)
    gen, lanes = whole(fields.get("pcie_generation")), whole(fields.get("pcie_max_link_width"))
    if gen and lanes and (gen, lanes) != (1, 1):
        gpu.note("pcie_gen_card", gen)
        gpu.note("pcie_lanes_max", lanes)
    return gpu


def _device_number(text: object) -> str | None:
    match = re.fullmatch(r"0x([0-9a-fA-F]{3,4})", str(text or ""))
    return f"0x{match[1].lower():0>4}" if match else None


def _rows(paste: Paste) -> list[SeenGpu]:
    """Cards of the table that version 2 prints without arguments: a row of names, a row of power and memory."""
    found: list[SeenGpu] = []
    for line in paste.lines:
        if match := _ROW.match(line.text):
            gpu = SeenGpu(TOOL, paste.where(line.number), int(match[1]), bus_address(match[3]))
            gpu.note("name", match[2])
            gpu.note("vendor", "intel")
            found.append(gpu)
        elif found and "memory_mib" not in found[-1].values and (match := _POWER.search(line.text)):
            found[-1].note("power_draw_w", int(match[1]))
            found[-1].note("power_limit_w", int(match[2]))
            found[-1].note("memory_mib", int(match[4]))
    return found
