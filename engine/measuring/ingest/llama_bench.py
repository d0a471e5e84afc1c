"""llama-bench: CSV, JSON, JSON lines and SQL, of all versions; its Markdown is in llama_bench_table.py.

Source: llama.cpp tools/llama-bench/llama-bench.cpp (printers) and README.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any

from ..islands import objects_with
from ..pasted import Paste, number, whole
from .llama_names import devices_in, gpu_label, kv_dtype, named_model, shares
from .measurement import Ingested, Measurement, Provenance, Refusal, noted, shown

TOOL = "llama-bench"
_KEYS = ("avg_ts", "n_prompt", "n_gen")
_IK_COLUMNS = {"fmoe", "rtr", "mla", "amb", "ser", "muge", "mqkv", "rcache", "fused_moe"}
_SAID = ("flash_attn", "n_batch", "n_ubatch", "n_gpu_layers", "n_cpu_moe", "main_gpu", "no_kv_offload", "tensor_split")


@dataclass(frozen=True, slots=True)
class Tested:
    """One test of a run: `pp` prompt tokens, `tg` generated tokens, `depth` tokens in the cache before."""

    prompt: int
    generated: int
    depth: int | None

    @property
    def metric(self) -> str:
        if self.prompt and self.generated:
            return "total_throughput_tok_s"
        return "prefill_tok_s" if self.prompt else "decode_tok_s"


def read(paste: Paste) -> Ingested:
    """Every llama-bench row of a text."""
    found = Ingested()
    for line, record in objects_with(paste, *_KEYS):
        _record(record, place(paste, line, "json"), found)
    for row_line, record in _csv_records(paste, found):
        _record(record, place(paste, row_line, "csv"), found)
    for row_line, record in _sql_records(paste, found):
        _record(record, place(paste, row_line, "sql"), found)
    return found


def place(paste: Paste, line: int, form: str, version: str | None = None) -> Provenance:
    return Provenance(TOOL, paste.name, line, form, version)


def refuse(found: Ingested, at: Provenance, reason: str, given: object = "") -> None:
    found.refusals.append(Refusal(reason, TOOL, at.file, at.line, shown(str(given))))


def _record(record: Mapping[str, Any], at: Provenance, found: Ingested) -> None:
    """One row of the machine-readable formats."""
    prompt, generated = whole(record.get("n_prompt")), whole(record.get("n_gen"))
    value = number(record.get("avg_ts"))
    if prompt is None or generated is None or min(prompt, generated) < 0 or not prompt + generated:
        refuse(found, at, "n_prompt and n_gen do not say what was tested", f"{prompt}, {generated}")
        return
    commit, build = record.get("build_commit"), record.get("build_number")
    version = f"{commit} ({build})" if commit and build is not None else None
    at = Provenance(at.tool, at.file, at.line, at.format, version)
    devices = devices_in(str(record.get("gpu_info") or ""))
    measure(
        record,
        Tested(prompt, generated, whole(record.get("n_depth"))),
        value,
        record.get("stddev_ts"),
        devices,
        at,
        found,
    )


def measure(
    record: Mapping[str, Any], test: Tested, value: float | None, spread: object, devices: tuple[str, ...],
    at: Provenance, found: Ingested,
) -> None:  # fmt: skip
    if value is None or value <= 0:
        refuse(found, at, "no rate above zero", record.get("avg_ts", value))
        return
    if "nan" in str(spread).lower() or "inf" in str(spread).lower():
        refuse(
            found, at, "the deviation of the rate is no number: its runs did not all measure one", f"{value} ± {spread}"
        )
        return
    named = named_model(str(record.get("model_type") or ""))
    file_name = PureWindowsPath(str(record.get("model_filename") or "")).name
    gpus, layout = _layout(record, devices)
    beside = () if _on_processor(record) else devices  # of a run without layers on a card, that it is not another rig's
    found.measurements.append(
        Measurement(
            metric=test.metric,
            value=value,
            unit="tok/s",
            provenance=at,
            source_date=str(record["test_time"]) if record.get("test_time") else None,
            gpu=gpu_label(gpus or beside),
            gpu_count=len(gpus) or None,
            engine=_engine(record),
            engine_version=at.version,
            model=named.model or file_name or None,
            arch=named.arch,
            params_b=scaled(record.get("model_n_params"), 1e-9),
            quantization=named.quantization,
            kv_dtype=kv_dtype(record.get("type_k"), record.get("type_v")),
            batch=1,
            prompt_len=test.prompt or None,
            output_len=test.generated or None,
            context_depth=test.depth,
            weights_bytes=whole(record.get("model_size")),
            gpu_layers=whole(record.get("n_gpu_layers")),
            in_host=_in_host(record),
            backend=backend_of(record),
            notes=_notes(record, test, spread, devices, gpus, file_name),
            **layout,
        )
    )


def _layout(record: Mapping[str, Any], devices: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """GPUs that took part and the columns that say how the model was split over them."""
    if whole(record.get("n_gpu_layers")) == 0 or _on_processor(record):
        return (), {}
    mode = str(record.get("split_mode") or "layer").lower()
    gpus = _taking_part(record, devices, mode)
    count = len(gpus)
    if count <= 1:
        return gpus, {"parallelism": "single", "tp": 1, "pp": 1} if count else {}
    if mode in {"tensor", "graph", "attn"}:
        return gpus, {"parallelism": "tp", "tp": count, "pp": 1}
    if mode == "row":
        return gpus, {"parallelism": "row_split", "tp": count, "pp": 1}
    return gpus, {"parallelism": "layer_split", "tp": 1, "pp": count}


def _taking_part(record: Mapping[str, Any], devices: tuple[str, ...], mode: str) -> tuple[str, ...]:
    chosen = str(record.get("devices") or "auto")
    if chosen not in {"auto", "", "none"}:
        places = [whole(re.sub(r"^\D+", "", name)) for name in re.split(r"[/,]", chosen)]
        devices = tuple(devices[p] for p in places if p is not None and p < len(devices)) or devices
    if mode == "none":
        main = whole(record.get("main_gpu")) or 0
        return devices[main : main + 1]
    split = shares(str(record.get("tensor_split") or ""))
    if any(split):
        return tuple(name for name, share in zip(devices, split, strict=False) if share)
    return devices


def _engine(record: Mapping[str, Any]) -> str:
    return "ik_llama.cpp" if _IK_COLUMNS & set(record) else "llama.cpp"


def scaled(value: object, factor: float) -> float | None:
    amount = number(value)
    return round(amount * factor, 6) if amount else None


def _notes(
    record: Mapping[str, Any],
    test: Tested,
    spread: object,
    devices: tuple[str, ...],
    gpus: tuple[str, ...],
    file_name: str,
) -> str | None:
    name = "+".join(
        part for part in (test.prompt and f"pp{test.prompt}", test.generated and f"tg{test.generated}") if part
    )
    depth = f" @ d{test.depth}" if test.depth else ""
    deviation = number(spread)
    said = ", ".join(f"{key}={record[key]}" for key in _SAID if record.get(key) not in (None, ""))
    return noted(
        f"llama-bench {name}{depth}",
        f"stddev {deviation:g}" if deviation is not None else None,
        f"split {record.get('split_mode')}" if record.get("split_mode") else None,
        f"{len(devices)} devices visible, {len(gpus)} used" if len(devices) != len(gpus) else None,
        f"backend {record['backends']}" if record.get("backends") else None,
        f"file {file_name}" if file_name else None,
        "some tensors overridden to other devices" if _overridden(record) else None,
        said or None,
    )


def _in_host(record: Mapping[str, Any]) -> str | None:
    """What a run left in host memory by name; layers are counted against the model's by who knows it."""
    if _on_processor(record):
        return f"all of them, by the backend {record['backends']}"
    if (layers := whole(record.get("n_cpu_moe")) or 0) > 0:
        return f"the experts of {layers} layers in host memory"
    if str(record.get("no_kv_offload")).lower() in {"1", "true"}:
        return "the cache"
    return "some tensors overridden to other devices" if _overridden(record) else None


def _on_processor(record: Mapping[str, Any]) -> bool:
    """Whether no backend of a card took part."""
    backends = set(_backends(record))
    return bool(backends) and backends <= {"CPU", "BLAS"}


_HELPERS = {"CPU", "BLAS", "RPC"}
_OF_DEVICE = re.compile(r"^(CUDA|ROCm|Vulkan|SYCL|MTL|Metal|MUSA|CANN|OpenCL|HIP|RPC)", re.IGNORECASE)


def backend_of(record: Mapping[str, Any]) -> str | None:
    """What computed, as the tool names it: by the devices chosen, else by the one backend of cards that is built in.

    Of several that are built in without a word of which ran, all, with a bar between.
    """
    over = f"{record.get('devices') or ''} {record.get('rpc_servers') or ''} {record.get('gpu_info') or ''}"
    if "RPC" in over or record.get("rpc_servers"):
        return "RPC"
    chosen = {
        match[1] for name in re.split(r"[/,]", str(record.get("devices") or "")) if (match := _OF_DEVICE.match(name))
    }
    built = [name for name in _backends(record) if name not in _HELPERS]
    return "|".join(sorted(chosen) or built) or None


def _backends(record: Mapping[str, Any]) -> list[str]:
    return [name.strip() for name in str(record.get("backends") or "").split(",") if name.strip()]


def _overridden(record: Mapping[str, Any]) -> bool:
    return str(record.get("tensor_buft_overrides") or "none") not in {"none", "", "-"}


def _csv_records(paste: Paste, found: Ingested) -> Iterator[tuple[int, dict[str, str]]]:
    header: list[str] = []
    for line in paste.lines:
        if (
            "avg_ts" in line.text
            and "n_prompt" in line.text
            and "," in line.text
            and not line.text.lstrip().startswith(("{", "I"))
        ):
            header = [cell.strip().strip('"') for cell in line.text.strip().split(",")]
        elif header and line.text.count(",") >= len(_KEYS):
            cells = _csv_cells(line.text)
            if len(cells) == len(header) and not (line.cut and not line.text.rstrip().endswith('"')):
                yield line.number, dict(zip(header, cells, strict=True))
            else:
                reason = (
                    f"the row has {len(cells)} cells, its header {len(header)}"
                    if len(cells) != len(header)
                    else "cut off"
                )
                refuse(found, place(paste, line.number, "csv"), reason, line.text)


def _csv_cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text.strip()]), [])
    except csv.Error:
        return []


_INSERT = re.compile(r"INSERT INTO \w{1,64} \(([^)]*\bavg_ts\b[^)]*)\)\s*VALUES\s*\(", re.IGNORECASE)
_SQL_VALUE = re.compile(r"\s*(?:'((?:[^']|'')*)'|([^,()']+))\s*([,)])")


def _sql_records(paste: Paste, found: Ingested) -> Iterator[tuple[int, dict[str, str]]]:
    for line in paste.lines:
        match = _INSERT.search(line.text)
        if match is None:
            continue
        columns = [name.strip() for name in match[1].split(",")]
        values = _sql_values(line.text, match.end())
        if values is not None and len(values) == len(columns):
            yield line.number, dict(zip(columns, values, strict=True))
        else:
            refuse(found, place(paste, line.number, "sql"), "the INSERT is cut off or damaged", line.text)


def _sql_values(text: str, at: int) -> list[str] | None:
    values: list[str] = []
    while match := _SQL_VALUE.match(text, at):
        values.append(match[1].replace("''", "'") if match[1] is not None else match[2].strip())
        if match[3] == ")":
            return values
        at = match.end()
    return None
