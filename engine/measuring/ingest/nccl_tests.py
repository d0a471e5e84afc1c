"""nccl-tests (and rccl-tests): all column generations, JSON, interleaved NCCL logs, failed and truncated runs.

Source: NVIDIA nccl-tests src/common.cu, src/util.cu (JSON) and doc/PERFORMANCE.md (bus bandwidth).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..islands import objects_with
from ..pasted import Line, Paste, number, whole
from .measurement import Ingested, Measurement, Provenance, Refusal, Remark, noted, shown
from .nccl_collectives import Row, collective_of, metric_of, rank_count
from .nccl_json import ranks_of, row_of, text_of

TOOL = "nccl-tests"
_NUMBER = r"[\d.]+(?:e[+-]?\d+)?"
_TYPES = r"u?int(?:8|32|64)|half|float|double|bfloat16|f(?:p)?8_?e\dm\d|char"
_ROW = re.compile(
    rf"(?:^|[\s>:|])(\d+)\s+(\d+)(?:\s+({_TYPES}))?(?:\s+(sum|prod|max|min|avg|none|mulsum|all))?(?:\s+(-?\d+))?"
    rf"\s+({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})(?:\s+({_NUMBER}|N/A|nan))?"
    rf"\s+({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})(?:\s+({_NUMBER}|N/A|nan))?\s*$",
    re.IGNORECASE,
)
_BEGINS = re.compile(rf"^\s*\d+\s+\d+\s+(?:{_TYPES})\s")
_RANK = re.compile(
    r"(?:#|^)\s+Rank\s+(\d+)\s+(?:Group\s+\d+\s+)?Pid\s+\d+\s+on\s+(\S+)\s+device\s+(\d+)\s+\[[^\]]*\]\s+(\S.*?)\s*$"
)
_PROGRAM = re.compile(
    r"\b(all_reduce|all_gather|reduce_scatter|broadcast|reduce|alltoall|sendrecv|gather|scatter|hypercube)_perf"
)
_CONCLUDED = re.compile(r"Collective test concluded")
_CONFIG = re.compile(r"(?:#|^) nThreads?:? (\d+) nGpus:? (\d+) .*?(?:graph: (\d+))?\s*(?:unalign.*)?$")
_VERSION = re.compile(r"# nccl-tests version (\S+)(?:.*nccl-library=(\d+))?")
_OUT_OF_BOUNDS = re.compile(r"(?:#|^) Out of bounds values\s*:\s*(\S+)\s+(OK|FAILED)")
_FAILURE = re.compile(
    r"Test (?:NCCL|CUDA) failure|: Test failure|unhandled (?:cuda|system) error|NCCL WARN.*(?:error|failed)", re.I
)
_VIA = re.compile(r"NCCL INFO Channel \d+(?:/\d+)? : \d+\[\w+\] -> \d+\[\w+\](?: \[\w+\])? via (\S+(?: pointer)?)")
_ERROR_COLUMN = re.compile(r"busbw\s+(#wrong|error)", re.IGNORECASE)
_HEADER = re.compile(r"^\s*(?:#\s*)?size\s+count\s+.*algbw\s+busbw", re.IGNORECASE)


@dataclass(slots=True)
class _Run:
    """One run: what stands above its rows, the rows, and how it ended."""

    line: int
    program: str | None = None
    version: str | None = None
    release: str | None = None
    per_process: int = 1
    graph: bool = False
    ranks: dict[int, tuple[str, str]] = field(default_factory=dict)
    rows: list[tuple[Line, Row]] = field(default_factory=list)
    broken: list[Line] = field(default_factory=list)
    failure: Line | None = None
    out_of_bounds: str | None = None
    header: bool = False
    has_error_column: bool = True
    counts_wrong: bool = True
    transports: dict[str, int] = field(default_factory=dict)
    ended: bool = False


def read(paste: Paste) -> Ingested:
    """Every row of nccl-tests that is certain, as time and bus bandwidth."""
    found = Ingested()
    for run in _runs(paste):
        _report(run, paste, found)
    for line, record in objects_with(paste, "results"):
        _json_run(record, paste, line, found)
    return found


def _runs(paste: Paste) -> list[_Run]:
    runs: list[_Run] = []
    run = _Run(1)
    for line in paste.lines:
        if _begins_run(line, run):
            runs.append(run)
            run = _Run(line.number, program=run.program if not run.rows else None)
        _see(line, run)
    return [*runs, run]


def _begins_run(line: Line, run: _Run) -> bool:
    """A second configuration line, or a command, after rows or after an end."""
    if _CONFIG.search(line.text):
        return bool(run.rows or run.ended or run.failure)
    return bool(_PROGRAM.search(line.text)) and not _CONCLUDED.search(line.text) and bool(run.rows or run.ended)


def _see(line: Line, run: _Run) -> None:
    text = line.text
    if row := _row_in(line, run):
        run.rows.append((line, row))
    elif match := _RANK.search(text):
        run.ranks[int(match[1][:6])] = (match[2], match[4])
    elif match := _CONFIG.search(text):
        run.per_process = int(match[1][:4]) * int(match[2][:4])
        run.graph = bool(int(match[3] or 0))
        run.line = line.number
    elif match := _VERSION.search(text):
        run.version, run.release = match[1], _release(match[2]) if match[2] else None
    elif match := _OUT_OF_BOUNDS.search(text):
        run.out_of_bounds, run.ended = f"{match[1]} {match[2]}", True
    elif match := _VIA.search(text):
        run.transports[match[1]] = run.transports.get(match[1], 0) + 1
    elif _HEADER.match(text):
        run.header = True
        column = _ERROR_COLUMN.search(text)
        run.has_error_column = column is not None
        run.counts_wrong = column is None or column[1].lower() == "#wrong"
    elif _FAILURE.search(text):
        run.failure = run.failure or line
    if row is None and _BEGINS.match(text):
        run.broken.append(line)
    if match := _PROGRAM.search(text):
        run.program = match[1]
    run.ended = run.ended or " Avg bus bandwidth" in text


def _release(code: str) -> str:
    """NCCL's number as its releases are called: 22706 is 2.27.6; up to 2.8 there was a digit less (nccl.h)."""
    number = int(code[:9])
    major, minor = (number // 10000, number // 100 % 100) if number >= 10000 else (number // 1000, number // 100 % 10)
    return f"{major}.{minor}.{number % 100}"


def _row_in(line: Line, run: _Run) -> Row | None:
    match = _ROW.search(line.text)
    if match is None or (match[3] is None and not run.header):
        return None
    cells = match.groups()
    values = [number(cell) for cell in (cells[5], cells[6], cells[7], cells[9], cells[10], cells[11])]
    if any(value is None for value in values):
        return None
    checks_missing = run.has_error_column and match[3] is not None and cells[12] is None
    if checks_missing or (line.cut and line.text == line.text.rstrip()):
        return None
    size, count = whole(cells[0]), whole(cells[1])
    if size is None or count is None:
        return None
    t, a, b, t2, a2, b2 = (value or 0.0 for value in values)
    return Row(
        size,
        count,
        cells[2],
        (cells[3] or "").lower() or None,
        whole(cells[4]),
        t,
        a,
        b,
        cells[8],
        t2,
        a2,
        b2,
        cells[12],
    )


def _report(run: _Run, paste: Paste, found: Ingested) -> None:
    _transport_remarks(run, paste, found)
    for line in run.broken:
        found.refusals.append(
            Refusal("the row is cut off or broken by a log line", TOOL, paste.name, line.number, shown(line.text))
        )
    if run.failure is not None and not run.rows:
        _refuse(run, paste, found, f"the run failed: {shown(run.failure.text)}", run.failure.number)
        return
    if not run.rows:
        if run.header and (run.ranks or run.ended) and not run.broken:
            _refuse(run, paste, found, "the run has a header and no rows", run.line)
        return
    if reason := _void(run):
        _refuse(run, paste, found, reason, run.rows[0][0].number)
        return
    if not run.ended:
        says = "the run of nccl-tests has no summary at its end: larger messages may be missing"
        found.remarks.append(Remark("nccl_incomplete", says, paste.name, run.rows[-1][0].number))
    rows = [row for _, row in run.rows]
    ranks = _rank_total(run) or rank_count(rows, run.program)
    if ranks == 1:
        _refuse(run, paste, found, "one rank alone sends nothing: no link is measured", run.rows[0][0].number)
        return
    collective = collective_of(rows, run.program, ranks)
    if collective is None:
        says = "which collective these rows are of is not said: give the command with them, such as all_reduce_perf"
        found.remarks.append(Remark("nccl_collective", says, paste.name, run.rows[0][0].number))
    for line, row in run.rows:
        at = Provenance(TOOL, paste.name, line.number, "text", run.version)
        if problem := row.damage(collective, ranks):
            found.refusals.append(Refusal(problem, TOOL, paste.name, line.number, shown(line.text)))
        elif row.size > 0:
            found.measurements += _measurements(row, run, collective, ranks, at)


def _refuse(run: _Run, paste: Paste, found: Ingested, reason: str, line: int) -> None:
    found.refusals.append(Refusal(reason, TOOL, paste.name, line, f"{len(run.rows)} rows" if run.rows else ""))


def _void(run: _Run) -> str | None:
    """Why bandwidths of a run count for nothing: its data came out wrong."""
    if run.out_of_bounds and run.out_of_bounds.endswith("FAILED"):
        return f"wrong data: out of bounds values {run.out_of_bounds}"
    if any(row.wrong(run.counts_wrong) for _, row in run.rows):
        return "wrong data: a row counts wrong elements"
    if run.failure is not None:
        return f"the run failed: {shown(run.failure.text)}"
    return None


def _rank_total(run: _Run) -> int | None:
    if not run.ranks:
        return run.per_process if run.per_process > 1 else None
    return max(max(run.ranks) + 1, run.per_process)


def _transport_remarks(run: _Run, paste: Paste, found: Ingested) -> None:
    for name, times in sorted(run.transports.items()):
        shared = name.startswith("SHM")
        kind = "nccl_via_shm" if shared else "nccl_via_p2p" if name.startswith("P2P") else "nccl_via_network"
        meaning = (
            "through host memory, without peer access"
            if shared
            else "between GPUs directly"
            if kind.endswith("p2p")
            else ""
        )
        found.remarks.append(
            Remark(
                kind, f"NCCL moves data via {name} {meaning} ({times} lines)".replace("  ", " "), paste.name, run.line
            )
        )


def _measurements(row: Row, run: _Run, collective: str | None, ranks: int | None, at: Provenance) -> list[Measurement]:
    hosts = {host for host, _ in run.ranks.values()}
    names = tuple(dict.fromkeys(name for _, name in run.ranks.values()))
    shm = bool(run.transports) and all(name.startswith("SHM") for name in run.transports)
    common: dict[str, Any] = {
        "provenance": at,
        "gpu": " + ".join(names) or None,
        "gpu_count": ranks,
        "interconnect": f"{len(hosts)} nodes" if len(hosts) > 1 else None,
        "p2p": "no" if shm else None,
        "engine": "NCCL",
        "engine_version": run.release,
        "msg_bytes": row.size,
        "trust": "B" if row.checked() else "C",
        "notes": noted(
            f"{collective or 'collective not said'} out-of-place",
            f"in-place {row.time_in:g} us, {row.bus_in:g} GB/s",
            None if row.checked() else "results not checked",
            f"transport {', '.join(sorted(run.transports))}" if run.transports else None,
            "CUDA graph" if run.graph else None,
        ),
    }  # fmt: skip
    both = (
        (metric_of(collective, "latency_us"), "us", row.time),
        (metric_of(collective, "busbw_gb_s"), "GB/s", row.bus),
    )
    return [Measurement(metric=metric, unit=unit, value=value, **common) for metric, unit, value in both if value > 0]


def _json_run(record: dict[str, Any], paste: Paste, line: int, found: Ingested) -> None:
    results = record.get("results")
    if not isinstance(results, list) or not any(isinstance(r, dict) and "size" in r for r in results):
        return
    run = _Run(line, header=True, version=text_of(record.get("nccl_version")))
    config = record.get("config") if isinstance(record.get("config"), dict) else {}
    arguments = record.get("args") if isinstance(record.get("args"), list) else []
    match = _PROGRAM.search(str(arguments[0] if arguments else record.get("collective") or ""))
    run.program = match[1] if match else None
    run.graph = bool(number((config or {}).get("graph")))
    run.ranks = ranks_of(record)
    bounds = record.get("out_of_bounds")
    if isinstance(bounds, dict) and str(bounds.get("okay")).lower() == "false":
        run.out_of_bounds = f"{bounds.get('count')} FAILED"
    for result in results:
        row = row_of(result) if isinstance(result, dict) else None
        if row is None:
            found.refusals.append(Refusal("a result is not complete", TOOL, paste.name, line, shown(str(result))))
        else:
            run.rows.append((Line(line, ""), row))
    run.ended = True
    if run.rows:
        _report(run, paste, found)
