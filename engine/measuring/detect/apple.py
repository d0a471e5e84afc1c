"""Apple silicon: `system_profiler SPHardwareDataType SPDisplaysDataType` and `sysctl`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..islands import objects_with
from ..pasted import Line, Paste, number, whole
from .seen import Seen, SeenGpu

_NAMED = re.compile(r"Apple M\d")
_CHIPSET = re.compile(r"^\s*Chipset Model:\s+(Apple M\d.*)$")
_CHIP = re.compile(r"(?:^\s*machdep\.cpu\.brand_string|(?:^|[\s;])Chip):\s+(Apple M\d[^;]*)(?:;|$)")
_CORES = re.compile(r"^\s*Total Number of Cores:\s+(\d+)\s*$")
_MEMORY = re.compile(r"(?:^|[;])\s*Memory:\s+(\d+) GB\s*$")
_SYSCTL = re.compile(r"^\s*hw\.memsize: (\d+)\s*$")


def read(paste: Paste) -> Seen:
    """The chip as one GPU whose memory is the machine's; of one name there are chips with more and with fewer cores."""
    found = _Chip()
    for line in paste.lines:
        _note(line, found)
    for number_of_line, record in objects_with(paste, "SPDisplaysDataType"):
        _note_record(record, number_of_line, found)
    return found.seen(paste)


@dataclass(slots=True)
class _Chip:
    """What was read of a chip. gib: memory of the machine [GiB]; cores: of its GPU."""

    name: str | None = None
    line: int = 0
    cores: int | None = None
    gib: float | None = None
    under_display: bool = False

    def seen(self, paste: Paste) -> Seen:
        seen = Seen()
        if self.name is None:
            return seen
        gpu = SeenGpu("system_profiler", paste.where(self.line), 0)
        gpu.note("name", f"{self.name} ({self.cores}-core GPU)" if self.cores else self.name)
        gpu.note("vendor", "apple")
        gpu.note("architecture", "apple")
        gpu.note("cores", self.cores)
        gpu.note("memory_mib", round(self.gib * 1024) if self.gib else None)
        seen.gpus.append(gpu)
        if not self.cores:
            told = f"the cores of the GPU of {self.name} are not told: taken for the chip with the most"
            seen.said.append(("cores", f"{told}; `system_profiler SPDisplaysDataType` tells them"))
        seen.host["cpu"] = self.name
        if self.gib:
            seen.host["ram_gb"] = round(self.gib * 2**30 / 1e9, 1)
        return seen


def _note(line: Line, found: _Chip) -> None:
    if match := _CHIPSET.match(line.text):
        found.name, found.line, found.under_display = match[1].strip(), line.number, True
    elif (match := _CHIP.search(line.text)) and found.name is None:
        found.name, found.line = match[1].strip(), line.number
        found.gib = number(memory[1]) if (memory := _MEMORY.search(line.text)) else found.gib
    elif found.under_display and (match := _CORES.match(line.text)):
        found.cores = whole(match[1])
    elif match := _MEMORY.search(line.text):
        found.gib = number(match[1])
    elif match := _SYSCTL.match(line.text):
        found.gib = (number(match[1]) or 0) / 2**30 or None


def _note_record(record: Mapping[str, Any], line: int, found: _Chip) -> None:
    """`system_profiler -json`."""
    for display in _records(record.get("SPDisplaysDataType")):
        if _NAMED.match(str(display.get("sppci_model"))):
            found.name, found.line = str(display["sppci_model"]), line
            found.cores = whole(display.get("sppci_cores"))
    for machine in _records(record.get("SPHardwareDataType")):
        if match := _MEMORY.match(f"Memory: {machine.get('physical_memory')}"):
            found.gib = number(match[1])


def _records(value: object) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))
