"""Measurements held against the rig that they are said to be of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .ingest import Check, Measurement
from .ingest.transfers import MARGIN, OF_THE_HOST, pair_of, rate_of, slot_bandwidth, ways_of

OF_MODELS = ("model", "quantization", "kv_dtype", "engine", "engine_version", "tp", "pp", "replicas")
"""Columns that say nothing of a measurement of links alone."""


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
    listed = _listed(pcie)
    if not listed:
        return None
    slowest = min(listed, key=lambda slot: 2.0 ** slot["gen"] * slot["lanes"])
    return f"PCIe {slowest['gen']}.0 x{slowest['lanes']}"


def _listed(pcie: Any) -> list[Mapping[str, Any]]:
    return [pcie] if isinstance(pcie, Mapping) else list(pcie or [])


def applying_to(m: Measurement, known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a rig and workload, as far as it says something of a measurement."""
    links = is_link(m)
    return {name: value for name, value in known.items() if not (links and name in OF_MODELS)}


def is_link(m: Measurement) -> bool:
    """Whether a measurement is of links alone, without a model."""
    return m.metric in OF_THE_HOST or m.metric.startswith("p2p_") or _collective(m)


def _collective(m: Measurement) -> bool:
    return m.metric.endswith("_busbw_gb_s") or m.engine == "NCCL"


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
    """What no NVLink of the rig joins moves no more than its slots."""
    pcie, nvlink = rig.get("pcie"), rig.get("nvlink")
    pair, rate = pair_of(m), rate_of(m)
    joined = [sorted(bond) for bond in nvlink] if isinstance(nvlink, list) else None
    of_host = m.metric in OF_THE_HOST
    if of_host:
        joined = []
    if rate is None or not pcie or joined is None or (joined and (pair is None or list(pair) in joined)):
        return None
    speeds = [slot_bandwidth(slot["gen"], slot["lanes"]) or 0.0 for slot in _listed(pcie)]
    ends = [speeds[min(end, len(speeds) - 1)] for end in pair] if pair and joined else []
    limit = (min(ends) if ends else max(speeds)) * ways_of(m)
    if not limit or rate <= limit * MARGIN:
        return None
    if ends:
        return (
            f"impossible: {rate / 1e9:.4g} GB/s between cards {pair} that no NVLink of the rig joins; their slots move "
            f"{limit / 1e9:.3g} GB/s (are the cards numbered alike, with CUDA_DEVICE_ORDER=PCI_BUS_ID?)"
        )
    best = f"the best slot of the rig moves {limit / 1e9:.3g} GB/s{'' if of_host else ', and it has no NVLink'}"
    return f"impossible: {rate / 1e9:.4g} GB/s; {best}"
