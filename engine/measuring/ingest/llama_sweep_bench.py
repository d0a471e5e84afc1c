"""llama-sweep-bench (ik_llama.cpp) and llama-batched-bench (llama.cpp): Markdown and JSON lines.

Source: ik_llama.cpp examples/sweep-bench/sweep-bench.cpp, llama.cpp tools/batched-bench/batched-bench.cpp.
In both, N_KV of a sweep is the number of tokens in the cache before the step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..islands import objects_with
from ..pasted import Line, Paste, number, whole
from .llama_names import DevicesSeen, build_in, gpu_label
from .measurement import Ingested, Measurement, Provenance, Refusal, noted, shown

SWEEP, BATCHED = "llama-sweep-bench", "llama-batched-bench"
_COLUMNS = ("PP", "TG", "T_PP s", "S_PP t/s", "T_TG s", "S_TG t/s")
_SETTINGS = re.compile(r"main: (n_kv_max = \d+.*)$")


@dataclass(slots=True)
class _Run:
    """What stands above a table: its columns, the settings line and the devices."""

    columns: list[str]
    first: int
    settings: str | None = None
    devices: tuple[str, ...] = ()
    backend: str | None = None
    build: str | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """Tokens, times [s] and rates [tok/s] of one row."""

    pp: int
    tg: int
    n_kv: int | None
    t_pp: float
    s_pp: float
    t_tg: float
    s_tg: float
    parallel: int | None = None
    total: float | None = None
    odd: list[str] = field(default_factory=list)

    def agrees(self) -> bool:
        """Rates that follow from tokens and times, within the digits printed."""
        sequences = self.parallel or 1
        shared = (self.pp,) if sequences == 1 else (self.pp, self.pp * sequences)
        prefill = any(_near(tokens, self.t_pp, self.s_pp) for tokens in shared)
        return prefill and _near(self.tg * sequences, self.t_tg, self.s_tg)


def read(paste: Paste) -> Ingested:
    """Every row of sweep and batched runs."""
    found, run, devices = Ingested(), None, DevicesSeen()
    settings: str | None = None
    build: str | None = None
    for line in paste.lines:
        devices.see(line)
        build = build_in(line) or build
        if match := _SETTINGS.search(line.text):
            settings = match[1].strip()
        elif header := _header(line):
            run = header
            run.settings, run.devices, run.backend, run.build = settings, devices.listed(), devices.backend, build
        elif run is not None and re.match(r"^[\s|]*\|\s*\d", line.text):
            _row(line, run, paste, found)
    for at, record in objects_with(paste, "speed_pp", "speed_tg"):
        _record(record, paste, at, found)
    return found


def _header(line: Line) -> _Run | None:
    cells = [" ".join(cell.split()) for cell in line.text.split("|")]
    if not all(name in cells for name in _COLUMNS):
        return None
    first = cells.index("PP")
    last = max(i for i, cell in enumerate(cells) if cell)
    return _Run(cells[first : last + 1], first)


def _row(line: Line, run: _Run, paste: Paste, found: Ingested) -> None:
    cells = [cell.strip() for cell in line.text.split("|")][run.first :]
    tool = BATCHED if "B" in run.columns else SWEEP
    complete = len(cells) > len(run.columns) or (len(cells) == len(run.columns) and not line.cut)
    values = dict(zip(run.columns, cells, strict=False))
    step = (
        _step(values, "PP", "TG", "N_KV", "T_PP s", "S_PP t/s", "T_TG s", "S_TG t/s", "B", "S t/s")
        if complete
        else None
    )
    at = Provenance(tool, paste.name, line.number, "markdown", run.build)
    if step is None:
        found.refusals.append(Refusal("the row is cut off or damaged", tool, paste.name, line.number, shown(line.text)))
        return
    _measure(step, at, run.devices, run.settings, found, run.backend)


def _record(record: dict[str, Any], paste: Paste, line: int, found: Ingested) -> None:
    tool = BATCHED if "pl" in record else SWEEP
    step = _step(record, "pp", "tg", "n_kv", "t_pp", "speed_pp", "t_tg", "speed_tg", "pl", "speed")
    if step is None:
        found.refusals.append(Refusal("the record is not complete", tool, paste.name, line, shown(str(record))))
        return
    settings = ", ".join(
        f"{k} = {record[k]}" for k in ("n_kv_max", "n_batch", "n_ubatch", "flash_attn", "n_gpu_layers") if k in record
    )
    _measure(step, Provenance(tool, paste.name, line, "jsonl"), (), settings or None, found)


def _step(values: dict[str, Any], *names: str) -> _Step | None:
    pp, tg, n_kv = (whole(values.get(name)) for name in names[:3])
    times = [number(values.get(name)) for name in names[3:7]]
    t_pp, s_pp, t_tg, s_tg = times
    if pp is None or tg is None or t_pp is None or s_pp is None or t_tg is None or s_tg is None:
        return None
    return _Step(pp, tg, n_kv, t_pp, s_pp, t_tg, s_tg, whole(values.get(names[7])), number(values.get(names[8])))


def _near(tokens: int, seconds: float, rate: float) -> bool:
    if tokens == 0 or seconds == 0:
        return True
    slack = 0.0006 / seconds + 0.003 + (0.006 / rate if rate else 1)
    return abs(tokens / seconds - rate) <= slack * max(tokens / seconds, rate)


def _measure(
    step: _Step,
    at: Provenance,
    devices: tuple[str, ...],
    settings: str | None,
    found: Ingested,
    backend: str | None = None,
) -> None:
    if not step.agrees():
        given = (
            f"PP {step.pp} in {step.t_pp} s at {step.s_pp} tok/s, TG {step.tg} in {step.t_tg} s at {step.s_tg} tok/s"
        )
        found.refusals.append(
            Refusal("a rate does not follow from its tokens and time", at.tool, at.file, at.line, given)
        )
        return
    sequences = step.parallel or 1
    depth = step.n_kv if step.parallel is None else 0
    common: dict[str, Any] = {
        "unit": "tok/s", "provenance": at, "engine": "ik_llama.cpp" if at.tool == SWEEP else "llama.cpp",
        "engine_version": at.version, "gpu": gpu_label(devices), "gpu_count": len(devices) or None, "batch": sequences,
        "context_depth": depth, "backend": backend, "notes": noted(f"{at.tool} PP {step.pp}, TG {step.tg}", settings),
    }  # fmt: skip
    if step.pp and step.s_pp > 0:
        found.measurements.append(Measurement(metric="prefill_tok_s", value=step.s_pp, prompt_len=step.pp, **common))
    if step.tg and step.s_tg > 0:
        metric = "decode_tok_s" if sequences == 1 else "output_throughput_tok_s"
        if step.parallel is not None:
            common["context_depth"] = step.pp
        found.measurements.append(Measurement(metric=metric, value=step.s_tg, output_len=step.tg, **common))
    if step.total:
        common["context_depth"] = 0
        found.measurements.append(
            Measurement(
                metric="total_throughput_tok_s", value=step.total, prompt_len=step.pp, output_len=step.tg, **common
            )
        )
