"""NUMA nodes and sockets: `numactl -H` and `lscpu`."""

from __future__ import annotations

import re

from ..pasted import Paste, number, whole
from .seen import Seen

_NODE_CPUS = re.compile(r"^\s*node (\d+) cpus:((?:\s+\d+)*)\s*$")
_NODE_SIZE = re.compile(r"^\s*node (\d+) size: (\d+) MB")
_LSCPU = re.compile(
    r"^\s*(?:NUMA node|NUMA-Knoten|Nœud NUMA |Nodo NUMA )(\d+) (?:CPU|Processeurs?)\(s\)\s*:\s+([\d,-]+)\s*$"
)
_FIELDS = {
    "Model name": ("cpu", "text"),
    "Socket(s)": ("sockets", "whole"),
    "NUMA node(s)": ("numa_nodes", "whole"),
    "Core(s) per socket": ("cores_per_socket", "whole"),
    "Modellname": ("cpu", "text"),
    "Sockel": ("sockets", "whole"),
    "NUMA-Knoten": ("numa_nodes", "whole"),
    "Nom de modèle": ("cpu", "text"),
    "Nœud(s) NUMA": ("numa_nodes", "whole"),
}


def read(paste: Paste) -> Seen:
    """Which CPUs belong to which node, and the CPU model and sockets."""
    seen = Seen()
    memory = 0.0
    for line in paste.lines:
        if match := _NODE_CPUS.match(line.text):
            seen.node_of_cpus |= {cpu: int(match[1][:4]) for cpu in match[2].split()[:4096]}
        elif match := _NODE_SIZE.match(line.text):
            memory += number(match[2]) or 0
        elif match := _LSCPU.match(line.text):
            seen.node_of_cpus |= {cpu: int(match[1][:4]) for cpu in cpus_of(match[2])}
        else:
            _field(line.text, seen)
    if memory:
        seen.host.setdefault("ram_gb", round(memory * 2**20 / 1e9, 1))
    return seen


def _field(text: str, seen: Seen) -> None:
    name, colon, value = text.strip().partition(":")
    name = name.strip()
    if colon and name in _FIELDS and value.strip():
        key, kind = _FIELDS[name]
        found = value.strip() if kind == "text" else whole(value.strip())
        if found is not None and not (kind == "text" and value.strip() in {"-", "unknown"}):
            seen.host.setdefault(key, found)


def cpus_of(text: str) -> list[str]:
    """CPU numbers of a list such as `0-7,16-23`; at most 4096 of them."""
    result: list[str] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first.isdigit() and (last.isdigit() or not dash) and len(first) < 6 and len(last) < 6:
            result += [str(cpu) for cpu in range(int(first), min(int(last or first), int(first) + 4095) + 1)]
    return result[:4096]
