"""P304: dense matrix rates of one chip stand in small ratios to each other."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import limit

TOLERANCE = limit("rates", "tolerance")
_UNITS = (("fp8_units", "fp8_tflops"), ("fp4_units", "fp4_tflops"), ("int8_units", "int8_tops"))
_PAIRS = (
    ("fp16_fast_accumulate_tflops", "fp16_tflops", (1.0, 2.0)),
    ("fp8_tflops", "fp16_tflops", (1.0, 2.0)),
    ("fp8_fast_accumulate_tflops", "fp8_tflops", (1.0, 2.0)),
    ("fp4_tflops", "fp8_tflops", (1.0, 1.5, 2.0, 3.0, 4.0)),
    ("int8_tops", "fp16_tflops", (1.0, 2.0, 4.0)),
)


def check(library: Library) -> Iterator[Diagnostic]:
    """A ratio outside the usual ones is most often a sparse rate among dense ones."""
    values = library.values("gpus")
    for document in library.asked("gpus"):
        gpu = values[document.key]
        for units, rate in _UNITS:
            if gpu.get(rate) and gpu.get(units) is False:
                message = f"`{rate}` is {gpu[rate]:g}, and `{units}` is false"
                yield document.find("P304", message, [units], "a rate needs units that have it; change one of the two")
        for upper, lower, usual in _PAIRS:
            one, other = gpu.get(upper), gpu.get(lower)
            if one and other and all(abs(one / other - ratio) > TOLERANCE * ratio for ratio in usual):
                expected = " or ".join(f"{ratio:g}" for ratio in usual)
                message = f"`{upper}` / `{lower}` = {one / other:.3g}; usual is {expected}"
                yield document.find(
                    "P304", message, [upper], "is one of them a rate with sparsity, or with another accumulation?"
                )
