"""The host: /proc/cpuinfo, /proc/meminfo, /proc/driver/nvidia/version, /proc/cmdline and `dmidecode -t memory`."""

from __future__ import annotations

import re

from ..pasted import Paste, number
from .seen import Seen

_MEMORY = re.compile(r"^\s*MemTotal:\s+(\d+) kB")
_CPU = re.compile(r"^\s*model name\s*:\s+(\S.*?)\s*$")
_SOCKET = re.compile(r"^\s*physical id\s*:\s+(\d+)")
_MODULE = re.compile(r"NVRM version:\s+(.*?Kernel Module.*?)\s+(\d{3}\.\d+(?:\.\d+)?)(\S*)")
_PATCHED = re.compile(
    r"(\d{3}\.\d+(?:\.\d+)?-p2p)\b|open-gpu-kernel-modules[^\s]*p2p|NVreg_\w*P2P\w*=|ForceP2P=0x", re.IGNORECASE
)
_IOMMU = re.compile(r"(?<![\w.])((?:intel_|amd_)?iommu=(?:on|off|pt|force)|pcie_acs_override=\S+)")
_DIMM = re.compile(r"^\s*Memory Device\s*$")
_SIZE = re.compile(r"^\s*Size: (\d+) (MB|GB|TB)\s*$")
_SPEED = re.compile(r"^\s*(Configured (?:Memory|Clock) Speed|Speed): (\d+) (?:MT/s|MHz)")
_PLACE = re.compile(r"^\s*(Locator|Bank Locator): (\S.*?)\s*$")
_CHANNEL = re.compile(r"CHANNEL[ _]?([A-Z0-9]+)|DIMM[ _]?([A-L])\d?\b|(P\d)[-_ ]?DIMM([A-L])", re.IGNORECASE)
_CPU_PLACE = re.compile(r"\b(?:P|CPU|NODE|SOCKET)[ _]?(\d+)", re.IGNORECASE)
_MIB = {"MB": 1, "GB": 1024, "TB": 1024 * 1024}


def read(paste: Paste) -> Seen:
    """CPU, sockets, memory, the driver's kernel module and what the kernel was started with."""
    seen = Seen()
    sockets: set[str] = set()
    for line in paste.lines:
        if match := _MEMORY.match(line.text):
            seen.host.setdefault("ram_gb", round((number(match[1]) or 0) * 1024 / 1e9, 1))
        elif match := _CPU.match(line.text):
            seen.host.setdefault("cpu", match[1])
        elif match := _SOCKET.match(line.text):
            sockets.add(match[1])
        elif match := _MODULE.search(line.text):
            seen.driver = seen.driver or match[2]
            seen.said.append(("driver_module", f"kernel module: {match[1]}"))
        for match in _IOMMU.finditer(line.text):
            seen.said.append(("iommu", f"the kernel was started with {match[1]}"))
            seen.iommu = _mode(match[1].lower(), seen.iommu)
        if match := _PATCHED.search(line.text):
            seen.patched.append(match[0])
    if sockets:
        seen.host.setdefault("sockets", len(sockets))
    _modules(paste, seen)
    return seen


def _mode(setting: str, so_far: str | None) -> str | None:
    """What the kernel's settings make of the IOMMU: translated, passthrough or off; the last two outweigh the first."""
    if setting == "iommu=pt":
        return "passthrough"
    if setting.endswith("=off"):
        return "off"
    return so_far or ("translated" if setting.endswith(("=on", "=force")) else None)


def _modules(paste: Paste, seen: Seen) -> None:
    """Memory modules of dmidecode: total, channels and theoretical bandwidth [GB/s] = channels x MT/s x 8 B."""
    modules: list[dict[str, str]] = []
    current: dict[str, str] | None = None
    for line in paste.lines:
        if _DIMM.match(line.text):
            current = {}
            modules.append(current)
        elif current is not None and not line.text.strip():
            current = None
        elif current is not None:
            _module_line(line.text, current)
    filled = [module for module in modules if "mib" in module]
    if not filled:
        return
    seen.host["ram_gb"] = round(sum(float(module["mib"]) for module in filled) * 2**20 / 1e9, 1)
    channels = {channel for module in filled if (channel := module.get("channel"))}
    if channels and all("channel" in module for module in filled):
        seen.host["ram_channels"] = len(channels)
        speeds = [float(module["speed"]) for module in filled if "speed" in module]
        if len(speeds) == len(filled):
            seen.host["ram_bandwidth_gb_s"] = round(len(channels) * min(speeds) * 8 / 1e3, 1)


def _module_line(text: str, module: dict[str, str]) -> None:
    if match := _SIZE.match(text):
        module["mib"] = str((number(match[1]) or 0) * _MIB[match[2]])
    elif match := _SPEED.match(text):
        if match[1].startswith("Configured") or "speed" not in module:
            module["speed"] = match[2][:6]
    elif match := _PLACE.match(text):
        found = _CHANNEL.search(match[2])
        if found:
            cpu = _CPU_PLACE.search(match[2])
            letter = next(group for group in (found[1], found[2], found[4]) if group)
            module["channel"] = f"{cpu[1] if cpu else found[3] or ''}/{letter.upper()}"
