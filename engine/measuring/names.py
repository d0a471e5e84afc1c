"""A GPU's name as its driver writes it, in the spellings that a knowledge entry may answer to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..errors import AmbiguousName, BadInput

Find = Callable[[str], str | None]

_BRAND = re.compile(r"^(?:NVIDIA|AMD|Intel(?:\(R\))?|Apple)\s+", re.IGNORECASE)
_MEMORY_AT_END = re.compile(r"\s+(?:\d+GB\s+)?HBM\d\w*$", re.IGNORECASE)
_REWRITTEN = (
    (re.compile(r"\bPCI-?E\b", re.IGNORECASE), "PCIe"),
    (re.compile(r"\bWorkstation Edition\b", re.IGNORECASE), "WS"),
    (re.compile(r"\bServer Edition\b", re.IGNORECASE), "Server"),
    (re.compile(r"\bMax-Q WS\b", re.IGNORECASE), "Max-Q"),
    (re.compile(r"\bGeneration\b", re.IGNORECASE), ""),
    # As Vulkan's drivers write them.
    (re.compile(r"\((?:R|TM|C)\)", re.IGNORECASE), ""),
    (re.compile(r"\s+Graphics$"), ""),
    # As the PCI ID Repository writes them.
    (re.compile(r"\s+Rev\. [A-Z]$"), ""),
    (re.compile(r"\s+(?:\(MCM\) )?OAM(?: AC MBA)?$"), ""),
    (re.compile(r"\s+Lite Hash Rate$", re.IGNORECASE), ""),
    (re.compile(r"\bMobile\b"), "Laptop GPU"),
)
_SOLD_GIGABYTES = (
    4, 6, 8, 10, 11, 12, 16, 18, 20, 22, 24, 32, 40, 44, 48, 64, 72, 80, 84, 94, 96, 128, 141, 180, 192, 256, 288,
)  # fmt: skip
_OFF = 0.06
"""Most that ECC and the driver take of it, or that binary units add, as a share."""
_FORM_BY_MEMORY = re.compile(r"^(H100|H200|H800|A100|H20)\s+(\d+)GB\s+HBM\d\w*$", re.IGNORECASE)
_FORM = {"H100": "SXM5", "H200": "SXM", "H800": "SXM5"}


def spellings(name: str, memory_mib: float | None = None) -> Iterator[str]:
    """Spellings of one name, the most exact first: with its memory, then without.

    `NVIDIA A100-SXM4-80GB` is also `A100 SXM4 80GB`; `NVIDIA H100 80GB HBM3` is the SXM5 board, for PCIe boards say so.
    memory_mib: memory of the card [MiB], to tell variants apart.
    """
    plain = _plain(name)
    bases = [plain]
    if match := _FORM_BY_MEMORY.match(_BRAND.sub("", name).strip()):
        chip = match[1].upper()
        bases = [f"{chip} {_FORM.get(chip, 'SXM')} {match[2]}GB", f"{chip} {_FORM.get(chip, 'SXM')}"]
    if re.fullmatch(r"H200", plain, re.IGNORECASE):
        bases.insert(0, "H200 SXM")
    gigabytes = nominal_gigabytes(memory_mib) if memory_mib and memory_mib < 300 * 1024 else None
    yielded = set()
    for spelling in [
        *(f"{b} {gigabytes}GB" for b in [*bases, name.strip()] if gigabytes and "GB" not in b),
        *_moved(bases),
        *bases,
        name,
    ]:
        spelling = " ".join(spelling.split())
        if spelling and spelling.lower() not in yielded:
            yielded.add(spelling.lower())
            yield spelling


def known_key(name: str, find: Find, memory_mib: float | None = None) -> str | None:
    """The first spelling that the knowledge knows, as its key; None where it knows none."""
    for spelling in spellings(name, memory_mib):
        try:
            key = find(spelling)
        except BadInput:
            continue
        if key is not None:
            return key
    return None


def meant_by(name: str, find: Find) -> list[str]:
    """Keys of the entries that a name may mean, where it means several; else none."""
    for spelling in spellings(name):
        try:
            if find(spelling) is not None:
                return []
        except AmbiguousName as error:
            return list(error.candidates)
        except BadInput:
            continue
    return []


def _plain(name: str) -> str:
    plain = _MEMORY_AT_END.sub("", _BRAND.sub("", name.strip()))
    for pattern, replacement in _REWRITTEN:
        plain = pattern.sub(replacement, plain)
    return " ".join(re.sub(r"[-_](?=SXM|PCIe|\d+GB)", " ", plain, flags=re.IGNORECASE).split())


def _moved(bases: list[str]) -> list[str]:
    """`A100 80GB PCIe` with its memory at the end."""
    return [f"{m[1]} {m[3]} {m[2]}" for base in bases if (m := re.match(r"^(\S.*?) (\d+GB) (PCIe|NVL|SXM\d?)$", base))]


def nominal_gigabytes(memory_mib: float) -> int:
    """Gigabytes as vendors print them: 24564 and 24576 MiB are 24 GB, 81559 MiB are 80 GB; else the nearest number."""
    gib = memory_mib / 1024
    nearest = min(_SOLD_GIGABYTES, key=lambda size: abs(size - gib))
    return nearest if abs(nearest - gib) <= _OFF * nearest else round(gib)
