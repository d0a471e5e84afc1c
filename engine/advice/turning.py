"""At which value of an assumption the verdict turns.

Numbers are recomputed from their formulas along the proof, with the assumed value changed in every deployment; gates
stay as they are. The verdict turns where another option takes the first place or the first one is no longer worth it.
What is no number is asked again with the value that its rule names: half a recommendation each, so on request only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..cores import each
from ..errors import RigwiseError
from ..grounding.resolve import Assumption
from ..grounding.scenario import with_values
from ..inference import Fact
from ..model.turning import STAYS, UNASKED, comes_first, other_value, untried
from .measuring import gain_decides
from .program import Program, Slot
from .standing import standing, standing_of, standing_trace
from .wording import FACTORS, needed_gain

if TYPE_CHECKING:
    from .recommend import Answer

NUMERIC = {
    "workload.users": "users_each",
    "workload.prompt_tokens": "prompt",
    "workload.output_tokens": "output",
    "rig.host.ram_bandwidth_gb_s": "dram_bandwidth",
}
MOST_CONTENDERS = 4
"""Options that are followed along an assumed number; those that rank below hardly ever take the lead."""
GOALS = {"latency": "decode", "throughput": "output_throughput", "prefill": "prefill", "efficiency": "efficiency"}


def turning_points(answer: Answer, options: list[dict[str, Any]], asked_again: bool) -> list[str]:
    """For each assumption the value at which the verdict turns, or that none tried does, in words.

    asked_again: whether values that are no numbers are tried.
    """
    numbers = _numbers(answer, options)
    changes: dict[str, dict[str, Any]] = {one.path: _otherwise(one.fact) for one in _named(answer)}
    changes |= {path: {path: turn[0]} for path, turn in numbers.items() if turn}
    firsts = _asked_again(answer, list(changes.values())) if asked_again else None
    told = dict(zip(changes, firsts, strict=True)) if firsts else {}
    return [_told(one, numbers, told) for one in answer.resolved.assumptions]


def _told(one: Assumption, numbers: Mapping[str, tuple[float, str] | None], firsts: Mapping[str, str | None]) -> str:
    """firsts: what comes first with other values; empty where that is what comes first now, None where refused."""
    other = other_value(one.fact.attributes)
    if other is not None:
        first = firsts.get(one.path)
        return untried(other) if first is None else comes_first(other, first) if first else STAYS
    if one.path not in numbers:
        return UNASKED
    turn = numbers[one.path]
    first = firsts.get(one.path, turn[1] if turn else "")
    return f"about {comes_first(turn[0], first)}" if turn and first else STAYS


def _named(answer: Answer) -> list[Assumption]:
    """The assumptions whose rules name another value."""
    return [one for one in answer.resolved.assumptions if other_value(one.fact.attributes) is not None]


def _asked_again(answer: Answer, changes: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """What comes first with some values changed; empty where that comes first now, None where they are refused."""
    options, matcher = answer.knowledge.entries["options"], answer.matcher
    former = standing_trace(answer.asked, answer.knowledge, matcher)
    before = standing_of(former, options).first

    def first(values: Mapping[str, Any]) -> str | None:
        try:
            after = standing(with_values(answer.asked, values), answer.knowledge, matcher, former).first
        except RigwiseError:
            return None
        return after if after != before else ""

    return list(each(first, changes, share=1))


def _otherwise(fact: Fact) -> dict[str, Any]:
    """By path the value that the rule of an assumption names."""
    other = fact["flips_at"]
    return (
        {"rig.pcie": {"gen": fact["gen"], "lanes": other}}
        if fact.kind == "slot_setting"
        else {str(fact["path"]): other}
    )


def _numbers(answer: Answer, options: list[dict[str, Any]]) -> dict[str, tuple[float, str] | None]:
    """For each numeric assumption the nearest value tried at which another option leads, with that option."""
    found: dict[str, tuple[float, str] | None] = {}
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
    numbers = [(one, program.number(one.summary, attribute)) for one in contenders]
    for one, name in assumed:
        found[one.path] = _turn(program, now, numbers, name, float(one.value))
    return found


class Contender(NamedTuple):
    """An option that gains alone decide about. needed: the gain from which it is worth it [1]."""

    option: str
    paid: bool
    needed: float
    summary: Fact


def _contenders(answer: Answer, options: list[dict[str, Any]]) -> list[Contender]:
    """The options that gains decide about, the first ones alone, as they rank."""
    summaries = {str(fact["deployment"]): fact for fact in answer.trace.of_kind("summary")}
    best = {str(fact["option"]): summaries.get(str(fact["deployment"])) for fact in answer.trace.of_kind("best")}
    rows = []
    for row in options:
        summary, cost = best.get(row["id"]), row["cost_usd"]
        if summary is not None and (row["status"] == "recommended" or gain_decides(row)):
            needed = needed_gain(answer.knowledge.entries["options"][row["id"]], cost)
            rows.append(Contender(row["id"], bool(cost and cost["high"] > 0), needed, summary))
    return rows[:MOST_CONTENDERS]


def _turn(
    program: Program, now: Slot, contenders: list[tuple[Contender, Slot]], name: str, value: float
) -> tuple[float, str] | None:
    """The value nearest to the assumed one at which another option leads, and that option."""
    slots = program.leaves.get(("deployment", name), [])
    if not slots:
        return None

    def leads(factor: float) -> str | None:
        changes = {slot: program.values[slot] * factor for slot in slots}
        base, *numbers = program.run(changes, [now, *(slot for _, slot in contenders)])
        return (
            _leader([one for one, _ in contenders], [(number or 0.0) / base - 1 for number in numbers])
            if base
            else None
        )

    before = leads(1.0)
    for factor in FACTORS if before == contenders[0][0].option else ():
        after = leads(factor)
        if after not in (None, before):
            return _plain(value * factor), str(after)
    return None


def _leader(contenders: Sequence[Contender], gains: Sequence[float]) -> str:
    """Of the options whose gain is worth it the first: what is free before what is bought, then what gains more."""
    worth = [(one.paid, -gain, one.option) for one, gain in zip(contenders, gains, strict=True) if gain >= one.needed]
    return min(worth)[2] if worth else "do_nothing"


def _plain(value: float) -> float:
    """A number, whole where it is whole: a count of users or tokens is asked as one."""
    return int(value) if value.is_integer() else value
