"""One pass over all candidates: the front, the best, and what each limit alone keeps out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .candidate import QUALM, Candidate
from .evaluate import Evaluator, Numbers
from .front import Front
from .question import Question

if TYPE_CHECKING:
    from .block import Block

BOUNDS = ("budget", "max_watts")
# What a goal wants more of.
SPEED_OF = {"latency": "decode", "throughput": "throughput", "prefill": "prefill", "efficiency": "efficiency",
            "capacity": "free"}  # fmt: skip


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

    def worth(self, goal: str) -> float:
        """The speed that counts for a goal, less what a patched driver or a small cache has to gain."""
        return self.values[SPEED_OF[goal]] * (1 - self.candidate.qualms)


@dataclass(slots=True)
class Miss:
    """The candidate that comes nearest where one limit alone is let go: what it would need."""

    limit: str
    needed: float
    hit: Hit


@dataclass
class Found:
    """evaluated: those that no gate keeps out. front: (money, speed less qualms, power) with hits, cheapest first.
    best: by the goal. misses: by limit."""

    candidates: int = 0
    evaluated: int = 0
    running: int = 0
    feasible: int = 0
    front: list[tuple[tuple[float, float, float], Hit]] = field(default_factory=list)
    best: Hit | None = None
    misses: dict[str, Miss] = field(default_factory=dict)


class Search:
    """All candidates of some blocks, judged by what is asked."""

    def __init__(self, question: Question, evaluator: Evaluator) -> None:
        self.question, self.evaluator = question, evaluator
        self.found, self._front = Found(), Front()
        self._speed = SPEED_OF[question.optimize]

    def over(self, blocks: list[Block]) -> Found:
        """Every block, chunk by chunk."""
        for block in blocks:
            self.found.candidates += block.size
            for numbers in self.evaluator.chunks(block):
                self._judge(numbers)
        self.found.front = self._front.ordered()
        self.found.best = self._best()
        return self.found

    def _judge(self, numbers: Numbers) -> None:
        chunk = Chunk(numbers)
        kept = limits(self.question, chunk)
        everything = numbers.runs.copy()
        for mask in kept.values():
            everything &= mask
        self.found.evaluated += numbers.block.size
        self.found.running += int(numbers.runs.sum())
        self.found.feasible += int(everything.sum())
        self._remember_misses(kept, chunk)
        money, speed, power = chunk.column("budget"), chunk.worth(self._speed), chunk.column("power")
        everything &= self._front.may_hold(money, speed, power)
        own = np.flatnonzero(everything)
        if len(own):
            money, speed, power = (chunk.drawn(column, own) for column in (money, speed, power))
            self._front.add(money, speed, power, lambda at: chunk.hit(int(own[at])))

    def _remember_misses(self, kept: Mapping[str, Any], chunk: Chunk) -> None:
        for limit in (name for name in kept if name != "now"):
            others = chunk.numbers.runs.copy()
            for name, mask in kept.items():
                others &= mask if name != limit else True
            own = np.flatnonzero(others)
            if not len(own):
                continue
            column, sign = chunk.drawn(chunk.column(limit), own), 1 if limit in BOUNDS else -1
            at = int(np.argmin(sign * column))  # as little as may be
            needed, old = float(column[at]), self.found.misses.get(limit)
            if old is None or sign * needed < sign * old.needed:
                self.found.misses[limit] = Miss(limit, needed, chunk.hit(int(own[at])))

    def _best(self) -> Hit | None:
        """The row of the front that comes first for the goal: what beats every other stands there."""
        rows = [(ranks(self.question.goal, speed, money), hit) for (money, speed, _), hit in self.found.front]
        return min(rows, key=lambda row: row[0], default=(None, None))[1]


def ranks(goal: str, speed: Any, money: Any) -> tuple[Any, Any]:
    """What is to be small, first and second, for a goal."""
    if goal == "cost":
        return money, -speed
    return (-speed, money) if goal == "speed" else (-speed / money, money)


def shortfall(asked: Question, limit: str, column: Any) -> Any:
    """By what share each value of a column misses a limit; 0 where it keeps it."""
    if limit in asked.targets:
        return np.maximum(asked.targets[limit] / np.maximum(column, 1e-12) - 1, 0)
    most = {"budget": asked.budget, "max_watts": asked.max_watts}[limit] or 1.0
    return np.maximum(column / most - 1, 0)


def limits(asked: Question, chunk: Chunk) -> dict[str, Any]:
    """Each limit that is asked for, and the candidates that keep it."""
    kept = {name: chunk.column(name) >= least for name, least in asked.targets.items()}
    if asked.floor and SPEED_OF[asked.optimize] not in asked.targets:
        kept["now"] = chunk.column(SPEED_OF[asked.optimize]) >= asked.floor
    if asked.budget is not None:
        kept["budget"] = chunk.column("budget") <= asked.budget
    if asked.max_watts is not None:
        kept["max_watts"] = chunk.column("max_watts") <= asked.max_watts
    return kept


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
        values["efficiency"] = values["decode"] / values["power"]
        return Hit(candidate, values, *candidate.build.cost)
