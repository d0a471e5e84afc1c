"""`mlx_lm.benchmark` and the timings of `mlx_lm.generate`, on Apple silicon.

Source: ml-explore/mlx-lm, mlx_lm/benchmark.py and generate.py. Rates are of the whole batch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..believable import bound
from ..pasted import Line, Paste, number, whole
from .measurement import Ingested, Measurement, Provenance, Refusal, shown

TOOL = "mlx_lm"
_COMMAND = re.compile(r"\bmlx_lm[. ](?:benchmark|generate)\b.*?--model[ =](\S+)")
_VERSION = re.compile(r"\bmlx[-_]lm\b[`'\"]?\s*(?:==|version|:)?\s*v?(\d+\.\d+\.\d+)")
_TIMING = re.compile(r"Timing with prompt_tokens=(\d+), generation_tokens=(\d+), batch_size=(\d+)")
_RATES = re.compile(r"(Trial \d+|Averages):\s+prompt_tps=([\d.]+), generation_tps=([\d.]+)(?:, |$)")
_PROMPT = re.compile(r"^\s*Prompt: (\d+) tokens, ([\d.]+) tokens-per-sec\s*$")
_GENERATION = re.compile(r"^\s*Generation: (\d+) tokens, ([\d.]+) tokens-per-sec\s*$")
_CHIP = re.compile(r"\bApple (M\d(?: (?:Pro|Max|Ultra))?)\b")
_LEAST_DECODED = 8
_SPREAD = bound("measurements", "averages_agree")


@dataclass(slots=True)
class _Run:
    """What is known while lines are read: the model, the lengths and the batch of a benchmark, its trials."""

    model: str | None = None
    version: str | None = None
    chip: str | None = None
    lengths: tuple[int, int, int] | None = None
    trials: list[tuple[float, float]] = field(default_factory=list)


def read(paste: Paste) -> Ingested:
    """Prefill and decode of every benchmark by its averages, and of every answer by its timings."""
    found, run, version = Ingested(), _Run(), _VERSION.search(paste.text)
    run.version = version[1] if version else None
    for line in paste.lines:
        if match := _RATES.search(line.text):
            _rates(match, line, run, paste, found)
        elif match := _TIMING.search(line.text):
            run.lengths, run.trials = (int(match[1][:9]), int(match[2][:9]), int(match[3][:6])), []
        elif (match := _PROMPT.match(line.text)) and not line.cut:
            _take(found, run, line, paste, "prefill_tok_s", whole(match[1]), number(match[2]), 1)
        elif (match := _GENERATION.match(line.text)) and not line.cut:
            _take(found, run, line, paste, "decode_tok_s", whole(match[1]), number(match[2]), 1)
        _around(line.text, run)
    return found


def _around(text: str, run: _Run) -> None:
    if match := _COMMAND.search(text):
        run.model = match[1].strip("`'\"")
    if match := _CHIP.search(text):
        run.chip = match[0]


def _rates(match: re.Match[str], line: Line, run: _Run, paste: Paste, found: Ingested) -> None:
    rates = (number(match[2]) or 0.0, number(match[3]) or 0.0)
    if not match[1].startswith("Averages"):
        run.trials += [] if line.cut else [rates]
        return
    if line.cut or run.lengths is None:
        reason = "the line is cut off" if line.cut else "the line `Timing with prompt_tokens=…` is missing above it"
        found.refusals.append(Refusal(reason, TOOL, paste.name, line.number, shown(line.text)))
        return
    if not _of_its_trials(rates, run.trials):
        reason = "the averages are none of the trials above them"
        found.refusals.append(Refusal(reason, TOOL, paste.name, line.number, shown(line.text)))
        return
    prompt, output, batch = run.lengths
    _take(found, run, line, paste, "prefill_tok_s", prompt, rates[0], batch)
    _take(found, run, line, paste, "decode_tok_s" if batch == 1 else "output_throughput_tok_s", output, rates[1], batch)


def _of_its_trials(rates: tuple[float, float], trials: list[tuple[float, float]]) -> bool:
    """Whether averages lie among the trials that stand above them, if any do."""
    return all(
        not trials or min(values) * (1 - _SPREAD) <= rate <= max(values) * (1 + _SPREAD)
        for rate, values in zip(rates, zip(*trials, strict=True) if trials else ((), ()), strict=True)
    )


def _take(
    found: Ingested,
    run: _Run,
    line: Line,
    paste: Paste,
    metric: str,
    tokens: int | None,
    rate: float | None,
    batch: int,
) -> None:
    if not rate or not tokens or (metric == "decode_tok_s" and tokens < _LEAST_DECODED):
        reason = f"{tokens or 0} tokens at {rate or 0:g} tok/s are no measurement"
        found.refusals.append(Refusal(reason, TOOL, paste.name, line.number, shown(line.text)))
        return
    prefill, at = metric == "prefill_tok_s", Provenance(TOOL, paste.name, line.number, "text", run.version)
    found.measurements.append(
        Measurement(
            metric=metric, value=rate, unit="tok/s", provenance=at,
            trust="C" if batch == 1 and run.lengths is None else "B", engine="mlx", engine_version=run.version,
            model=run.model, gpu=run.chip, gpu_count=1 if run.chip else None, batch=batch,
            prompt_len=tokens if prefill else None, output_len=None if prefill else tokens,
        )
    )  # fmt: skip
