"""Boot logs of vLLM, SGLang and llama.cpp: the KV pool, the memory of weights, and warnings that explain a slow rig.

Source: the log statements of vLLM (v1/core/kv_cache_utils.py, worker/gpu_worker.py), SGLang (mem_cache/memory_pool.py)
and llama.cpp (src/llama-kv-cache.cpp), as they stand in the versions quoted in the tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..pasted import Line, Paste, number, whole
from .diagnostics import diagnostics
from .measurement import Ingested, Measurement, Provenance, noted

_VERSION = re.compile(
    r"vLLM API server version v?([\w.+-]+)|LLM engine \(v([\w.+-]+)\)|vLLM server version v?([\w.+-]+)"
)
_CONFIG = {
    "model": re.compile(r"\bmodel='([^']+)'"),
    "tp": re.compile(r"\btensor_parallel_size=(\d+)"),
    "pp": re.compile(r"\bpipeline_parallel_size=(\d+)"),
    "quantization": re.compile(r"\bquantization='?(\w+)'?"),
    "kv": re.compile(r"\bkv_cache_dtype='?([\w.]+)'?"),
}


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A log line: what it measures, in which unit, and the factor to that unit."""

    tool: str
    metric: str
    unit: str
    pattern: re.Pattern[str]
    factor: float = 1.0
    note: str = ""


_N = r"([\d,]+(?:\.\d+)?)"
_GPU = r"(?:CUDA|ROCm|Vulkan|SYCL)\d+"


def _one_gpu(tool: str, metric: str, pattern: str, factor: float = 1.0) -> _Pattern:
    return _Pattern(tool, metric, "GiB", re.compile(pattern), factor, "one GPU")


_LINES = (
    _one_gpu("vllm", "kv_pool_gib", rf"Available KV cache memory: {_N} GiB"),
    _one_gpu("vllm", "weights_gib", rf"Model loading took {_N} Gi?B"),
    _one_gpu("vllm", "weights_gib", rf"Loading model weights took {_N} GB"),
    _one_gpu("vllm", "cuda_graphs_gib", rf"Graph capturing finished in [\d.]+ secs, took {_N} GiB"),
    _Pattern("vllm", "kv_pool_tokens", "tokens", re.compile(rf"GPU KV cache size: {_N} tokens")),
    _Pattern("sglang", "kv_pool_tokens", "tokens", re.compile(rf"\bmax_total_num_tokens={_N}")),
    _Pattern("sglang", "kv_pool_tokens", "tokens", re.compile(rf"KV Cache is allocated\..*?#tokens: {_N}")),
    _one_gpu("llama.cpp", "kv_buffer_gib", rf"{_GPU} KV (?:self )?(?:buffer )?size =\s*{_N} MiB", 2**-10),
    _one_gpu("llama.cpp", "weights_gib", rf"{_GPU} (?:model )?buffer size =\s*{_N} MiB", 2**-10),
    _one_gpu("llama.cpp", "compute_buffer_gib", rf"{_GPU} compute buffer size =\s*{_N} MiB", 2**-10),
)
_CONCURRENCY = re.compile(rf"Maximum concurrency for {_N} tokens per request: ([\d.]+)x")


def read(paste: Paste) -> Ingested:
    """KV pool, weights and other memory of an engine's boot log, and the warnings in it."""
    found = Ingested()
    version: str | None = None
    config: dict[str, str] = {}
    for line in paste.lines:
        if match := _VERSION.search(line.text):
            version = next(group for group in match.groups() if group)
        if "Initializing a" in line.text or "tensor_parallel_size=" in line.text:
            config = _config(line) or config
        found.measurements += _measured(line, config, version, paste)
    found.remarks += diagnostics(paste)
    return found


def _config(line: Line) -> dict[str, str]:
    matches = {name: pattern.search(line.text) for name, pattern in _CONFIG.items()}
    return {name: match[1] for name, match in matches.items() if match and match[1] != "None"}


def _measured(line: Line, config: dict[str, str], version: str | None, paste: Paste) -> list[Measurement]:
    results = []
    for known in _LINES:
        match = known.pattern.search(line.text)
        value = number(match[1]) if match else None
        if match and value is not None and value > 0 and not (line.cut and match.end() == len(line.text)):
            at = Provenance(f"{known.tool} boot log", paste.name, line.number, "log", version)
            results.append(_measurement(known, value * known.factor, None, config, at))
    match = _CONCURRENCY.search(line.text)
    if match and (value := number(match[2])):
        at = Provenance("vllm boot log", paste.name, line.number, "log", version)
        known = _Pattern("vllm", "max_concurrency", "requests", _CONCURRENCY)
        results.append(_measurement(known, value, whole(match[1]), config, at))
    return results


def _measurement(
    known: _Pattern, value: float, context: int | None, config: dict[str, str], at: Provenance
) -> Measurement:
    tp, pp = whole(config.get("tp")), whole(config.get("pp"))
    return Measurement(
        metric=known.metric,
        value=value,
        unit=known.unit,
        provenance=at,
        engine=known.tool,
        engine_version=at.version,
        model=re.sub(r"^/(?:.*/)?", "", config["model"]) if "model" in config else None,
        quantization=config.get("quantization"),
        kv_dtype=config.get("kv"),
        tp=tp,
        pp=pp,
        gpu_count=tp * (pp or 1) if tp else None,
        context_depth=context,
        notes=noted(known.note or None, f"{context} tokens a request" if context else None),
    )
