"""`rocminfo`: the agents of ROCm that are GPUs, with their device number, address and memory.

Source: ROCm rocminfo rocminfo.cc; memory is the size of the first global pool of an agent.
"""

from __future__ import annotations

import re

from ..pasted import Paste, whole
from .seen import Seen, SeenGpu

_AGENT = re.compile(r"^\s*Agent (\d{1,3})\s*$")
_FIELD = re.compile(r"^\s*(Name|Marketing Name|Device Type|Chip ID|BDFID|Domain|Size):\s+(\S.*?)\s*$")
_NUMBER = re.compile(r"\((0x[0-9a-f]{4})\)", re.IGNORECASE)
_GENERIC = re.compile(r"^(?:AMD )?Radeon(?:\(TM\))? Graphics$|^gfx\w+$|^N/A$", re.IGNORECASE)


def read(paste: Paste) -> Seen:
    """GPUs in the order of agents, which is that of HIP's numbers."""
    seen = Seen()
    agents: list[tuple[int, dict[str, str]]] = []
    for line in paste.lines:
        if _AGENT.match(line.text):
            agents.append((line.number, {}))
        elif agents and not line.cut and (match := _FIELD.match(line.text)):
            agents[-1][1].setdefault(match[1], match[2])
    for number, fields in agents:
        if fields.get("Device Type") == "GPU":
            seen.gpus.append(_gpu(fields, paste.where(number), len(seen.gpus)))
    return seen


def _gpu(fields: dict[str, str], where: str, index: int) -> SeenGpu:
    gpu = SeenGpu("rocminfo", where, index)
    name, device = fields.get("Marketing Name", ""), _NUMBER.search(fields.get("Chip ID", ""))
    gpu.note("name", name if name and not _GENERIC.match(name) else None)
    gpu.note("device_number", device[1] if device else None)
    kib = whole(re.sub(r"\(.*", "", fields.get("Size", "")).strip())
    gpu.note("memory_mib", round(kib / 1024) if kib else None)
    address = whole(fields.get("BDFID"))
    if address is not None and 0 <= address < 1 << 16:
        gpu.bus = f"{whole(fields.get('Domain')) or 0:04x}:{address >> 8:02x}:{address >> 3 & 31:02x}.{address & 7}"
    gpu.note("vendor", "amd")
    return gpu
