"""One pass over all candidates: the front, the best, and what each limit alone keeps out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .front import Front
from .judging import BOUNDS, LEAST_TOLD, NEAR, Chunk, Hit, limits, ranks, shortfall

if TYPE_CHECKING:
    from .block import Block
    from .evaluate import Evaluator
    from .popular import Popular
    from .question import Question


@dataclass(slots=True)
class Miss:
    """The candidate that comes nearest where one limit alone is let go: what it would need."""

    limit: str
    needed: float
    hit: Hit


@dataclass
class Found:
    """evaluated: those that no gate keeps out. front: (money, speed less qualms, power) with hits, cheapest first.
    best: by the goal. near: what comes before it for the goal and all but keeps the limits. misses: by limit."""

    candidates: int = 0
    evaluated: int = 0
    running: int = 0
    feasible: int = 0
    front: list[tuple[tuple[float, float, float], Hit]] = field(default_factory=list)
    best: Hit | None = None
    near: Hit | None = None
    misses: dict[str, Miss] = field(default_factory=dict)


class Search:
    """All candidates of some blocks, judged by what is asked."""

    def __init__(self, question: Question, evaluator: Evaluator, popular: Popular | None = None) -> None:
        self.question, self.evaluator, self.popular = question, evaluator, popular
        self.found, self._front = Found(), Front()
        self._near = Front()

    def over(self, blocks: Sequence[Block]) -> Found:
        """Every block, chunk by chunk."""
        for block in blocks:
            self.found.candidates += block.size
            for numbers in self.evaluator.chunks(block):
                self._judge(Chunk(numbers))
        self.found.front = self._front.ordered()
        ranked = [(ranks(self.question.goal, speed, money), hit) for (money, speed, _), hit in self.found.front]
        best = min(ranked, key=lambda row: row[0], default=None)
        self.found.best = None if best is None else self._cheapest_alike(best[1])
        self.found.near = self._nearest(float("inf") if best is None else float(best[0][0]))
        return self.found

    def _cheapest_alike(self, best: Hit) -> Hit:
        """Of what is as fast as the fastest to the digits that are told the cheapest; any other best as it is."""
        if self.question.goal != "speed":
            return best
        least = best.worth(self.question.speed) * (1 - LEAST_TOLD)
        return next(hit for (_, speed, _), hit in self.found.front if speed >= least or hit is best)

    def _nearest(self, rank: float) -> Hit | None:
        """Of what all but keeps the limits and comes before a rank, that which misses them by least."""
        rows = [(lack, hit) for (own, lack, _), hit in self._near.ordered() if own < rank]
        return max(rows, key=lambda row: row[0], default=(0.0, None))[1]

    def _judge(self, chunk: Chunk) -> None:
        kept, runs = limits(self.question, chunk), chunk.numbers.runs
        everything = all_of(runs, kept)
        self.found.evaluated += chunk.block.size
        self.found.running += int(runs.sum())
        self.found.feasible += int(everything.sum())
        if kept:
            self.remember_misses(kept, chunk, runs)
            self._remember_near(everything, chunk)
        if self.popular is not None:
            self.popular.look(chunk)
        self._keep_front(everything, chunk)

    def _keep_front(self, everything: Any, chunk: Chunk) -> None:
        money, speed, power = chunk.column("budget"), self._speed(chunk), chunk.column(self.question.draws)
        own = np.flatnonzero(everything & self._front.may_hold(money, speed, power))
        if len(own):
            money, speed, power = (chunk.drawn(column, own) for column in (money, speed, power))
            self._front.add(money, speed, power, lambda at: chunk.hit(int(own[at])))

    def _speed(self, chunk: Chunk) -> Any:
        return chunk.worth(self.question.speed)

    def _remember_near(self, everything: Any, chunk: Chunk) -> None:
        eased = limits(self.question, chunk, NEAR)
        asked, own = eased.keys() - {"now"}, np.flatnonzero(all_of(chunk.numbers.runs, eased) & ~everything)
        if not len(own):
            return
        speed, money = chunk.drawn(self._speed(chunk), own), chunk.drawn(chunk.column("budget"), own)
        lacks = [shortfall(self.question, name, chunk.drawn(chunk.column(name), own)) for name in asked]
        first, second = ranks(self.question.goal, speed, money)
        self._near.add(first, -sum(lacks), second, lambda at: chunk.hit(int(own[at])))

    def remember_misses(self, kept: Mapping[str, Any], chunk: Chunk, runs: Any) -> None:
        """Of the candidates that run, those that come nearest where one limit alone is let go."""
        for limit in (name for name in kept if name != "now"):
            others = {name: mask for name, mask in kept.items() if name != limit}
            own = np.flatnonzero(all_of(runs, others))
            if not len(own):
                continue
            column, sign = chunk.drawn(chunk.column(limit), own), 1 if limit in BOUNDS else -1
            least = np.flatnonzero(sign * column == (sign * column).min())  # as little as may be, of these the fastest
            at = int(least[np.argmax(chunk.drawn(self._speed(chunk), own[least]))])
            needed, old = float(column[at]), self.found.misses.get(limit)
            if old is None or sign * needed < sign * old.needed:
                self.found.misses[limit] = Miss(limit, needed, chunk.hit(int(own[at])))


def all_of(runs: Any, kept: Mapping[str, Any]) -> Any:
    """Those of some candidates that all masks hold for."""
    found = runs.copy()
    for mask in kept.values():
        found &= mask
    return found
