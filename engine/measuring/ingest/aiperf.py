"""GenAI-Perf and AIPerf: the exported JSON, and the table that they print.

Source: triton-inference-server/perf_analyzer genai-perf and ai-dynamo/aiperf, exporters. Each statistic has an average
and percentiles; of latencies the median is taken where it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..believable import bound
from ..islands import objects_with
from ..pasted import Paste, number, whole
from .measurement import Ingested, Measurement, Provenance, Refusal, noted

TOOL = "genai-perf, aiperf"
_KEYS = ("request_throughput", "time_to_first_token")
_TITLE = re.compile(r"(?:GenAI-Perf|AIPerf)\s*\|\s*LLM Metrics")
_HEAD = re.compile(r"\bStatistic\b|\bMetric\b")
_STATISTICS = (
    ("output_throughput_tok_s", "tok/s", "output_token_throughput", re.compile(r"^output token throughput \(", re.I)),
    ("ttft_ms", "ms", "time_to_first_token", re.compile(r"^time to first token \(ms\)", re.I)),
    ("tpot_ms", "ms", "inter_token_latency", re.compile(r"^inter token latency \(ms\)", re.I)),
)
_LENGTHS = {
    "prompt_len": ("input_sequence_length", re.compile(r"^input sequence length", re.I)),
    "output_len": ("output_sequence_length", re.compile(r"^output sequence length", re.I)),
}
_REQUESTS = ("request_throughput", re.compile(r"^request throughput", re.I))
Statistics = dict[str, dict[str, float]]


def read(paste: Paste) -> Ingested:
    """Throughput and latencies of each export and each table."""
    found = Ingested()
    for line, record in objects_with(paste, *_KEYS):
        statistics = {name: _numbers(value) for name, value in record.items() if isinstance(value, Mapping)}
        if statistics["request_throughput"]:
            _take(statistics, record, Provenance(TOOL, paste.name, line, "json"), found)
    for line, statistics in _tables(paste):
        _take(statistics, {}, Provenance(TOOL, paste.name, line, "stdout"), found)
    return found


def _numbers(value: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): told for name, cell in value.items() if (told := number(cell)) is not None and name != "unit"}


def _tables(paste: Paste) -> Iterator[tuple[int, Statistics]]:
    """Each printed table: its statistics by their names in the export."""
    start = 0
    columns: list[str] = []
    rows: Statistics = {}
    for line in paste.lines:
        cells = [cell.strip() for cell in line.text.strip().strip("|").split("|")]
        if _TITLE.search(line.text):
            if start:
                yield start, rows
            start, columns, rows = line.number, [], {}
        elif start and not columns and _HEAD.search(cells[0]) and len(cells) > 1:
            columns = [cell.lower() for cell in cells[1:]]
        elif start and columns and len(cells) == len(columns) + 1 and not line.cut:
            label = " ".join(cells[0].split())
            named = [*((name, pattern) for _, _, name, pattern in _STATISTICS), *_LENGTHS.values(), _REQUESTS]
            if name := next((name for name, pattern in named if pattern.match(label)), None):
                told = zip(columns, cells[1:], strict=True)
                rows[name] = {column: value for column, cell in told if (value := number(cell)) is not None}
    if start:
        yield start, rows


def _take(statistics: Statistics, record: Mapping[str, Any], at: Provenance, found: Ingested) -> None:
    lengths = {name: (statistics.get(key) or {}).get("avg") for name, (key, _) in _LENGTHS.items()}
    common: dict[str, Any] = {
        "provenance": at, "model": _model(record), "batch": _concurrency(record),
        **{name: round(value) for name, value in lengths.items() if value},
    }  # fmt: skip
    if reason := _contradiction(statistics):
        found.refusals.append(Refusal(reason, TOOL, at.file, at.line))
        return
    measured = 0
    for metric, unit, key, _ in _STATISTICS:
        told = statistics.get(key) or {}
        kind = "p50" if unit == "ms" and "p50" in told else "avg"
        if (value := told.get(kind)) is not None and value > 0:
            measured += 1
            tail = f"p99 {told['p99']:g}" if unit == "ms" and "p99" in told else None
            found.measurements.append(
                Measurement(metric=metric, unit=unit, value=value, notes=noted(TOOL, kind, tail), **common)
            )
    if not measured:
        found.refusals.append(Refusal("no rate and no latency above zero", TOOL, at.file, at.line))


def _contradiction(statistics: Statistics) -> str | None:
    """Why rates and lengths cannot be of one run."""
    names = ("request_throughput", "output_sequence_length", "output_token_throughput")
    requests, length, rate = ((statistics.get(name) or {}).get("avg") for name in names)
    if (
        not (requests and length and rate)
        or abs(requests * length - rate) <= bound("measurements", "means_agree") * rate
    ):
        return None
    return f"{requests:g} requests of {length:g} tokens a second are not {rate:g} tokens a second"


def _settings(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The parts of the settings that an export carries along."""
    config = record.get("input_config")
    if isinstance(config, Mapping):
        yield config
        yield from (one for one in config.values() if isinstance(one, Mapping))


def _model(record: Mapping[str, Any]) -> str | None:
    for part in _settings(record):
        names = part.get("model_names", part.get("model"))
        name = names[0] if isinstance(names, list) and names else names
        if isinstance(name, str) and name:
            return name.rstrip("/").rsplit("/", 1)[-1]
    return None


def _concurrency(record: Mapping[str, Any]) -> int | None:
    for part in _settings(record):
        stimulus = part.get("stimulus")
        told = part.get("concurrency") or (stimulus.get("concurrency") if isinstance(stimulus, Mapping) else None)
        if (users := whole(told)) is not None and users > 0:
            return users
    return None
