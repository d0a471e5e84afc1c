"""Log lines that explain a slow or failing rig, in the engines' own words.

Sources of the lines: vLLM (custom_all_reduce.py, awq_marlin.py, quantization/utils/marlin_utils_fp8.py, config),
NCCL (transport/p2p.cc), SGLang and llama.cpp; one example each in tests/measuring/samples/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..pasted import Paste
from .measurement import Remark


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A log line by its fixed words; `says` is filled with the groups of the pattern."""

    id: str
    pattern: re.Pattern[str]
    says: str


def _line(id_: str, pattern: str, says: str) -> Diagnostic:
    return Diagnostic(id_, re.compile(pattern, re.IGNORECASE), says)


DIAGNOSTICS: tuple[Diagnostic, ...] = (
    _line(
        "custom_all_reduce_disabled",
        r"Custom allreduce is disabled because ([^.]{0,120})",
        "vLLM's custom all-reduce is off: {0}",
    ),
    _line(
        "fp8_weight_only",
        r"does not have native support for FP8 computation",
        "FP8 runs weight-only (Marlin): this GPU has no FP8 units",
    ),
    _line(
        "attention_heads_not_divisible",
        r"Total number of attention heads \((\d+)\) must be divisible by tensor parallel size \((\d+)\)",
        "{0} attention heads do not divide by tensor parallel size {1}",
    ),
    _line(
        "kv_cache_too_small",
        r"max seq len \((\d+)\) is larger than the maximum number of tokens that can be stored in KV cache \((\d+)\)",
        "a context of {0} tokens does not fit into a KV pool of {1} tokens",
    ),
    _line(
        "kv_cache_too_small",
        r"max seq len \((\d+)\), \(?([\d.]+ GiB) KV cache is needed",
        "a context of {0} tokens needs a KV cache of {1}, more than there is",
    ),
    _line(
        "quantization_forced",
        r"can run with (\w+), however you specified quantization=(\w+) explicitly",
        "quantization {1} is forced; the faster {0} kernel would run",
    ),
    _line(
        "nccl_p2p_disabled",
        r"P2P is disabled between (?:connected )?GPUs (\d+) and (\d+)",
        "NCCL finds no peer access between GPUs {0} and {1}",
    ),
    _line(
        "nccl_via_shm",
        r"NCCL INFO Channel \S+ : (\d+)\[\w+\] -> (\d+)\[\w+\].* via SHM",
        "NCCL sends from GPU {0} to {1} through host memory",
    ),
    _line(
        "nccl_via_p2p",
        r"NCCL INFO Channel \S+ : (\d+)\[\w+\] -> (\d+)\[\w+\].* via P2P/(\S+)",
        "NCCL sends from GPU {0} to {1} directly ({2})",
    ),
    _line(
        "enforce_eager",
        r"Cuda graph is disabled|enforce_eager=True|CUDA graphs? (?:is|are) disabled",
        "CUDA graphs are off",
    ),
    _line(
        "preemption",
        r"is preempted by PreemptionMode|Preemption mode",
        "requests are preempted: the KV cache is too small for the load",
    ),
    _line("offloaded_layers", r"offloaded (\d+)/(\d+) layers to GPU", "{0} of {1} layers are on the GPU"),
    _line(
        "out_of_memory",
        r"CUDA out of memory|cudaMalloc failed: out of memory|torch\.OutOfMemoryError",
        "a GPU ran out of memory",
    ),
    _line("vocab_not_divisible", r"\b(\d{1,9}) is not divisible by (\d{1,9})\b", "{0} does not divide by {1}"),
)
_MOST_OF_ONE_KIND = 8


def diagnostics(paste: Paste) -> Iterator[Remark]:
    """Every known line once per meaning, in the order of the text."""
    seen: set[str] = set()
    counts: dict[str, int] = {}
    for line in paste.lines:
        for known in DIAGNOSTICS:
            match = known.pattern.search(line.text)
            if match is None:
                continue
            says = known.says.format(*(group or "" for group in match.groups()))
            counts[known.id] = counts.get(known.id, 0) + 1
            if says not in seen and counts[known.id] <= _MOST_OF_ONE_KIND:
                seen.add(says)
                yield Remark(known.id, says, paste.name, line.number)
