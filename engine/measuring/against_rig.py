"""Measurements held against the rig that they are said to be of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .ingest import Check, Measurement

MARGIN = 1.05
GT_S = {1: 2.5, 2: 5.0, 3: 8.0, 4: 16.0, 5: 32.0, 6: 64.0}
RATES = ("allreduce_busbw_gb_s", "allgather_busbw_gb_s", "collective_busbw_gb_s", "p2p_bw_gb_s")


def columns_of(rig: Mapping[str, Any], workload: Mapping[str, Any]) -> dict[str, Any]:
    """What a scenario says of its rig and workload, as columns of a measurement. rig: with keys of GPUs."""
    groups = rig.get("gpus") or []
    count = sum(group.get("count", 1) for group in groups)
    limits = {group.get("power_limit_w") for group in groups}
    nvlink, p2p = rig.get("nvlink"), rig.get("p2p")
    columns = {
        "gpu": groups[0]["gpu"] if len({group["gpu"] for group in groups}) == 1 else None,
        "gpu_count": count or None,
        "power_limit_w": limits.pop() if len(limits) == 1 else None,
        "interconnect": _slots(rig.get("pcie")),
        "nvlink": None if nvlink is None else "yes" if nvlink else "no",
        "p2p": None if p2p is None else "no" if not p2p else "yes" + (" patched" if _patched(rig) else ""),
        **{name: workload.get(name) for name in ("engine", "engine_version", "model", "quantization")},
        "kv_dtype": workload.get("kv_quantization"),
        **_sizes(workload.get("parallelism")),
    }
    return {name: value for name, value in columns.items() if value is not None}


def _patched(rig: Mapping[str, Any]) -> bool:
    return bool(rig.get("driver") == "p2p_patched")


def _slots(pcie: Any) -> str | None:
    """The slots in words; of unlike slots the slowest, at whose pace a group runs."""
    listed = [pcie] if isinstance(pcie, Mapping) else list(pcie or [])
    if not listed:
        return None
    slowest = min(listed, key=lambda slot: 2.0 ** slot["gen"] * slot["lanes"])
    return f"PCIe {slowest['gen']}.0 x{slowest['lanes']}"


def _sizes(parallelism: Any) -> dict[str, Any]:
    if not isinstance(parallelism, Mapping):
        return {}
    return {
        column: parallelism.get(name)
        for column, name in (("tp", "tensor"), ("pp", "pipeline"), ("replicas", "replicas"))
    }


def of_rig(rig: Mapping[str, Any]) -> tuple[Check, ...]:
    """Checks that a measurement can be of this rig: its cards, their number, its links. rig: with keys of GPUs."""
    keys = [group["gpu"] for group in rig.get("gpus") or [] for _ in range(group.get("count", 1))]

    def cards(m: Measurement) -> str | None:
        return _other_cards(m, keys)

    def links(m: Measurement) -> str | None:
        return _faster_than_slots(m, rig)

    return (cards, links) if keys else ()


def _other_cards(m: Measurement, keys: list[str]) -> str | None:
    named = [name.strip() for name in (m.gpu or "").split("+") if name.strip()]
    strange = [name for name in named if name not in keys]
    if strange:
        return f"measured on {', '.join(strange)}; the rig has {', '.join(dict.fromkeys(keys))}"
    if m.gpu_count and m.gpu_count > len(keys):
        return f"measured on {m.gpu_count} cards; the rig has {len(keys)}"
    return None


def _faster_than_slots(m: Measurement, rig: Mapping[str, Any]) -> str | None:
    """Cards without NVLink move no more than the slot of one of them."""
    pcie = rig.get("pcie")
    if m.metric not in RATES or rig.get("nvlink") != [] or not pcie:
        return None
    slots = [pcie] if isinstance(pcie, Mapping) else pcie
    fastest = max(GT_S.get(slot["gen"], 0.0) * slot["lanes"] / 8 for slot in slots)
    limit = fastest * (2 if "bidirectional" in (m.notes or "") else 1)
    if not limit or m.value <= limit * MARGIN:
        return None
    return f"impossible: {m.value:g} GB/s; the best slot of the rig moves {limit:.3g} GB/s, and it has no NVLink"
