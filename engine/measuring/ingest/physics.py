"""Checks of a measurement against what the hardware can do. What the hardware is comes from the caller.

`gpu_facts(name)` gives SI facts of a GPU or None: `memory` [B], `memory_bandwidth` and `nvlink` (one way) [B/s],
`nvlink_reach`, `pcie_gen`, `pcie_lanes`. `model_facts(model, quantization)` gives `arch` (dense or moe) and
`read_bytes` [B], what one request reads for a token, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..believable import bound
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

    def weights(m: Measurement) -> str | None:
        return _weights_limit(m, gpu_facts) or _size_limit(m, model_facts)

    return decode, transfer, memory, weights


def _weights_limit(m: Measurement, gpu_facts: Facts) -> str | None:
    """Weights of which none are said to lie in host memory are no more than the cards have."""
    if m.weights_bytes is None or m.gpu is None or m.in_host:
        return None
    names = m.gpu.split(" + ")
    sizes = [(gpu_facts(name) or {}).get("memory") for name in names]
    if not all(sizes):
        return None
    most = max(float(size or 0) for size in sizes) * (m.gpu_count or 1)
    if m.weights_bytes <= most:
        return None
    told = f"{m.weights_bytes / 1e9:.3g} GB of weights on {m.gpu_count or 1} x {m.gpu} of {most / 1e9:.3g} GB"
    return f"impossible: {told}; were layers left in host memory?"


def _size_limit(m: Measurement, model_facts: ModelFacts | None) -> str | None:
    """A file is not much smaller than its parameters in their format."""
    facts = model_facts(m.model, m.quantization) if model_facts and m.model else None
    bits = (facts or {}).get("bits_per_weight")
    if not bits or not m.weights_bytes or not m.params_b:
        return None
    usual = m.params_b * 1e9 * bits / 8
    if m.weights_bytes >= usual * bound("measurements", "least_file"):
        return None
    told = f"{m.weights_bytes / 1e9:.3g} GB for {m.params_b:.3g}e9 parameters in {m.quantization}"
    return f"contradicts itself: {told}, which take {usual / 1e9:.3g} GB"


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
    bandwidth, read = _bandwidth(m, gpu_facts), _bytes_read(m, model_facts)
    if not bandwidth or not read:
        return None
    limit = bandwidth[0] / read
    if m.value <= limit * MARGIN:
        return None
    have = bandwidth[1]
    return f"impossible: {m.value:g} tok/s x {read / 1e9:.3g} GB is more than {have}; at most {limit:.3g} tok/s"


def _bandwidth(m: Measurement, gpu_facts: Facts) -> tuple[float, str] | None:
    """The most memory bandwidth that a step can have [B/s], and in words; None where that of a card is not known.

    Of unlike cards that hand layers on, each reads its own in turn: no faster than the fastest of them.
    """
    names = (m.gpu or "").split(" + ")
    speeds = [float((gpu_facts(name) or {}).get("memory_bandwidth") or 0) for name in names]
    count = m.gpu_count or len(names)
    if not all(speeds):
        return None
    if len(names) == 1:
        return speeds[0] * count, f"{count} x {speeds[0] / 1e9:g} GB/s"
    if m.parallelism == "layer_split" or (m.pp or 1) > 1:
        return max(speeds), f"the {max(speeds) / 1e9:g} GB/s of the fastest card, which hands its layers on"
    return max(speeds) * count, f"{count} x {max(speeds) / 1e9:g} GB/s"


def _bytes_read(m: Measurement, model_facts: ModelFacts | None) -> float | None:
    facts = model_facts(m.model, m.quantization) if model_facts and m.model else None
    if m.weights_bytes is None:
        return (facts or {}).get("read_bytes")
    arch = (facts or {}).get("arch") or m.arch
    if arch != "dense":
        return (facts or {}).get("read_bytes")
    embedding = float((facts or {}).get("embedding_share") or 0.0)
    return m.weights_bytes * (1 - embedding)
