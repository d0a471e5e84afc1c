"""llama-bench's Markdown tables: their columns change with flags and versions, so they are read by the header.

Source: llama.cpp tools/llama-bench/llama-bench.cpp (markdown_printer).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from ..pasted import Line, Paste, number
from .llama_bench import Tested, measure, place, refuse, scaled
from .llama_names import DevicesSeen, build_in
from .measurement import Ingested, Measurement, Provenance

GIB = 2**30
_FIELD_OF_COLUMN = {
    "ngl": "n_gpu_layers", "sm": "split_mode", "ts": "tensor_split", "mg": "main_gpu", "fa": "flash_attn",
    "threads": "n_threads", "dev": "devices", "ncmoe": "n_cpu_moe", "n_cpu_moe": "n_cpu_moe", "nkvo": "no_kv_offload",
    "ot": "tensor_buft_overrides", "backend": "backends", "n_ubatch": "n_ubatch", "n_batch": "n_batch",
    "type_k": "type_k", "type_v": "type_v", "mmap": "use_mmap", "embd": "embeddings", "model": "model_type",
}  # fmt: skip
_TEST = re.compile(r"^(?:pp\s*(\d+))?\s*\+?\s*(?:tg\s*(\d+))?\s*(?:@\s*d\s*(\d+))?$", re.IGNORECASE)
_RATE = re.compile(r"^\s*([\d.,]+(?:e[+-]?\d+)?)\s*(?:(?:±|\+/-|\+-|Â±|\ufffd+|\?|_)\s*([\d.,]+|nan|-nan))?\s*$")


_LEAST_CELLS = 3


_FILE = re.compile(r"\s(?:-m|--model)\s+['\"]?([^\s'\",]+\.gguf)\b")
"""A file that a command names."""


@dataclass(slots=True)
class _Table:
    """The header of a Markdown table: where its cells begin among the bars, and its columns.

    file: that the command above it names, where it names one.
    """

    first: int
    columns: list[str]
    file: str | None = None


def read(paste: Paste) -> Ingested:
    """Every row of llama-bench's Markdown tables, with the devices listed above and the build printed below.

    A build above rows with none below, as the output and a table apart are pasted, is theirs.
    """
    found = Ingested()
    devices, table = DevicesSeen(), None
    waiting, above, file = len(found.measurements), None, None
    for line in paste.lines:
        devices.see(line)
        if "llama-bench" in line.text and "|" not in line.text:
            named = _FILE.findall(line.text)
            file = named[0] if len(named) == 1 else None
        if build := build_in(line):
            _stamp(found, waiting, build)
            above = build if waiting == len(found.measurements) else None
            waiting = len(found.measurements)
        if _chatter(line):
            continue
        if len(_cells(line)) < _LEAST_CELLS:
            table = None if line.text.strip() else table
        elif header := _header(line):
            table = replace(header, file=file)
        elif table is not None and not re.fullmatch(r"[\s|:+-]*", line.text):
            _markdown_row(line, table, devices.listed(), place(paste, line.number, "markdown"), found)
    if above:
        _stamp(found, waiting, above)
    return found


def _chatter(line: Line) -> bool:
    """Whether a line may stand between the rows of a table: progress and log lines do."""
    return bool(re.match(r"^\s*(?:ggml|llama|load|~|main:|warning:|\[|build:)", line.text))


def _stamp(found: Ingested, since: int, build: str) -> None:
    for i in range(since, len(found.measurements)):
        m = found.measurements[i]
        if m.engine_version is None:
            at = m.provenance
            stamped = Provenance(at.tool, at.file, at.line, at.format, build)
            found.measurements[i] = _with(m, stamped)


def _with(m: Measurement, at: Provenance) -> Measurement:
    return replace(m, provenance=at, engine_version=at.version)


def _cells(line: Line) -> list[str]:
    """The cells between the bars, or between the tabs that a browser puts in their place."""
    bars = "|" if "|" in line.text else "\t"
    return [cell.strip() for cell in line.text.split(bars)]


def _header(line: Line) -> _Table | None:
    cells = _cells(line)
    lowered = [cell.lower() for cell in cells]
    if "model" not in lowered or "test" not in lowered or "t/s" not in lowered:
        return None
    first, last = lowered.index("model"), lowered.index("t/s")
    return _Table(first, lowered[first : last + 1]) if first < last else None


def _markdown_row(line: Line, table: _Table, devices: tuple[str, ...], at: Provenance, found: Ingested) -> None:
    cells = _joined(_cells(line)[table.first :], table.columns)
    whole_row = len(cells) > len(table.columns) or (len(cells) == len(table.columns) and not line.cut)
    if not whole_row or any(cells[len(table.columns) :]):
        refuse(found, at, f"the row has not the {len(table.columns)} cells of its header", line.text)
        return
    row = dict(zip(table.columns, cells, strict=False))
    test, rate = _TEST.match(row["test"]), _RATE.match(row["t/s"])
    if test is None or not (test[1] or test[2]) or rate is None:
        refuse(found, at, "the test or its rate is not readable", f"{row['test']}, {row['t/s']}")
        return
    record: dict[str, Any] = {_FIELD_OF_COLUMN.get(name, name): cell for name, cell in row.items() if cell}
    record |= {"model_size": _bytes(row.get("size")), "model_n_params": scaled(_count(row.get("params")), 1)}
    record |= {"model_filename": table.file} if table.file else {}
    tested = Tested(int(test[1] or 0), int(test[2] or 0), int(test[3]) if test[3] else None)
    measure(record, tested, number(rate[1]), rate[2], devices, at, found)


def _joined(cells: list[str], columns: list[str]) -> list[str]:
    """The cells of a row whose pattern of tensors has bars of its own: `ffn_(up|down)_exps=CPU`."""
    more = len(cells) - len(columns) - (1 if cells[-1:] == [""] else 0)
    if more <= 0 or "ot" not in columns:
        return cells
    at = columns.index("ot")
    return [*cells[:at], "|".join(cells[at : at + more + 1]), *cells[at + more + 1 :]]


_UNITS = {"KIB": 2**10, "MIB": 2**20, "GIB": GIB, "TIB": 2**40, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def _bytes(text: str | None) -> int | None:
    amount = _count(text)
    return round(amount) if amount is not None else None


def _count(text: str | None) -> float | None:
    value, unit = number(text), re.search(r"([KMGT]iB|[KMBT])\s*$", text or "")
    return value * _UNITS[unit[1].upper()] if value is not None and unit else None
