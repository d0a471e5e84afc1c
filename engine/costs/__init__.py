"""Every cost of inference as a pure formula, SI units in and out, under the name by which rules call it."""

from __future__ import annotations

from collections.abc import Callable

from . import (
    collectives,
    decisions,
    decode,
    deviation,
    holding,
    kv_cache,
    layers,
    links,
    load,
    memory,
    money,
    nccl,
    numbers,
    pace,
    parameters,
    power,
    prefill,
    reductions,
    roofline,
    serving,
    thresholds,
    weights,
)

__all__ = ["FORMULAS", "MODULES"]

MODULES = (
    numbers,
    parameters,
    weights,
    kv_cache,
    memory,
    holding,
    links,
    collectives,
    reductions,
    nccl,
    roofline,
    pace,
    decode,
    prefill,
    layers,
    load,
    serving,
    power,
    money,
    thresholds,
    deviation,
    decisions,
)

FORMULAS: dict[str, Callable[..., float]] = {
    name: getattr(module, name) for module in MODULES for name in module.__all__
}
