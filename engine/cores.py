"""Much work of one sort over the cores, results in the order of the work; little work stays in this process.

The workers are forks: they see what this process has read without a copy of it, and send back only what they found.
Where a process cannot be forked safely (no `fork`, more than one thread, one core), or a worker dies, the work is done
here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
WORTH_IT = 500
"""Documents from which on starting workers costs less than it saves: a fork takes about 20 ms, a document 1 ms."""
_work: tuple[Callable[[Any], Any], Sequence[Any]]


def each(function: Callable[[Item], Result], items: Sequence[Item], *, share: int = 64) -> Iterator[Result]:
    """`map(function, items)`, by several processes, `share` items at a time. Results must be picklable."""
    global _work
    cores = _cores()
    if cores < 2:
        yield from map(function, items)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    _work = (function, items)
    starts = range(0, len(items), share)
    done = 0
    try:
        with ProcessPoolExecutor(cores, mp_context=get_context("fork")) as pool:
            for results in pool.map(_part, starts, [share] * len(starts)):
                yield from results
                done += len(results)
    except (BrokenProcessPool, OSError):
        yield from map(function, items[done:])


def _part(start: int, share: int) -> list[Any]:
    function, items = _work
    return [function(item) for item in items[start : start + share]]


def _cores() -> int:
    """Processes to work with; 1 where this one cannot be forked safely."""
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return 1
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return min(len(allowed), 8)
