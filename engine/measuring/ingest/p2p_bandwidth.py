"""p2pBandwidthLatencyTest of the CUDA samples: connectivity, bandwidths and latencies between GPUs.

Source: NVIDIA cuda-samples p2pBandwidthLatencyTest.cu. A "P2P=Enabled" matrix is printed even where no peer access
exists; the connectivity matrix is believed instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..pasted import Line, Paste, number
from .measurement import Ingested, Measurement, Provenance, Refusal, noted, shown

TOOL = "p2pBandwidthLatencyTest"
_DEVICE = re.compile(
    r"^\W*Device: (\d+), (.+?), pciBusID: ([0-9a-f]{1,2}), pciDeviceID: ([0-9a-f]{1,2}), pciDomainID: ?([0-9a-f]{1,8})",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"(P2P Connectivity Matrix)"
    r"|((?:Uni|Bi)directional) P2P=(Enabled|Disabled) Bandwidth(?: \((P2P \w+)\))? Matrix \(GB/s\)"
    r"|P2P=(Enabled|Disabled) Latency(?: \((P2P \w+)\))? Matrix \(us\)"
)
_CORNER = re.compile(r"^(?:\s*\d+)?\s*(D\\D|GPU|CPU)((?:\s+\d+)+)\s*$")
_ROW = re.compile(r"^\s*(\d+)((?:\s+[\d.]+)+)\s*$")


@dataclass(slots=True)
class _Matrix:
    """One printed matrix: its title, its columns and rows, and whether it is complete."""

    line: int
    direction: str
    enabled: bool | None
    way: str | None
    columns: list[int] = field(default_factory=list)
    rows: dict[int, list[float]] = field(default_factory=dict)
    skipping: bool = False
    problem: Line | None = None

    def complete(self) -> bool:
        return bool(self.columns) and self.problem is None and sorted(self.rows) == sorted(self.columns)

    def at(self, i: int, j: int) -> float:
        return self.rows[i][self.columns.index(j)]


def read(paste: Paste) -> Ingested:
    """Bandwidth and latency of every pair, from complete matrices only."""
    found = Ingested()
    names: dict[int, str] = {}
    links: dict[tuple[int, int], bool] = {}
    for matrix, devices in _matrices(paste):
        names = devices or names
        if not matrix.complete():
            reason = f"the matrix is not complete: {len(matrix.rows)} of {len(matrix.columns)} rows"
            line = matrix.problem.number if matrix.problem else matrix.line
            found.refusals.append(Refusal(reason, TOOL, paste.name, line, shown(matrix.direction)))
        elif matrix.direction == "connectivity":
            links = {(i, j): matrix.at(i, j) > 0 for i in matrix.columns for j in matrix.columns if i != j}
        else:
            found.measurements += _pairs(matrix, names, links, paste)
    return found


def connectivity(paste: Paste) -> dict[tuple[int, int], bool]:
    """Which pair has peer access, from a complete connectivity matrix; empty where there is none."""
    for matrix, _ in _matrices(paste):
        if matrix.direction == "connectivity" and matrix.complete():
            return {(i, j): matrix.at(i, j) > 0 for i in matrix.columns for j in matrix.columns if i != j}
    return {}


def devices(paste: Paste) -> dict[int, tuple[str, str]]:
    """Name and bus address of the GPUs that the test listed, by CUDA's index, which need not be the driver's."""
    seen: dict[int, tuple[str, str]] = {}
    for line in paste.lines:
        if match := _DEVICE.match(line.text):
            bus, device, domain = (int(match[k], 16) for k in (3, 4, 5))
            seen[int(match[1][:4])] = match[2], f"{domain & 0xFFFF:04x}:{bus:02x}:{device:02x}.0"
    return seen


def _matrices(paste: Paste) -> Iterator[tuple[_Matrix, dict[int, str]]]:
    listed: dict[int, str] = {}
    matrix: _Matrix | None = None
    for line in paste.lines:
        if match := _DEVICE.match(line.text):
            listed[int(match[1][:4])] = match[2]
        elif match := _TITLE.search(line.text):
            if matrix is not None:
                yield matrix, dict(listed)
            matrix = _titled(match, line.number)
        elif matrix is not None:
            _fill(matrix, line)
    if matrix is not None:
        yield matrix, dict(listed)


def _titled(match: re.Match[str], line: int) -> _Matrix:
    if match[1]:
        return _Matrix(line, "connectivity", None, None)
    if match[2]:
        return _Matrix(line, match[2].lower(), match[3] == "Enabled", match[4])
    return _Matrix(line, "latency", match[5] == "Enabled", match[6])


def _fill(matrix: _Matrix, line: Line) -> None:
    if match := _CORNER.match(line.text):
        matrix.skipping = match[1] == "CPU"
        if not matrix.columns:
            matrix.columns = [int(cell[:4]) for cell in match[2].split()]
        return
    if matrix.skipping or not matrix.columns or not line.text.strip():
        return
    match = _ROW.match(line.text)
    cells = [number(cell) for cell in match[2].split()] if match else []
    values = [cell for cell in cells if cell is not None]
    numbered = len(values) == len(matrix.columns) + 1
    row, values = (int(values[0]), values[1:]) if numbered else (int(match[1][:4]) if match else -1, values)
    if match is None and not re.match(r"^\s*\d+\s", line.text):
        return
    if (
        row not in matrix.columns
        or len(values) != len(matrix.columns)
        or (line.cut and line.text == line.text.rstrip())
    ):
        matrix.problem = matrix.problem or (line if len(matrix.rows) < len(matrix.columns) else None)
    else:
        matrix.rows.setdefault(row, values)


def _pairs(
    matrix: _Matrix, names: dict[int, str], links: dict[tuple[int, int], bool], paste: Paste
) -> list[Measurement]:
    return [
        _pair(matrix, i, j, names, links, paste)
        for i in matrix.columns
        for j in matrix.columns
        if i < j and min(matrix.at(i, j), matrix.at(j, i)) > 0
    ]


def _pair(
    matrix: _Matrix, i: int, j: int, names: dict[int, str], links: dict[tuple[int, int], bool], paste: Paste
) -> Measurement:
    """The slower of both ways for a bandwidth, the longer for a latency."""
    both = matrix.at(i, j), matrix.at(j, i)
    latency = matrix.direction == "latency"
    linked = links.get((i, j), False) and links.get((j, i), False) if links else None
    enabled = matrix.enabled and linked is not False
    pair = tuple(names[k] for k in (i, j) if k in names)
    common: dict[str, Any] = {
        "provenance": Provenance(TOOL, paste.name, matrix.line, "text"),
        "gpu": " + ".join(dict.fromkeys(pair)) or None,
        "gpu_count": 2,
        "p2p": None if matrix.enabled and linked is None else "yes" if enabled else "no",
        "notes": noted(
            f"GPU{i}-GPU{j}",
            matrix.direction if not latency else None,
            matrix.way or ("P2P enabled" if matrix.enabled else "P2P disabled"),
            f"{both[0]:g} one way, {both[1]:g} the other" if both[0] != both[1] else None,
            "no peer access: copied through the host" if matrix.enabled and linked is False else None,
        ),
    }
    if latency:
        return Measurement(metric="p2p_latency_us", unit="us", value=max(both), **common)
    return Measurement(metric="p2p_bw_gb_s", unit="GB/s", value=min(both), **common)
