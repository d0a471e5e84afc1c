"""P305: matrix rate for each watt, against cards of the same architecture."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from statistics import median
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Library

SPREAD = 4.5
LEAST_CARDS = 4


def check(library: Library) -> Iterator[Diagnostic]:
    """Within a factor of 4.5 of the median, where four cards or more can be compared."""
    values = library.values("gpus")
    ratios = {key: _best(gpu) / gpu["tdp_w"] for key, gpu in values.items() if _best(gpu) and gpu.get("tdp_w")}
    peers: dict[tuple[str, str], list[str]] = {}
    for key in ratios:
        peers.setdefault(_class(values[key]), []).append(key)
    for document in library.asked("gpus"):
        same = peers.get(_class(values[document.key]), [])
        ratio, usual = ratios.get(document.key), median(ratios[key] for key in same) if same else 0.0
        if ratio and len(same) >= LEAST_CARDS and not 1 / SPREAD <= ratio / usual <= SPREAD:
            told = f"{usual:.3g} (median of {len(same)})"
            message = f"{ratio:.3g} TFLOPS for each watt, where its architecture has {told}"
            at = _farther(values[document.key], [values[key] for key in same])
            yield document.find("P305", message, [at], "check rate and board power")


def _farther(gpu: dict[str, Any], same: list[dict[str, Any]]) -> str:
    """The one of rate and power that is farther from the usual of its architecture."""
    rate = abs(log(_best(gpu) / median(_best(other) for other in same)))
    power = abs(log(gpu["tdp_w"] / median(other["tdp_w"] for other in same)))
    return "tdp_w" if power > rate else "fp16_tflops"


def _best(gpu: dict[str, Any]) -> float:
    """The highest of the 32 and 16 bit rates [TFLOPS]: drivers halve some of them on some cards."""
    names = ("fp32_tflops", "fp16_tflops", "fp16_fast_accumulate_tflops")
    return max(float(gpu.get(name) or 0) for name in names) if gpu.get("fp16_tflops") else 0.0


def _class(gpu: dict[str, Any]) -> tuple[str, str]:
    return str(gpu.get("architecture")), "datacenter" if gpu.get("segment") == "datacenter" else "other"
