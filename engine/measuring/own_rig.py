"""Measurements of one's own: held against what is predicted of them, and laid into an overlay."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput, RigwiseError
from .backtest import Outcome, outcomes
from .believable import bound
from .ingest import COLUMNS, Check, Measurement
from .ingest.transfers import OF_THE_HOST, share_of_link
from .limits import gpu_limits
from .own_memory import memory_compared
from .rows import REDUCED, SERVED, Row, least_seconds

if TYPE_CHECKING:
    from ..reading import Knowledge

FILE = Path("measurements") / "own.csv"
SOURCE = "own"
MOST_COMPARED = 400
KEPT = (*SERVED, *REDUCED, "p2p_bw_gb_s", "p2p_latency_us")
"""Metrics that schemas/measurement_row.schema.json knows."""
_OF_THE_FILE = ("id", "source_path")
SPLITS = (None, "single", "tp", "pp", "layer_split")
OF_MANY = ("output_throughput_tok_s", "total_throughput_tok_s", "ttft_ms", "tpot_ms")
"""Metrics of a server, that say nothing without the number of requests at a time."""


def compared(found: Sequence[Measurement], knowledge: Knowledge, matcher: str | None = None) -> list[dict[str, Any]]:
    """Measured against predicted, a row for each measurement, in their order.

    ratio: of the measurement to the prediction. within: whether it lies in the central 80 %; what is counted, not
    fitted, has no interval. reason: why there is no prediction.
    """
    asked = [one for one in found if one.metric in (*SERVED, *REDUCED) and _untold(one) is None]
    told = memory_compared(found, knowledge, matcher)
    rows = [row_of(one) for one in asked[:MOST_COMPARED]]
    for one, outcome in zip(asked, outcomes(rows, knowledge, matcher), strict=False):
        told[one.id] = _held(outcome, one)
    return [
        {"id": one.id, "metric": one.metric, "measured": one.value, "unit": one.unit}
        | (told.get(one.id) or {"reason": _unasked(one, knowledge)})
        for one in found
    ]


def _held(outcome: Outcome, one: Measurement) -> dict[str, Any]:
    row = outcome.row
    if outcome.predicted is None or outcome.low is None or outcome.high is None:
        return {"measured": row.value, "reason": outcome.reason or "not predicted"}
    return {
        "measured": row.value, "predicted": outcome.predicted, "low": outcome.low, "high": outcome.high,
        "ratio": row.value / outcome.predicted, "within": outcome.low <= row.value <= outcome.high,
    }  # fmt: skip


def _unasked(one: Measurement, knowledge: Knowledge) -> str:
    """Why the rules were not asked about a measurement."""
    if one.metric in (*SERVED, *REDUCED):
        return _untold(one) or f"only the first {MOST_COMPARED} are compared at a time"
    if one.metric in ("p2p_bw_gb_s", *OF_THE_HOST):
        share = share_of_link(one, gpu_limits(knowledge))
        part = f"; this one is {share[0]:.0%} of what {share[1]} carries" if share else ""
        return f"the rules predict collectives, no plain copies{part}"
    if one.metric == "p2p_latency_us":
        return "the rules predict collectives, no plain copies; a hop of one has this latency and its launch in it"
    if one.metric.endswith(("_busbw_gb_s", "_latency_us")):
        return "of the collectives, all-reduce alone is predicted"
    if one.unit == "GiB":
        return "counted as a part of the work space or for a context that the log does not name; see `rigwise estimate`"
    return f"{one.metric} is not predicted"


def _untold(found: Measurement) -> str | None:
    """What has to be told before a measurement can be predicted, or why it cannot be."""
    if found.aside:
        return found.aside
    if "nodes" in (found.interconnect or ""):
        return f"it ran over {found.interconnect}, whose network is not told"
    needed = (("gpu", "gpu"), *((("model", "model"),) if found.metric in SERVED else ()))
    missing = [flag for name, flag in needed if getattr(found, name) is None]
    if missing:
        return f"not told: {', '.join(missing)}; give {' '.join(f'--{flag}' for flag in missing)}"
    if found.in_host:
        return f"a run with a part in host memory ({found.in_host}) is not predicted"
    if " + " in str(found.gpu):
        return "cards of several models in one group are not predicted from a measurement"
    if found.metric in OF_MANY and found.batch is None:
        return "how many requests ran at a time is not told"
    split = (found.tp, found.pp, found.replicas)
    if found.metric in SERVED and (found.gpu_count or 1) > 1 and all(size is None for size in split):
        return "how the model is split over the cards is not told: give --tensor or --pipeline"
    return None


def row_of(found: Measurement) -> Row:
    """A measurement as a row of a measurements file."""
    cells = {name: "" if value is None else str(value) for name, value in found.row().items()}
    return Row(cells["id"], found.metric, found.value, cells)


def faster_than_cards(knowledge: Knowledge) -> Check:
    """The check that a prompt was not read faster than the cards compute it."""

    def check(found: Measurement) -> str | None:
        if found.metric != "prefill_tok_s" or found.gpu is None or found.model is None or found.value <= 0:
            return None
        row = row_of(found)
        try:
            least = least_seconds(row, knowledge)
        except RigwiseError:
            return None
        tokens = row.lengths[0]
        if not least or tokens / found.value >= least / bound("measurements", "narrow_products"):
            return None
        most = tokens / least * bound("measurements", "narrow_products")
        return f"impossible: the cards compute {most:,.0f} tok/s of such prompts at most, not {found.value:,.0f}"

    return check


def left_out(found: Measurement) -> str | None:
    """Why a measurement cannot stand among those of the knowledge; None where it can."""
    if found.metric not in KEPT:
        return f"{found.metric} is no metric of measurements files"
    if found.parallelism not in SPLITS:
        return f"measurements files have no word for the split {found.parallelism}"
    if found.aside:
        return found.aside
    if "nodes" in (found.interconnect or ""):
        return f"measurements files have no word for the network between {found.interconnect}"
    if found.in_host:
        return f"measurements files have no word for what lies in host memory ({found.in_host})"
    if " + " in (found.gpu or ""):
        return "measurements files have no word for cards of several models in one group"
    return "the GPU is not told" if not found.gpu else None


def lay_into(directory: Path, found: Iterable[Measurement]) -> tuple[Path, int]:
    """Write measurements into an overlay: the file, and how many were new. Those that stand there stay.

    What `left_out` names has to be taken out before.

    Raises BadInput where the file cannot be read or written.
    """
    path = directory / FILE
    there = _standing(path)
    fresh = {str(cells["id"]): cells for cells in (one.row() for one in found)}
    told = {_content(cells) for cells in there.values()}
    new = [cells for key, cells in fresh.items() if key not in there and _content(cells) not in told]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = _csv([*there.values(), *new])
        beside = path.with_name(f".{path.name}-{os.getpid()}")
        beside.write_text(text, "utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror}", where=str(path)) from None
    return path, len(new)


def _content(cells: Mapping[str, Any]) -> tuple[str, ...]:
    """What a row says, whatever its file is called."""
    return tuple("" if cells.get(name) is None else str(cells[name]) for name in COLUMNS if name not in _OF_THE_FILE)


def _standing(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if "id" not in (reader.fieldnames or ()):
                raise BadInput("is no file of measurements", where=str(path), hint="name another directory")
            return {str(cells["id"]): dict(cells) for cells in reader}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"cannot be read: {error}", where=str(path)) from None


def _csv(rows: Iterable[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({name: "" if value is None else value for name, value in cells.items()} for cells in rows)
    return out.getvalue()
