"""The Pareto front: candidates that no other beats or equals in money, speed and power at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# Rows of which one is within these of the other in all three are one choice to a buyer: prices alone differ more, and
# nobody gives up speed for a few watts.
ALIKE = 0.05
# What a purchase costs beside its price, so that something for nothing is not infinitely good, and nobody sells what
# there is for less [USD].
EASE = 100.0
# Rows of the front that sort out most of what comes, at little cost.
STRONGEST = 64
COMPARED = 2**18  # pairs of rows and points at a time
SAMPLE = 512
ALIKE_POWER, ALIKE_WATTS = 0.2, 30.0


class Front:
    """Grows with each chunk of candidates. Of candidates that are equal in all three, the first one stays."""

    def __init__(self) -> None:
        self.points = np.empty((0, 3))
        self.tags: list[Any] = []

    def __len__(self) -> int:
        return len(self.points)

    def add(self, money: Any, speed: Any, power: Any, tag: Callable[[int], Any]) -> None:
        """Candidates as arrays: cost [USD], speed (more is better), power [W]; `tag` names the ones that are kept."""
        points = np.stack([money, -speed, power], axis=1)
        places = np.nonzero(undominated_by(self.points, points))[0]
        places = places[non_dominated(points[places])]
        points = points[places]
        stay = undominated_by(points, self.points) if len(points) else np.ones(len(self.points), dtype=bool)
        self.points = np.concatenate([self.points[stay], points])
        self.tags = [*(one for one, stays in zip(self.tags, stay, strict=True) if stays), *map(tag, places.tolist())]

    def may_hold(self, money: Any, speed: Any, power: Any) -> Any:
        """Candidates that may be new to the front, as a mask; those it lacks are beaten or equalled by a row of it.

        Columns on the axes of a block, of which the programs are the last: of each build, no program draws less than
        the least; a program that is no faster than a row that costs as little and draws no more than that is beaten.
        """
        rows = self.points[np.argsort(_rank(self.points))[:STRONGEST]]
        least = np.fmin.reduce(power, axis=-1, keepdims=True)
        money, least = np.broadcast_arrays(money, least)
        fastest = np.full(money.shape, -np.inf)
        for cost, speed_below, draw in rows:
            np.maximum(fastest, -speed_below, out=fastest, where=(cost <= money) & (draw <= least))
        return speed > fastest

    def ordered(self) -> list[tuple[tuple[float, float, float], Any]]:
        """(money, speed, power) and tag, cheapest first."""
        order = np.lexsort((self.points[:, 2], self.points[:, 1], self.points[:, 0]))
        rows = self.points[order].tolist()
        return [((row[0], -row[1], row[2]), self.tags[at]) for at, row in zip(order.tolist(), rows, strict=True)]


def undominated_by(front: Any, points: Any) -> Any:
    """Mask of the points (all to be small) that no point of the front beats or equals.

    Rows that beat most of a sample of the points come first, so that few points meet the many others.
    """
    beaten_by = _beaten(front, points[:: len(points) // SAMPLE + 1]).sum(axis=1)
    rows, alive, start = front[np.argsort(-beaten_by)], np.arange(len(points)), 0
    while start < len(rows) and len(alive):
        stop = start + max(1, COMPARED // len(alive))
        alive = alive[~_beaten(rows[start:stop], points[alive]).any(axis=0)]
        start = stop
    mask = np.zeros(len(points), dtype=bool)
    mask[alive] = True
    return mask


def _beaten(rows: Any, points: Any) -> Any:
    """Rows by points: whether the row is at least as small in all three."""
    found = points[:, 0] >= rows[:, :1]
    for axis in (1, 2):
        found &= points[:, axis] >= rows[:, axis : axis + 1]
    return found


def non_dominated(points: Any) -> Any:
    """Places of the points (all to be small) that no other beats or equals, in the order of their first coordinate.

    The first of a sorted list can be beaten by none behind it; what it beats is struck out, and so on.
    """
    order = np.lexsort((np.arange(len(points)), points[:, 2], points[:, 1], points[:, 0]))
    kept = []
    while len(order):
        first = order[0]
        kept.append(first)
        row, rest = points[first], order[1:]
        own = points[rest]
        order = rest[~((own[:, 1] >= row[1]) & (own[:, 2] >= row[2]))]
    return np.array(sorted(kept), dtype=int)


def _rank(points: Any) -> Any:
    """How much of the field a point is likely to beat: the sum of its ranks."""
    return sum(np.argsort(np.argsort(points[:, axis])) for axis in range(3)) if len(points) else np.empty(0, dtype=int)


def apart(rows: list[tuple[float, float, float]]) -> list[int]:
    """Places of rows such that each row is alike to one of them: greedy, the fastest, the fastest of the cheapest, then
    by value.

    rows: (money, speed, power).
    """
    if not rows:
        return []
    values = np.array(rows)
    money = values[:, 0] - values[:, 0].min() + EASE
    order = np.argsort(money / np.maximum(values[:, 1], 1e-12), kind="stable")
    chosen: list[int] = []
    cheapest = int(np.argmax(np.where(money <= 2 * EASE, values[:, 1], -np.inf)))
    for place in [int(np.argmax(values[:, 1])), cheapest, *order.tolist()]:
        if not any(_alike(values[one], values[place]) for one in chosen):
            chosen.append(place)
    return sorted(chosen)


def _alike(one: Any, other: Any) -> bool:
    """Whether the first stands for the second."""
    return bool(
        one[0] <= other[0] + max(ALIKE * abs(other[0]), EASE)
        and one[1] >= other[1] * (1 - ALIKE)
        and one[2] <= other[2] * (1 + ALIKE_POWER) + ALIKE_WATTS
    )
