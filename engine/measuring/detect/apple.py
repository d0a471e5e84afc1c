"""Apple silicon: `system_profiler SPHardwareDataType SPDisplaysDataType` and `sysctl`."""

from __future__ import annotations

import re

from ..pasted import Paste, number, whole
from .seen import Seen, SeenGpu

_CHIPSET = re.compile(r"^\s*Chipset Model: (Apple M\d.*?)\s*$")
_CHIP = re.compile(r"^\s*(?:Chip|machdep\.cpu\.brand_string): (Apple M\d.*?)\s*$")
_CORES = re.compile(r"^\s*Total Number of Cores: (\d+)\s*$")
_MEMORY = re.compile(r"^\s*Memory: (\d+) GB\s*$")
_SYSCTL = re.compile(r"^\s*hw\.memsize: (\d+)\s*$")


def read(paste: Paste) -> Seen:
    """The chip as one GPU whose memory is the machine's."""
    seen = Seen()
    chip: tuple[str, int] | None = None
    cores: int | None = None
    gib: float | None = None
    under_display = False
    for line in paste.lines:
        if match := _CHIPSET.match(line.text):
            chip, under_display = (match[1], line.number), True
        elif match := _CHIP.match(line.text):
            chip = chip or (match[1], line.number)
        elif under_display and (match := _CORES.match(line.text)):
            cores = whole(match[1])
        elif match := _MEMORY.match(line.text):
            gib = number(match[1])
        elif match := _SYSCTL.match(line.text):
            gib = (number(match[1]) or 0) / 2**30 or None
    if chip is not None:
        gpu = SeenGpu("system_profiler", paste.where(chip[1]), 0)
        gpu.note("name", chip[0])
        gpu.note("vendor", "apple")
        gpu.note("cores", cores)
        gpu.note("memory_mib", round(gib * 1024) if gib else None)
        seen.gpus.append(gpu)
        seen.host["cpu"] = chip[0]
        if gib:
            seen.host["ram_gb"] = round(gib * 2**30 / 1e9, 1)
    return seen
