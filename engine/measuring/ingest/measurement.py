"""What a benchmark output yields: measurements, refusals and remarks, each with the place it was read at."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, fields, replace

Cell = str | int | float | bool | None
_DATE = re.compile(r"(20\d\d)-?(\d\d)(?:-?(\d\d))?(?!\d)")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a value was read: tool, file and line, format, and the version or build that the tool printed."""

    tool: str
    file: str
    line: int
    format: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured value, with the columns of knowledge/measurements. None: the output does not say.

    `value` is in `unit`; lengths in tokens; `msg_bytes` in bytes; `power_limit_w` in watts; parameters in 1e9.
    `weights_bytes` [B] is the size of the model as the tool printed it, `gpu_layers` how many layers the GPUs were
    given at most, `in_host` which weights lay in host memory, `backend` what computed, and `aside` why it is of another
    kind than what the rules know; these are no columns.
    """

    metric: str
    value: float
    unit: str
    provenance: Provenance
    source_id: str | None = None
    source_url: str | None = None
    source_path: str | None = None
    source_commit: str | None = None
    source_title: str | None = None
    source_date: str | None = None
    source_author: str | None = None
    trust: str | None = "B"
    gpu: str | None = None
    gpu_count: int | None = None
    gpu_mem_gb: float | None = None
    interconnect: str | None = None
    nvlink: str | None = None
    p2p: str | None = None
    form_factor: str | None = None
    engine: str | None = None
    engine_version: str | None = None
    model: str | None = None
    arch: str | None = None
    params_b: float | None = None
    active_params_b: float | None = None
    quantization: str | None = None
    kv_dtype: str | None = None
    parallelism: str | None = None
    tp: int | None = None
    pp: int | None = None
    replicas: int | None = None
    batch: int | str | None = None
    prompt_len: float | None = None
    output_len: float | None = None
    context_depth: int | None = None
    spec_decode: str | None = None
    msg_bytes: int | None = None
    power_limit_w: float | None = None
    notes: str | None = None
    weights_bytes: int | None = None
    gpu_layers: int | None = None
    in_host: str | None = None
    backend: str | None = None
    aside: str | None = None

    @property
    def id(self) -> str:
        """A key that depends on what was measured and on the output it stands in, not on the machine that reads it."""
        cells = [str(getattr(self, name)) for name in COLUMNS if name != "id"]
        cells += [self.provenance.tool, self.provenance.file, str(self.provenance.line)]
        return "M-" + hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:12]

    def row(self) -> dict[str, Cell]:
        """The columns of a measurements file, in their order."""
        cells: dict[str, Cell] = {name: getattr(self, name) for name in COLUMNS}
        cells["source_path"] = self.source_path or f"{self.provenance.file}#{self.provenance.line}"
        cells["source_title"] = self.source_title or self.provenance.tool
        for name in ("prompt_len", "output_len"):
            cells[name] = _rounded(cells[name])
        match = _DATE.match(self.source_date or "")
        cells["source_date"] = "-".join(part for part in match.groups() if part) if match else None
        return cells


def _rounded(tokens: Cell) -> Cell:
    """A mean length as whole tokens."""
    return round(tokens) if isinstance(tokens, float) else tokens


COLUMNS: tuple[str, ...] = (
    "id", "source_id", "source_url", "source_path", "source_commit", "source_title", "source_date", "source_author",
    "trust", "gpu", "gpu_count", "gpu_mem_gb", "interconnect", "nvlink", "p2p", "form_factor", "engine",
    "engine_version", "model", "arch", "params_b", "active_params_b", "quantization", "kv_dtype", "parallelism", "tp",
    "pp", "replicas", "batch", "prompt_len", "output_len", "context_depth", "spec_decode", "metric", "value", "unit",
    "msg_bytes", "power_limit_w", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was read and not taken: why, where, and what stood there."""

    reason: str
    tool: str
    file: str
    line: int
    given: str = ""

    def __str__(self) -> str:
        shown = f" ({self.given})" if self.given else ""
        return f"{self.file}:{self.line}: {self.tool}: {self.reason}{shown}"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something an output says that is no number to compare: an engine's warning, a transport, a setting."""

    id: str
    says: str
    file: str
    line: int


@dataclass(slots=True)
class Ingested:
    """Everything that was found in one or several outputs."""

    measurements: list[Measurement] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def add(self, other: Ingested) -> None:
        self.measurements += other.measurements
        self.refusals += other.refusals
        self.remarks += other.remarks

    def __bool__(self) -> bool:
        return bool(self.measurements or self.refusals or self.remarks)


def shown(text: str, most: int = 120) -> str:
    """A piece of input, short enough for a message."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def noted(*parts: str | None) -> str | None:
    """Remarks of one measurement joined, empty ones left out."""
    return "; ".join(part for part in parts if part) or None


FIELDS = tuple(f.name for f in fields(Measurement))

__all__ = [
    "COLUMNS", "FIELDS", "Cell", "Ingested", "Measurement", "Provenance", "Refusal", "Remark", "noted", "replace",
    "shown",
]  # fmt: skip
