"""P305: matrix rate for each watt, against cards of the same architecture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log
from statistics import median
from typing import Any, NamedTuple

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import count, limit

SPREAD = limit("compute_per_watt", "spread")
LEAST_CARDS = count("compute_per_watt", "least_cards")


class Usual(NamedTuple):
    """Of the cards of one class: their number, and medians of rate [TFLOPS], power [W] and rate for each watt."""

    cards: int
    rate: float
    power: float
    ratio: float


def check(library: Library) -> Iterator[Diagnostic]:
    """Within a factor of 4.5 of the median, where four cards or more can be compared."""
    values = library.values("gpus")
    usual = _usual(values)
    for document in library.asked("gpus"):
        gpu = values[document.key]
        same = usual.get(_class(gpu)) if _best(gpu) and gpu.get("tdp_w") else None
        if same is None or same.cards < LEAST_CARDS:
            continue
        ratio = _best(gpu) / gpu["tdp_w"]
        if not 1 / SPREAD <= ratio / same.ratio <= SPREAD:
            told = f"{same.ratio:.3g} (median of {same.cards})"
            message = f"{ratio:.3g} TFLOPS for each watt, where its architecture has {told}"
            yield document.find("P305", message, [_farther(gpu, same)], "check rate and board power")


def _usual(values: Mapping[str, dict[str, Any]]) -> dict[tuple[str, str], Usual]:
    classes: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for gpu in values.values():
        if _best(gpu) and gpu.get("tdp_w"):
            classes.setdefault(_class(gpu), []).append((_best(gpu), gpu["tdp_w"]))
    return {
        name: Usual(
            len(cards), median(rate for rate, _ in cards), median(power for _, power in cards),
            median(rate / power for rate, power in cards),
        )
        for name, cards in classes.items()
    }  # fmt: skip


def _farther(gpu: dict[str, Any], same: Usual) -> str:
    """The one of rate and power that is farther from the usual of its architecture."""
    rate, power = abs(log(_best(gpu) / same.rate)), abs(log(gpu["tdp_w"] / same.power))
    return "tdp_w" if power > rate else "fp16_tflops"


def _best(gpu: dict[str, Any]) -> float:
    """The highest of the 32 and 16 bit rates [TFLOPS]: drivers halve some of them on some cards."""
    names = ("fp32_tflops", "fp16_tflops", "fp16_fast_accumulate_tflops")
    return max(float(gpu.get(name) or 0) for name in names) if gpu.get("fp16_tflops") else 0.0


def _class(gpu: dict[str, Any]) -> tuple[str, str]:
    return str(gpu.get("architecture")), "datacenter" if gpu.get("segment") == "datacenter" else "other"
