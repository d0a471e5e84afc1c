"""Where nothing does what is asked: what each limit alone keeps out, and what asking for less would let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from ..errors import BadInput
from .build import Build
from .candidate import command, scenario
from .comparing import lacking, named
from .judging import BOUNDS, Hit, lacks_of
from .naming import NAMES
from .question import USUAL_CONTEXT, Question
from .searching import Found, Miss
from .space import Space
from .telling import enough, interval_of

# Formats of fewer bits than these are worth no rig [bit].
LIGHTEST = 2.9
# By how much more money a build beyond the budget is looked for first, so that few have to be searched.
FIRST_STEP = 1.5
MOST_SLOTS = 8  # cards that a board without a switch takes


@dataclass
class Beyond(Space):
    """The builds that are beyond one limit and no other. most: of the budget that they cost at most."""

    most: float = inf

    def exceeded(self, build: Build) -> str | None:
        """What keeps a build out."""
        beyond, budget = self.limits_beyond(build, ease=0.0), self.question.budget
        if len(beyond) != 1 or (budget is not None and sum(build.cost) / 2 > budget * self.most):
            return "; ".join(beyond) or "within"
        return None


@dataclass
class Nearest:
    """What comes nearest to a question that nothing answers.

    found: what its search found. search: over a space of a question, judged by another one. prove: the numbers of
    scenarios by the rules.
    """

    question: Question
    found: Found
    search: Callable[[Question, type[Space], Question], Found]
    prove: Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]

    def told(self) -> dict[str, list[dict[str, Any]]]:
        """misses: what one limit let go would take; relaxed: what asking for less would let in."""
        misses = self._misses()
        told = [self._miss(limit, misses[limit]) for limit in sorted(misses)]
        return {
            "misses": told,
            "relaxed": [*self._fewer_users(misses), *self._lighter(), *self._more(), *self._open(bool(misses))],
        }

    def _misses(self) -> dict[str, Miss]:
        """By limit, the build that keeps all others and comes nearest to it."""
        found = {limit: miss for limit, miss in self.found.misses.items() if limit not in BOUNDS}
        bounds = [limit for limit in BOUNDS if limit_of(self.question, limit) is not None]
        for kind in (NextBeyond, Beyond) if bounds else ():
            more = self.search(self.question, kind, self.question).misses
            found |= {limit: more[limit] for limit in bounds if limit in more}
            if "budget" not in bounds or "budget" in found:
                break
        return found

    def _miss(self, limit: str, miss: Miss) -> dict[str, Any]:
        return {"limit": limit, "asked": limit_of(self.question, limit), "needed": miss.needed,
                "enough": enough(miss.needed, limit), **_told(miss.hit, self.question)}  # fmt: skip

    def _fewer_users(self, misses: Mapping[str, Miss]) -> Iterator[dict[str, Any]]:
        """To how many users at once the build that comes nearest to what each should get gives that much."""
        miss, users = misses.get("user_decode"), self.question.users
        if miss is None:
            return
        counts = sorted({*range(1, min(users, 9)), *(users * part // 8 for part in range(1, 8))} - {0})
        asked = [replace(self.question, users=count) for count in counts]
        found = self.prove([scenario(miss.hit.candidate, one) for one in asked])
        for one, numbers in reversed(list(zip(asked, found, strict=True))):
            speed = numbers.get(NAMES["user_decode"] if one.users > 1 else NAMES["decode"], {}).get("value", 0.0)
            if speed >= self.question.targets["user_decode"]:
                yield {"by": f"{one.users:,} user{'s' if one.users > 1 else ''} at once", "lacks": "",
                       **_told(miss.hit, one)}  # fmt: skip
                return

    def _lighter(self) -> Iterator[dict[str, Any]]:
        """What would do with fewer bits, or with less context; or how far that falls short."""
        asked, least = self.question, max(USUAL_CONTEXT, self.question.prompt + self.question.output)
        if not asked.quantizations and asked.min_bits > LIGHTEST:
            label = "weights of 3 bits and more"
            yield from self._tried(label, replace(asked, min_bits=LIGHTEST, max_bits=asked.min_bits))
        if asked.context > least:
            yield from self._tried(f"room for {least:,} tokens of context", replace(asked, context=least))

    def _tried(self, label: str, question: Question) -> Iterator[dict[str, Any]]:
        try:
            found = self.search(at_full_power(question), Space, question)
        except BadInput:  # no program of those asked for reads such formats
            return
        nearest = min(found.misses.values(), key=lambda miss: sum(lacks_of(miss.hit, question).values()), default=None)
        if found.best is not None:
            yield {"by": label, "lacks": "", **_told(found.best, question)}
        elif nearest is not None:
            yield {"by": label, "lacks": _lacks(nearest.hit, question), **_told(nearest.hit, question)}

    def _more(self) -> Iterator[dict[str, Any]]:
        """Where nothing runs at all: more cards, or those of any maker."""
        if self.found.running:
            return
        if self.question.slots < MOST_SLOTS:
            yield from self._tried(f"{MOST_SLOTS} cards", replace(self.question, slots=MOST_SLOTS))
        if self.question.vendors:
            yield from self._tried("cards of any maker", replace(self.question, vendors=()))

    def _open(self, some: bool) -> Iterator[dict[str, Any]]:
        """Where no limit alone binds: what it takes without those of money and power, or the most there is."""
        if some or all(getattr(self.question, name) is None for name in BOUNDS):
            return
        open_question = replace(self.question, budget=None, max_watts=None)
        yield from self._tried("any budget and any power", open_question)


@dataclass
class NextBeyond(Beyond):
    """Those of them that cost at most a few times the budget."""

    most: float = FIRST_STEP


def at_full_power(question: Question) -> Question:
    """No speed is gained by less power: a rig that does it with lighter weights is looked for at full limits first."""
    return replace(question, power_shares=())


def limit_of(question: Question, name: str) -> float | None:
    """What is asked of a number, or may be spent of a limit."""
    return {"budget": question.budget, "max_watts": question.max_watts, **question.targets}.get(name)


def _lacks(hit: Hit, question: Question) -> str:
    return "; ".join(lacking(name, hit, question, share) for name, share in lacks_of(hit, question).items())


def _told(hit: Hit, question: Question) -> dict[str, Any]:
    return {"says": named(hit), "cost_usd": {"low": hit.low, "high": hit.high, "value": hit.middle},
            "machine_usd": interval_of(hit.candidate.build.machine),
            "estimate": command(scenario(hit.candidate, question))}  # fmt: skip
