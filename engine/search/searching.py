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
    """front: (money, speed less qualms, power) with hits, cheapest first. best: by the goal. misses: by limit."""

    candidates: int = 0
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
        self._rank = (0.0, 0.0)

    def over(self, blocks: list[Block]) -> Found:
        """Every block, chunk by chunk."""
        for block in blocks:
            self.found.candidates += block.size
            for numbers in self.evaluator.chunks(block):
                self._judge(numbers)
        self.found.front = self._front.ordered()
        return self.found

    def _judge(self, numbers: Numbers) -> None:
        runs = numbers.runs
        places = np.nonzero(runs)
        if not len(places[0]):
            return
        chunk = Chunk.of(numbers, places)
        values, middle = chunk.values, chunk.middle
        kept = limits(self.question, chunk)
        everything = np.logical_and.reduce([np.ones(len(middle), dtype=bool), *kept.values()])
        self.found.running += len(middle)
        self.found.feasible += int(everything.sum())
        self._remember_misses(kept, values, middle, chunk)
        if everything.any():
            self._remember_best(everything, values, middle, chunk)
            own = np.nonzero(everything)[0]
            speed = values[SPEED_OF[self.question.optimize]] * (1 - chunk.qualms)
            self._front.add(middle[own], speed[own], values["power"][own], lambda at: chunk.hit(int(own[at])))

    def _remember_misses(self, kept: Mapping[str, Any], values: Mapping[str, Any], middle: Any, chunk: Chunk) -> None:
        for limit in (name for name in kept if name != "now"):
            rest = [mask for name, mask in kept.items() if name != limit]
            others = np.nonzero(np.logical_and.reduce([np.ones(len(middle), dtype=bool), *rest]))[0]
            if not len(others):
                continue
            column = {"budget": middle, "max_watts": chunk.watts}.get(limit)
            column, sign = (-values[limit], -1) if column is None else (column, 1)  # as little as may be
            at = int(others[int(np.argmin(column[others]))])
            needed, old = sign * float(column[at]), self.found.misses.get(limit)
            if old is None or sign * needed < sign * old.needed:
                self.found.misses[limit] = Miss(limit, needed, chunk.hit(at))

    def _remember_best(self, mask: Any, values: Mapping[str, Any], middle: Any, chunk: Chunk) -> None:
        own, speed = np.nonzero(mask)[0], values[SPEED_OF[self.question.optimize]]
        first, second = ranks(self.question.goal, speed[own] * (1 - chunk.qualms[own]), middle[own])
        at = int(np.lexsort((second, first))[0])
        fresh = (float(first[at]), float(second[at]))
        if self.found.best is None or fresh < self._rank:
            self._rank, self.found.best = fresh, chunk.hit(int(own[at]))


def ranks(goal: str, speed: Any, money: Any) -> tuple[Any, Any]:
    """What is to be small, first and second, for a goal."""
    if goal == "cost":
        return money, -speed
    return (-speed, money) if goal == "speed" else (-speed / money, money)


def shortfall(asked: Question, chunk: Chunk, limit: str) -> Any:
    """By what share each candidate misses a limit; 0 where it keeps it."""
    column = chunk.column(limit)
    if limit in asked.targets:
        return np.maximum(asked.targets[limit] / np.maximum(column, 1e-12) - 1, 0)
    most = {"budget": asked.budget, "max_watts": asked.max_watts}[limit] or 1.0
    return np.maximum(column / most - 1, 0)


def limits(asked: Question, chunk: Chunk) -> dict[str, Any]:
    """Each limit that is asked for, and the candidates that keep it."""
    kept = {name: chunk.values[name] >= least for name, least in asked.targets.items()}
    if asked.floor and SPEED_OF[asked.optimize] not in asked.targets:
        kept["now"] = chunk.values[SPEED_OF[asked.optimize]] >= asked.floor
    if asked.budget is not None:
        kept["budget"] = chunk.middle <= asked.budget
    if asked.max_watts is not None:
        kept["max_watts"] = chunk.watts <= asked.max_watts
    return kept


class Chunk:
    """The running candidates of one chunk."""

    def __init__(self, numbers: Numbers, places: Any, values: Mapping[str, Any], low: Any, high: Any) -> None:
        self.numbers, self.places, self.values, self.low, self.high = numbers, places, values, low, high

    @staticmethod
    def of(numbers: Numbers, places: Any) -> Chunk:
        """The candidates at some places."""
        values = {name: column[places] for name, column in numbers.values.items()}
        values["efficiency"] = values["decode"] / values["power"]
        low, high = (column[numbers.block.build_of[places[0]]] for column in numbers.block.catalogue.money)
        return Chunk(numbers, places, values, low, high)

    @property
    def qualms(self) -> Any:
        """Share of speed by which each candidate has to be better to be told as best."""
        block = self.numbers.block
        programs = self.places[1] if block.program_of is None else block.program_of[self.places[0]]
        builds = block.build_of[self.places[0]]
        return QUALM * (block.catalogue.patched[builds] + block.catalogue.tinkered[programs])

    @property
    def middle(self) -> Any:
        """Middle of what each costs [USD]."""
        return (self.low + self.high) / 2

    def measure(self, limit: str, at: int) -> float:
        """What a candidate has of that which a limit is about."""
        return float(self.column(limit)[at])

    def column(self, limit: str) -> Any:
        """The same of all candidates."""
        return {"budget": self.middle, "max_watts": self.watts}[limit] if limit in BOUNDS else self.values[limit]

    @property
    def watts(self) -> Any:
        """Limits of all cards together [W]."""
        return self.numbers.block.catalogue.watts[self.numbers.block.build_of[self.places[0]]]

    def hit(self, at: int) -> Hit:
        place = tuple(int(axis[at]) for axis in self.places)
        values = {name: float(column[at]) for name, column in self.values.items()}
        return Hit(self.numbers.block.candidate(place), values, float(self.low[at]), float(self.high[at]))
