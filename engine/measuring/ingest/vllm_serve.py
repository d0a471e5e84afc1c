"""Serving benchmarks: `vllm bench serve` (benchmark_serving.py) and `sglang.bench_serving`, JSON and printed summary.

Source: vLLM vllm/benchmarks/serve.py, SGLang python/sglang/bench_serving.py. Names of keys and labels drift; old and
new ones are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..believable import bound
from ..islands import objects_with
from ..pasted import Line, Paste, number, whole
from .measurement import Ingested, Measurement, Provenance, Refusal, Remark, noted, shown

VLLM, SGLANG = "vllm bench serve", "sglang.bench_serving"
_KEYS = ("duration", "completed", "output_throughput")
_TITLE = re.compile(r"=+\s*Serving Benchmark Result\s*=+")
_ROW = re.compile(r"^\W{0,4}([A-Za-z][^:|]*?)\s*:\s+(\S[^\n]*?)\s*$")
_LABELS = {
    "successful requests": "completed",
    "failed requests": "failed",
    "backend": "backend",
    "traffic request rate": "request_rate",
    "request rate configured (rps)": "request_rate",
    "maximum request concurrency": "max_concurrency",
    "max request concurrency": "max_concurrency",
    "max reqeuest concurrency": "max_concurrency",
    "benchmark duration (s)": "duration",
    "total input tokens": "total_input_tokens",
    "total generated tokens": "total_output_tokens",
    "request throughput (req/s)": "request_throughput",
    "input token throughput (tok/s)": "input_throughput",
    "output token throughput (tok/s)": "output_throughput",
    "total token throughput (tok/s)": "total_token_throughput",
    "concurrency": "concurrency",
    "accept length": "accept_length",
    "acceptance rate (%)": "spec_decode_acceptance_rate",
    "acceptance length": "spec_decode_acceptance_length",
    "peak output token throughput (tok/s)": "max_output_tokens_per_s",
    "peak concurrent requests": "max_concurrent_requests",
}
_LATENCY = re.compile(r"^(mean|median|p\d+(?:\.\d+)?|std) (ttft|tpot|itl|e2el|e2e latency) \(ms\)$")
_MODEL = re.compile(r"\bmodel(?:_id)?='([^']+)'|(?:^|\s)--model(?:-path)?[ =]['\"]?([\w./:-]*\w)")
"""The model by the settings that old versions print, or by the command above."""
_FOLDED = re.compile(
    rf"(?<=[\d=.f-]) (?=(?:{'|'.join(re.escape(label) for label in _LABELS)}"
    r"|(?:mean|median|p\d+|std) (?:ttft|tpot|itl|e2el) \(ms\)): )",
    re.IGNORECASE,
)
"""Where lines of a summary were joined, as some copies do."""
_LEAST_FOLDED = 3
_ONE_LINE = 120
"""Longer than any line of a summary [characters]."""
_BEFORE = re.compile(r"^\W*(Traffic request rate|Maximum request concurrency|Max request concurrency):\s*(\S+)")
_DAMAGE = bound("measurements", "run_agrees")
_MANY_FAILED = bound("measurements", "most_failed")


@dataclass(slots=True)
class _Block:
    """One printed summary, or what was seen on the way to it."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    refused: list[Line] = field(default_factory=list)


def read(paste: Paste) -> Ingested:
    """Throughput and latencies of every serving run in a text."""
    found = Ingested()
    for start, record in objects_with(paste, *_KEYS):
        _run(record, Provenance(_tool(record), paste.name, start, "json", _version(record)), found)
    for block in _blocks(paste):
        at = Provenance(_tool(block.values), paste.name, block.line, "stdout", None)
        for line in block.refused:
            found.refusals.append(
                Refusal("the text ends inside this line", at.tool, at.file, line.number, shown(line.text))
            )
        _run(block.values, at, found)
    return found


def _tool(record: Mapping[str, Any]) -> str:
    own = {
        "max_output_len",
        "total_output_tokens_retokenized",
        "mean_e2e_latency_ms",
        "concurrency",
    }
    return SGLANG if own & set(record) or str(record.get("backend", "")).startswith("sglang") else VLLM


def _engine(record: Mapping[str, Any], tool: str) -> str | None:
    backend = str(record.get("backend") or record.get("endpoint_type") or "")
    for name in ("sglang", "vllm", "trt", "tgi", "lmdeploy", "llama.cpp"):
        if backend.startswith(name):
            return {"trt": "tensorrt_llm"}.get(name, name)
    return "vllm" if tool == VLLM else "sglang"


def _version(record: Mapping[str, Any]) -> str | None:
    found = record.get("vllm_version") or record.get("version") or record.get("engine_version")
    return str(found) if isinstance(found, str) else None


def _blocks(paste: Paste) -> list[_Block]:
    blocks: list[_Block] = []
    before: dict[str, Any] = {}
    block: _Block | None = None
    for line in _unfolded(paste):
        if match := _MODEL.search(line.text):
            before["model_id"] = match[1] or match[2]
        if _TITLE.search(line.text):
            block = _Block(line.number, dict(before))
            blocks.append(block)
            before = {key: before[key] for key in before if key == "model_id"}
        elif block is not None and re.fullmatch(r"\W*={20,}\W*", line.text):
            block = None
        elif block is not None:
            _summary_line(line, block)
        elif match := _BEFORE.match(line.text):
            before[_LABELS[match[1].lower()]] = match[2]
    return blocks


def _unfolded(paste: Paste) -> Iterator[Line]:
    """The lines, with a summary that stands on one line taken apart again."""
    for line in paste.lines:
        parts = _FOLDED.split(line.text) if len(line.text) > _ONE_LINE else []
        if len(parts) < _LEAST_FOLDED:
            yield line
            continue
        yield from (Line(line.number, part) for part in parts[:-1])
        yield Line(line.number, parts[-1], line.cut)


def _summary_line(line: Line, block: _Block) -> None:
    match = _ROW.match(line.text)
    if match is None:
        return
    label, value = " ".join(match[1].lower().split()), match[2]
    latency = _LATENCY.match(label)
    key = f"{latency[1]}_{latency[2].replace(' ', '_')}_ms" if latency else _LABELS.get(label)
    if key is None:
        return
    if (line.cut and line.text == line.text.rstrip()) or value.endswith(("...", "…")):
        block.refused.append(line)
    else:
        block.values[key] = value


def _run(record: Mapping[str, Any], at: Provenance, found: Ingested) -> None:
    completed, failed = whole(record.get("completed")), whole(record.get("failed"))
    if reason := _void(record, completed, failed):
        found.refusals.append(Refusal(reason, at.tool, at.file, at.line))
        return
    common = _common(record, at, completed, failed)
    if failed:
        says = f"{failed} of {(completed or 0) + failed} requests failed: the rates are of those that were answered"
        found.remarks.append(Remark("requests_failed", says, at.file, at.line))
    for metric, unit, value, detail in _metrics(record):
        if value is not None and value > 0:
            notes = noted(common["notes"], detail)
            found.measurements.append(
                Measurement(**{**common, "metric": metric, "unit": unit, "value": value, "notes": notes})
            )


def _void(record: Mapping[str, Any], completed: int | None, failed: int | None) -> str | None:
    """Why a run says nothing: no request done, most failed, or numbers that contradict each other."""
    if not completed:
        return "no request was completed" if completed == 0 else "the run does not say how many requests were completed"
    if failed and failed >= _MANY_FAILED * (completed + failed):
        return f"{failed} of {completed + failed} requests failed"
    seconds, tokens = number(record.get("duration")), number(record.get("total_output_tokens"))
    rate, total = number(record.get("output_throughput")), number(record.get("total_token_throughput"))
    if seconds and tokens and rate and abs(tokens / seconds - rate) > _DAMAGE * rate + 0.02:
        return f"{tokens:g} tokens in {seconds:g} s are not {rate:g} tokens a second"
    requests = number(record.get("request_throughput"))
    if seconds and requests and abs(completed / seconds - requests) > _DAMAGE * requests + 0.02:
        return f"{completed} requests in {seconds:g} s are not {requests:g} requests a second"
    if rate and total and total < rate * (1 - _DAMAGE):
        return f"the total rate {total:g} is below the output rate {rate:g}"
    return None


def _common(record: Mapping[str, Any], at: Provenance, completed: int | None, failed: int | None) -> dict[str, Any]:
    return {
        "provenance": at,
        "trust": "C" if failed else "B",
        "source_date": str(record["date"]) if record.get("date") else None,
        "engine": _engine(record, at.tool),
        "engine_version": at.version,
        "model": _model(record),
        "tp": whole(record.get("tensor_parallel_size") or record.get("tp")),
        "batch": _batch(record),
        "prompt_len": _each(record.get("total_input_tokens"), completed),
        "output_len": _each(record.get("total_output_tokens"), completed),
        "spec_decode": _speculation(record),
        "notes": noted(
            at.tool, _load(record), f"{failed} of {(completed or 0) + failed} requests failed" if failed else None
        ),
    }


def _model(record: Mapping[str, Any]) -> str | None:
    name = record.get("model_id") or record.get("model") or record.get("model_path")
    if not isinstance(name, str):
        return None
    return re.sub(r"^(?:\./|/)(?:.*/)?", "", name.rstrip("/")) or None


def _batch(record: Mapping[str, Any]) -> int | str | None:
    """Concurrent requests, the column's words for a saturated server, or nothing for an open loop."""
    limit = whole(record.get("max_concurrency"))
    if limit:
        return limit
    return "max (infinite request rate)" if str(record.get("request_rate")).lower() in {"inf", "infinity"} else None


def _load(record: Mapping[str, Any]) -> str | None:
    rate, peak = record.get("request_rate"), whole(record.get("max_concurrent_requests"))
    open_loop = number(rate) is not None and not whole(record.get("max_concurrency"))
    return noted(
        f"open loop at {number(rate):g} requests/s" if open_loop else None,
        f"at most {peak} requests at once" if peak else None,
    )


def _each(total: object, completed: int | None) -> float | None:
    amount = number(total)
    if amount is None or not completed:
        return None
    mean = round(amount / completed, 3)
    return int(mean) if mean == int(mean) else mean


def _speculation(record: Mapping[str, Any]) -> str | None:
    for key in (
        "spec_decode_acceptance_rate",
        "spec_decode_acceptance_length",
        "accept_length",
        "spec_decode_num_drafts",
    ):
        value = number(record.get(key))
        if value is not None and value > 0 and not (key == "accept_length" and value <= 1):
            return f"{key.removeprefix('spec_decode_')} {value:g}"
    tpot, itl = number(record.get("median_tpot_ms")), number(record.get("median_itl_ms"))
    if tpot and itl and itl > 1.5 * tpot:
        return "suspected: several tokens arrive in one step"
    return None


def _metrics(record: Mapping[str, Any]) -> list[tuple[str, str, float | None, str | None]]:
    rows: list[tuple[str, str, float | None, str | None]] = [
        ("output_throughput_tok_s", "tok/s", number(record.get("output_throughput")), None),
        ("total_throughput_tok_s", "tok/s", _total(record), None),
    ]
    for name in ("ttft", "tpot"):
        median, mean = (number(record.get(f"{kind}_{name}_ms")) for kind in ("median", "mean"))
        tail = number(record.get(f"p99_{name}_ms"))
        others = noted(
            f"mean {mean:g}" if mean is not None and median is not None else None,
            f"p99 {tail:g}" if tail is not None else None,
        )
        kind = "median" if median is not None else "mean"
        rows.append((f"{name}_ms", "ms", median if median is not None else mean, noted(kind, others)))
    return rows


def _total(record: Mapping[str, Any]) -> float | None:
    total = number(record.get("total_token_throughput")) or number(record.get("total_throughput"))
    if total is not None:
        return total
    inputs, outputs = number(record.get("input_throughput")), number(record.get("output_throughput"))
    return inputs + outputs if inputs is not None and outputs is not None else None
