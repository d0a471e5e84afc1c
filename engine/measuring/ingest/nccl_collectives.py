"""Which collective a row of nccl-tests measured, and whether its numbers agree with each other.

Algorithm bandwidth is size / time, bus bandwidth is algorithm bandwidth times a factor of the collective:
2 (n-1) / n for all-reduce, (n-1) / n for all-gather, reduce-scatter and all-to-all, 1 for the others.
Source: nccl-tests doc/PERFORMANCE.md. In 2020, all-gather and reduce-scatter divided (n-1) / n of the size by the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..pasted import number

_BYTES = {"int8": 1, "uint8": 1, "char": 1, "half": 2, "bfloat16": 2, "float": 4, "int32": 4, "uint32": 4, "double": 8,
          "int64": 8, "uint64": 8}  # fmt: skip
_ERRORS = {"half": 1e-2, "bfloat16": 1e-2, "float": 1e-5, "double": 1e-12}
"""Largest relative error that counts as right before there was `#wrong` (nccl-tests 2.0, common.cu, deltaMaxValue)."""
_FACTORS: dict[str, Callable[[int], float]] = {
    "all_reduce": lambda n: 2 * (n - 1) / n,
    "all_gather": lambda n: (n - 1) / n,
    "reduce_scatter": lambda n: (n - 1) / n,
    "alltoall": lambda n: (n - 1) / n,
    "gather": lambda n: (n - 1) / n,
    "scatter": lambda n: (n - 1) / n,
}
_SHORT = {"all_reduce": "allreduce", "all_gather": "allgather", "reduce_scatter": "reducescatter"}
_MOST_RANKS = 4096


@dataclass(frozen=True, slots=True)
class Row:
    """One size: times [us], algorithm and bus bandwidths [GB/s] and wrong elements, out of place and in place."""

    size: int
    count: int
    type: str | None
    redop: str | None
    root: int | None
    time: float
    alg: float
    bus: float
    errors: str | None
    time_in: float
    alg_in: float
    bus_in: float
    errors_in: str | None

    def wrong(self, counted: bool = True) -> bool:
        """Whether results came out wrong.

        counted: the column is the number of wrong elements; else the largest relative error, of which some is rounding.
        """
        most = 0.0 if counted else _ERRORS.get((self.type or "").lower(), 0.0)
        return any((number(cell) or 0) > most for cell in self._checks())

    def checked(self) -> bool:
        return all(number(cell) is not None for cell in self._checks())

    def _checks(self) -> tuple[str | None, str | None]:
        return self.errors, self.errors_in

    def factor_bounds(self) -> tuple[float, float]:
        """Between what the ratio of bus to algorithm bandwidth lies, given the digits printed."""
        half = 0.005 if self.alg < 1000 else 0.05
        low = max(self.bus - half, 0) / (self.alg + half)
        return low, (self.bus + half) / (self.alg - half) if self.alg > half else float("inf")

    def elements(self) -> float | None:
        """Ranks' parts in one size: 1 where `count` elements fill the size, n where they are one rank's part."""
        width = _BYTES.get((self.type or "").lower())
        return self.size / (self.count * width) if width and self.count else None

    def damage(self, collective: str | None, ranks: int | None) -> str | None:
        """Why this row cannot be true as it stands: a bandwidth that does not follow from size and time."""
        for time, alg in ((self.time, self.alg), (self.time_in, self.alg_in)):
            if time <= 0:
                return "a time that is not above zero" if self.size else None
            expected = self.size / time / 1e3
            allowed = {1.0}
            if ranks and ranks > 1 and collective in _FACTORS and collective != "all_reduce":
                allowed.add((ranks - 1) / ranks)
            if not any(abs(expected * part - alg) <= 0.01 * expected * part + 0.0051 for part in allowed):
                return f"{self.size} bytes in {time:g} us are not {alg:g} GB/s"
        most = 2 * (ranks - 1) / ranks if ranks and ranks > 1 else 2.0
        for alg, bus in ((self.alg, self.bus), (self.alg_in, self.bus_in)):
            if (bus - 0.0051) / (alg + 0.0051) > most * 1.01:
                return f"a bus bandwidth of {bus:g} GB/s is more than {most:g} times the {alg:g} GB/s beside it"
        return None


def metric_of(collective: str | None, kind: str) -> str:
    """Name of the metric: `allreduce_busbw_gb_s`; `collective_…` where the output does not say which."""
    name = "collective" if collective is None else _SHORT.get(collective, collective)
    return f"{name}_{kind}"


def rank_count(rows: Iterable[Row], program: str | None) -> int | None:
    """Ranks out of the numbers, where no header gives them: from the size of a part, else from all-reduce's factor."""
    parts = {round(part) for row in rows if (part := row.elements()) and part > 1.5 and row.count > 1}
    if len(parts) == 1:
        return parts.pop()
    largest = _sharpest(rows)
    if largest is None or not _may_be_all_reduce(largest, program):
        return None
    low, high = largest.factor_bounds()
    fits = [n for n in range(2, _MOST_RANKS) if low <= 2 * (n - 1) / n <= high]
    return fits[0] if len(fits) == 1 else None


def _sharpest(rows: Iterable[Row]) -> Row | None:
    return max(rows, key=lambda row: (row.alg, row.size), default=None)


def _may_be_all_reduce(row: Row, program: str | None) -> bool:
    return program == "all_reduce" or (program is None and row.redop not in {None, "none"} and (row.root or -1) < 0)


def collective_of(rows: Iterable[Row], program: str | None, ranks: int | None) -> str | None:
    """The collective: from the program's name, else from the reduction, the root and the ratio of the bandwidths."""
    rows = list(rows)
    if program is not None:
        return program
    row = _sharpest(rows)
    if row is None:
        return None
    part = row.elements()
    if part and part > 1.5 and row.redop in {None, "none"} and ranks and _old_all_gather(row, ranks):
        return "all_gather"
    if row.redop not in {None, "none"} and row.root == -1 and row.count > 1 and part and round(part, 2) == 1:
        return "all_reduce"  # to reduce-scatter each rank's part is the count, and reduce has a root
    if row.redop in {None, "none"} or not ranks or ranks < 2 or (row.root is not None and row.root >= 0):
        return None
    low, high = row.factor_bounds()
    fits = [name for name in ("all_reduce", "reduce_scatter") if low <= _FACTORS[name](ranks) <= high]
    return fits[0] if len(fits) == 1 else None


def _old_all_gather(row: Row, ranks: int) -> bool:
    """All-gather of 2020: no reduction, one rank's part as count, (n-1)/n of the size over the time."""
    expected = row.size / row.time / 1e3 * (ranks - 1) / ranks
    return abs(expected - row.alg) <= 0.01 * expected + 0.0051
