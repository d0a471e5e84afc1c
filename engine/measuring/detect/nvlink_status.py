"""`nvidia-smi nvlink --status`: links of each GPU, with the speed of each and those that are inactive."""

from __future__ import annotations

import re

from ..pasted import Paste, number
from .seen import Seen, SeenGpu

_GPU = re.compile(r"^\W*GPU (\d+): (\S.*)$")
_ALL_DOWN = re.compile(r"all links are inactive", re.IGNORECASE)
_LINK = re.compile(r"^\s*Link (\d+): (?:([\d.]+) GB/s|<?(inactive)>?)", re.IGNORECASE)


def read(paste: Paste) -> Seen:
    """Active and inactive links a GPU. A link's printed speed is one way."""
    seen = Seen()
    gpu: SeenGpu | None = None
    for line in paste.lines:
        if match := _GPU.match(line.text):
            gpu = SeenGpu("nvidia-smi nvlink --status", paste.where(line.number), int(match[1][:4]))
            name, _, behind = match[2].partition(" (UUID:")
            gpu.note("name", name.strip())
            gpu.note("vendor", "nvidia")
            gpu.identify(line.text)
            if _ALL_DOWN.search(behind):
                gpu.note("nvlinks_active", 0)
                seen.gpus.append(gpu)
        elif gpu is not None and (match := _LINK.match(line.text)):
            _count(match, gpu)
            if gpu not in seen.gpus:
                seen.gpus.append(gpu)
        elif gpu is not None and _ALL_DOWN.search(line.text):
            gpu.note("nvlinks_active", 0)
            seen.gpus.append(gpu)
        elif line.text.strip() and not re.search(r"NVLink|Unable to retrieve", line.text):
            gpu = None
    return seen


def _count(match: re.Match[str], gpu: SeenGpu) -> None:
    active, inactive = (int(gpu.values.get(name, 0)) for name in ("nvlinks_active", "nvlinks_inactive"))
    speed = number(match[2])
    gpu.note("nvlinks_active", active + (1 if speed else 0))
    gpu.note("nvlinks_inactive", inactive + (0 if speed else 1))
    if speed:
        gpu.note("nvlink_gb_s", round(float(gpu.values.get("nvlink_gb_s", 0.0)) + speed, 3))
