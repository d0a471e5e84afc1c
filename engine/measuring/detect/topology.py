"""`nvidia-smi topo -m` and `topo -p2p`, and the link types of `rocm-smi --showtopo`.

Read by the header's names: GPU columns count, NIC columns and affinities do not move them. A matrix that is cut off,
has a row missing or differs from its mirror is refused. Source: nvidia-smi(1), section "topo".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..pasted import Line, Paste
from .seen import Kind, Matrix, Refused, Seen, SeenGpu

_LINK = r"X|SYS|NODE|PHB|PXB|PIX|NV\d{1,2}|NVB|C2C|PSB|SOC|LOC|P2C|PXN|DIS"
_PEER = r"OK|CNS|GNS|TNS|NS|DR|U"
_DEVICE = r"(?:GPU|NIC|mlx\d_bond_|mlx\d_|hfi1_|ibp\w+|roce\w+|bnxt_re|irdma)\d+"
_GPU = re.compile(r"GPU(\d{1,3})$")
_BREAK = re.compile(rf"[ \t|]+(?=(?:{_DEVICE})[ \t]+(?:{_LINK}|{_PEER})(?:[ \t]|$))")
_HEADER = re.compile(rf"^\W{{0,64}}(?:GPU Topology:? *|Topology:? *)?((?:{_DEVICE}\s*)+)(.*)$")
_ROW = re.compile(rf"^\W{{0,64}}({_DEVICE})\s+(\S.*?)\s*$")
_CPUS = re.compile(r"^(?:N/A|\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)$")


@dataclass(slots=True)
class _Reading:
    """A matrix while its rows come in."""

    line: int
    devices: list[str]
    affinities: list[str]
    rows: dict[str, list[str]] = field(default_factory=dict)
    rest: dict[str, str] = field(default_factory=dict)
    short: Line | None = None
    command: str | None = None

    @property
    def gpus(self) -> list[int]:
        return [int(match[1]) for name in self.devices if (match := _GPU.match(name))]


def read(paste: Paste) -> Seen:
    """Every complete matrix of a text, and what was refused."""
    seen = Seen()
    reading: _Reading | None = None
    command: str | None = None
    for line in _unfolded(paste):
        if match := re.search(r"topo\s+(-m\w*|-p2p\s+\w+|--matrix)", line.text):
            command = match[1]
        header = _header(line)
        if header is not None:
            _finish(reading, paste, seen)
            reading, command = header, None if header is None else command
            reading.command = command
        elif reading is not None and not _fill(reading, line) and line.text.strip():
            _finish(reading, paste, seen)
            reading = None
    _finish(reading, paste, seen)
    return seen


def _unfolded(paste: Paste) -> list[Line]:
    """Lines, and of a matrix flattened into one line its rows."""
    result: list[Line] = []
    for line in paste.lines:
        parts = (
            _BREAK.sub("\n", line.text).split("\n") if "GPU0" in line.text and len(line.text) < 100_000 else [line.text]
        )
        result += [Line(line.number, part, line.cut and part is parts[-1]) for part in parts]
    return result


def _header(line: Line) -> _Reading | None:
    match = _HEADER.match(line.text)
    if match is None or "GPU0" not in match[1].split():
        return None
    rest = match[2].strip()
    if rest and "Affinity" not in rest and "NUMA" not in rest:
        return None
    names = [name for name in ("CPU Affinity", "NUMA Affinity", "GPU NUMA ID") if name in " ".join(rest.split())]
    devices = match[1].split()
    return _Reading(line.number, devices, names) if len(devices) == len(set(devices)) else None


def _fill(reading: _Reading, line: Line) -> bool:
    """Take one row; False where the line is none."""
    match = _ROW.match(line.text)
    if match is None or match[1] not in reading.devices:
        return False
    words = match[2].split()
    if not re.fullmatch(rf"{_LINK}|{_PEER}", words[0]):
        return False
    cells = words[: len(reading.devices)]
    good = len(cells) == len(reading.devices) and all(re.fullmatch(rf"{_LINK}|{_PEER}", cell) for cell in cells)
    ends_here = line.cut and len(words) == len(cells) and bool(reading.affinities or not good)
    last_cell_cut = line.cut and len(words) == len(cells) and re.search(r"NV\d+$", line.text)
    if not good or ends_here or last_cell_cut:
        reading.short = reading.short or line
    elif match[1] not in reading.rows:
        reading.rows[match[1]] = cells
        rest = words[len(cells) :]
        shorter = line.cut and any(len(other.split()) > len(rest) for other in reading.rest.values())
        reading.rest[match[1]] = "" if shorter else " ".join(rest)
    return True


def _finish(reading: _Reading | None, paste: Paste, seen: Seen) -> None:
    if reading is None or not (reading.rows or reading.short):
        return
    where = paste.where(reading.line)
    problem = _problem(reading)
    if problem:
        seen.refused.append(Refused(f"topology matrix: {problem}", where))
        return
    kind = _kind(reading)
    if kind is None:
        return
    seen.matrices.append(
        Matrix(kind, where, tuple(reading.gpus), _cells(reading), kind == "peers" or bool(reading.affinities))
    )
    if kind in ("links", "slots"):
        seen.gpus += [_affinity(reading, name, where) for name in reading.devices if _GPU.match(name)]


def _problem(reading: _Reading) -> str | None:
    """Why a matrix is not believed, or None."""
    missing = [f"GPU{i}" for i in reading.gpus if f"GPU{i}" not in reading.rows]
    if missing:
        present = len(reading.gpus) - len(missing)
        return f"incomplete, {present} of {len(reading.gpus)} GPU rows ({', '.join(missing[:8])} missing)"
    cells = _cells(reading)
    for (i, j), cell in cells.items():
        if (i == j) != (cell == "X"):
            return f"GPU{i} to GPU{j} is {cell}: only the diagonal is X"
        if cells[j, i] != cell:
            return f"not symmetric, GPU{i}-GPU{j} is {cell} and GPU{j}-GPU{i} is {cells[j, i]}"
    return None


def _cells(reading: _Reading) -> dict[tuple[int, int], str]:
    places = {int(match[1]): k for k, name in enumerate(reading.devices) if (match := _GPU.match(name))}
    return {(i, j): reading.rows[f"GPU{i}"][k] for i in places for j, k in places.items()}


def _kind(reading: _Reading) -> Kind | None:
    if reading.command and re.match(r"-p2p\s+[nap]\b", reading.command):
        return None
    if reading.command == "-mp":
        return "slots"
    cells = {cell for row in reading.rows.values() for cell in row} - {"X"}
    return "peers" if cells and all(re.fullmatch(_PEER, cell) for cell in cells) else "links"


def _affinity(reading: _Reading, name: str, where: str) -> SeenGpu:
    gpu = SeenGpu("nvidia-smi topo -m", where, int(name[3:]))
    words = reading.rest[name].split()
    wanted = len(reading.affinities)
    if wanted and len(words) == wanted - 1:
        words = words if _looks_like_cpus(words[0]) else ["", *words]
    cpus = words[0] if words and _CPUS.match(words[0]) and words[0] != "N/A" else None
    gpu.note("cpus", cpus)
    if "NUMA Affinity" in reading.affinities and len(words) > 1:
        node = re.fullmatch(r"(\d{1,4})(?:[,-][\d,-]+)?", words[1])  # the node of its CPUs first, then nodes of memory
        gpu.note("numa_node", int(node[1]) if node else None)
    return gpu


def _looks_like_cpus(word: str) -> bool:
    return bool(re.search(r"[-,]", word))


_ROCM_TITLE = re.compile(r"Link Type between two GPUs")
_ROCM_NUMA = re.compile(r"GPU\[(\d+)\]\s*: \(Topology\) Numa (?:Node|Affinity): (-?\d+)")


def read_rocm(paste: Paste) -> Seen:
    """`rocm-smi --showtopo`: which GPUs are joined by XGMI, and their NUMA nodes."""
    seen = Seen()
    columns: list[int] = []
    rows: dict[int, list[str]] = {}
    start = 0
    for line in paste.lines:
        if match := _ROCM_NUMA.search(line.text):
            gpu = SeenGpu("rocm-smi --showtopo", paste.where(line.number), int(match[1][:3]))
            gpu.note("numa_node", int(match[2][:4]) if not match[2].startswith("-") else None)
            gpu.note("vendor", "amd")
            seen.gpus.append(gpu)
        elif _ROCM_TITLE.search(line.text):
            start, columns, rows = line.number, [], {}
        elif start and not columns and re.fullmatch(r"\s*(?:GPU\d+\s*)+", line.text) and line.text.strip():
            columns = [int(word[3:6]) for word in line.text.split()]
        elif columns and (match := re.match(r"^GPU(\d{1,3})((?:\s+\S+)+)\s*$", line.text)):
            rows[int(match[1])] = match[2].split()
        elif columns and line.text.strip():
            _finish_rocm(columns, rows, paste.where(start), seen)
            start, columns, rows = 0, [], {}
    _finish_rocm(columns, rows, paste.where(start), seen)
    return seen


def _finish_rocm(columns: list[int], rows: dict[int, list[str]], where: str, seen: Seen) -> None:
    if not columns:
        return
    if sorted(rows) != sorted(columns) or any(len(row) != len(columns) for row in rows.values()):
        seen.refused.append(Refused(f"topology matrix: incomplete, {len(rows)} of {len(columns)} GPU rows", where))
        return
    cells = {(i, j): "X" if i == j else rows[i][k] for i in columns for k, j in enumerate(columns)}
    seen.matrices.append(Matrix("xgmi", where, tuple(columns), cells))
