"""Rig reports of club-3090 (scripts/report.sh) and link lists as people retype them.

Source: github.com/noonghunna/club-3090 scripts/report.sh; its lines start `- **GPU 0:** name | memory | driver …`.
"""

from __future__ import annotations

import re

from ..pasted import Paste, number, whole
from .seen import Seen, SeenGpu, bus_address

_GPU = re.compile(r"^[-*\s]*GPU (\d+):\s*(\S[^|]*?)\s*\|\s*(\d+) MiB(?:\s*\|\s*driver ([\d.]+))?")
_POWER = re.compile(
    r"Power:\s*limit=([\d.]+) W(?: \(default=([\d.]+) W, max=([\d.]+) W\))?(?:.*?current_draw=([\d.]+) W)?"
)
_PCIE = re.compile(r"PCIe:\s*x(\d+) lanes negotiated \(GPU max x(\d+), Gen up to (\d)\)(?:.*?bus ([0-9A-Fa-f:.]+))?")
_RETYPED = re.compile(r"GPU\s?(\d+):\s*(?:PCIe\s*)?Gen\s?(\d)(?:\.0)?(?:\s*max)?,?\s*x(\d+)", re.IGNORECASE)
_CPU = re.compile(r"^[-*\s]*CPU:\s*(\S.*?)(?:\s*\(\d+ threads\))?\s*$")
_SOCKETS = re.compile(r"CPU topology:\s*(\d+) socket")
_NODES = re.compile(r"NUMA nodes:\s*(\d+)\s*$")
_RAM = re.compile(r"^[-*\s]*RAM:\s*([\d.,]+)Gi total")
_CHANNELS = re.compile(r"Memory channels:\s*(\d+) of \d+ populated")
_STREAM = re.compile(r"Memory bandwidth \(measured\):\s*([\d.]+) GB/s")
_MODULES = re.compile(r"Memory config:.*?(\d+)\S* (\d+) GB @ (\d+) MT/s")


def read(paste: Paste) -> Seen:
    """GPUs and host of a report."""
    seen = Seen()
    gpu: SeenGpu | None = None
    for line in paste.lines:
        text = line.text.replace("**", "")
        if match := _GPU.match(text):
            gpu = SeenGpu("club-3090 report", paste.where(line.number), int(match[1][:4]))
            gpu.note("name", match[2])
            gpu.note("memory_mib", whole(match[3]))
            gpu.note("driver", match[4])
            seen.driver = seen.driver or match[4]
            seen.gpus.append(gpu)
        elif gpu is not None and (match := _POWER.search(text)):
            for name, value in zip(
                ("power_limit_w", "power_default_w", "power_max_w", "power_draw_w"), match.groups(), strict=True
            ):
                gpu.note(name, _plain(value))
        elif gpu is not None and (match := _PCIE.search(text)):
            gpu.note("pcie_lanes_now", whole(match[1]))
            gpu.note("pcie_lanes_max", whole(match[2]))
            gpu.note("pcie_gen_max", whole(match[3]))
            gpu.bus = bus_address(match[4])
        else:
            _retyped(text, paste.where(line.number), seen)
            _host(text, seen)
    return seen


def _plain(text: str | None) -> int | float | None:
    value = number(text)
    return int(value) if value is not None and value == int(value) else value


def _retyped(text: str, where: str, seen: Seen) -> None:
    for match in _RETYPED.finditer(text):
        gpu = SeenGpu("retyped link list", where, int(match[1][:4]))
        gpu.note("pcie_gen_max", int(match[2]))
        gpu.note("pcie_lanes_now", whole(match[3]))
        seen.gpus.append(gpu)


def _host(text: str, seen: Seen) -> None:
    if match := _CPU.match(text):
        seen.host.setdefault("cpu", match[1])
    elif match := _SOCKETS.search(text):
        seen.host.setdefault("sockets", int(match[1][:3]))
    elif match := _NODES.search(text):
        seen.host.setdefault("numa_nodes", int(match[1][:3]))
    elif match := _RAM.match(text):
        seen.host.setdefault("ram_gb", round((number(match[1].replace(",", ".")) or 0) * 2**30 / 1e9, 1))
    elif match := _CHANNELS.search(text):
        seen.host.setdefault("ram_channels", int(match[1][:3]))
    elif match := _STREAM.search(text):
        seen.said.append(("ram_bandwidth_measured", f"memory bandwidth measured: {match[1]} GB/s (STREAM)"))
