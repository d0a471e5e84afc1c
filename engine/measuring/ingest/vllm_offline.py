"""`vllm bench throughput`: the printed line and its JSON. Source: vLLM vllm/benchmarks/throughput.py."""

from __future__ import annotations

import re

from ..islands import objects_with
from ..pasted import Paste, number
from .measurement import Ingested, Measurement, Provenance, Refusal

TOOL = "vllm bench throughput"
_LINE = re.compile(r"Throughput: ([\d.]+) requests/s, ([\d.]+) total tokens/s(?:, ([\d.]+) output tokens/s)?")
_JSON = ("elapsed_time", "num_requests", "tokens_per_second")


def read(paste: Paste) -> Ingested:
    """Saturated throughput of offline runs."""
    found = Ingested()
    for line in paste.lines:
        match = _LINE.search(line.text)
        if match and not (line.cut and match.end() == len(line.text) and not line.text.endswith("s")):
            at = Provenance(TOOL, paste.name, line.number, "stdout")
            _add("total_throughput_tok_s", number(match[2]), at, found)
            _add("output_throughput_tok_s", number(match[3]), at, found)
    for number_of_line, record in objects_with(paste, *_JSON):
        at = Provenance(TOOL, paste.name, number_of_line, "json")
        _add("total_throughput_tok_s", number(record["tokens_per_second"]), at, found, required=True)
    return found


def _add(metric: str, value: float | None, at: Provenance, found: Ingested, required: bool = False) -> None:
    if value is not None and value > 0:
        found.measurements.append(
            Measurement(
                metric=metric, value=value, unit="tok/s", provenance=at, engine="vllm",
                batch="max (infinite request rate)", notes=f"{TOOL}: all requests given at once",
            )
        )  # fmt: skip
    elif required:
        found.refusals.append(Refusal("no rate above zero", at.tool, at.file, at.line))
