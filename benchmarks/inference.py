"""Time of one inference at the size of one recommendation, for each matcher, and how it grows.

Run: python benchmarks/inference.py [--profile]. Times are medians; a naive evaluator of the same rules is the baseline.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.inference import Fact, Rule, RuleSet, Trace, infer
from engine.inference.naive import evaluate

LAYOUTS = ("tensor", "layer", "single", "replicas")
TERMS = ("weights", "kv_cache", "all_reduce", "activations", "launch")


def facts(deployments: int) -> list[Fact]:
    """About 20 facts for each deployment, and the hardware and models they share."""
    found = []
    for n in range(deployments):
        found.append(
            Fact.of(
                {
                    "kind": "deployment", "id": f"option_{n}", "layout": LAYOUTS[n % 4], "ranks": 1 << n % 4,
                    "model": f"model_{n % 5}", "gpu": f"gpu_{n % 10}", "engine": f"engine_{n % 4}", "users": 1 + n % 8,
                    "context_tokens": 8192, "bits": 4.25 + n % 3, "price_usd": 100.0 * n, "cuda_graphs": n % 2 == 0,
                }
            )
        )  # fmt: skip
        for part in range(18):
            found.append(
                Fact.of(
                    {
                        "kind": f"part_{part % 6}", "deployment": f"option_{n}", "slot": part // 6,
                        "bandwidth": 1e9 * (part + n + 1), "generation": 3 + part % 3, "measured": part % 4 == 0,
                    }
                )
            )  # fmt: skip
    for n in range(10):
        found.append(Fact.of({"kind": "gpu", "key": f"gpu_{n}", "memory_bandwidth": 936.2e9 + n, "vram": 24 << 30}))
    for n in range(5):
        found.append(Fact.of({"kind": "model", "key": f"model_{n}", "layers": 64 + n, "hidden": 5120, "bytes": 65e9}))
        found.append(Fact.of({"kind": "engine", "key": f"engine_{n}", "tensor": n % 2 == 0}))
    return [*found, Fact.of({"kind": "goal", "name": "latency", "users": 1})]


def rules(count: int) -> list[dict[str, Any]]:
    """Rules in the proportions that advice needs: costs, totals, findings, verdicts, absences."""
    makers = (_cost, _finding, _cost_reading, _missing, _verdict)
    return [makers[n % 5](n) for n in range(count - 2)] + [_total("all"), _best()]


def _deployment(n: int) -> dict[str, Any]:
    return {"kind": "deployment", "layout": LAYOUTS[n // 5 % 4], "engine": f"engine_{n // 5 % 4}"}


def _cost(n: int) -> dict[str, Any]:
    return {
        "id": f"cost_{n}",
        "when": {
            "deployment": _deployment(n),
            "model": {"kind": "model", "key": "$deployment.model"},
            "part": {"kind": f"part_{n // 5 % 6}", "deployment": "$deployment.id", "slot": n % 2},
        },
        "where": [["$deployment.ranks", ">=", 1], ["$part.generation", "<", 6]],
        "compute": {"seconds": {"formula": "time", "size": "$model.bytes", "rate": "$part.bandwidth"}},
        "then": {
            "kind": "cost", "deployment": "$deployment.id", "term": f"{TERMS[n % 5]}_{n}", "seconds": "$seconds",
        },
        "says": "{deployment[ranks]} ranks take {seconds:s}",
    }  # fmt: skip


def _finding(n: int) -> dict[str, Any]:
    return {
        "id": f"finding_{n}",
        "when": {
            "deployment": {"kind": "deployment", "cuda_graphs": n % 2 == 0, "layout": LAYOUTS[n // 5 % 4]},
            "gpu": {"kind": "gpu", "key": "$deployment.gpu"},
            "part": {"kind": f"part_{n % 6}", "deployment": "$deployment.id", "measured": True},
        },
        "where": [["$gpu.memory_bandwidth", ">", "$part.bandwidth"]],
        "then": {"kind": "finding", "deployment": "$deployment.id", "id": f"finding_{n}"},
    }


def _cost_reading(n: int) -> dict[str, Any]:
    return {
        "id": f"reads_{n}",
        "when": {
            "cost": {"kind": "cost", "term": f"{TERMS[(n - 2) % 5]}_{n - 2}"},
            "deployment": {"kind": "deployment", "id": "$cost.deployment"},
        },
        "where": [["$cost.seconds", ">", 0.001]],
        "then": {"kind": "finding", "deployment": "$deployment.id", "id": f"slow_{n}"},
    }


def _missing(n: int) -> dict[str, Any]:
    return {
        "id": f"missing_{n}",
        "when": {"deployment": _deployment(n)},
        "unless": [{"kind": "finding", "deployment": "$deployment.id", "id": f"finding_{n - 2}"}],
        "then": {"kind": "verdict", "deployment": "$deployment.id", "id": f"no_{n}"},
    }


def _verdict(n: int) -> dict[str, Any]:
    return {
        "id": f"verdict_{n}",
        "when": {
            "verdict": {"kind": "verdict", "id": f"no_{n - 1}"},
            "deployment": {"kind": "deployment", "id": "$verdict.deployment"},
            "goal": {"kind": "goal"},
        },
        "where": [["$deployment.users", ">=", "$goal.users"]],
        "then": {"kind": "advice", "deployment": "$deployment.id", "id": f"advice_{n}"},
    }


def _total(name: str) -> dict[str, Any]:
    return {
        "id": f"total_{name}",
        "when": {"deployment": {"kind": "deployment"}},
        "collect": {"terms": {"kind": "cost", "deployment": "$deployment.id", "take": "seconds"}},
        "compute": {"seconds": {"formula": "total", "terms": "$terms"}},
        "then": {"kind": "step", "deployment": "$deployment.id", "seconds": "$seconds"},
    }


def _best() -> dict[str, Any]:
    return {
        "id": "faster",
        "when": {"one": {"kind": "step"}, "goal": {"kind": "goal"}},
        "unless": [{"kind": "advice", "deployment": "$one.deployment", "id": "advice_4"}],
        "then": {"kind": "candidate", "deployment": "$one.deployment"},
    }


FORMULAS: dict[str, Callable[..., Any]] = {"time": lambda size, rate: size / rate, "total": lambda terms: sum(terms)}


def median_ms(work: Callable[[], object], times: int = 7) -> float:
    """Median time of one call [ms]."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(1e3 * (time.perf_counter() - start))
    return statistics.median(taken)


def read(trace: Trace) -> int:
    """What an answer reads of a trace: facts and firings in order, and the best firing of each fact."""
    for fact in trace.derived:
        trace.best(fact)
    return len(trace.firings)


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--profile", action="store_true", help="profile one inference with durable")
    options = arguments.parse_args()
    given, written = facts(40), rules(150)
    ready = RuleSet.parse(written)
    if options.profile:
        profile(ready, given)
        return
    trace = infer(ready, given, FORMULAS, "durable")
    print(f"{len(ready)} rules in {len(ready.strata)} strata, {len(given)} facts given, {len(trace.facts)} in the end, "
          f"{len(trace.firings)} firings")  # fmt: skip
    parsed = [Rule.parse(rule) for rule in written]
    print(f"  parse 150 rules            {median_ms(lambda: [Rule.parse(rule) for rule in written]):8.1f} ms")
    print(f"  strata of 150 rules        {median_ms(lambda: RuleSet(parsed)):8.1f} ms")
    print(f"  first durable inference    {first_ms(written, given, 'durable'):8.1f} ms  (rules compiled)")
    print(f"  first clips inference      {first_ms(written, given, 'clips'):8.1f} ms  (rules compiled)")
    base = median_ms(lambda: evaluate(ready, given, FORMULAS), 1)
    for name in ("durable", "clips"):
        taken = median_ms(lambda name=name: infer(ready, given, FORMULAS, name))  # type: ignore[misc]
        whole = median_ms(lambda name=name: read(infer(ready, given, FORMULAS, name)))  # type: ignore[misc]
        ratio = f"naive / {name}: {base / taken:6.1f}"
        print(f"  {name:<10} {taken:8.1f} ms, with the trace read {whole:8.1f} ms   {ratio}")
    print(f"  {'naive':<10} {base:8.1f} ms")
    growth(ready)


def first_ms(written: list[dict[str, Any]], given: list[Fact], name: str) -> float:
    """Median time of an inference by rules that were never run before [ms]."""
    fresh = [RuleSet.parse(written) for _ in range(5)]
    return median_ms(lambda: infer(fresh.pop(), given, FORMULAS, name), 5)


def growth(ready: RuleSet) -> None:
    """How time grows with facts and with rules."""
    print("  growth, durable / clips [ms]")
    for deployments in (10, 20, 40, 80, 160):
        some = facts(deployments)
        times = [median_ms(lambda name=name, some=some: infer(ready, some, FORMULAS, name), 3)  # type: ignore[misc]
                 for name in ("durable", "clips")]  # fmt: skip
        print(f"    {len(some):5d} facts  {times[0]:8.1f} {times[1]:8.1f}")
    some = facts(40)
    for count in (40, 75, 150, 300, 600):
        more = RuleSet.parse(rules(count))
        times = [median_ms(lambda name=name, more=more: infer(more, some, FORMULAS, name), 3)  # type: ignore[misc]
                 for name in ("durable", "clips")]  # fmt: skip
        print(f"    {count:5d} rules  {times[0]:8.1f} {times[1]:8.1f}")


def profile(ready: RuleSet, given: list[Fact]) -> None:
    """Print where the time of ten inferences goes."""
    infer(ready, given, FORMULAS, "durable")
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(10):
        read(infer(ready, given, FORMULAS, "durable"))
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
