"""Where nothing does what is asked: what each limit alone keeps out, and what asking for less would let in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from .build import Build, Software
from .candidate import command, scenario
from .comparing import lacking, named
from .easing import Ease, Eased, Easing
from .judging import BOUNDS, Hit, lacks_of
from .programs import software
from .question import Question
from .searching import Found, Miss
from .space import Space
from .telling import enough, interval_of

if TYPE_CHECKING:
    from ..reading import Knowledge

AT_ONCE = 7  # numbers of users, or sizes of context, that are tried side by side
CONTEXT_STEP = 1024  # to how many tokens the context is told that would do


@dataclass
class Stretch:
    """Where between what does it and what is asked the most lies that does it. numbers: in steps of a unit."""

    low: int
    high: int
    unit: int
    way: Callable[[int], Ease]
    eased: Eased

    def between(self) -> list[int]:
        """Some numbers between both ends, evenly spread."""
        first, last = self.low // self.unit + 1, ceil(self.high / self.unit) - 1
        every = max(ceil((last - first + 1) / AT_ONCE), 1)
        return [number * self.unit for number in range(last, first - 1, -every)][::-1]

    def narrow(self, found: Mapping[Ease, Eased]) -> None:
        """Take over what the numbers between both ends gave."""
        for number in self.between():
            eased = found[self.way(number)]
            if eased.hit is None or eased.lack:
                self.high = number
                return
            self.low, self.eased = number, eased


@dataclass
class Nearest:
    """What comes nearest to a question that nothing answers.

    found, space: of its search. search: over the space of another question.
    """

    question: Question
    found: Found
    space: Space
    search: Callable[[Question], Found]
    _told_limits: dict[int, list[str]] = field(default_factory=dict)

    def told(self) -> dict[str, list[dict[str, Any]]]:
        """misses: what one limit let go would take; relaxed: what asking for less would let in."""
        ways = dict(self._ways())
        eased = self._easing.over(ways, self._within, [*self._dear[: self._first], *self._hungry])
        misses = self._misses()
        told = [self._miss(limit, misses[limit]) for limit in sorted(misses)]
        relaxed = [*self._less(eased), *self._lighter(eased), *self._more(), *self._open(bool(misses))]
        return {"misses": told, "relaxed": relaxed}

    @cached_property
    def _easing(self) -> Easing:
        return Easing(self.question, self.space, self.space.knowledge)

    def _ways(self) -> Iterator[tuple[Ease, Sequence[Software]]]:
        """The least that may be asked for, each way by itself."""
        asked = self.question
        if asked.users > 1:
            yield Ease(users=1), self.space.programs
        if asked.context > asked.least_context:
            yield Ease(context=asked.least_context), self.space.programs
        if self._lighter_space is not None:
            yield Ease(lighter=True), self._lighter_space.programs

    @cached_property
    def _lighter_space(self) -> Space | None:
        """The candidates with weights of fewer bits than are asked for; None where no fewer are worth a try."""
        asked = self.question
        least = least_bits(self.space.knowledge)
        if asked.quantizations or asked.min_bits <= least:
            return None
        lighter = replace(asked, min_bits=least, max_bits=asked.min_bits)
        space = Space(lighter, self.space.knowledge, self.space.prices, self.space.start)
        return space if software(lighter, self.space.knowledge) else None

    @cached_property
    def _within(self) -> list[Build]:
        """Builds that keep budget and watts, those with room for the experts of lighter weights among them."""
        builds, lighter = list(self.space.worthwhile), self._lighter_space
        if lighter is not None and lighter.experts_gb != self.space.experts_gb:
            builds += [one for one in lighter.worthwhile if one.host.roomy]
        return self._strongest(one for one in builds if not self._limits(one))

    @cached_property
    def _dear(self) -> list[Build]:
        """Builds that are beyond the budget and no other limit, the cheapest first."""
        return sorted(self._strongest(self._beyond("budget")), key=lambda one: sum(one.cost))

    @cached_property
    def _hungry(self) -> list[Build]:
        return list(self._beyond("max_watts"))

    def _beyond(self, limit: str) -> Iterator[Build]:
        return (one for one in self.space.worthwhile if self._limits(one) == [limit])

    def _limits(self, build: Build) -> list[str]:
        """The limits that a build is beyond."""
        if id(build) not in self._told_limits:
            self._told_limits[id(build)] = self.space.limits_beyond(build, ease=0.0)
        return self._told_limits[id(build)]

    @property
    def _first(self) -> int:
        """How many of those beyond the budget are looked at first: as many as there are within it. One of them that
        does what is asked is the cheapest of all, as every cheaper one is among them."""
        return len(self._within) or len(self._dear)

    def _strongest(self, builds: Iterable[Build]) -> list[Build]:
        """Of builds that differ in the power limit alone and cost the same the one of most power: none is faster."""
        if self.question.speed == "efficiency":
            return list(builds)
        strongest: dict[Any, Build] = {}
        for one in builds:
            key = (one.but_for_power, one.cost)
            if key not in strongest or one.watts > strongest[key].watts:
                strongest[key] = one
        return list(strongest.values())

    def _misses(self) -> dict[str, Miss]:
        """By limit, the build that keeps all others and comes nearest to it."""
        found = {limit: miss for limit, miss in self.found.misses.items() if limit not in BOUNDS} | self._easing.misses
        rest = self._dear[self._first :]
        if self.question.budget is not None and "budget" not in found and rest:
            self._easing.over({}, (), rest)
            found |= self._easing.misses
        return found

    def _miss(self, limit: str, miss: Miss) -> dict[str, Any]:
        return {"limit": limit, "asked": limit_of(self.question, limit), "needed": miss.needed,
                "enough": enough(miss.needed, limit), **_told(miss.hit, self.question)}  # fmt: skip

    def _less(self, found: Mapping[Ease, Eased]) -> Iterator[dict[str, Any]]:
        """The most users, and the most context, for which a build of all of them does what is asked."""
        asked = self.question
        stretches = [
            Stretch(1, asked.users, 1, lambda number: Ease(users=number), found.get(Ease(users=1), Eased())),
            Stretch(asked.least_context, asked.context, CONTEXT_STEP, lambda number: Ease(context=number),
                    found.get(Ease(context=asked.least_context), Eased())),
        ]  # fmt: skip
        does = [one for one in stretches if one.eased.hit is not None and not one.eased.lack]
        while any(one.between() for one in does):
            ways = {one.way(number): one.eased.programs for one in does for number in one.between()}
            builds = {name: build for one in does for name, build in one.eased.builds.items()}
            tried = self._easing.over(ways, list(builds.values()))
            for one in does:
                one.narrow(tried)
        for one in does:
            yield self._eased(f"{one.low:,} user{'s' if one.low > 1 else ''} at once" if one is stretches[0] else
                              f"room for {one.low:,} tokens of context", one.eased)  # fmt: skip

    def _lighter(self, found: Mapping[Ease, Eased]) -> Iterator[dict[str, Any]]:
        """What would do with fewer bits; or how far that falls short."""
        eased = found.get(Ease(lighter=True), Eased())
        if eased.hit is not None:
            yield self._eased(f"weights of {least_bits(self.space.knowledge):g} bits and more", eased)

    def _eased(self, label: str, eased: Eased) -> dict[str, Any]:
        assert eased.hit is not None
        lacks = "; ".join(lacking(name, eased.hit, self.question, share) for name, share in eased.lack.items())
        return {"by": label, "lacks": lacks, **_told(eased.hit, self.question)}

    def _tried(self, label: Callable[[Hit], str], question: Question) -> Iterator[dict[str, Any]]:
        """What another question finds, or what comes nearest to it. label: what is changed, told of a build."""
        try:
            found = self.search(replace(question, power_shares=()))
        except BadInput:  # no program of those asked for reads such formats
            return
        nearest = min(found.misses.values(), key=lambda miss: sum(lacks_of(miss.hit, question).values()), default=None)
        hit = found.best or (nearest.hit if nearest is not None else None)
        if hit is not None:
            shares = lacks_of(hit, question).items() if found.best is None else ()
            lacks = "; ".join(lacking(name, hit, question, share) for name, share in shares)
            yield {"by": label(hit), "lacks": lacks, **_told(hit, question)}

    def _more(self) -> Iterator[dict[str, Any]]:
        """Where nothing runs at all: the cheapest of more cards, or those of any maker."""
        if self.found.running:
            return
        platforms = self.space.knowledge.entries["platforms"].values()
        most = max((int(one["cards"]) for own in platforms for one in own.get("layouts") or ()), default=0)
        if self.question.slots < most:
            question = replace(self.question, slots=most, slots_said=True, goal="cost")
            yield from self._tried(lambda hit: f"slots for {hit.candidate.build.count} cards", question)
        if self.question.vendors:
            yield from self._tried(lambda _: "cards of any maker", replace(self.question, vendors=()))

    def _open(self, some: bool) -> Iterator[dict[str, Any]]:
        """Where no limit alone binds: what it takes without those of money and power, or the most there is."""
        if some or all(getattr(self.question, name) is None for name in BOUNDS):
            return
        open_question = replace(self.question, budget=None, max_watts=None)
        yield from self._tried(lambda _: "any budget and any power, of the cards with a known price", open_question)


def least_bits(knowledge: Knowledge) -> float:
    """Of how many bits for each weight the lightest formats are that are told of."""
    return float(knowledge.vocabulary["plan"]["least_bits"]["value"])


def limit_of(question: Question, name: str) -> float | None:
    """What is asked of a number, or may be spent of a limit."""
    return {"budget": question.budget, "max_watts": question.max_watts, **question.targets}.get(name)


def _told(hit: Hit, question: Question) -> dict[str, Any]:
    return {"says": named(hit), "cost_usd": {"low": hit.low, "high": hit.high, "value": hit.middle},
            "machine_usd": interval_of(hit.candidate.build.machine),
            "estimate": command(scenario(hit.candidate, question))}  # fmt: skip
