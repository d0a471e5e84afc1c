"""Which entry of the knowledge a card is: by its name, completed where a table cut it, and by its memory."""

from __future__ import annotations

from ...errors import BadInput
from ..believable import bound
from ..names import Find, known_key
from .cards import Card
from .links import GpuFacts

ENDINGS = (
    "Ti", "SUPER", "Ti SUPER", "D", "D v2", "XT", "Laptop GPU", "Ti Laptop GPU", "Max-Q",
    "Blackwell Workstation Edition", "Blackwell Server Edition", "Blackwell Max-Q Workstation Edition",
)  # fmt: skip
"""What stands behind `...` in a table whose column is too narrow for the name."""
GLUED = (
    "-16GB", "-32GB", "-40GB", "-80GB", "4-40GB", "4-80GB", "5-80GB", "E-16GB", "E-32GB", "E-40GB", "E-80GB", "e-80GB",
    "B HBM3", "B PCIe", "ration", "eneration", "neration",
)  # fmt: skip
"""The same where the name is cut inside a word."""


def key_of(card: Card, find: Find | None, facts: GpuFacts | None) -> str | None:
    """Key of the entry of a card; None where its name or its memory is of none."""
    if card.name is None or find is None:
        return None
    memory = card.number("memory_mib")
    keys = {key for name in _whole_names(card.name) if (key := known_key(name, find, memory))}
    like = {key for key in keys if _holds(key, memory, facts)}
    return like.pop() if len(like) == 1 else None


def is_cut(name: str | None) -> bool:
    """Whether a table had no room for all of a name."""
    return name is not None and name.rstrip().endswith(("...", "…"))


def _whole_names(name: str) -> list[str]:
    if not is_cut(name):
        return [name]
    stem = name.rstrip().rstrip(".…").rstrip()
    endings = ("Generation",) if stem.endswith("Ada") else ENDINGS
    return [*(f"{stem} {ending}" for ending in endings), *(f"{stem}{ending}" for ending in GLUED)]


def _holds(key: str, memory: float | None, facts: GpuFacts | None) -> bool:
    """Whether the memory shown can be that of an entry; what is not known does not tell them apart.

    A chip is sold with less memory than its entry has, which is the host's.
    """
    if memory is None or facts is None:
        return True
    try:
        entry = facts(key) or {}
    except BadInput:
        return True
    known = entry.get("vram_gib")
    least = 0 if entry.get("segment") == "soc" else bound("cards", "least_shown")
    return not isinstance(known, int | float) or least <= memory / (known * 1024) <= bound("cards", "most_shown")
