"""Cards that the knowledge has no entry for: what the tools said of them, and the command that adds them.

The command takes what the tools told; what they never tell stands in it in capitals, to be filled in.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..names import nominal_gigabytes
from .cards import Card

_SEGMENTS = (
    (re.compile(r"\bLaptop GPU\b"), "laptop"),
    (re.compile(r"\bGeForce\b"), "geforce"),
    (re.compile(r"\bTITAN\b|\bCMP\b", re.IGNORECASE), "prosumer"),
    (re.compile(r"\bQuadro\b|\bNVIDIA RTX\b|\bRTX (?:A\d|PRO)", re.IGNORECASE), "workstation"),
    (re.compile(r"\bRadeon (?:AI )?Pro\b|\bArc Pro\b", re.IGNORECASE), "workstation"),
    (re.compile(r"\bTesla\b|\bInstinct\b|\b(?:NVIDIA )?(?:GB|[ABHLPTV])\d{1,3}\b"), "datacenter"),
    (re.compile(r"\bRadeon\b"), "radeon"),
    (re.compile(r"\bArc\b"), "arc"),
    (re.compile(r"\bApple M\d|\bOrin\b|\bRyzen\b"), "soc"),
)  # fmt: skip
"""How makers name the cards of a segment; the first that fits."""
NEEDED = {
    "vendor": "VENDOR", "architecture": "ARCHITECTURE", "segment": "SEGMENT", "vram_gib": "GIB",
    "memory_bandwidth_gb_s": "GB_PER_S",
}  # fmt: skip
"""What an entry cannot do without, and what stands for it where no tool told it."""
_CHANGING = {"busy_percent", "pstate", "power_draw_w", "idle"}


@dataclass(slots=True)
class UnknownGpu:
    """A GPU without an entry: what tools said of it, and the command that adds it. fill_in: its words in capitals."""

    name: str
    gpus: list[int]
    said: dict[str, Any]
    command: str
    fill_in: list[str] = field(default_factory=list)


def stranger(name: str, members: Sequence[Card]) -> UnknownGpu:
    """The cards of one name as one unknown GPU."""
    card = members[0]
    said = {one: value for one, value in card.values.items() if one not in _CHANGING}
    settings = _told(name, card)
    missing = {one: word for one, word in NEEDED.items() if one not in settings}
    flags = " ".join(f"--set {one}={value}" for one, value in {**settings, **missing}.items())
    command = f"rigwise add gpu {shlex.quote(name)} {flags} --set mark=incomplete"
    return UnknownGpu(name, [one.index for one in members], said, command, list(missing.values()))


def _told(name: str, card: Card) -> dict[str, Any]:
    """Fields of an entry that tools tell."""
    memory = card.number("memory_mib")
    segment = next((segment for pattern, segment in _SEGMENTS if pattern.search(name)), None)
    watts = card.number("power_default_w") or card.number("power_limit_w")
    told = {
        "vendor": card.values.get("vendor"),
        "architecture": card.values.get("architecture"),
        "segment": segment,
        "vram_gib": nominal_gigabytes(memory) if memory else None,
        "tdp_w": round(watts) if watts else None,
        "pcie.gen": card.whole("pcie_gen_card") or card.whole("pcie_gen_max"),
        "pcie.lanes": card.whole("pcie_lanes_max") or card.whole("pcie_lanes_now"),
        "compute_capability": card.number("compute_capability"),
    }
    return {one: value for one, value in told.items() if value}
