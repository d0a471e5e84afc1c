"""`vllm bench throughput`: the printed line and its JSON. Source: vLLM vllm/benchmarks/throughput.py."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..islands import objects_with
from ..pasted import Paste, number
from .measurement import Ingested, Measurement, Provenance, Refusal

TOOL = "vllm bench throughput"
_ARGUMENTS = re.compile(r"Namespace\(.*\)")
_MODEL = re.compile(r"\bmodel='([^']+)'")
_TENSOR = re.compile(r"\btensor_parallel_size=(\d{1,4})\b")
_BARE = re.compile(r"^Throughput: [\d.]+ requests/s\s*$")
_LINE = re.compile(r"Throughput: ([\d.]+) requests/s, ([\d.]+) (?:total )?tokens/s(?:, ([\d.]+) output tokens/s)?")
_JSON = ("elapsed_time", "num_requests", "tokens_per_second")


def read(paste: Paste) -> Ingested:
    """Saturated throughput of offline runs."""
    found, run = Ingested(), _Run()
    for line in paste.lines:
        if _ARGUMENTS.search(line.text):
            run = _Run.of(line.text)
        elif _BARE.match(line.text) and not line.cut:
            reason = "tells requests a second alone: without their tokens nothing is measured"
            found.refusals.append(Refusal(reason, TOOL, paste.name, line.number, line.text.strip()))
        match = _LINE.search(line.text)
        if match and not (line.cut and match.end() == len(line.text) and not line.text.endswith("s")):
            at = Provenance(TOOL, paste.name, line.number, "stdout")
            _add("total_throughput_tok_s", number(match[2]), at, found, run)
            _add("output_throughput_tok_s", number(match[3]), at, found, run)
    for number_of_line, record in objects_with(paste, *_JSON):
        at = Provenance(TOOL, paste.name, number_of_line, "json")
        _add("total_throughput_tok_s", number(record["tokens_per_second"]), at, found, _Run(), required=True)
    return found


class _Run(NamedTuple):
    """What the arguments of a run tell of its model and its group."""

    model: str | None = None
    tensor: int | None = None

    @classmethod
    def of(cls, text: str) -> _Run:
        model, tensor = _MODEL.search(text), _TENSOR.search(text)
        return cls(model[1].rstrip("/").rsplit("/", 1)[-1] if model else None, int(tensor[1]) if tensor else None)


def _add(metric: str, value: float | None, at: Provenance, found: Ingested, run: _Run, required: bool = False) -> None:
    if value is not None and value > 0:
        found.measurements.append(
            Measurement(
                metric=metric, value=value, unit="tok/s", provenance=at, engine="vllm", model=run.model, tp=run.tensor,
                gpu_count=run.tensor, batch="max (infinite request rate)", notes=f"{TOOL}: all requests given at once",
            )
        )  # fmt: skip
    elif required:
        found.refusals.append(Refusal("no rate above zero", at.tool, at.file, at.line))
