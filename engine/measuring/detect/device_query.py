"""`deviceQuery` of the CUDA samples: names, memory and addresses of cards, and peer access between them.

Source: NVIDIA cuda-samples deviceQuery.cpp. Its numbers are CUDA's, the fastest card first, not those of nvidia-smi:
cards are placed by their addresses, which it prints in decimal.
"""

from __future__ import annotations

import re

from ..pasted import Paste
from .seen import Seen, SeenGpu

_DEVICE = re.compile(r'^\W*Device (\d{1,3}): "([^"]+)"\s*$')
_MEMORY = re.compile(r"Total amount of global memory:\s*(\d{1,9}) MBytes")
_CAPABILITY = re.compile(r"CUDA Capability Major/Minor version number:\s*(\d{1,2}\.\d)\s*$")
_PLACE = re.compile(r"Device PCI (?:Domain ID / )?Bus ID / (?:PCI )?location ID:\s*(?:(\d+) / )?(\d+) / (\d+)\s*$")
_PEERS = re.compile(r"Peer access from .*?\(GPU(\d{1,3})\)\s*->\s*.*?\(GPU(\d{1,3})\)\s*:\s*(Yes|No)\s*$")


def read(paste: Paste) -> Seen:
    """Cards of every deviceQuery output in a text."""
    return Seen(gpus=[gpu for _, gpu in _devices(paste)])


def peers(paste: Paste) -> dict[tuple[str, str], bool]:
    """Peer access by pair of bus addresses, both ways as the tool tells them."""
    places = {number: gpu.bus for number, gpu in _devices(paste)}
    told: dict[tuple[str, str], bool] = {}
    for line in paste.lines:
        if (match := _PEERS.search(line.text)) and not line.cut:
            one, other = places.get(int(match[1])), places.get(int(match[2]))
            if one and other:
                told[one, other] = match[3] == "Yes"
    return told


def _devices(paste: Paste) -> list[tuple[int, SeenGpu]]:
    found: list[tuple[int, SeenGpu]] = []
    for line in paste.lines:
        if match := _DEVICE.match(line.text):
            gpu = SeenGpu("deviceQuery", paste.where(line.number))
            gpu.note("name", match[2].strip())
            gpu.note("vendor", "nvidia")
            found.append((int(match[1]), gpu))
        elif found and not line.cut:
            _detail(line.text, found[-1][1])
    return found


def _detail(text: str, gpu: SeenGpu) -> None:
    if match := _MEMORY.search(text):
        gpu.note("memory_mib", int(match[1]))
    elif match := _CAPABILITY.search(text):
        gpu.note("compute_capability", float(match[1]))
    elif match := _PLACE.search(text):
        domain, bus, device = (int(part or 0) for part in match.groups())
        if domain < 1 << 16 and bus < 256 and device < 32:
            gpu.bus = f"{domain:04x}:{bus:02x}:{device:02x}.0"
