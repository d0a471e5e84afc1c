"""The smallest change that turns a verdict, an option or a conclusion, found by trying: the cheapest changes first.

What physics forbids is never offered: only what an owner can change is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..cores import each
from ..errors import RigwiseError
from ..grounding.scenario import value_at
from ..inference import Trace
from .asked_about import TURNABLE, asked_about
from .asking_again import Question
from .change_sets import ENOUGH, SIZE, TRIES, Chosen, Outcome, Progress, Search, how, rows
from .changes import Change, changes
from .standing import Stood, standing_of, standing_trace, stood, trouble

if TYPE_CHECKING:
    from ..grounding.scenario import Scenario
    from .recommend import Answer

SCHEMA = "rigwise/flip/1"
MOST_FLIPS = 4
TRIES_OF_VERDICT = 60
ENOUGH_OF_VERDICT = 2
"""Ways to another verdict that are looked for."""
State = str


@dataclass(frozen=True, slots=True)
class Target:
    """What is to turn: `verdict`, an option or a conclusion."""

    identity: str
    sort: str

    def state(self, trace: Trace) -> State:
        """How a conclusion or an option stands, in a word; it has turned where the word is another."""
        if self.sort == "conclusion":
            there = any(fact["id"] == self.identity for fact in trace.of_kind("conclusion"))
            return "concluded" if there else "not concluded"
        told = [fact for fact in trace.of_kind("status") if fact["option"] == self.identity]
        return "recommended" if any(fact["status"] == "recommended" for fact in told) else "not recommended"

    def now(self, answer: Answer) -> State:
        """How it stands in an answer."""
        return f"first: {_first_step(answer)}" if self.sort == "verdict" else self.state(answer.trace)


def target_of(answer: Answer, name: str) -> Target:
    """What a name means, in any spelling. Raises UnknownName, AmbiguousName, BadInput."""
    found = asked_about(answer, name, TURNABLE)
    return Target(found.key, found.sort)


def flip(
    answer: Answer, identity: str, tries: int | None = None, size: int = SIZE, progress: Progress | None = None
) -> dict[str, Any]:
    """The document of schemas/output/flip.schema.json. tries, size: bounds of the search. Raises UnknownName.

    Sets are tried on a verdict less often, unless told: each try weighs all options, not a part of them.
    """
    target = target_of(answer, identity)
    identity, before = target.identity, target.now(answer)
    costly = target.sort == "verdict"
    tries = tries or (TRIES_OF_VERDICT if costly else TRIES)
    search = Search(
        _known(answer, target), before, _asking(answer, target), tries, size, progress,
        enough=ENOUGH_OF_VERDICT if costly else ENOUGH, alike=costly, over=_over_cores,
    )  # fmt: skip
    search.run()
    return {
        "schema": SCHEMA,
        "knowledge": {"version": answer.knowledge.version, "digest": answer.knowledge.digest},
        "scenario": answer.resolved.scenario,
        "id": identity,
        "now": before,
        "flips": list(rows(search, MOST_FLIPS)),
        "tried": search.tried,
        "complete": search.complete,
        "searched": {
            "changes": len(search.changes),
            "sets": [{"size": told.size, "of": told.of, "tried": told.tried} for told in search.sizes],
            "refused": search.refused,
            "proved_up_to": search.proved,
        },
        "says": _says(identity, search),
    }


def _over_cores(outcome: Outcome, sets: Sequence[Chosen]) -> Iterator[State | None]:
    """The outcomes of some sets, in order."""
    return each(outcome, sets, share=1)


def _known(answer: Answer, target: Target) -> list[Change]:
    """The changes to try. What is asked about is no way to it, nor is walking the path that a verdict names."""
    own = set(_steps(answer)) if target.sort == "verdict" else {target.identity}
    return [change for change in changes(answer) if change.option not in own]


def _asking(answer: Answer, target: Target) -> Callable[[Chosen], State | None]:
    """How the target stands after a set of changes; None where no rig can have them, or what runs would not run."""
    stands = _verdict(answer, target) if target.sort == "verdict" else _part(answer, target)

    def outcome(chosen: Chosen) -> State | None:
        asked = answer.asked
        for change in chosen:
            asked = change.applied(asked)
        try:
            return stands(asked, chosen)
        except RigwiseError:
            return None

    return outcome


def _part(answer: Answer, target: Target) -> Callable[[Scenario, Chosen], State | None]:
    """Of an option or a conclusion: by the rules that it rests on."""
    question = Question(answer, target.identity, target.sort == "option")
    former = question.trace(answer.asked)
    before = trouble(answer.trace)

    def stands(asked: Scenario, _: Chosen) -> State | None:
        trace = question.trace(asked, former)
        worse = target.sort == "option" and trouble(trace) > before
        return None if worse else target.state(trace)

    return stands


def _verdict(answer: Answer, target: Target) -> Callable[[Scenario, Chosen], State | None]:
    """Of the verdict: by what ranks first, walked to the first step only where that is another.

    A change that the verdict then takes back has turned nothing.
    """
    options, former = (
        answer.knowledge.entries["options"],
        standing_trace(answer.asked, answer.knowledge, answer.matcher),
    )
    before, state = standing_of(former, options), target.now(answer)

    def stands(asked: Scenario, chosen: Chosen) -> State | None:
        found = stood(asked, answer.knowledge, answer.matcher, former)
        after = standing_of(found.trace, options)
        if after.trouble > before.trouble:
            return None
        if after.first == before.first or after.first in {change.option for change in chosen}:
            return state
        if _takes_back(found, after.first, chosen, answer.resolved.scenario):
            return state
        return target.now(type(answer)(asked, answer.knowledge, answer.matcher))

    return stands


def _takes_back(after: Stood, option: str, chosen: Chosen, now: Scenario) -> bool:
    """Whether an option leads back to what was there before one of some changes."""
    found = {
        str(fact["variant"]): str(fact["deployment"])
        for fact in after.trace.of_kind("candidate")
        if fact["option"] == option
    }
    best = next((str(fact["variant"]) for fact in after.trace.of_kind("best") if fact["option"] == option), None)
    if best not in found:
        return False
    led = after.deployments[found[best]]
    return any(all(value_at(led, path) == value_at(now, path) for path in change.values) for change in chosen)


WORDS = {"setting": "a free setting", "use": "another use", "measurement": "a measurement",
         "software": "another program", "money": "money"}  # fmt: skip


def _says(identity: str, search: Search) -> str:
    if not search.found:
        return f"{identity} {_stands(search.before)}, and nothing tried turns it ({how(search)})."
    chosen, after = search.found[0]
    words = " and ".join(change.says for change in chosen)
    sorts = ", ".join(dict.fromkeys(WORDS[change.sort] for change in chosen))
    return f"{identity} {_stands(search.before)}; with {words} ({sorts}) it {_stands(after)} ({how(search)})."


def _stands(state: State) -> str:
    """How something stands, as the end of a sentence."""
    first = state.removeprefix("first: ")
    return f"is {state}" if first == state else f"begins with {first}"


def _first_step(answer: Answer) -> str:
    """The first step of the path; where there is none, what is recommended in its place, or nothing."""
    found = answer.recommendation(brief=True)
    recommended = [row["id"] for row in found["options"] if row["status"] == "recommended"]
    return str(next((step["option"] for step in found["path"]["steps"]), next(iter(recommended), "nothing")))


def _steps(answer: Answer) -> list[str]:
    return [str(step["option"]) for step in answer.recommendation(brief=True)["path"]["steps"]]
