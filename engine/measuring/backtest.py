"""Predictions held against measurements: every row through the same rules that answer a question."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from ..advice.estimator import DEPLOYMENTS_AT_ONCE, Estimates, Estimator
from ..errors import RigwiseError
from ..inference import Fact
from .rows import REDUCED, Row, Unknown, link_flags, prompt_seconds, rig_of, scenario_of

if TYPE_CHECKING:
    from ..reading import Knowledge

SCHEMA = "rigwise/backtest/1"
NUMBERS = {
    "decode_tok_s": ("decode", "speed", 1.0),
    "prefill_tok_s": ("prefill", "rate", 1.0),
    "ttft_ms": ("serving", "ttft", 1e3),
    "tpot_ms": ("serving", "tpot", 1e3),
    "output_throughput_tok_s": ("serving", "throughput", 1.0),
    "total_throughput_tok_s": ("serving", "total", 1.0),
}
LINKS = {"nvswitch": "nvlink", "bridge": "nvlink", "p2p": "pcie_p2p", "host": "pcie_host", "network": "none"}
BIG_MESSAGE = 1e9
# Share of the cards' matrix rate that a prompt of one request is read at, at best.
MOST_OF_PEAK = 0.5
HEAD = ("id", "metric", "measured", "predicted", "low", "high", "log_ratio", "reason")
MISSING = (
    ("pace", "the speed of the cards, of the model or of the engine is not known"),
    ("step_waits", "the link between the cards is not known"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: a prediction with its central 80 %, or the reason why there is none."""

    row: Row
    predicted: float | None = None
    low: float | None = None
    high: float | None = None
    layout: str = "single"
    architecture: str = "dense"
    link: str = "none"
    reason: str | None = None

    @property
    def log_ratio(self) -> float | None:
        """Of the prediction to the measurement."""
        if self.predicted is None or self.predicted <= 0 or self.row.value <= 0:
            return None
        return math.log(self.predicted / self.row.value)


def backtest(rows: Iterable[Row], knowledge: Knowledge, matcher: str | None = None) -> dict[str, Any]:
    """The document of schemas/output/backtest.schema.json."""
    return document(outcomes(rows, knowledge, matcher))


def outcomes(rows: Iterable[Row], knowledge: Knowledge, matcher: str | None = None) -> list[Outcome]:
    """What became of each row, in the order of the rows."""
    estimator = Estimator(knowledge, matcher)
    found: dict[int, Outcome] = {}
    questions: dict[str, Question] = {}
    for place, row in enumerate(rows):
        try:
            _refuse_cached(row, knowledge)
            question = Question.of(row, estimator)
        except (Unknown, RigwiseError) as error:
            found[place] = Outcome(row, reason=str(getattr(error, "message", error)))
            continue
        questions.setdefault(question.name, question).rows.append((place, row))
    for reduced in (False, True):
        waiting = [question for question in questions.values() if bool(question.messages) is reduced]
        for start in range(0, len(waiting), DEPLOYMENTS_AT_ONCE):
            for place, outcome in _answered(waiting[start : start + DEPLOYMENTS_AT_ONCE], estimator):
                found[place] = outcome
    return [found[place] for place in sorted(found)]


def _refuse_cached(row: Row, knowledge: Knowledge) -> None:
    """Raise Unknown for a prompt that was read faster than the cards can compute."""
    if row.metric not in ("prefill_tok_s", "ttft_ms") or row.cell("spec_decode") or row.value <= 0:
        return
    seconds = row.value / 1e3 if row.metric == "ttft_ms" else row.lengths[0] / row.value
    if seconds < (prompt_seconds(row, knowledge) or 0.0):
        raise Unknown("the prompt was read faster than the cards can compute: it was in the cache")


@dataclass(frozen=True, slots=True)
class Question:
    """A resolved scenario and the rows that measure it. messages: of an all-reduce that is measured by itself."""

    name: str
    scenario: dict[str, Any]
    messages: tuple[Fact, ...]
    rows: list[tuple[int, Row]]

    @classmethod
    def of(cls, row: Row, estimator: Estimator) -> Question:
        if row.metric in REDUCED:
            return cls._of_reduction(row, estimator)
        scenario = estimator.resolved(scenario_of(row, estimator.knowledge))
        return cls(repr(scenario), scenario, (), [])

    @classmethod
    def _of_reduction(cls, row: Row, estimator: Estimator) -> Question:
        scenario = estimator.resolved(_reducing(row, estimator.knowledge))
        size = float(row.cell("msg_bytes") or BIG_MESSAGE)
        name = f"{scenario!r} {size}"
        message = {"kind": "messages", "deployment": name, "one": size, "loaded": size, "prefill": size, "shared": size}
        return cls(name, scenario, (Fact.of(message),), [])


def _reducing(row: Row, knowledge: Knowledge) -> dict[str, Any]:
    """A scenario whose engine carries out the all-reduce that a row measures. nccl-tests run outside CUDA graphs."""
    told = (row.cell("engine") + " " + row.cell("notes")).lower().replace("-", "")
    if "oneshot" in told:
        raise Unknown("a one-shot kernel over PCIe is not predicted")
    cards = row.size("gpu_count")
    if cards < 2:
        raise Unknown("an all-reduce needs two cards")
    engine, flags = "vllm", ["--disable-custom-all-reduce"]
    if "vllm_custom" in told:
        flags = []
    elif "trtllm" in told:
        engine, flags = "tensorrt_llm", []
    elif not row.cell("engine"):
        flags.append("--enforce-eager")
    workload = {
        "model": "llama_3_1_8b", "quantization": "bf16", "engine": engine, "engine_flags": [*flags, *link_flags(row)],
        "parallelism": {"tensor": cards, "pipeline": 1, "replicas": 1},
    }  # fmt: skip
    return {"rig": rig_of(row, cards, knowledge), "workload": workload}


def _answered(questions: Sequence[Question], estimator: Estimator) -> Iterator[tuple[int, Outcome]]:
    scenarios = {question.name: question.scenario for question in questions}
    messages = [fact for question in questions for fact in question.messages]
    estimates = estimator.of_messages(scenarios, messages) if messages else estimator.of(scenarios)
    for question in questions:
        architecture = estimator.knowledge.entries["models"][question.scenario["workload"]["model"]]["architecture"]
        for place, row in question.rows:
            yield place, _outcome(row, question, estimates, str(architecture), estimator.knowledge)


def _outcome(row: Row, question: Question, estimates: Estimates, architecture: str, knowledge: Knowledge) -> Outcome:
    interval = _predicted(row, question.name, estimates, _read_again(row, knowledge))
    layout, link = _stratum(question, estimates)
    if interval is None:
        return Outcome(row, layout=layout, architecture=architecture, link=link, reason=_why(question.name, estimates))
    if row.metric in REDUCED:
        architecture = "dense"
    return Outcome(row, *interval, layout=layout, architecture=architecture, link=link)


def _read_again(row: Row, knowledge: Knowledge) -> bool:
    """Whether a rate over the whole answer holds the reading of the prompt: not where that would be too fast."""
    if not row.with_first_token or row.value <= 0:
        return False
    least = prompt_seconds(row, knowledge) or 0.0
    return row.lengths[1] / row.value > least / MOST_OF_PEAK


def _predicted(row: Row, name: str, estimates: Estimates, whole: bool) -> tuple[float, float, float] | None:
    """Value, low and high in the unit of the metric. whole: of the answer with its first token."""
    if row.metric in REDUCED:
        return _reduced(row, estimates.interval("reductions", name, "measured"))
    kind, attribute, factor = NUMBERS[row.metric]
    if whole:
        kind, attribute, factor = "serving", "throughput", 1 / row.batch
    elif row.metric == "decode_tok_s" and row.batch > 1:
        kind = "loaded_step"
    found = estimates.interval(kind, name, attribute)
    return None if found is None else (found[0] * factor, found[1] * factor, found[2] * factor)


def _reduced(row: Row, seconds: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
    if seconds is None:
        return None
    value, low, high = seconds
    if row.metric == "allreduce_latency_us":
        return value * 1e6, low * 1e6, high * 1e6
    cards = row.size("gpu_count")
    size = 2 * (cards - 1) / cards * float(row.cell("msg_bytes") or BIG_MESSAGE) / 1e9
    return size / value, size / high, size / low


def _stratum(question: Question, estimates: Estimates) -> tuple[str, str]:
    """Layout and link by the names of the document."""
    sizes = question.scenario["workload"]["parallelism"]
    group = estimates.fact("group_link", question.name)
    link = LINKS[str(group["class"])] if group else "none"
    if sizes["tensor"] > 1:
        return "tensor", link
    if sizes["pipeline"] > 1:
        return "layer", link
    return ("replicas" if sizes["replicas"] > 1 else "single"), link


def _why(name: str, estimates: Estimates) -> str:
    for kind, reason in MISSING:
        if not any(fact.get("deployment") == name for fact in estimates.trace.of_kind(kind)):
            return reason
    return "the rules reach no such number"


def document(found: Sequence[Outcome]) -> dict[str, Any]:
    """Counts, what was skipped and why, and the errors of each stratum and of each metric."""
    judged = [one for one in found if one.log_ratio is not None]
    strata: dict[tuple[str, str, str, str], list[Outcome]] = {}
    metrics: dict[str, list[Outcome]] = {}
    for one in judged:
        strata.setdefault((one.row.metric, one.layout, one.architecture, one.link), []).append(one)
        metrics.setdefault(one.row.metric, []).append(one)
    names = ("metric", "layout", "architecture", "link")
    return {
        "schema": SCHEMA,
        "rows": len(found),
        "predicted": len(judged),
        "skipped": [
            {"id": one.row.id, "reason": one.reason or "the measurement is not above 0"}
            for one in found
            if one.log_ratio is None
        ],
        "strata": [dict(zip(names, key, strict=True)) | errors(strata[key]) for key in sorted(strata)],
        "overall": [{"metric": metric} | errors(metrics[metric]) for metric in sorted(metrics)],
    }


def errors(judged: Sequence[Outcome]) -> dict[str, Any]:
    """Errors of some rows: medians and biases over groups first, so that no source drowns the others."""
    groups: dict[tuple[str, str], list[float]] = {}
    for one in judged:
        groups.setdefault(one.row.group, []).append(one.log_ratio or 0.0)
    sizes = sorted(abs(ratio) for ratios in groups.values() for ratio in ratios)
    return {
        "n": len(judged),
        "groups": len(groups),
        "median_abs_log_ratio": median(median(map(abs, ratios)) for ratios in groups.values()),
        "p90_abs_log_ratio": sizes[max(math.ceil(0.9 * len(sizes)) - 1, 0)],
        "coverage_80": sum(_covered(one) for one in judged) / len(judged),
        "bias_log_ratio": median(median(ratios) for ratios in groups.values()),
    }


def _covered(one: Outcome) -> bool:
    return one.low is not None and one.high is not None and one.low <= one.row.value <= one.high


def rows_csv(found: Iterable[Outcome]) -> str:
    """One line for each row: id, metric, measured, predicted, low, high, log ratio, reason if there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for one in found:
        numbers = (one.predicted, one.low, one.high, one.log_ratio)
        cells = ["" if value is None else f"{value:.6g}" for value in numbers]
        writer.writerow([one.row.id, one.row.metric, f"{one.row.value:.6g}", *cells, one.reason or ""])
    return text.getvalue()
