"""Measurements put to the rules: each row as a question, rows that measure the same thing as one, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..advice.estimator import DEPLOYMENTS_AT_ONCE, Estimates, Estimator
from ..errors import RigwiseError
from ..inference import Fact
from .rows import REDUCED, Row, Unknown, least_seconds, link_flags, rig_of, scenario_of

if TYPE_CHECKING:
    from ..reading import Knowledge

# Kind and attribute of the fact that a metric measures, and the factor from SI to the metric's unit.
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
MISSING = (
    ("pace", "the speed of the cards, of the model or of the engine is not known"),
    ("step_waits", "the link between the cards is not known"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Which number of the rules a row measures. factor: to the row's unit. inverse: the row has one over it."""

    kind: str
    attribute: str
    factor: float
    inverse: bool = False

    def of(self, value: float) -> float:
        """A value of the rules [SI] in the unit of the row."""
        return self.factor / value if self.inverse else self.factor * value


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A row and the estimates that answer it; reason: why there are none."""

    place: int
    row: Row
    question: Question | None = None
    estimates: Estimates | None = None
    reason: str | None = None


def asked(rows: Iterable[Row], estimator: Estimator) -> Iterator[Asked]:
    """Every row once, those that share estimates one after the other."""
    questions: dict[str, Question] = {}
    for place, row in enumerate(rows):
        try:
            _refuse_cached(row, estimator.knowledge)
            question = Question.of(row, estimator)
        except (Unknown, RigwiseError) as error:
            yield Asked(place, row, reason=str(getattr(error, "message", error)))
            continue
        questions.setdefault(question.name, question).rows.append((place, row))
    for reduced in (False, True):
        waiting = [question for question in questions.values() if bool(question.messages) is reduced]
        for start in range(0, len(waiting), DEPLOYMENTS_AT_ONCE):
            yield from _answered(waiting[start : start + DEPLOYMENTS_AT_ONCE], estimator)


def _answered(questions: Sequence[Question], estimator: Estimator) -> Iterator[Asked]:
    scenarios = {question.name: question.scenario for question in questions}
    messages = [fact for question in questions for fact in question.messages]
    estimates = estimator.of_messages(scenarios, messages) if messages else estimator.of(scenarios)
    for question in questions:
        for place, row in question.rows:
            yield Asked(place, row, question, estimates)


def _refuse_cached(row: Row, knowledge: Knowledge) -> None:
    """Raise Unknown for prompts that were read faster than the cards can compute."""
    seconds = None if row.cell("spec_decode") or row.value <= 0 else _seconds_each(row)
    if seconds is not None and seconds < (least_seconds(row, knowledge) or 0.0):
        raise Unknown("the prompt was read faster than the cards can compute: it was in the cache")


def _seconds_each(row: Row) -> float | None:
    """Seconds of a copy's cards that each request got at most; None for what says nothing of prompts."""
    if row.metric == "ttft_ms":
        return row.value / 1e3
    if row.metric == "prefill_tok_s":
        return row.lengths[0] / row.value
    if row.metric == "output_throughput_tok_s":
        return row.lengths[1] * row.size("replicas") / row.value
    return None


def _reducing(row: Row, knowledge: Knowledge) -> dict[str, Any]:
    """A scenario whose engine carries out the all-reduce that a row measures.

    NCCL's tests launch one after another without waiting, which hides the launches as a CUDA graph does; where neither
    engine nor NCCL is named, a framework launched each by itself.
    """
    told = (row.cell("engine") + " " + row.cell("notes")).lower().replace("-", "")
    cards = row.size("gpu_count")
    if cards < 2:
        raise Unknown("an all-reduce needs two cards")
    engine, flags = "vllm", ["--disable-custom-all-reduce"]
    if "vllm_custom" in told:
        flags = []
    elif "trtllm" in told:
        engine, flags = "tensorrt_llm", []
    elif "oneshot" in told:
        engine, flags = "sglang", ["--enable-pcie-oneshot-allreduce"]
    elif "nccl" not in told:
        flags.append("--enforce-eager")
    workload = {
        "model": "llama_3_1_8b", "quantization": "bf16", "engine": engine, "engine_flags": [*flags, *link_flags(row)],
        "parallelism": {"tensor": cards, "pipeline": 1, "replicas": 1},
    }  # fmt: skip
    return {"rig": rig_of(row, cards, knowledge), "workload": workload}


def reading_of(row: Row) -> Reading:
    """The number of the rules that a row measures."""
    if row.metric == "allreduce_latency_us":
        return Reading("reductions", "measured", 1e6)
    if row.metric == "allreduce_busbw_gb_s":
        cards = row.size("gpu_count")
        size = 2 * (cards - 1) / cards * float(row.cell("msg_bytes") or BIG_MESSAGE) / 1e9
        return Reading("reductions", "measured", size, inverse=True)
    kind, attribute, factor = NUMBERS[row.metric]
    if row.metric == "decode_tok_s" and row.batch > 1:
        kind = "loaded_step"
    return Reading(kind, attribute, factor)


def stratum_of(question: Question, estimates: Estimates, row: Row, knowledge: Knowledge) -> tuple[str, str, str]:
    """Layout, architecture and link by the names of the document."""
    sizes = question.scenario["workload"]["parallelism"]
    group = estimates.fact("group_link", question.name)
    link = LINKS[str(group["class"])] if group else "none"
    model = knowledge.entries["models"][question.scenario["workload"]["model"]]
    architecture = "dense" if row.metric in REDUCED else str(model["architecture"])
    if sizes["tensor"] > 1:
        return "tensor", architecture, link
    if sizes["pipeline"] > 1:
        return "layer", architecture, link
    return ("replicas" if sizes["replicas"] > 1 else "single"), architecture, link


def why_not(name: str, estimates: Estimates) -> str:
    """Why the rules found no number of a deployment."""
    for kind, reason in MISSING:
        if not any(fact.get("deployment") == name for fact in estimates.trace.of_kind(kind)):
            return reason
    return "the rules reach no such number"
