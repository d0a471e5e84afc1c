"""Benchmark outputs into measurements. The format is sniffed by content; one text may hold several outputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from ...errors import BadInput
from ..islands import damage
from ..pasted import Paste, paste_of, paste_of_file
from . import (
    aiperf,
    boot_log,
    llama_bench,
    llama_bench_table,
    llama_sweep_bench,
    llama_timings,
    mlx,
    nccl_tests,
    nvbandwidth,
    p2p_bandwidth,
    power_log,
    vllm_offline,
    vllm_serve,
)
from .measurement import COLUMNS, FIELDS, Ingested, Measurement, Provenance, Refusal, Remark, replace
from .physics import Check, physical_limits

_RIG_OUTPUT = re.compile(
    r"NVIDIA-SMI|nvidia_smi_log|NVSMI LOG|\bGPU0\s{1,9}GPU1\b|LnkSta:|pcie\.link|Link 0: |ROCm System Management"
)

Format = Callable[[Paste], Ingested]

FORMATS: dict[str, Format] = {
    "llama-bench": llama_bench.read,
    "llama-bench (Markdown)": llama_bench_table.read,
    "llama-sweep-bench": llama_sweep_bench.read,
    "llama.cpp timings": llama_timings.read,
    "serving benchmark": vllm_serve.read,
    "vllm bench throughput": vllm_offline.read,
    "genai-perf, aiperf": aiperf.read,
    "mlx_lm": mlx.read,
    "nccl-tests": nccl_tests.read,
    "p2pBandwidthLatencyTest": p2p_bandwidth.read,
    "nvbandwidth": nvbandwidth.read,
    "boot log": boot_log.read,
    "power log": power_log.read,
}


def ingest(
    sources: str | Path | Sequence[str | Path | Paste],
    *,
    known: Mapping[str, object] | None = None,
    checks: Iterable[Check] = (),
) -> Ingested:
    """Measurements, refusals and remarks of texts and files.

    sources: a text, a `Path`, or several of them. A string is always text; a file is given as `Path`.
    known: columns that the caller knows of the rig (`gpu`, `gpu_count`, `engine` …); they fill what outputs leave open.
    checks: give the reason for which a measurement is refused, or None; see `physical_limits`.

    Raises BadInput when a file cannot be read, when nothing in any source is recognised, or on an unknown column.
    """
    pastes = [_paste(source) for source in ([sources] if isinstance(sources, str | Path) else sources)]
    found = Ingested()
    for paste in pastes:
        one = Ingested()
        for read in FORMATS.values():
            one.add(read(paste))
        if one.measurements and (hurt := damage(paste)) is not None:
            one.refusals.append(Refusal(hurt[1], "ingest", paste.name, hurt[0]))
        if not one:
            one.refusals.append(Refusal("no known format", "ingest", paste.name, 1, f"known: {', '.join(FORMATS)}"))
        found.add(_in_order(one))
    if not found.measurements and not found.remarks and all(r.tool == "ingest" for r in found.refusals):
        names = ", ".join(paste.name for paste in pastes) or "nothing"
        raise BadInput(f"no benchmark output recognised in {names}", hint=_hint(pastes))
    return checked(_filled(found, known or {}), tuple(checks))


def _hint(pastes: Sequence[Paste]) -> str:
    if any(_RIG_OUTPUT.search(paste.text) for paste in pastes):
        return "this looks like output that describes a rig: `rigwise detect --from FILE` reads it"
    return f"known formats: {', '.join(FORMATS)}"


def _paste(source: str | Path | Paste) -> Paste:
    if isinstance(source, Paste):
        return source
    return paste_of_file(source) if isinstance(source, Path) else paste_of(source)


def _in_order(found: Ingested) -> Ingested:
    return Ingested(
        sorted(found.measurements, key=lambda m: m.provenance.line),
        sorted(dict.fromkeys(found.refusals), key=lambda r: r.line),
        sorted(dict.fromkeys(found.remarks), key=lambda r: r.line),
    )


def _filled(found: Ingested, known: Mapping[str, object]) -> Ingested:
    for name in known:
        if name not in FIELDS or name in {"metric", "value", "unit", "provenance"}:
            raise BadInput(f"'{name}' is no column that can be given", hint=f"columns: {', '.join(COLUMNS)}")
    filled = [
        replace(m, **{k: v for k, v in known.items() if getattr(m, k) is None}) if known else m  # type: ignore[arg-type]
        for m in found.measurements
    ]
    return Ingested(filled, found.refusals, found.remarks)


def checked(found: Ingested, checks: Iterable[Check]) -> Ingested:
    """What stands after some checks; what fails one is refused with its reason."""
    checks = tuple(checks)
    kept, refusals = [], list(found.refusals)
    for m in found.measurements:
        reason = next((r for check in checks if (r := check(m))), None)
        if reason is None:
            kept.append(m)
        else:
            at = m.provenance
            refusals.append(Refusal(reason, at.tool, at.file, at.line, f"{m.metric} {m.value:g} {m.unit}"))
    return Ingested(kept, refusals, found.remarks)


__all__ = [
    "COLUMNS", "FORMATS", "Check", "Ingested", "Measurement", "Provenance", "Refusal", "Remark", "checked",
    "ingest", "physical_limits",
]  # fmt: skip
