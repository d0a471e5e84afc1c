"""nvbandwidth: copies between GPUs and from and to the host, as text and JSON of all versions.

Source: NVIDIA nvbandwidth, testcases_ce.cpp, testcases_sm.cpp and output.cpp. Copies are measured between pairs with
peer access only, so that a pair without is N/A. "bidirectional" with a Total adds up both ways; without one (up to 0.2,
and from and to the host) it is one way while the other is busy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from ..believable import bound
from ..islands import objects_with
from ..pasted import Line, Paste, number
from .measurement import Ingested, Measurement, Provenance, Refusal, Remark, noted, shown

TOOL = "nvbandwidth"
_DEVICE = re.compile(
    r"^\W*(?:Device )?(\d{1,3}): ([A-Z][^(]*?)(?: \(([0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2})\))?(?::.*)?\s*$"
)
_VERSION = re.compile(r"^\W*nvbandwidth Version: (\S+)")
_RUNNING = re.compile(r"\bRunning (\w+)\.")
_WAIVED = re.compile(r"^\W*Waiv(?:ing (device_to_device_\w+)|ed:)")
_TITLE = re.compile(
    r"^\W*(?:multinode )?(?:memcpy|memory latency|Device to Device Latency)\b(?: (CE|SM))?"
    r".*?\b(?:(CPU|GPU)\(row\) (<->|->|<-) GPU\(column\)|local GPU\(column\)|All )"
    r"(?: (Read1|Read2|Write1|Write2|Total)| .*)?(?: bandwidth)? \((GB/s|ns)\)"
)
_COLUMNS = re.compile(r"^\s*\d{1,3}(?:\s+\d{1,3})*\s*$")
_ROW = re.compile(r"^\s*(\d{1,3})((?:\s+(?:\d+\.\d+(?:e\+?\d+)?|N/A))+)\s*$")
_SUM = re.compile(r"^\W*SUM (\w+) (\d+\.?\d*(?:e\+?\d+)?)\s*$")
_FAULT = re.compile(r"^\W*(?:ASSERT in expression|ERROR:|\[?CUDA_ERROR|Invalid value when checking)")
_HOST = {"host_to_device": "h2d_bw_gb_s", "device_to_host": "d2h_bw_gb_s"}
_ENDS = {
    ("CPU", "->"): "host_to_device", ("CPU", "<-"): "device_to_host", ("GPU", "->"): "device_to_device",
    ("GPU", "<-"): "device_to_device", ("GPU", "<->"): "device_to_device_bidirectional",
}  # fmt: skip
_NARROW = bound("measurements", "narrow_link")


@dataclass(slots=True)
class _Matrix:
    """One matrix: the test it is of, which part of it, its columns, its rows and what they add up to."""

    line: int
    test: str
    host: bool = False
    part: str | None = None
    unit: str = "GB/s"
    columns: list[int] = field(default_factory=list)
    rows: dict[int, list[float | None]] = field(default_factory=dict)
    total: float | None = None
    fault: str | None = None

    def problem(self) -> str | None:
        """Why the matrix is not believed."""
        wanted = [0] if self.host else self.columns
        if not self.columns or sorted(self.rows) != wanted:
            return self.fault or f"the matrix is not complete: {len(self.rows)} of {len(wanted) or 'some'} rows"
        values = [value for row in self.rows.values() for value in row if value is not None]
        if any(len(row) != len(self.columns) for row in self.rows.values()):
            return "a row has another number of columns than the head"
        rounding = 0.005 * (len(values) + 1) + 1e-4 * sum(values)
        if self.total is not None and abs(sum(values) - self.total) > rounding:
            return f"its numbers add up to {sum(values):g}, not to the {self.total:g} below it"
        return None


@dataclass(slots=True)
class _Output:
    """What one text says: its devices, its matrices, what was waived, its version."""

    names: dict[int, str] = field(default_factory=dict)
    buses: dict[int, str] = field(default_factory=dict)
    matrices: list[_Matrix] = field(default_factory=list)
    waived: list[int] = field(default_factory=list)
    version: str | None = None


def read(paste: Paste) -> Ingested:
    """Copies of every pair of cards, and of every card from and to the host; other tests are named in a remark."""
    found = Ingested()
    for output in _outputs(paste):
        others: dict[str, int] = {}
        for matrix in output.matrices:
            if problem := matrix.problem():
                found.refusals.append(Refusal(problem, TOOL, paste.name, matrix.line, shown(matrix.test)))
            elif taken := _measurements(matrix, output, paste):
                found.measurements += taken
            else:
                others.setdefault(matrix.test, matrix.line)
        _remark(output, others, paste, found)
    return found


def devices(paste: Paste) -> dict[int, tuple[str, str | None]]:
    """Name and bus address of the GPUs that the tool listed, by CUDA's number; older versions tell no address."""
    return {
        index: (name, f"{one.buses[index][-10:].lower()}.0" if index in one.buses else None)
        for one in _outputs(paste)
        for index, name in one.names.items()
    }


def connectivity(paste: Paste) -> dict[tuple[int, int], bool]:
    """Which pairs have peer access: those that were measured; all others of a whole matrix have none."""
    return {
        (i, j): bool(matrix.rows[i][k])
        for one in _outputs(paste)
        for matrix in one.matrices
        if matrix.test.startswith("device_to_device") and not matrix.problem()
        for i in matrix.columns
        for k, j in enumerate(matrix.columns)
        if i != j
    }


def _outputs(paste: Paste) -> list[_Output]:
    texts = [_text(paste)] if "nvbandwidth" in paste.text or "GPU(column)" in paste.text else []
    return [*texts, *(_json(line, one) for line, one in objects_with(paste, "testcases"))]


def _text(paste: Paste) -> _Output:
    output, test = _Output(), ""
    for line in paste.lines:
        text = line.text
        if match := _RUNNING.search(text):
            test = match[1]
        elif match := _TITLE.search(text):
            output.matrices.append(_titled(match, line.number, test))
        elif match := _VERSION.match(text):
            output.version = match[1]
        elif text.lstrip().startswith("Device ") and (match := _DEVICE.match(text)):
            _list(match, output)
        elif match := _WAIVED.match(text):
            output.waived.append(line.number)
        elif test and _FAULT.match(text) and not (output.matrices and output.matrices[-1].test == test):
            output.matrices.append(_Matrix(line.number, test, fault=f"the test failed: {shown(text)}"))
        elif output.matrices:
            _fill(output.matrices[-1], line)
    return output


def _titled(match: re.Match[str], line: int, test: str) -> _Matrix:
    """A matrix by its title; the test by the line above it, else by what the title says."""
    said = f"{_ENDS.get((match[2], match[3]), 'other')}_memcpy_{match[1]}".lower()
    return _Matrix(line, test or said, match[2] == "CPU", match[4], match[5])


def _list(match: re.Match[str], output: _Output) -> None:
    output.names[int(match[1])] = match[2].strip()
    if match[3]:
        output.buses[int(match[1])] = match[3]


def _fill(matrix: _Matrix, line: Line) -> None:
    if match := _SUM.match(line.text):
        matrix.total = matrix.total if line.cut else number(match[2])
        matrix.test = match[1] if match[1].startswith(matrix.test.rpartition("_")[0]) else matrix.test
    elif not matrix.columns and _COLUMNS.match(line.text):
        matrix.columns = [int(cell) for cell in line.text.split()]
    elif (match := _ROW.match(line.text)) and matrix.total is None and not line.cut:
        matrix.rows.setdefault(int(match[1]), [number(cell) for cell in match[2].split()])


def _json(line: int, record: dict[str, Any]) -> _Output:
    """`-j`: of a test with several matrices all rows follow each other, the last matrix is the one described."""
    output = _Output(version=str(record.get("version") or "") or None)
    for listed in record.get("GPU Device list") or []:
        if match := _DEVICE.match(str(listed)):
            _list(match, output)
    for case in record["testcases"] if isinstance(record["testcases"], list) else []:
        rows, name = case.get("bandwidth_matrix") if isinstance(case, dict) else None, str(case)
        if not isinstance(rows, list) or not all(isinstance(row, list) and row for row in rows):
            if isinstance(case, dict) and "aived" in str(case.get("status")):
                output.waived.append(line)
            continue
        name, title = str(case.get("name")), _TITLE.search(str(case.get("bandwidth_description")))
        matrix = _titled(title, line, name) if title else _Matrix(line, name)
        last = rows[-1:] if matrix.host else rows[-len(rows[0]) :]
        matrix.columns = list(range(len(rows[0])))
        matrix.rows = {i: [number(cell) for cell in row] for i, row in enumerate(last)}
        matrix.total = number(case.get("sum")) if len(last) == len(rows) else None
        output.matrices.append(matrix)
    return output


def _measurements(matrix: _Matrix, output: _Output, paste: Paste) -> list[Measurement]:
    at = Provenance(TOOL, paste.name, matrix.line, "text", output.version)
    if matrix.host:
        return list(_from_host(matrix, output, at))
    if matrix.test.startswith("device_to_device") and matrix.part in (None, "Total"):
        return list(_between(matrix, output, at))
    return []


def _from_host(matrix: _Matrix, output: _Output, at: Provenance) -> Iterator[Measurement]:
    way = re.fullmatch(r"(host_to_device|device_to_host)_memcpy_(ce|sm)", matrix.test)
    if way is None:
        return
    for index, value in zip(matrix.columns, matrix.rows[0], strict=True):
        if value:
            yield Measurement(
                metric=_HOST[way[1]], unit="GB/s", value=value, provenance=at, gpu=output.names.get(index), gpu_count=1,
                notes=noted(f"GPU{index}", _by(matrix.test)),
            )  # fmt: skip


def _between(matrix: _Matrix, output: _Output, at: Provenance) -> Iterator[Measurement]:
    """The slower of both ways for a bandwidth, the longer for a latency."""
    latency = matrix.unit == "ns"
    for (k, i), (m, j) in combinations(enumerate(matrix.columns), 2):
        there, back = matrix.rows[i][m], matrix.rows[j][k]
        if not there or not back:
            continue
        pair = [output.names[one] for one in (i, j) if one in output.names]
        unlike = f"{there:g} one way, {back:g} the other" if there != back and not latency else None
        yield Measurement(
            metric="p2p_latency_us" if latency else "p2p_bw_gb_s", unit="us" if latency else "GB/s",
            value=round(max(there, back) / 1e3, 5) if latency else min(there, back), provenance=at,
            gpu=" + ".join(dict.fromkeys(pair)) or None, gpu_count=2, p2p="yes",
            notes=noted(f"GPU{i}-GPU{j}", _direction(matrix), _by(matrix.test), unlike),
        )  # fmt: skip


def _direction(matrix: _Matrix) -> str:
    """Which ways a number counts; kernels added up both before there was a Total (README of 0.2)."""
    if matrix.unit == "ns":
        return "one load from the other's memory, without a launch"
    if "bidirectional" not in matrix.test:
        return "unidirectional"
    return "bidirectional" if matrix.part or "_sm" in matrix.test else "one way while the other is busy"


def _by(test: str) -> str:
    what = next((word for word in ("read", "write") if f"_{word}_" in test), None)
    return " ".join(filter(None, (what, "by kernels" if test.endswith("_sm") else "by copy engines")))


def _remark(output: _Output, others: dict[str, int], paste: Paste, found: Ingested) -> None:
    """What was read and not taken, tests that were waived, and cards whose link is narrower than the others'."""
    if others:
        says = f"read, and of no link alone, so not taken: {', '.join(others)}"
        found.remarks.append(Remark("nvbandwidth_others", says, paste.name, min(others.values())))
    between = any(one.test.startswith("device_to_device") for one in output.matrices)
    if output.waived and not between and len(output.names) > 1:
        says = "no copies between the cards were measured: nvbandwidth waives them where there is no peer access"
        found.remarks.append(Remark("nvbandwidth_waived", says, paste.name, output.waived[0]))
    for matrix in output.matrices:
        if matrix.test == "host_to_device_memcpy_ce" and not matrix.problem():
            _uneven(matrix, paste, found)


def _uneven(matrix: _Matrix, paste: Paste, found: Ingested) -> None:
    rates = {index: rate for index, rate in zip(matrix.columns, matrix.rows[0], strict=True) if rate}
    best = max(rates.values(), default=0.0)
    for index, rate in rates.items():
        if rate < _NARROW * best:
            told = f"GPU {index} copies from the host at {rate:g} GB/s, the fastest card at {best:g}"
            says = f"{told}: its link is narrower or older"
            found.remarks.append(Remark("narrow_link", says, paste.name, matrix.line))
