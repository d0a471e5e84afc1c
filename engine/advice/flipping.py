"""The smallest change that turns a verdict, an option or a conclusion, found by trying: the cheapest changes first.

All single changes are tried; then pairs of those that cost no more than the best found, for as long as time is left.
What physics forbids is never offered: only what an owner can change is tried.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from ..errors import RigwiseError, UnknownName
from ..inference import Trace
from .asking_again import Question
from .changes import CLASSES, Change, changes
from .options import Catalogue
from .rulebook import concludable

if TYPE_CHECKING:
    from .recommend import Answer

SCHEMA = "rigwise/flip/1"
SECONDS = 20.0
MOST_FLIPS = 4
State = str
Progress = Callable[[int, int], None]


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
        return f"first: {_first(answer)}" if self.sort == "verdict" else self.state(answer.trace)


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


def flip(answer: Answer, identity: str, seconds: float = SECONDS, progress: Progress | None = None) -> dict[str, Any]:
    """The document of schemas/output/flip.schema.json. Raises UnknownName."""
    target = target_of(answer, identity)
    search = _Search(answer, target, time.monotonic() + seconds, progress)
    found = search.run()
    now = search.before
    return {
        "schema": SCHEMA,
        "knowledge": {"version": answer.knowledge.version, "digest": answer.knowledge.digest},
        "scenario": answer.resolved.scenario,
        "id": identity,
        "now": now,
        "flips": [_row(one, after) for one, after in found[:MOST_FLIPS]],
        "tried": search.tried,
        "complete": search.complete,
        "says": _says(identity, now, found, search),
    }


class _Search:
    """Sets of changes tried in the order of what they cost."""

    def __init__(self, answer: Answer, target: Target, until: float, progress: Progress | None) -> None:
        self.answer, self.target, self.until, self.progress = answer, target, until, progress
        self.before = target.now(answer)
        sorts = {"option": True, "conclusion": False}
        self.question = Question(answer, target.identity, sorts[target.sort]) if target.sort in sorts else None
        self.changes = changes(answer)
        self.tried = 0
        self.complete = False

    def run(self) -> list[tuple[tuple[Change, ...], State]]:
        """Sets that turn the target, each with how it stands then; none holds another one."""
        found: list[tuple[tuple[Change, ...], State]] = []
        for chosen in self._sets(found):
            if time.monotonic() > self.until:
                return self._sorted(found)
            after = self._outcome(chosen)
            if after is not None and after != self.before:
                found.append((chosen, after))
        self.complete = True
        return self._sorted(found)

    def _sets(self, found: Sequence[tuple[tuple[Change, ...], State]]) -> Iterator[tuple[Change, ...]]:
        yield from ((change,) for change in self.changes)
        if found:
            best = min(_weight(chosen) for chosen, _ in found)
            alone = {chosen[0] for chosen, _ in found if len(chosen) == 1}
            rest = [one for one in self.changes if one not in alone and _weight((one,))[0] < best[0]]
        else:
            rest = [one for one in self.changes if one.sort in ("setting", "software", "use")]
        yield from (pair for pair in combinations(rest, 2) if not _clash(*pair))

    def _outcome(self, chosen: tuple[Change, ...]) -> State | None:
        from .recommend import Answer

        self.tried += 1
        if self.progress:
            self.progress(self.tried, len(self.changes))
        asked = self.answer.asked
        for change in chosen:
            asked = change.applied(asked)
        try:
            if self.question:
                return self.target.state(self.question.trace(asked))
            return self.target.now(Answer(asked, self.answer.knowledge, self.answer.matcher))
        except RigwiseError:
            return None

    def _sorted(self, found: list[tuple[tuple[Change, ...], State]]) -> list[tuple[tuple[Change, ...], State]]:
        """Cheapest first; of several variants of one option the first, so that the list says different things."""
        told: set[tuple[str | None, ...]] = set()
        kept = []
        for chosen, after in sorted(found, key=lambda one: _weight(one[0])):
            names = tuple(change.option or change.says for change in chosen)
            if names not in told:
                told.add(names)
                kept.append((chosen, after))
        return kept


def _weight(chosen: tuple[Change, ...]) -> tuple[int, int, float, str]:
    """The dearest class, the number of changes, the money, the words."""
    dearest = max(CLASSES.index(change.sort) for change in chosen)
    usd = sum(change.usd for change in chosen)
    return dearest, len(chosen), usd, " and ".join(change.says for change in chosen)


def _clash(one: Change, other: Change) -> bool:
    return bool(set(one.values) & set(other.values)) or (one.option is not None and one.option == other.option)


def _row(chosen: tuple[Change, ...], after: State) -> dict[str, Any]:
    return {
        "changes": [
            {"class": change.sort, "says": change.says, "values": dict(change.values), "option": change.option,
             "usd": change.usd}
            for change in chosen
        ],
        "class": max((change.sort for change in chosen), key=CLASSES.index),
        "usd": sum(change.usd for change in chosen),
        "then": after,
    }  # fmt: skip


def _says(identity: str, now: State, found: Sequence[tuple[tuple[Change, ...], State]], search: _Search) -> str:
    how = f"{search.tried} sets of changes tried" + ("" if search.complete else ", not all: the time was up")
    if not found:
        return f"{identity} is {now}, and nothing tried turns it ({how})."
    chosen, after = found[0]
    word = {"setting": "a free setting", "use": "another use", "measurement": "a measurement",
            "software": "another program", "money": "money"}  # fmt: skip
    sort = max((change.sort for change in chosen), key=CLASSES.index)
    return f"{identity} is {now}; with {' and '.join(c.says for c in chosen)} ({word[sort]}) it is {after} ({how})."


def _first(answer: Answer) -> str:
    entries: Mapping[str, Any] = answer.knowledge.entries
    found = Catalogue(
        answer.trace, answer.rules, answer.proofs, answer.spread, entries, answer.ground.deployments, True
    )
    return str(found.ranked()[0]["id"])
