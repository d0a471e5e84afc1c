"""Timings that llama.cpp (llama-cli, llama-server) and `ollama run --verbose` print after an answer.

Source: llama.cpp common/sampling.cpp and tools/server (perf_context_print), ollama api (metrics summary).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..pasted import Paste, number, whole
from .llama_names import DevicesSeen, ModelSeen, build_in, gpu_label
from .measurement import Ingested, Measurement, Provenance, Refusal

_LLAMA = re.compile(
    r"(prompt eval|eval) time\s*=\s*([\d.]+) ms /\s*(\d+) (?:tokens|runs)\s*"
    r"\(\s*([\d.]+|nan|inf) ms per token,\s*([\d.]+|nan|inf) tokens per second\)"
)
_OLLAMA = re.compile(r"^\s*(prompt eval|eval) (count|duration|rate):\s+(.+?)\s*$")
_DURATION = re.compile(r"([\d.]+)(h|ms|µs|us|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
_LEAST_DECODED = 8


@dataclass(slots=True)
class _Answer:
    """One block of ollama's summary for one phase: tokens, seconds, tokens a second."""

    count: int | None = None
    seconds: float | None = None


def read(paste: Paste) -> Ingested:
    """Prefill and decode rates of single requests."""
    found, devices, model = Ingested(), DevicesSeen(), ModelSeen()
    build: str | None = None
    answers: dict[str, _Answer] = {"prompt eval": _Answer(), "eval": _Answer()}
    for line in paste.lines:
        devices.see(line)
        model.see(line)
        build = build_in(line) or build
        if match := _LLAMA.search(line.text):
            at = Provenance("llama.cpp timings", paste.name, line.number, "log", build)
            _take(
                match[1],
                whole(match[3]),
                number(match[5]),
                number(match[2]),
                at,
                devices.listed(),
                found,
                model,
                devices.backend,
            )
        elif match := _OLLAMA.match(line.text):
            _ollama(match, answers, Provenance("ollama --verbose", paste.name, line.number, "text"), line.cut, found)
    return found


def _ollama(match: re.Match[str], answers: dict[str, _Answer], at: Provenance, cut: bool, found: Ingested) -> None:
    phase, what, text = match[1], match[2], match[3]
    answer = answers[phase]
    if what == "count":
        answers[phase] = _Answer(count=whole(text))
    elif what == "duration":
        answer.seconds = sum(float(n) * _SECONDS[u] for n, u in _DURATION.findall(text) if number(n) is not None)
    elif not (cut and "tokens/s" not in text):
        milliseconds = answer.seconds * 1e3 if answer.seconds else None
        _take(phase, answer.count, number(text), milliseconds, at, (), found)
        answers[phase] = _Answer()


def _take(
    phase: str, tokens: int | None, rate: float | None, milliseconds: float | None, at: Provenance,
    devices: tuple[str, ...], found: Ingested, model: ModelSeen | None = None,
    backend: str | None = None,
) -> None:  # fmt: skip
    if rate is None or rate <= 0 or not tokens:
        found.refusals.append(Refusal("no rate above zero, or no token count", at.tool, at.file, at.line))
        return
    if milliseconds and abs(tokens / milliseconds * 1e3 - rate) > 0.05 * rate + 0.01:
        found.refusals.append(Refusal("the rate does not follow from tokens and time", at.tool, at.file, at.line))
        return
    prefill = phase == "prompt eval"
    if not prefill and tokens < _LEAST_DECODED:
        found.refusals.append(Refusal(f"{tokens} tokens are too few to measure a rate", at.tool, at.file, at.line))
        return
    seen = model or ModelSeen()
    found.measurements.append(
        Measurement(
            model=seen.name, quantization=seen.form, in_host=seen.in_host, backend=backend,
            metric="prefill_tok_s" if prefill else "decode_tok_s", value=rate, unit="tok/s", provenance=at, trust="C",
            engine="ollama" if at.tool.startswith("ollama") else "llama.cpp", engine_version=at.version, batch=1,
            gpu=gpu_label(devices), gpu_count=len(devices) or None, prompt_len=tokens if prefill else None,
            output_len=None if prefill else tokens, notes=f"{at.tool}: one request, prompt cache possible",
        )
    )  # fmt: skip
