"""What candidates are judged by: the speed that counts, what they cost, the limits that they keep or miss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .candidate import QUALM, Candidate
from .front import EASE

if TYPE_CHECKING:
    from .evaluate import Numbers
    from .question import Question

BOUNDS = ("budget", "max_watts")
# What misses a limit by this share or less may keep it: no price and no estimate is that exact.
NEAR = 0.03
# A share of speed below which no difference is told.
LEAST_TOLD = 0.005


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate with its numbers [SI] and its cost [USD]."""

    candidate: Candidate
    values: Mapping[str, float]
    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    def worth(self, speed: str) -> float:
        """A speed, less what a patched driver or a small cache has to gain."""
        return self.values[speed] * (1 - self.candidate.qualms)


def ranks(goal: str, speed: Any, money: Any) -> tuple[Any, Any]:
    """What is to be small, first and second, for a goal."""
    if goal == "cost":
        return money, -speed
    return (-speed, money) if goal == "speed" else (-speed / np.maximum(money, EASE), money)


def shortfall(asked: Question, limit: str, column: Any) -> Any:
    """By what share each value of a column misses a limit; 0 where it keeps it."""
    if limit in asked.targets:
        return np.maximum(asked.targets[limit] / np.maximum(column, 1e-12) - 1, 0)
    most = {"budget": asked.budget, "max_watts": asked.max_watts}[limit] or EASE
    return np.maximum(column / most - 1, 0)


def lacks_of(hit: Hit, asked: Question) -> dict[str, float]:
    """By what share one candidate misses each limit that it misses."""
    has = {**hit.values, "budget": hit.middle, "max_watts": hit.candidate.build.watts}
    bounds = [name for name in BOUNDS if getattr(asked, name) is not None]
    lacks = {name: float(shortfall(asked, name, np.array(has[name]))) for name in (*asked.targets, *bounds)}
    return {name: share for name, share in lacks.items() if share > 0}


def limits(asked: Question, chunk: Chunk, ease: float = 0.0) -> dict[str, Any]:
    """Each limit that is asked for, and the candidates that keep it, or miss it by the share `ease` at most."""
    kept = {name: chunk.column(name) >= least * (1 - ease) for name, least in asked.targets.items()}
    if asked.floor and asked.speed not in asked.targets:
        kept["now"] = chunk.column(asked.speed) >= asked.floor
    if asked.budget is not None:
        kept["budget"] = chunk.column("budget") <= asked.budget * (1 + ease)
    if asked.max_watts is not None:
        kept["max_watts"] = chunk.column("max_watts") <= asked.max_watts * (1 + ease)
    return kept


@dataclass
class Best:
    """Of some candidates the best: first by limits kept, then by the goal. lack: by limit, what it falls short by."""

    hit: Hit | None = None
    rank: tuple[float, ...] = ()
    lack: Mapping[str, float] = field(default_factory=dict)

    def choose(self, chunk: Chunk, own: Any, question: Question) -> None:
        """Of the candidates at some places."""
        columns = {name: chunk.drawn(chunk.column(name), own) for name in limits(question, chunk) if name != "now"}
        lacks = {name: shortfall(question, name, column) for name, column in columns.items()}
        speed = chunk.drawn(chunk.worth(question.speed), own)
        first, second = ranks(question.goal, speed, chunk.drawn(chunk.column("budget"), own))
        lacking = sum(lacks.values(), np.zeros(len(own)))
        at = int(np.lexsort((second, first, lacking))[0])
        rank = (float(lacking[at]), float(first[at]), float(second[at]))
        if self.hit is None or rank < self.rank:
            self.hit, self.rank = chunk.hit(int(own[at])), rank
            self.lack = {name: float(lack[at]) for name, lack in lacks.items() if lack[at] > 0}


class Chunk:
    """The candidates of one chunk, with what they cost and draw beside their numbers; on the axes of the block."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers, self.block = numbers, numbers.block

    def column(self, name: str) -> Any:
        """A number of each candidate [SI], the middle of what it costs (budget) [USD], or the limits of all its cards
        together (max_watts) [W]."""
        values, own = self.numbers.values, self.block.catalogue
        if name == "efficiency":
            return values["decode"] / values["power"]
        if name == "budget":
            return self.block.of_builds(sum(own.money) / 2)
        return self.block.of_builds(own.watts) if name == "max_watts" else values[name]

    def worth(self, name: str) -> Any:
        """A speed, less what a patched driver or a cache of few bits has to gain."""
        own = self.block.catalogue
        doubts = self.block.of_builds(own.patched).astype(int) + own.tinkered[self.block.programs]
        return self.column(name) * (1 - QUALM * doubts) if doubts.any() else self.column(name)

    def drawn(self, column: Any, places: Any) -> Any:
        """A column at some places, counted through the block."""
        return np.broadcast_to(column, self.block.shape).reshape(-1)[places]

    def hit(self, place: int) -> Hit:
        """The candidate at a place, with its numbers."""
        candidate = self.block.candidate(place)
        values = {name: self.numbers.at(name, place) for name in self.numbers.values}
        values |= {"max_watts": candidate.build.watts, "efficiency": values["decode"] / values["power"]}
        return Hit(candidate, values, *candidate.build.cost)
