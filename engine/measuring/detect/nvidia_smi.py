"""nvidia-smi: the table, `-q` text, `-q -x` XML and JSON made of it, `--query-gpu` CSV, and `-L`.

Source: nvidia-smi(1); field names of `nvidia-smi --help-query-gpu`; samples of drivers 369 to 610.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..islands import objects_with
from ..pasted import Line, Paste, number, whole
from .nvidia_tree import complaint_of, is_nothing, note_tree, trees_of_text, trees_of_xml
from .seen import Refused, Seen, SeenGpu, bus_address

_HEADER = re.compile(r"NVIDIA-SMI\s+([\d.]+)\s+(?:Driver Version|KMD Version):\s*([\d.]+)")
_FIRST = re.compile(
    r"^\W*(\d+)\s+((?!Intel\b)\S.*?)\s+(?:On|Off|N/A|WDDM|TCC|MCDM|Disabled|Enabled)\s*\|\s*"
    r"([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7])"
)
_LIST_START = re.compile(r"^\W*GPU (\d{1,4}): ")
_BORDER = re.compile(r"^\s*[+|]?[-=+]{40,}")
_PSTATE = re.compile(r"\b(P\d{1,2})\b")
_POWER = re.compile(r"(\d+)W\s*/\s*(\d+)W")
_MEMORY = re.compile(r"(\d+)MiB\s*/\s*(\d+)MiB")
_BUSY = re.compile(r"\|\s*(\d+)%\s+\w+")
_LISTED = re.compile(r"^\W*GPU (\d+): (\S.*?) \(UUID: [^)]*\)")
_MIG_DEVICE = re.compile(r"^\s*MIG (\S+)\s+Device\s+\d+:")
_BRANDED = re.compile(r"(?:NVIDIA|Tesla|GeForce|Quadro|TITAN)\b")
_FAILED = re.compile(
    r"(Unable to determine the device handle for GPU.*|NVIDIA-SMI has failed because.*|Failed to initialize NVML: .*"
    r"|No devices were found.*)$"
)
_APPS = re.compile(r"^\W*pid, process_name, used_(?:gpu_)?memory", re.IGNORECASE)
_APP = re.compile(r"^\s*(\d+), ([^,]+), (\d+) MiB\s*$")
_COMMAND = re.compile(r"--query-gpu=([\w.,]+)")


def read(paste: Paste) -> Seen:
    """GPUs of every nvidia-smi output in a text."""
    seen = Seen()
    _table(paste, seen)
    _slices(paste, seen)
    seen.refused += _cut(paste)
    seen.failed += [
        Refused(f"nvidia-smi: {match[1].strip()}", paste.where(line.number))
        for line in paste.lines
        if (match := _FAILED.search(line.text))
    ]
    for line, tree, lost in trees_of_xml(paste):
        _tree(tree, paste, line, "nvidia-smi -q -x", seen)
        seen.refused += [Refused(one, paste.where(line)) for one in lost]
    for line, record in objects_with(paste, "gpu"):
        if isinstance(record["gpu"], list | dict) and ("driver_version" in record or "attached_gpus" in record):
            _tree(record, paste, line, "nvidia-smi -q -x (JSON)", seen)
    for line, tree in trees_of_text(paste):
        _tree(tree, paste, line, "nvidia-smi -q", seen)
    _query(paste, seen)
    _listing(paste, seen)
    _processes(paste, seen)
    return seen


def _tree(tree: dict[str, Any], paste: Paste, line: int, tool: str, seen: Seen) -> None:
    listed = tree.get("gpu")
    gpus = [gpu for gpu in (listed if isinstance(listed, list) else [listed]) if isinstance(gpu, dict)]
    seen.driver = seen.driver or _text(tree.get("driver_version")) or _text(tree.get("kmd_version"))
    attached = whole(_text(tree.get("attached_gpus")))
    if attached is not None and attached < 1024:
        seen.attached = seen.attached or attached
    for place, gpu in enumerate(gpus):
        one = SeenGpu(tool, paste.where(line))
        note_tree(gpu, one)
        if complaint := complaint_of(gpu):
            seen.failed.append(Refused(f"GPU {place}: the driver says {complaint} in place of its name", one.where))
        one.index = place if attached in {None, len(gpus)} or place == 0 else None
        if one.values:
            seen.gpus.append(one)


def _text(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("text", value.get("#text"))
    return str(value) if isinstance(value, str | int | float) else None


def _table(paste: Paste, seen: Seen) -> None:
    gpu: SeenGpu | None = None
    for line in paste.lines:
        if match := _HEADER.search(line.text):
            seen.driver = seen.driver or match[2]
        elif match := _FIRST.match(line.text):
            gpu = SeenGpu("nvidia-smi", paste.where(line.number), int(match[1][:4]), bus_address(match[3]))
            gpu.note("name", None if "ERR!" in match[2] else match[2].strip())
            gpu.note("vendor", "nvidia")
            seen.gpus.append(gpu)
        elif gpu is not None and "GPU is lost" in line.text:
            seen.refused.append(Refused(f"GPU {gpu.index}: the driver has lost it; start the machine anew", gpu.where))
        elif gpu is not None and (match := _MEMORY.search(line.text)):
            _usage(line, match, gpu)
        elif gpu is not None and "|" in line.text:
            if re.search(r"\|\s+Enabled\s+\|\s*$", line.text):
                gpu.note("mig", True)
            gpu = None


_SLICE = re.compile(r"^\W*(\d+)\s+\d+\s+\d+\s+\d+\s*\|\s*\d+MiB\s*/\s*(\d+)MiB\s*\|")
"""A row of the table of MIG devices: card, instances, device and memory."""


def _slices(paste: Paste, seen: Seen) -> None:
    """The memory of the slices of cards in MIG mode."""
    sizes: dict[int, list[str]] = {}
    for line in paste.lines:
        if match := _SLICE.match(line.text):
            sizes.setdefault(int(match[1][:4]), []).append(f"{int(match[2][:9])} MiB")
    for gpu in seen.gpus:
        if gpu.index in sizes and gpu.tool == "nvidia-smi":
            gpu.note("mig_slices", ", ".join(sizes[gpu.index]))


def _cut(paste: Paste) -> Iterator[Refused]:
    """Where a table ends before its border, or a list within a line: what stood there is lost."""
    rows = [line.number for line in paste.lines if _FIRST.match(line.text)]
    headed = any(_HEADER.search(line.text) for line in paste.lines)
    if headed and rows and not any(_BORDER.match(line.text) for line in paste.lines[rows[-1] :]):
        yield Refused("the table of nvidia-smi is cut off here: cards may be lost", paste.where(paste.lines[-1].number))
    last = paste.lines[-1] if paste.lines else None
    if last is not None and last.cut and (match := _LIST_START.match(last.text)) and not _LISTED.match(last.text):
        yield Refused(f"the line of GPU {match[1]} is cut off: the card is left out", paste.where(last.number))


def _usage(line: Line, memory: re.Match[str], gpu: SeenGpu) -> None:
    gpu.note("memory_mib", int(memory[2][:9]))
    if match := _PSTATE.search(line.text):
        gpu.note("pstate", match[1])
    if match := _POWER.search(line.text):
        gpu.note("power_draw_w", int(match[1][:6]))
        gpu.note("power_limit_w", int(match[2][:6]))
    if match := _BUSY.search(line.text, memory.end()):
        gpu.note("busy_percent", int(match[1][:4]))


_FIELDS: dict[str, tuple[str, str]] = {
    "name": ("name", "text"), "gpu_name": ("name", "text"), "driver_version": ("driver", "text"),
    "pstate": ("pstate", "text"), "compute_cap": ("compute_capability", "number"),
    "memory.total": ("memory_mib", "number"), "mem_total_mib": ("memory_mib", "number"),
    "power.limit": ("power_limit_w", "number"), "enforced.power.limit": ("power_limit_w", "number"),
    "power_limit_w": ("power_limit_w", "number"), "power.default_limit": ("power_default_w", "number"),
    "power.max_limit": ("power_max_w", "number"), "power.draw": ("power_draw_w", "number"),
    "power.draw.average": ("power_draw_w", "number"), "power.draw.instant": ("power_draw_w", "number"),
    "pcie.link.gen.current": ("pcie_gen_now", "number"), "pcie.link.gen.gpucurrent": ("pcie_gen_now", "number"),
    "pcie.link.gen.max": ("pcie_gen_max", "number"), "pcie.link.gen.gpumax": ("pcie_gen_card", "number"),
    "pcie.link.gen.hostmax": ("pcie_gen_slot", "number"), "pcie.link.width.current": ("pcie_lanes_now", "number"),
    "pcie.link.width.max": ("pcie_lanes_max", "number"), "utilization.gpu": ("busy_percent", "number"),
    "util_pct": ("busy_percent", "number"), "mig.mode.current": ("mig", "switch"),
}  # fmt: skip


def _query(paste: Paste, seen: Seen) -> None:
    columns: list[str] = []
    newest: dict[int, SeenGpu] = {}
    for line in paste.lines:
        cells = [cell.strip() for cell in line.text.split(",")]
        names = [cell.split(" [")[0].lower() for cell in cells]
        if match := _COMMAND.search(line.text):
            columns = match[1].lower().split(",")
        elif len(names) > 1 and _is_header(names):
            columns = names
        elif columns and len(cells) == len(columns) and not (line.cut and cells[-1].isdigit() and len(columns) > 2):
            _query_row(dict(zip(columns, cells, strict=True)), paste, line.number, newest)
        elif columns and line.cut and len(cells) <= len(columns) and cells[0].isdigit():
            reason = f"the line of GPU {cells[0][:4]} is cut off: what it says is left out"
            seen.refused.append(Refused(reason, paste.where(line.number)))
        elif line.text.strip():
            _bare(cells, paste, line, newest)
            columns = [] if columns and not line.text.lstrip().startswith("#") else columns
    for gpu in newest.values():
        seen.driver = seen.driver or (str(gpu.values["driver"]) if "driver" in gpu.values else None)
    seen.gpus += newest.values()


def _is_header(names: list[str]) -> bool:
    known = sum(
        name in _FIELDS or name in {"index", "pci.bus_id", "gpu_bus_id", "uuid", "gpu_uuid", "ts"} for name in names
    )
    return known >= 2 and 2 * known >= len(names)


def _query_row(row: dict[str, str], paste: Paste, line: int, newest: dict[int, SeenGpu]) -> None:
    index = whole(row.get("index"))
    gpu = SeenGpu("nvidia-smi --query-gpu", paste.where(line), index)
    gpu.bus = bus_address(row.get("pci.bus_id") or row.get("gpu_bus_id"))
    gpu.identify(row.get("uuid") or row.get("gpu_uuid"))
    for column, text in row.items():
        name, kind = _FIELDS.get(column, ("", ""))
        if not name or is_nothing(text):
            continue
        if kind == "text":
            gpu.note(name, text)
        elif kind == "switch":
            gpu.note(name, text.lower() == "enabled")
        elif (value := number(text)) is not None:
            gpu.note(name, int(value) if value == int(value) else value)
    if gpu.values and (index is not None or "name" in gpu.values):
        gpu.note("vendor", "nvidia")
        newest[index if index is not None else -1 - len(newest)] = gpu
        if gpu.index is None and gpu.bus is None:
            gpu.index = len(newest) - 1


def _bare(cells: list[str], paste: Paste, line: Line, newest: dict[int, SeenGpu]) -> None:
    """A row of `--format=csv,noheader` whose columns nobody names: index and name by their looks, the rest by units."""
    if len(cells) < 2 or not cells[0].isdigit() or not _BRANDED.match(cells[1]) or len(cells[0]) > 3 or line.cut:
        return
    gpu = SeenGpu("nvidia-smi --query-gpu", paste.where(line.number), int(cells[0]))
    gpu.note("name", cells[1])
    gpu.note("vendor", "nvidia")
    memory = [whole(cell) for cell in cells[2:] if re.fullmatch(r"\d+ MiB", cell)]
    if memory:
        gpu.note("memory_mib", max(value for value in memory if value is not None))
    newest.setdefault(int(cells[0]), gpu)


def _listing(paste: Paste, seen: Seen) -> None:
    gpu: SeenGpu | None = None
    for line in paste.lines:
        if match := _LISTED.match(line.text):
            gpu = SeenGpu("nvidia-smi -L", paste.where(line.number), int(match[1][:4]))
            gpu.note("name", match[2])
            gpu.note("vendor", "nvidia")
            gpu.identify(line.text)
            seen.gpus.append(gpu)
        elif gpu is not None and (match := _MIG_DEVICE.match(line.text)):
            gpu.note("mig", True)
            before = gpu.values.get("mig_slices")
            gpu.note("mig_slices", f"{before}, {match[1]}" if before else match[1])


def _processes(paste: Paste, seen: Seen) -> None:
    """`--query-compute-apps`: what runs on the cards."""
    head = next((line.number for line in paste.lines if _APPS.match(line.text)), None)
    if head is None:
        return
    found = [match for line in paste.lines[head:] if (match := _APP.match(line.text))]
    for match in found[:32]:
        name = re.split(r"[/\\]", match[2].strip())[-1]
        seen.said.append(("process", f"{name} holds {match[3]} MiB of a card"))
    if not found:
        seen.said.append(("process", "no process computes on the cards"))
