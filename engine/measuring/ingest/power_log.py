"""Power sampled over time: CSV logs with a time, a GPU index, power draw and utilisation in columns.

Reads club-3090's gpu_monitor.csv and `nvidia-smi --query-gpu=timestamp,index,power.draw,utilization.gpu -l`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..pasted import Paste, number, whole
from .measurement import Ingested, Measurement, Provenance, Refusal, noted, shown

TOOL = "power log"
_BUSY = 50
_LEAST_SAMPLES = 3
_COLUMNS = {
    "time": ("ts", "timestamp"),
    "index": ("index", "gpu"),
    "power": ("power_w", "power.draw"),
    "limit": ("power_limit_w", "power.limit", "enforced.power.limit"),
    "busy": ("util_pct", "utilization.gpu"),
    "phase": ("phase",),
    "name": ("name",),
}


@dataclass(slots=True)
class _Series:
    """Power of one GPU in one phase [W], while it was busy."""

    line: int
    limit: float | None
    name: str | None
    watts: list[float] = field(default_factory=list)
    samples: int = 0


def read(paste: Paste) -> Ingested:
    """Mean power of each GPU over the samples in which it was at least half busy."""
    found, columns = Ingested(), {}
    series: dict[tuple[str, int], _Series] = {}
    width = 0
    for line in paste.lines:
        cells = [cell.strip() for cell in line.text.split(",")]
        header = _columns(cells)
        if header:
            columns, width = header, len(cells)
        elif columns and len(cells) == width and not line.cut:
            _sample(cells, columns, line.number, series)
        elif columns and line.text.strip():
            found.refusals.append(Refusal("the sample is cut off", TOOL, paste.name, line.number, shown(line.text)))
    for (phase, index), one in sorted(series.items()):
        _mean(phase, index, one, paste, found)
    return found


def _columns(cells: list[str]) -> dict[str, int]:
    plain = [cell.split(" [")[0].lower() for cell in cells]
    places = {key: next((plain.index(n) for n in names if n in plain), -1) for key, names in _COLUMNS.items()}
    known = {key: place for key, place in places.items() if place >= 0}
    return known if {"time", "index", "power", "busy"} <= set(known) else {}


def _sample(cells: list[str], columns: dict[str, int], line: int, series: dict[tuple[str, int], _Series]) -> None:
    index, watts, busy = (number(cells[columns[key]]) for key in ("index", "power", "busy"))
    place = whole(index)
    if place is None or watts is None or busy is None:
        return
    phase = cells[columns["phase"]] if "phase" in columns else ""
    limit = number(cells[columns["limit"]]) if "limit" in columns else None
    name = cells[columns["name"]] if "name" in columns else None
    one = series.setdefault((phase, place), _Series(line, limit, name))
    one.samples += 1
    if busy >= _BUSY:
        one.watts.append(watts)


def _mean(phase: str, index: int, one: _Series, paste: Paste, found: Ingested) -> None:
    if len(one.watts) < _LEAST_SAMPLES:
        reason = f"GPU {index} was busy in {len(one.watts)} of {one.samples} samples: no power under load"
        found.refusals.append(Refusal(reason, TOOL, paste.name, one.line, phase))
        return
    found.measurements.append(
        Measurement(
            metric="power_w", value=round(sum(one.watts) / len(one.watts), 2), unit="W", gpu=one.name, gpu_count=1,
            provenance=Provenance(TOOL, paste.name, one.line, "csv"), power_limit_w=one.limit,
            notes=noted(f"GPU {index}", phase, f"{len(one.watts)} busy samples, peak {max(one.watts):g} W"),
        )
    )  # fmt: skip
