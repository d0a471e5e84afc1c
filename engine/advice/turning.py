"""At which value of an assumption the verdict turns.

Numbers are recomputed from their formulas along the proof, with the assumed value changed in every deployment; gates
stay as they are. The verdict turns where another option takes the first place or the first one is no longer worth it.
What is no number is asked again with the value that its rule names: half a recommendation each, so on request only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..cores import each
from ..errors import RigwiseError
from ..grounding.resolve import Assumption
from ..grounding.scenario import Scenario, with_values
from ..inference import Fact
from ..model.turning import STAYS, UNASKED, comes_first, untried
from .program import Program, Slot
from .standing import standing, standing_of, standing_trace
from .wording import FACTORS

if TYPE_CHECKING:
    from .recommend import Answer

NUMERIC = {
    "workload.users": "users_each",
    "workload.prompt_tokens": "prompt",
    "workload.output_tokens": "output",
    "rig.host.ram_bandwidth_gb_s": "dram_bandwidth",
}
GOALS = {"latency": "decode", "throughput": "output_throughput", "prefill": "prefill", "efficiency": "efficiency"}


def turning_points(answer: Answer, options: list[dict[str, Any]], asked_again: bool) -> list[str]:
    """For each assumption the value at which the verdict turns, or that none tried does, in words.

    asked_again: whether values that are no numbers are tried.
    """
    numbers = _numbers(answer, options)
    named = [one for one in answer.resolved.assumptions if one.fact.get("flips_at") is not None]
    tried = dict(zip([id(one) for one in named], _asked_again(answer, named), strict=True)) if asked_again else {}
    return [
        tried.get(id(one), untried(one.fact["flips_at"])) if one in named else numbers.get(one.path, UNASKED)
        for one in answer.resolved.assumptions
    ]


def _asked_again(answer: Answer, named: Sequence[Assumption]) -> list[str]:
    """What comes first with the value that the rule of each assumption names."""
    options, matcher = answer.knowledge.entries["options"], answer.matcher
    former = standing_trace(answer.asked, answer.knowledge, matcher)
    before = standing_of(former, options).first

    def told(one: Assumption) -> str:
        try:
            after = standing(_otherwise(answer.asked, one.fact), answer.knowledge, matcher, former).first
        except RigwiseError:
            return untried(one.fact["flips_at"])
        return comes_first(one.fact["flips_at"], after) if after != before else STAYS

    return list(each(told, named, share=1))


def _otherwise(asked: Scenario, fact: Fact) -> Scenario:
    """The scenario as it was asked, with the value that the rule of an assumption names."""
    other = fact["flips_at"]
    if fact.kind == "slot_setting":
        return with_values(asked, {"rig.pcie": {"gen": fact["gen"], "lanes": other}})
    return with_values(asked, {str(fact["path"]): other})


def _numbers(answer: Answer, options: list[dict[str, Any]]) -> dict[str, str]:
    """For each numeric assumption the nearest value tried at which the verdict turns, in words."""
    found: dict[str, str] = {}
    attribute = GOALS.get(answer.resolved.scenario["goal"]["optimize"])
    contenders = _contenders(answer, options)
    if attribute is None or not contenders:
        return found
    assumed = [(one, NUMERIC[one.path]) for one in answer.resolved.assumptions if one.path in NUMERIC]
    if not assumed:
        return found
    program = Program(answer.proofs, answer.spread.formulas)
    summary = next(fact for fact in answer.trace.of_kind("summary") if fact["deployment"] == "now")
    now = program.number(summary, attribute)
    numbers = [(option, program.number(fact, attribute)) for option, fact in contenders]
    for one, name in assumed:
        found[one.path] = _turn(program, now, numbers, name, float(one.value)) or STAYS
    return found


def _contenders(answer: Answer, options: list[dict[str, Any]]) -> list[tuple[str, Fact]]:
    """The leading free options, best first, each with the summary of its deployment."""
    summaries = {str(fact["deployment"]): fact for fact in answer.trace.of_kind("summary")}
    rows = []
    for fact in answer.trace.of_kind("best"):
        summary = summaries.get(str(fact["deployment"]))
        if summary is not None:
            rows.append((float(fact["gain"]), str(fact["option"]), summary))
    recommended = {row["id"] for row in options if row["status"] == "recommended"}
    rows.sort(key=lambda row: (row[1] not in recommended, -row[0], row[1]))
    return [(option, summary) for _, option, summary in rows[:4]]


def _turn(program: Program, now: Slot, contenders: list[tuple[str, Slot]], name: str, value: float) -> str | None:
    slots = program.leaves.get(("deployment", name), [])
    if not slots:
        return None
    for factor in FACTORS:
        changes = {slot: program.values[slot] * factor for slot in slots}
        base, *numbers = program.run(changes, [now, *(slot for _, slot in contenders)])
        if not base or base <= 0:
            continue
        gains = [(option, (number or 0.0) / base - 1) for (option, _), number in zip(contenders, numbers, strict=True)]
        first, best = contenders[0][0], max(gains, key=lambda row: (row[1], row[0]))
        if best[0] != first and best[1] > gains[0][1] + 0.05:
            return f"about {value * factor:g}: {best[0]} gains more than {first}"
    return None
