"""AMD: `rocm-smi` (concise tables, `--json`, `--csv`, `GPU[0] : key: value` lists) and `amd-smi static` (text, JSON).

Source: ROCm rocm_smi_lib python_smi_tools, ROCm amdsmi amdsmi_cli; key names of ROCm 3.5 to 7.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..islands import damage, islands
from ..pasted import Paste, number, whole
from .seen import Refused, Seen, SeenGpu, bus_address, generation

_GENERIC = re.compile(r"^(?:0x[0-9a-f]+|n/a|none|unknown|(?:AMD )?Radeon(?:\(TM\))? Graphics)$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"^(?:Navi|Vega|Arcturus|Aldebaran|Polaris|Ellesmere)\b[^\[]*\[([^\]/]+)\]$")
"""A card as the list of the bus names it, chip first; of several cards behind one number none is told."""
_CONCISE = re.compile(r"^(\d+)\s+(?:\[|\d+\s|\d+\.\d+).*?\b(\d+(?:\.\d+)?)W\s+\d+%\s+\S+\s*$")
_DEVICE = re.compile(r"0x[0-9a-f]{4}", re.IGNORECASE)
_NUMBERED = ("device id", "gpu id", "card series", "card model")
"""Keys under which some version of rocm-smi gives the device number of the bus."""
_CONCISE_HEAD = re.compile(r"^(?:Device|GPU)\s+.*PwrCap\s+VRAM%")
_SMI_HEAD = re.compile(r"AMD-SMI \S+\s+amdgpu version: (\d[\w.-]*)")
_SMI_FIRST = re.compile(
    r"^\W*([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\s+(\S[^|]*?)\s*\|[^|]*?\b(?:(\d+)/(\d+) W|N/A)\s*\|\s*$",
    re.IGNORECASE,
)
_SMI_SECOND = re.compile(r"^\W*(\d{1,3})\s+\d+\s[^|]*\|[^|]*?\b\d+/(\d+) MB\s*\|\s*$")
_LISTED = re.compile(r"^\s*GPU\[(\d+)\]\s*:\s+([^:]+?):\s+(\S.*?)\s*$")


def read(paste: Paste) -> Seen:
    """GPUs of every AMD tool output in a text."""
    seen = Seen()
    _json(paste, seen)
    _csv(paste, seen)
    _lists(paste, seen)
    _concise(paste, seen)
    _hardware(paste, seen)
    _static_text(paste, seen)
    _smi_table(paste, seen)
    return seen


def _card(values: Mapping[str, Any], index: int, tool: str, where: str) -> SeenGpu | None:
    """One card by the key names of rocm-smi."""
    plain = {
        str(key).strip().lower(): str(value).strip()
        for key, value in values.items()
        if isinstance(value, str | int | float)
    }
    gpu = SeenGpu(tool, where, index, bus_address(plain.get("pci bus")))
    names = (plain.get(key) for key in ("card series", "device name", "card model", "marketing name"))
    gpu.note("name", next((_IN_BRACKETS.sub(r"\1", name) for name in names if name and not _GENERIC.match(name)), None))
    gpu.note("device_number", next((told for key in _NUMBERED if _DEVICE.fullmatch(told := plain.get(key, ""))), None))
    total = number(plain.get("vram total memory (b)"))
    gpu.note("memory_mib", round(total / 2**20) if total else None)
    gpu.note("power_limit_w", _watts(plain.get("max graphics package power (w)")))
    draw = plain.get("average graphics package power (w)") or plain.get("current socket graphics package power (w)")
    gpu.note("power_draw_w", _watts(draw))
    gpu.note("busy_percent", _watts(plain.get("gpu use (%)")))
    if match := re.search(r"\(([\d.]+GT/s) x(\d+)", plain.get("pcie clock level", "")):
        gpu.note("pcie_gen_now", generation(match[1]))
        gpu.note("pcie_lanes_now", whole(match[2]))
    if gpu.values:
        gpu.note("vendor", "amd")
    return gpu if gpu.values else None


def _watts(text: object) -> int | float | None:
    value = number(text)
    return int(value) if value is not None and value == int(value) else value


def _json(paste: Paste, seen: Seen) -> None:
    for line, value in islands(paste):
        where = paste.where(line)
        for key, card in value.items():
            match = re.fullmatch(r"card(\d{1,3})", key)
            if match and isinstance(card, dict) and (gpu := _card(card, int(match[1]), "rocm-smi --json", where)):
                seen.gpus.append(gpu)
        listed = value.get("gpu_data") if isinstance(value.get("gpu_data"), list) else [value]
        for entry in listed or []:
            if isinstance(entry, dict) and isinstance(entry.get("asic"), dict):
                seen.gpus.append(_static(entry, where))
            elif isinstance(entry, dict) and _is_metric(entry):
                seen.gpus.append(_metric(entry, where))
        system = value.get("system")
        if isinstance(system, dict) and isinstance(system.get("Driver version"), str):
            seen.driver = seen.driver or system["Driver version"]
    if seen.gpus and (lost := damage(paste)) is not None:
        seen.refused.append(Refused(lost[1], paste.where(lost[0])))


def _static(entry: Mapping[str, Any], where: str) -> SeenGpu:
    """One GPU of `amd-smi static`: sections of names and values."""
    gpu = SeenGpu("amd-smi static", where, whole(entry.get("gpu")))
    asic, bus, board, vram, limit = (_section(entry, name) for name in ("asic", "bus", "board", "vram", "limit"))
    gpu.bus = bus_address(bus.get("bdf"))
    names = (asic.get("market_name"), board.get("product_name"))
    gpu.note("name", next((str(name) for name in names if name and not _GENERIC.match(str(name))), None))
    gpu.note("memory_mib", whole(_amount(vram.get("size"))))
    ppt = _section(limit, "ppt0")
    limits = ("socket_power", "current_power", "ppt0_socket_power", "socket_power_limit", "power_limit", "max_power")
    watts = _watts(next((_amount(one) for name in limits if (one := limit.get(name) or ppt.get(name))), None))
    gpu.note("power_limit_w", watts if watts else None)
    most = _watts(_amount(limit.get("max_power") or ppt.get("max_power_limit")))
    gpu.note("power_max_w", most if most else None)
    gpu.note("pcie_lanes_max", whole(_amount(bus.get("max_pcie_width"))))
    speed = bus.get("max_pcie_speed")
    if isinstance(speed, dict):
        speed = f"{speed.get('value')} {speed.get('unit')}"
    gpu.note("pcie_gen_max", generation(str(speed or "").replace("GT/S", "GT/s")))
    gpu.note("numa_node", whole(_section(entry, "numa").get("node")))
    gpu.note("vendor", "amd")
    return gpu


def _is_metric(entry: Mapping[str, Any]) -> bool:
    return "gpu" in entry and any(isinstance(entry.get(name), dict) for name in ("pcie", "power", "usage"))


def _metric(entry: Mapping[str, Any], where: str) -> SeenGpu:
    """One GPU of `amd-smi metric`, which names none: what it draws, how busy it is, its link as it is now."""
    gpu = SeenGpu("amd-smi metric", where, whole(entry.get("gpu")))
    pcie, power, usage = (_section(entry, name) for name in ("pcie", "power", "usage"))
    speed = pcie.get("speed")
    gpu.note("pcie_lanes_now", whole(_amount(pcie.get("width"))))
    gpu.note(
        "pcie_gen_now",
        generation(f"{speed['value']} {speed.get('unit')}" if isinstance(speed, dict) and "value" in speed else speed),
    )
    gpu.note("power_draw_w", _watts(_amount(power.get("socket_power"))))
    gpu.note("busy_percent", _watts(_amount(usage.get("gfx_activity"))))
    gpu.note("vendor", "amd")
    return gpu


def _section(entry: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    return {str(k).lower(): v for k, v in value.items()} if isinstance(value, dict) else {}


def _amount(value: object) -> object:
    return value.get("value") if isinstance(value, dict) else value


def _csv(paste: Paste, seen: Seen) -> None:
    header: list[str] = []
    for line in paste.lines:
        if line.text.startswith("device,"):
            header = [cell.strip() for cell in line.text.split(",")]
            continue
        match = re.match(r"^card(\d{1,3}),", line.text)
        if header and match and not line.cut:
            cells = next(csv.reader([line.text]), [])
            if len(cells) >= len(header) and (
                gpu := _card(
                    dict(zip(header, cells, strict=False)), int(match[1]), "rocm-smi --csv", paste.where(line.number)
                )
            ):
                seen.gpus.append(gpu)


def _lists(paste: Paste, seen: Seen) -> None:
    cards: dict[int, dict[str, str]] = {}
    first: dict[int, int] = {}
    for line in paste.lines:
        match = _LISTED.match(line.text)
        if match and not line.cut:
            index = int(match[1][:3])
            first.setdefault(index, line.number)
            cards.setdefault(index, {}).setdefault(match[2].strip(), match[3])
    for index, values in cards.items():
        if gpu := _card(values, index, "rocm-smi", paste.where(first[index])):
            seen.gpus.append(gpu)


_PARTITION = re.compile(r"\bNPS\d, ([A-Z]PX), (\d{1,2})\b")
"""Into what a card is cut, and which part a row is: SPX leaves it whole. Source: ROCm, MI300 partitioning."""


def _concise(paste: Paste, seen: Seen) -> None:
    inside = False
    cut = 0
    gpu: SeenGpu | None = None
    for line in paste.lines:
        if _CONCISE_HEAD.match(line.text):
            inside = True
        elif "End of ROCm SMI Log" in line.text:
            inside, gpu = False, None
        elif inside and (match := re.match(r"^(\d{1,3})\s+\S", line.text)):
            part = _PARTITION.search(line.text)
            if part and int(part[2]) > 0:
                cut, gpu = cut + 1, None
                continue
            gpu = SeenGpu("rocm-smi", paste.where(line.number), int(match[1]) - cut)
            gpu.note("vendor", "amd")
            if part and part[1] != "SPX":
                told = f"GPU {gpu.index} is cut into partitions ({part[1]}): counted as the one card that it is"
                seen.said.append(("partitions", told))
            if found := _DEVICE.search(line.text):
                gpu.note("device_number", found[0])
            if found := re.search(r"\s(\d+(?:\.\d+)?)W\s+\d+%\s+\d+%\s*$", line.text):
                gpu.note("power_limit_w", _watts(found[1]))
            if found := re.search(r"C\s+(\d+(?:\.\d+)?)W", line.text):
                gpu.note("power_draw_w", _watts(found[1]))
            seen.gpus.append(gpu)
        elif inside and gpu is not None and (match := re.match(r"^\s+(\S.*?)\s*$", line.text)):
            if re.search(r"AMD|Radeon|Instinct", match[1]):
                gpu.note("name", match[1])
            gpu = None


_HARDWARE_HEAD = re.compile(r"^GPU\s+(?:NODE\s+)?DID\s.*\bBUS\b")
_HARDWARE = re.compile(r"^(\d{1,3})\s+(?:\d+\s+)?(?:0x)?([0-9a-f]{4})\s.*\s([0-9a-f]{4}:[0-9a-f:.]+)\s", re.IGNORECASE)


def _hardware(paste: Paste, seen: Seen) -> None:
    """`rocm-smi --showhw`: device number and address of each card."""
    inside = False
    for line in paste.lines:
        if _HARDWARE_HEAD.match(line.text):
            inside = True
        elif inside and (match := _HARDWARE.match(f"{line.text} ")):
            gpu = SeenGpu("rocm-smi --showhw", paste.where(line.number), int(match[1]), bus_address(match[3]))
            gpu.note("device_number", f"0x{match[2].lower()}")
            gpu.note("vendor", "amd")
            seen.gpus.append(gpu)
        elif inside and line.text.startswith("="):
            inside = False


def _smi_table(paste: Paste, seen: Seen) -> None:
    """The table that `amd-smi` prints by itself: two rows a GPU."""
    gpu: SeenGpu | None = None
    for line in paste.lines:
        if match := _SMI_FIRST.match(line.text):
            gpu = SeenGpu("amd-smi", paste.where(line.number), None, bus_address(match[1]))
            name = match[2].rstrip(".")
            gpu.note("name", None if _GENERIC.match(name) else name)
            gpu.note("power_draw_w", whole(match[3]))
            gpu.note("power_limit_w", whole(match[4]))
            gpu.note("vendor", "amd")
        elif gpu is not None and (match := _SMI_SECOND.match(line.text)):
            gpu.index = int(match[1])
            gpu.note("memory_mib", whole(match[2]))
            seen.gpus.append(gpu)
            gpu = None
        elif match := _SMI_HEAD.search(line.text):
            seen.driver = seen.driver or match[1]


def _static_text(paste: Paste, seen: Seen) -> None:
    for line, entry in _static_blocks(paste):
        if isinstance(entry.get("asic"), dict):
            seen.gpus.append(_static(entry, paste.where(line)))
        elif _is_metric(entry):
            seen.gpus.append(_metric(entry, paste.where(line)))
        elif isinstance(bdf := entry.get("bdf"), str) and bus_address(bdf):
            gpu = SeenGpu("amd-smi list", paste.where(line), whole(entry["gpu"]), bus_address(bdf))
            gpu.note("vendor", "amd")
            seen.gpus.append(gpu)


def _static_blocks(paste: Paste) -> Iterator[tuple[int, dict[str, Any]]]:
    entry: dict[str, Any] | None = None
    section: dict[str, Any] = {}
    start = 0
    for line in paste.lines:
        match = re.match(r"^(\s*)([A-Z][A-Z0-9_ ]*):(?:\s+(\S.*))?$", line.text.rstrip())
        if match is None or line.cut:
            continue
        indent, name, value = len(match[1]), match[2].strip().lower(), match[3]
        if name == "gpu" and indent == 0 and value is not None:
            if entry is not None:
                yield start, entry
            entry, start = {"gpu": value}, line.number
            section = entry
        elif entry is not None and value is None and indent <= 4:
            section = entry.setdefault(name, {})
        elif entry is not None and value is not None:
            section.setdefault(name, value)
    if entry is not None:
        yield start, entry
