"""Checks of a measurement against what the hardware can do. What the hardware is comes from the caller.

`gpu_facts(name)` gives SI facts of a GPU or None: `memory` [B], `memory_bandwidth` and `nvlink` (one way) [B/s],
`nvlink_reach`, `pcie_gen`, `pcie_lanes`. `model_facts(model, quantization)` gives `arch` (dense or moe) and
`read_bytes` [B], what one request reads for a token, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .measurement import Measurement
from .transfers import MARGIN, faster_than_links

Facts = Callable[[str], Mapping[str, Any] | None]
ModelFacts = Callable[[str, str | None], Mapping[str, Any] | None]
Check = Callable[[Measurement], str | None]


def physical_limits(gpu_facts: Facts, model_facts: ModelFacts | None = None) -> tuple[Check, ...]:
    """The checks, each naming the limit that a measurement breaks, or None."""

    def decode(m: Measurement) -> str | None:
        return _decode_limit(m, gpu_facts, model_facts)

    def transfer(m: Measurement) -> str | None:
        return faster_than_links(m, gpu_facts)

    def memory(m: Measurement) -> str | None:
        return _memory_limit(m, gpu_facts)

    return decode, transfer, memory


def _memory_limit(m: Measurement, gpu_facts: Facts) -> str | None:
    """What lies on one card is no more than it has."""
    if m.unit != "GiB" or "one GPU" not in (m.notes or "") or m.gpu is None:
        return None
    most = (gpu_facts(m.gpu) or {}).get("memory")
    if not most or m.value * 2**30 <= float(most):
        return None
    return f"impossible: {m.value:g} GiB on one card of {float(most) / 2**30:g} GiB"


def _decode_limit(m: Measurement, gpu_facts: Facts, model_facts: ModelFacts | None) -> str | None:
    """One request reads all its weights for every token: rate x bytes stays below the memory bandwidth of all GPUs."""
    if m.metric != "decode_tok_s" or m.batch != 1 or m.spec_decode or m.gpu is None:
        return None
    facts, read = gpu_facts(m.gpu), _bytes_read(m, model_facts)
    bandwidth = facts.get("memory_bandwidth") if facts else None
    if not bandwidth or not read:
        return None
    limit = float(bandwidth) * (m.gpu_count or 1) / read
    if m.value <= limit * MARGIN:
        return None
    have = f"{m.gpu_count or 1} x {float(bandwidth) / 1e9:g} GB/s"
    return f"impossible: {m.value:g} tok/s x {read / 1e9:.3g} GB is more than {have}; at most {limit:.3g} tok/s"


def _bytes_read(m: Measurement, model_facts: ModelFacts | None) -> float | None:
    facts = model_facts(m.model, m.quantization) if model_facts and m.model else None
    if m.weights_bytes is None:
        return (facts or {}).get("read_bytes")
    arch = (facts or {}).get("arch") or m.arch
    if arch != "dense":
        return (facts or {}).get("read_bytes")
    embedding = float((facts or {}).get("embedding_share") or 0.0)
    return m.weights_bytes * (1 - embedding)
