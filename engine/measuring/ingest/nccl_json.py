"""The values in the JSON of nccl-tests.

Source: NVIDIA nccl-tests src/util.cu.
"""

from __future__ import annotations

from typing import Any

from ..pasted import number, whole
from .nccl_collectives import Row


def text_of(value: object) -> str | None:
    """The version of NCCL, as its logs write it."""
    return f"NCCL {value}" if isinstance(value, str | int) else None


def ranks_of(record: dict[str, Any]) -> dict[int, tuple[str, str]]:
    """Host and card of each rank."""
    ranks: dict[int, tuple[str, str]] = {}
    for key in ("devices", "ranks", "device_info"):
        config = record.get("config")
        listed = record.get(key) or (config.get(key) if isinstance(config, dict) else None)
        for entry in listed if isinstance(listed, list) else []:
            rank = whole(entry.get("rank")) if isinstance(entry, dict) else None
            if rank is not None:
                ranks[rank] = (
                    str(entry.get("hostname", "")),
                    str(entry.get("device_info") or entry.get("name") or "").strip(),
                )
    return ranks


def row_of(result: dict[str, Any]) -> Row | None:
    """One size, None where a number is missing."""
    size, count = whole(result.get("size")), whole(result.get("count"))
    out, inside = result.get("out_of_place"), result.get("in_place")
    first = out if isinstance(out, dict) else inside
    second = inside if isinstance(inside, dict) else first
    if size is None or count is None or not isinstance(first, dict) or not isinstance(second, dict):
        return None
    cells = [number(side.get(key)) for side in (first, second) for key in ("time", "alg_bw", "bus_bw")]
    if any(cell is None for cell in cells):
        return None
    t, a, b, t2, a2, b2 = (cell or 0.0 for cell in cells)
    checks = ["N/A" if side.get("nwrong") is None else str(side["nwrong"]) for side in (first, second)]
    redop = str(result.get("redop") or "").strip().lower() or None
    return Row(
        size, count, result.get("type"), redop, whole(result.get("root")), t, a, b, checks[0], t2, a2, b2, checks[1]
    )
