"""Boot logs of engines: the KV pool, the memory of weights, and warnings that explain a slow rig.

Source: the log statements of vLLM (v1/core/kv_cache_utils.py, worker/gpu_worker.py), SGLang (mem_cache/memory_pool.py),
TensorRT-LLM (batch_manager), llama.cpp (src/llama-kv-cache.cpp) and Ollama (ml/backend/ggml), as they stand in the
versions quoted in the tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..pasted import Line, Paste, number, whole
from .diagnostics import diagnostics
from .llama_names import DevicesSeen, ModelSeen, gpu_label, kv_dtype
from .measurement import Ingested, Measurement, Provenance, Refusal, noted, replace, shown

_VERSION = re.compile(
    r"vLLM API server version v?([\w.+-]+)|LLM engine \(v([\w.+-]+)\)|vLLM server version v?([\w.+-]+)"
)
_CONFIG = {
    "model": re.compile(r"\bmodel(?:_path)?='([^']+)'"),
    "tp": re.compile(r"\b(?:tensor_parallel_size|tp_size)=(\d+)"),
    "pp": re.compile(r"\b(?:pipeline_parallel_size|pp_size)=(\d+)"),
    "quantization": re.compile(r"\bquantization='?([\w-]+)'?"),
    "kv": re.compile(r"\bkv_cache_dtype='?([\w.]+)'?"),
    "block": re.compile(r"\bblock_size=(\d+)"),
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
_GPU = r"(?:CUDA|ROCm|Vulkan|SYCL|MUSA|CANN|MTL|Metal)\d*"
_ON = rf"(?:buffer|device)={_GPU}"
_KV = r"(?:KV|kv|RS) (?:self )?(?:buffer )?size\s*="


def _one_gpu(tool: str, metric: str, pattern: str, factor: float = 1.0) -> _Pattern:
    return _Pattern(tool, metric, "GiB", re.compile(pattern), factor, "one GPU")


def _all_gpus(tool: str, metric: str, pattern: str, factor: float = 1.0) -> _Pattern:
    return _Pattern(tool, metric, "GiB", re.compile(pattern), factor, "all devices")


_LINES = (
    _one_gpu("vllm", "kv_pool_gib", rf"Available KV cache memory: {_N} GiB"),
    _one_gpu("vllm", "kv_pool_gib", rf"memory reserved for KV Cache is {_N} ?GiB"),
    _one_gpu("vllm", "weights_gib", rf"Model loading took {_N} Gi?B"),
    _one_gpu("vllm", "weights_gib", rf"[Ll]oading model weights took {_N} Gi?B"),
    _one_gpu("vllm", "weights_gib", rf"model weights take {_N} ?GiB"),
    _one_gpu("vllm", "cuda_graphs_gib", rf"Graph capturing finished in [\d.]+ secs, took {_N} GiB"),
    _Pattern("vllm", "kv_pool_tokens", "tokens", re.compile(rf"GPU KV cache size: {_N} tokens")),
    _Pattern("sglang", "kv_pool_tokens", "tokens", re.compile(rf"\bmax_total_num_tokens={_N}")),
    _Pattern("sglang", "kv_pool_tokens", "tokens", re.compile(rf"KV Cache is allocated\..*?#tokens: {_N}")),
    _one_gpu("sglang", "weights_gib", rf"Load weight end\..*?\bmem usage={_N} GB"),
    _Pattern("TensorRT-LLM", "kv_pool_tokens", "tokens", re.compile(rf"max tokens in paged KV cache \({_N}\)")),
    _Pattern("TensorRT-LLM", "kv_pool_tokens", "tokens", re.compile(r"Max tokens in paged KV cache: (\d+)\.")),
    _Pattern("TensorRT-LLM", "kv_pool_tokens", "tokens", re.compile(rf"Using {_N} tokens in paged KV cache")),
    _one_gpu("TensorRT-LLM", "kv_pool_gib", rf"Allocated {_N} GiB for max tokens in paged KV cache"),
    _one_gpu("ollama", "weights_gib", rf'msg="model weights" {_ON} size="{_N} GiB"'),
    _one_gpu("ollama", "weights_gib", rf'msg="model weights" {_ON} size="{_N} MiB"', 2**-10),
    _one_gpu("ollama", "kv_buffer_gib", rf'msg="kv cache" {_ON} size="{_N} GiB"'),
    _one_gpu("ollama", "kv_buffer_gib", rf'msg="kv cache" {_ON} size="{_N} MiB"', 2**-10),
    _one_gpu("llama.cpp", "kv_buffer_gib", rf"{_GPU} {_KV}\s*{_N} MiB", 2**-10),
    _all_gpus("llama.cpp", "kv_cache_gib", rf":\s*(?:KV|kv) self size\s*=\s*{_N} Mi?B", 2**-10),
    _all_gpus("llama.cpp", "kv_cache_gib", rf"llama_kv_cache\w*: size\s*=\s*{_N} MiB", 2**-10),
    _one_gpu("llama.cpp", "weights_gib", rf"{_GPU} (?:model )?buffer size\s*=\s*{_N} MiB", 2**-10),
    _one_gpu("llama.cpp", "compute_buffer_gib", rf"{_GPU} compute buffer size\s*=\s*{_N} MiB", 2**-10),
)
_CONCURRENCY = re.compile(rf"Maximum concurrency for {_N} tokens per request: ([\d.]+)x")
_KEYS_AND_VALUES = re.compile(rf"KV Cache is allocated\..*?K size: {_N} GB, V size: {_N} GB")
"""SGLang's GB are 2**30 bytes."""
_HALVES = re.compile(rf"size\s*=\s*{_N} MiB.*?, K \([^)]*\):\s*{_N} MiB, V \([^)]*\):\s*{_N} MiB")
_BLOCKS = re.compile(r"# (?:GPU|cuda) blocks: ([\d,]+)")
_BLOCK = 16
"""Tokens of a block where the log does not say: vLLM's default on GPUs."""


def read(paste: Paste) -> Ingested:
    """KV pool, weights and other memory of an engine's boot log, and the warnings; what ranks repeat, once."""
    found = Ingested()
    version: str | None = None
    config: dict[str, str] = {}
    told: set[tuple[object, ...]] = set()
    seen, devices, context = ModelSeen(), DevicesSeen(), _Context()
    for line in paste.lines:
        seen.see(line)
        devices.see(line)
        context.see(line)
        if match := _VERSION.search(line.text):
            version = next(group for group in match.groups() if group)
        if "Initializing a" in line.text or _CONFIG["tp"].search(line.text) or "server_args=" in line.text:
            config = _config(line) or config
            told.clear()
        if (match := _HALVES.search(line.text)) and abs(_sum(match[2], match[3]) - _sum(match[1])) > 0.02:
            reason = "the log contradicts itself: keys and values do not add up to the cache"
            found.refusals.append(Refusal(reason, "llama.cpp boot log", paste.name, line.number, shown(match[0])))
            continue
        for one in _measured(line, {**config, **seen.cells()}, version, paste):
            if one.engine == "llama.cpp":
                one = _of_llama(one, seen, devices, context)
            key = (one.metric, one.value, one.context_depth, one.engine, _device(line))
            if key not in told:
                told.add(key)
                found.measurements.append(one)
    found.remarks += diagnostics(paste)
    return found


_N_CTX = re.compile(r"\bn_ctx\s+= (\d{1,9})\b")
_KEYS = re.compile(r"\bK \((\w+)\):.*?V \((\w+)\):")


class _Context:
    """Tokens of context and the type of the cache that llama.cpp named most recently, line by line through a log."""

    def __init__(self) -> None:
        self.tokens: int | None = None
        self.kind: str | None = None

    def see(self, line: Line) -> None:
        if match := _N_CTX.search(line.text):
            self.tokens = whole(match[1])
        elif match := _KEYS.search(line.text):
            self.kind = kv_dtype(match[1], match[2])


def _of_llama(one: Measurement, model: ModelSeen, devices: DevicesSeen, context: _Context) -> Measurement:
    """A measurement with the cards that the log lists, what it left on the host, and the context of a cache."""
    cards = devices.listed()
    whole_cache = one.metric == "kv_cache_gib"
    return replace(
        one, in_host=model.in_host, backend=devices.backend, gpu=gpu_label(cards), gpu_count=len(cards) or None,
        tp=1 if cards else None, pp=len(cards) or None, kv_dtype=context.kind if whole_cache else one.kv_dtype,
        context_depth=context.tokens if whole_cache else one.context_depth,
    )  # fmt: skip


def _sum(*cells: str) -> float:
    return sum(number(cell) or 0.0 for cell in cells)


def _device(line: Line) -> str | None:
    match = re.search(rf"{_GPU}(?= )", line.text)
    return match[0] if match else None


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
    if (match := _BLOCKS.search(line.text)) and (blocks := number(match[1])) and not line.cut:
        size = whole(config.get("block"))
        at = Provenance("vllm boot log", paste.name, line.number, "log", version)
        note = f"{blocks:g} blocks of {size or _BLOCK} tokens" + ("" if size else ", the default of vLLM")
        pool = _Pattern("vllm", "kv_pool_tokens", "tokens", _BLOCKS, note=note)
        results.append(_measurement(pool, blocks * (size or _BLOCK), None, config, at))
    if match := _KEYS_AND_VALUES.search(line.text):
        halves = [number(match[1]) or 0.0, number(match[2]) or 0.0]
        at = Provenance("sglang boot log", paste.name, line.number, "log", version)
        pool = _Pattern("sglang", "kv_pool_gib", "GiB", _KEYS_AND_VALUES, note="one GPU")
        results.append(_measurement(pool, round(sum(halves), 4), None, config, at))
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
