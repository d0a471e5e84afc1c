"""`python -m benchmarks.plan [--most 10000000]`: how many candidates a plan decides in a second, and how that grows.

On one core (the libraries below NumPy are told so), CPU time of this process beside wall time, and the peak of its
memory. `decided`: of all candidates, those that cannot run are decided by the gates alone, and the front is
kept; `evaluated`: every candidate through all rules, its numbers computed. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

QUESTION = [
    "--model",
    "llama-3.1-70b",
    "--users",
    "4",
    "--target-decode",
    "30",
    "--budget",
    "5000",
    "--max-watts",
    "1500",
]
MODELS = ("llama-3.1-70b", "llama-3.2-1b", "qwen3-30b-a3b")


def timed(job: Callable[[], Any]) -> tuple[float, float, Any]:
    """CPU and wall time of a job [s], and what it gave."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = job()
    return time.process_time() - cpu, time.perf_counter() - wall, result


def told(label: str, candidates: int, cpu: float, wall: float) -> None:
    peak, rate = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, candidates / cpu / 1e6
    print(f"  {label:<44}{candidates:>12,}{cpu:>8.2f} s CPU{wall:>8.2f} s{rate:>7.2f} M/s{peak:>8.0f} MB", flush=True)


def shell() -> None:
    """The whole question from a shell: with the compiled knowledge there, and without."""
    print("From a shell, best of 3")
    for label, fresh in (("warm", False), ("cold: knowledge compiled anew", True)):
        best = (float("inf"), float("inf"))
        for _ in range(3):
            environment = dict(os.environ)
            if fresh:
                environment["RIGWISE_CACHE"] = f"/tmp/rigwise-bench-{time.time_ns()}"
                environment["XDG_CACHE_HOME"] = environment["RIGWISE_CACHE"]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            wall = time.perf_counter()
            subprocess.run([sys.executable, "cli.py", "plan", *QUESTION], cwd=ROOT, env=environment,
                           stdout=subprocess.DEVNULL, check=False)  # fmt: skip
            taken, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            best = min(best, (taken, cpu))
        print(f"  {label:<44}{best[1]:>20.2f} s CPU{best[0]:>8.2f} s")


def space(model: str, shares: tuple[float, ...] = (0.8, 0.7), every: bool = False, **flags: Any) -> tuple[Any, ...]:
    """A question without limits, and its candidates. shares: power limits that are tried; every: all cards, those of
    which no price is known at one of their own."""
    from engine.reading import load_knowledge
    from engine.search.evaluate import Evaluator
    from engine.search.prices import PriceList
    from engine.search.question import asked
    from engine.search.space import Space

    knowledge = load_knowledge()
    question = replace(asked({"model": model, "users": 4, **flags}, knowledge), power_shares=shares)
    own = {gpu: {"low": 500.0, "high": 1000.0} for gpu in knowledge.entries["gpus"]} if every else {}
    blocks = [block for block in Space(question, knowledge, PriceList(knowledge, own)).blocks() if block.size]
    evaluator = Evaluator(question, knowledge, blocks)
    for block in blocks:
        evaluator.evaluate(next(block.pieces(1000)))  # formulas are lifted once
    return question, evaluator, blocks


def rates() -> None:
    """Candidates in a second, for models of which few and all builds run."""
    print("One core, a question without limits")
    for model in MODELS:
        both(model, *space(model))


def both(label: str, question: Any, evaluator: Any, blocks: list[Any]) -> int:
    """One space decided and evaluated; the number of its candidates."""
    size = sum(block.size for block in blocks)
    cpu, wall, _ = timed(searched(question, evaluator, blocks))
    told(f"{label}: decided, front kept", size, cpu, wall)
    cpu, wall, _ = timed(partial(evaluated, evaluator, blocks))
    told(f"{label}: evaluated, all rules", size, cpu, wall)
    return size


def searched(question: Any, evaluator: Any, blocks: list[Any]) -> Callable[[], Any]:
    from engine.search.searching import Search

    return lambda: Search(question, evaluator).over(blocks)


def evaluated(evaluator: Any, blocks: list[Any]) -> None:
    """Every candidate through all rules, those that no gate lets through included."""
    for block in blocks:
        for _ in evaluator.chunks(block, gated=False):
            pass


def growth(most: int) -> None:
    """Time and memory against the number of candidates: all cards and formats, then more and more power limits."""
    print("Growth, llama-3.1-70b")
    size = both("cards with a price", *space("llama-3.1-70b"))
    steps = 3
    while size < most:
        shares = tuple(round(1 - 0.6 * step / steps, 4) for step in range(1, steps))
        size = both(f"all cards, {steps} limits", *space("llama-3.1-70b", shares, every=True, min_bits=2.5))
        steps = max(steps + 1, round(steps * min(2.2, most / size * 1.02)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=10_000_000)
    most = parser.parse_args().most
    shell()
    rates()
    growth(most)
