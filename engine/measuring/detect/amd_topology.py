"""`amd-smi topology`: which GPUs are joined by XGMI, and which reach each other's memory; text and JSON.

Source: ROCm amdsmi amdsmi_cli (topology), of ROCm 6 and 7. GPUs are listed in the order of their numbers, by address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..islands import islands
from ..pasted import Paste, whole
from .seen import Kind, Matrix, Refused, Seen, SeenGpu, bus_address

_TITLE = re.compile(r"^\s*([A-Z][A-Z0-9 ()-]*) TABLE:\s*$")
_ADDRESS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", re.IGNORECASE)
_TABLES: dict[str, tuple[Kind, str, dict[str, str]]] = {
    "LINK TYPE": ("xgmi", "link_type", {}),
    "ACCESS": ("peers", "link_status", {"ENABLED": "OK", "DISABLED": "NS"}),
}
"""What a table becomes, its name in JSON, and its words as the other tools write them."""
Rows = dict[str, list[str]]


def read(paste: Paste) -> Seen:
    """Matrices of every topology in a text; those that are cut off are refused."""
    seen = Seen()
    title, columns, start = "", list[str](), 0
    rows: Rows = {}
    for line in paste.lines:
        words = line.text.split()
        if match := _TITLE.match(line.text):
            _finish(title, columns, rows, paste.where(start), seen)
            title, columns, rows, start = match[1], [], {}, line.number
        elif title in _TABLES and words and all(_ADDRESS.fullmatch(word) for word in words):
            columns = columns or words
        elif title in _TABLES and columns and words and _ADDRESS.fullmatch(words[0]) and not line.cut:
            rows[words[0]] = words[1:]
    _finish(title, columns, rows, paste.where(start), seen)
    _json(paste, seen)
    return seen


def _finish(title: str, columns: list[str], rows: Rows, where: str, seen: Seen) -> None:
    if title not in _TABLES or not columns:
        return
    short = [one for one in columns if len(rows.get(one, ())) != len(columns)]
    if short:
        told = f"{len(columns) - len(short)} of {len(columns)} GPU rows"
        seen.refused.append(Refused(f"topology matrix: incomplete, {told}", where))
        return
    kind, _, words = _TABLES[title]
    cells = {
        (i, j): "X" if i == j else words.get(cell, cell)
        for i, one in enumerate(columns)
        for j, cell in enumerate(rows[one])
    }
    seen.matrices.append(Matrix(kind, where, tuple(range(len(columns))), cells))
    if not seen.gpus:
        seen.gpus = [_gpu(index, address, where) for index, address in enumerate(columns)]


def _gpu(index: int, address: str, where: str) -> SeenGpu:
    gpu = SeenGpu("amd-smi topology", where, index, bus_address(address))
    gpu.note("vendor", "amd")
    return gpu


def _json(paste: Paste, seen: Seen) -> None:
    """`amd-smi topology --json`: of each GPU its links to all, itself included."""
    listed = [(line, one) for line, one in islands(paste) if isinstance(one.get("links"), list) and "bdf" in one]
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for _, one in listed:
        if whole(one.get("gpu")) is not None and all(isinstance(link, Mapping) for link in one["links"]):
            rows[str(one["bdf"])] = one["links"]
    for title, (_, name, _) in _TABLES.items():
        if rows:
            cells = {address: [str(link.get(name)) for link in links] for address, links in rows.items()}
            _finish(title, list(rows), cells, paste.where(listed[0][0]), seen)
