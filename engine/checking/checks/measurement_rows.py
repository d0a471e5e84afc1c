"""X207, X212, P311, P314, P315: rows of a table of measurements, against the entries they name and each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any, NamedTuple

from ...errors import AmbiguousName, UnknownName
from ...reading.diagnostic import Diagnostic
from ...reading.names import Names
from ..document import Library
from ..limits import count, limit
from ..tables import Row, Sheet

_NAMED = (("gpu", "gpus"), ("model", "models"), ("quantization", "quantizations"), ("engine", "engines"))
_UNITS = {"tok_s": "tok/s", "ms": "ms", "us": "us", "gb_s": "GB/s", "gflops": "GFLOP/s"}
_SLACK = limit("measurement_rows", "slack")
_FASTEST_ARITHMETIC = limit("measurement_rows", "fastest_arithmetic")
_LEAST_GROUP, _FAR = count("measurement_rows", "least_group"), limit("measurement_rows", "far")


class Fault(NamedTuple):
    """What is wrong with a row: code, message, the column it is seen at, and what to do."""

    code: str
    message: str
    column: str
    hint: str


def check(library: Library) -> Iterator[Diagnostic]:
    """Names are known, ids are used once, rows hold together and do not break physics."""
    sheets = [sheet for sheet in library.sheets if sheet.asked]
    if not sheets:
        return
    names = {column: Names(kind, library.values(kind)) for column, kind in _NAMED}
    for sheet in sheets:
        yield from sheet.shape
        yield from _twice(sheet)
        book = _Entries(library, names)
        for row in sheet.rows:
            yield from book.unknown(sheet, row)
            for fault in faults_of(row, {column: book.entry(row, column) for column, _ in _NAMED}):
                yield sheet.find(fault.code, fault.message, row, fault.column, fault.hint)
        yield from _far(sheet)


class _Entries:
    """The entries that the cells of rows name."""

    def __init__(self, library: Library, names: Mapping[str, Names]) -> None:
        self.library, self.names = library, names
        self.unmodelled = library.vocabulary.get("unmodelled") or {}
        self.noise = library.vocabulary.get("name_noise") or {}
        self.found: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}

    def entry(self, row: Row, column: str) -> dict[str, Any]:
        """The entry, empty where there is none."""
        return self._look(column, str(row.values[column]))[0] if column in row.values else {}

    def unknown(self, sheet: Sheet, row: Row) -> Iterator[Diagnostic]:
        for column, kind in _NAMED:
            label = str(row.values.get(column, ""))
            if label and label not in self.unmodelled.get(column, ()) and (hint := self._look(column, label)[1]):
                message = f"`{label[:80]}` is no name of an entry of {kind}"
                yield sheet.find("X207", message, row, column, hint)

    def _look(self, column: str, label: str) -> tuple[dict[str, Any], str]:
        if (column, label) not in self.found:
            kind = dict(_NAMED)[column]
            try:
                key = self.names[column].find(label)
                self.found[column, label] = self.library.values(kind)[key], ""
            except (UnknownName, AmbiguousName) as error:
                hint = error.hint if isinstance(error, AmbiguousName) or error.nearest else ""
                more = f"add it: rigwise add {kind.removesuffix('s')}; or name it under `unmodelled` in vocabulary.yaml"
                self.found[column, label] = {}, f"{hint or ''} {more}".strip()
        return self.found[column, label]


def _twice(sheet: Sheet) -> Iterator[Diagnostic]:
    seen: dict[str, int] = {}
    for row in sheet.rows:
        first = seen.setdefault(row.values["id"], row.line)
        if first != row.line:
            message = f"the id `{row.values['id']}` is that of line {first} already"
            yield sheet.find("X212", message, row, "id", "give each row an id of its own, or delete the copy")


def faults_of(row: Row, entries: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    """What is wrong with a row by itself, and against the card, model and format it names. entries: by column."""
    yield from _form(row.values)
    yield from _physics(row, *(entries.get(name) or {} for name in ("gpu", "model", "quantization")))


def _form(values: Mapping[str, Any]) -> Iterator[Fault]:
    """Cells of one row that contradict each other."""
    unit = next((word for end, word in _UNITS.items() if str(values["metric"]).endswith(f"_{end}")), None)
    if unit and values.get("unit", unit) != unit:
        message = f"`{values['metric']}` is in {unit}, not in {values['unit']}"
        yield Fault("P314", message, "unit", f"write {unit}, or correct the metric")
    sizes = [values[name] for name in ("tp", "pp", "replicas") if name in values]
    if "gpu_count" in values and sizes and ("tp" in values or "pp" in values):
        product = math.prod(sizes)
        if product != values["gpu_count"]:
            told = " x ".join(f"{name} {values[name]}" for name in ("tp", "pp", "replicas") if name in values)
            message = f"{told} = {product} GPUs, and `gpu_count` is {values['gpu_count']}"
            yield Fault("P314", message, "gpu_count", "tp x pp x replicas is the number of GPUs; correct one")
    how = str(values.get("parallelism", ""))
    alone = how.startswith("single") and max(values.get("tp", 1), values.get("pp", 1)) > 1
    unsplit = how.startswith("tp") and values.get("tp", 2) == 1
    if alone or unsplit:
        yield Fault("P314", f"`{how}` with tp {values.get('tp')}", "parallelism", "correct one of the two")
    if values.get("active_params_b", 0) > values.get("params_b", math.inf):
        message = f"{values['active_params_b']:g}e9 active of {values['params_b']:g}e9 parameters"
        yield Fault("P314", message, "active_params_b", "swap or correct the two")


def _physics(
    row: Row, gpu: Mapping[str, Any], model: Mapping[str, Any], quantization: Mapping[str, Any]
) -> Iterator[Fault]:
    """The row against the card and the model it names."""
    parameters = model.get("parameters") or {}
    values = row.values
    yield from _near(row, "gpu_mem_gb", gpu.get("vram_gib"), 0.15, "GB", "of the card")
    yield from _near(row, "params_b", _giga(parameters.get("total")), 0.95, "e9", "of the model")
    yield from _near(row, "active_params_b", _giga(parameters.get("active")), 0.4, "e9", "of the model")
    power = gpu.get("power") or {}
    board = power.get("max_limit_w") or power.get("board_default_highest_w") or gpu.get("tdp_w")
    if board and values.get("power_limit_w", 0) > 1.5 * board:
        message = f"a limit of {values['power_limit_w']:g} W on a card of {board:g} W"
        yield Fault("P314", message, "power_limit_w", "check the limit and the card")
    if (bound := _bound(row, gpu, parameters, quantization)) is not None:
        most, why = bound
        rate = 1e3 / values["value"] if values["metric"] in ("tpot_ms",) else values["value"]
        if values["metric"] == "ttft_ms":
            rate = values.get("prompt_len", 0) / values["value"] * 1e3
        if rate > most:
            told = f"{values['value']:g} {values.get('unit', '')}".strip()
            message = f"{told} means {rate:.4g} tokens/s, above the {most:.4g} that {why}"
            yield Fault("P311", message, "value", "check digits, unit, metric, batch and number of GPUs")


def _bound(
    row: Row, gpu: Mapping[str, Any], parameters: Mapping[str, Any], quantization: Mapping[str, Any]
) -> tuple[float, str] | None:
    """The most tokens a second, and what bounds them; None where that is not known."""
    values = row.values
    metric, active = values["metric"], parameters.get("active")
    cards = max(values.get("gpu_count", 1), 1)
    if not active or values.get("spec_decode"):
        return None
    if (at_once := _reading_at_once(values)) is not None:
        rate, bits = gpu.get("memory_bandwidth_gb_s"), quantization.get("bits_per_weight")
        if rate and bits:
            return _SLACK * rate * 1e9 * at_once / (active * bits / 8), "reading all weights for each token allows"
    if metric in ("prefill_tok_s", "ttft_ms", "output_throughput_tok_s", "total_throughput_tok_s"):
        rates = [float(gpu[name]) for name in ("fp16_tflops", "fp32_tflops") if gpu.get(name)]
        if rates:
            most = _FASTEST_ARITHMETIC * max(rates) * 1e12 * cards / (2 * active)
            return most, "the arithmetic of the cards allows"
    return None


def _reading_at_once(values: Mapping[str, Any]) -> int | None:
    """Cards that read weights at the same time for one request, or for each of a few; None where that bounds nothing.

    A server's output is what each of its requests gets, together: no more than as many requests alone would.
    """
    metric, together = values["metric"], int(values.get("tp", 1))
    if metric == "output_throughput_tok_s" and str(values.get("batch", "")).isdecimal():
        return together * int(values["batch"])
    if metric not in ("decode_tok_s", "tpot_ms") or values.get("batch", "1") != "1":
        return None
    return together * (int(values.get("replicas", 1)) if metric == "decode_tok_s" else 1)


def _giga(value: Any) -> float | None:
    return float(value) / 1e9 if value else None


def _near(row: Row, column: str, known: float | None, tolerance: float, unit: str, whose: str) -> Iterator[Fault]:
    stated = row.values.get(column)
    if stated and known and abs(math.log(stated / known)) > math.log1p(tolerance):
        message = f"`{column}` is {stated:g} {unit}, that {whose} {known:.4g}"
        yield Fault("P314", message, column, "check the digits, and that the row names the right entry")


_SAME = (
    "source_id", "gpu", "model", "metric", "quantization", "tp", "pp", "replicas", "spec_decode", "msg_bytes", "engine",
    "prompt_len",
)  # fmt: skip


def _far(sheet: Sheet) -> Iterator[Diagnostic]:
    """A value several times beyond all others of its source, card, model, metric and layout."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in sheet.rows:
        queued = row.values.get("batch") if row.values["metric"] == "ttft_ms" else None
        groups.setdefault((queued, *(row.values.get(name) for name in _SAME)), []).append(row)
    for rows in groups.values():
        for row in rows if len(rows) >= _LEAST_GROUP else ():
            others = [other.values["value"] for other in rows if other is not row]
            value, low, high = row.values["value"], min(others), max(others)
            if value > _FAR * high or value * _FAR < low:
                message = f"{value:g}, where the {len(others)} other rows of its kind have {low:g} to {high:g}"
                hint = f"check digits and unit; their median is {median(others):g}"
                yield sheet.find("P315", message, row, "value", hint)
