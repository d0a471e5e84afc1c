"""The smallest change that turns a verdict, an option or a conclusion, found by trying: the cheapest changes first.

What physics forbids is never offered: only what an owner can change is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import RigwiseError, UnknownName
from ..inference import Trace
from .asking_again import Question
from .change_sets import SIZE, TRIES, Chosen, Progress, Search, how, rows
from .changes import changes
from .options import Catalogue
from .rulebook import concludable

if TYPE_CHECKING:
    from .recommend import Answer

SCHEMA = "rigwise/flip/1"
MOST_FLIPS = 4
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


def target_of(answer: Answer, identity: str) -> Target:
    """What a name means. Raises UnknownName."""
    if identity == "verdict":
        return Target(identity, "verdict")
    if identity in answer.knowledge.entries["options"]:
        return Target(identity, "option")
    known = concludable(answer.rules)
    if identity in known:
        return Target(identity, "conclusion")
    from difflib import get_close_matches

    names = ["verdict", *answer.knowledge.entries["options"], *known]
    raise UnknownName("verdict, option or conclusion", identity, get_close_matches(identity, names, 3, 0.5))


def flip(
    answer: Answer, identity: str, tries: int = TRIES, size: int = SIZE, progress: Progress | None = None
) -> dict[str, Any]:
    """The document of schemas/output/flip.schema.json. tries, size: bounds of the search. Raises UnknownName."""
    target = target_of(answer, identity)
    before = target.now(answer)
    known = [change for change in changes(answer) if change.option != identity]  # what is asked about is no way to it
    search = Search(known, before, _asking(answer, target), tries, size, progress)
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


def _asking(answer: Answer, target: Target) -> Callable[[Chosen], State | None]:
    """How the target stands after a set of changes; None where no rig can have them, or what runs would not run.

    A verdict is walked to its first step only where another option ranks first: the walk takes as long as the rest.
    """
    question = None if target.sort == "verdict" else Question(answer, target.identity, target.sort == "option")
    before, ranked_first, trouble = target.now(answer), _ranked_first(answer), _trouble(answer.trace)

    def stands(asked: Any) -> State | None:
        if question:
            trace = question.trace(asked)
            worse = target.sort == "option" and _trouble(trace) > trouble
            return None if worse else target.state(trace)
        fresh = type(answer)(asked, answer.knowledge, answer.matcher)
        if _trouble(fresh.trace) > trouble:
            return None
        return before if _ranked_first(fresh) == ranked_first else target.now(fresh)

    def outcome(chosen: Chosen) -> State | None:
        asked = answer.asked
        for change in chosen:
            asked = change.applied(asked)
        try:
            return stands(asked)
        except RigwiseError:
            return None

    return outcome


WORDS = {"setting": "a free setting", "use": "another use", "measurement": "a measurement",
         "software": "another program", "money": "money"}  # fmt: skip


def _says(identity: str, search: Search) -> str:
    if not search.found:
        return f"{identity} is {search.before}, and nothing tried turns it ({how(search)})."
    chosen, after = search.found[0]
    words = " and ".join(change.says for change in chosen)
    sorts = ", ".join(dict.fromkeys(WORDS[change.sort] for change in chosen))
    return f"{identity} is {search.before}; with {words} ({sorts}) it is {after} ({how(search)})."


def _trouble(trace: Trace) -> int:
    """Whether what is asked for runs in GPU memory (0), in part from host memory (1) or not at all (2)."""
    found = {fact.kind for kind in ("misfit", "spill") for fact in trace.of_kind(kind) if fact["deployment"] == "now"}
    return 2 if "misfit" in found else int("spill" in found)


def _first_step(answer: Answer) -> str:
    """The first step of the path; where there is none, what is recommended in its place, or nothing."""
    found = answer.recommendation(brief=True)
    recommended = [row["id"] for row in found["options"] if row["status"] == "recommended"]
    return str(next((step["option"] for step in found["path"]["steps"]), next(iter(recommended), "nothing")))


def _ranked_first(answer: Answer) -> str:
    entries: Mapping[str, Any] = answer.knowledge.entries
    found = Catalogue(
        answer.trace, answer.rules, answer.proofs, answer.spread, entries, answer.ground.deployments, True
    )
    return found.first()
