"""`python -m benchmarks`: speed and memory of the main job, each beside something run on the same machine.

Nothing here is asserted: numbers are printed, with their ratio to `python -c pass` or to a smaller case.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples/4x3090_vllm.yaml"
sys.path.insert(0, str(ROOT))


def seconds(job: Callable[[], Any], times: int) -> float:
    """Median time of a job [s]."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        job()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def shell(*arguments: str, times: int = 15) -> float:
    """Median time of a command [s]."""

    # As in a shell of one's own: Python may keep its compiled modules, which the first run writes.
    person = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def job() -> None:
        subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=False, env=person)

    job()
    return seconds(job, times)


def line(label: str, value: float, base: float, unit: str = "ms", factor: float = 1e3) -> None:
    print(f"  {label:<58}{value * factor:>9.1f} {unit}   × {value / base:.1f}")


def cold() -> None:
    """A shell, from nothing to the answer."""
    print("Shell, median of 15 (ratio to `python -c pass`)")
    base = shell("-c", "pass")
    line("python -c pass", base, base)
    line("imports only", shell("-c", "import cli, engine.advice.recommend, engine.reading, engine.showing"), base)
    for matcher in ("durable", "clips"):
        line(f"recommend, {matcher}", shell("cli.py", "recommend", str(EXAMPLE), "--matcher", matcher), base)
    line("recommend --format json", shell("cli.py", "recommend", str(EXAMPLE), "--format", "json"), base)
    line("estimate", shell("cli.py", "estimate", str(EXAMPLE)), base)


def warm() -> None:
    """In one process, the whole catalogue."""
    from engine.advice.recommend import Answer
    from engine.asking.inputs import scenario
    from engine.reading import load_knowledge

    knowledge, asked = load_knowledge(), scenario(EXAMPLE, {})
    Answer(asked, knowledge).recommendation()
    print("In process, median of 15 (ratio to the inference alone)")
    base = seconds(lambda: Answer(asked, knowledge), 15)
    line("resolve, ground, infer", base, base)
    line("with the page of a terminal", seconds(lambda: Answer(asked, knowledge).recommendation(brief=True), 15), base)
    line("with every proof", seconds(lambda: Answer(asked, knowledge).recommendation(), 15), base)
    growth(knowledge, asked)
    memory(lambda: Answer(asked, knowledge).recommendation())


def growth(knowledge: Any, asked: dict[str, Any]) -> None:
    """Time against the number of cards, of options and of rules."""
    from engine.advice.recommend import Answer

    print("Growth (ratio to the first of each)")
    first = 0.0
    for cards in (1, 2, 4, 8, 16):
        one = {**asked, "rig": {"gpus": [{"gpu": "rtx_3090", "count": cards}]}}
        one["workload"] = {**asked["workload"], "parallelism": {"tensor": min(cards, 8)}}
        taken = seconds(lambda one=one: Answer(one, knowledge), 5)  # type: ignore[misc]
        first = first or taken
        line(f"{cards} cards", taken, first)
    first = 0.0
    for share in (0.25, 0.5, 1.0):
        taken, options = _with_options(knowledge, asked, share)
        first = first or taken
        line(f"{options} options", taken, first)
    first = 0.0
    for copies in (1, 2, 4):
        taken, rules = _with_rules(knowledge, asked, copies)
        first = first or taken
        line(f"{rules} rules", taken, first)


def _with_options(knowledge: Any, asked: dict[str, Any], share: float) -> tuple[float, int]:
    from engine.advice.rulebook import answering, assuming
    from engine.costs import FORMULAS
    from engine.grounding.ground import ground
    from engine.grounding.resolve import resolve
    from engine.inference import infer

    resolved = resolve(asked, knowledge, assuming(knowledge), FORMULAS, None)  # type: ignore[arg-type]
    options = dict(
        list(knowledge.entries["options"].items())[: max(1, round(share * len(knowledge.entries["options"])))]
    )
    narrowed = _Narrowed(knowledge, options)
    return seconds(lambda: infer(answering(knowledge), ground(resolved, narrowed).facts, FORMULAS), 5), len(options)  # type: ignore[arg-type]


def _with_rules(knowledge: Any, asked: dict[str, Any], copies: int) -> tuple[float, int]:
    from engine.advice.rulebook import answering, assuming
    from engine.costs import FORMULAS
    from engine.grounding.ground import ground
    from engine.grounding.resolve import resolve
    from engine.inference import Rule, RuleSet, infer

    ids = {rule.id for rule in answering(knowledge)}
    mappings = [one for one in knowledge.rules if one["id"] in ids]
    many = [{**one, "id": f"{one['id']}_{copy}" if copy else one["id"]} for copy in range(copies) for one in mappings]
    rules = RuleSet([Rule.parse(one) for one in many])
    resolved = resolve(asked, knowledge, assuming(knowledge), FORMULAS, None)  # type: ignore[arg-type]
    facts = ground(resolved, knowledge).facts
    return seconds(lambda: infer(rules, facts, FORMULAS), 3), len(rules)


class _Narrowed:
    """The knowledge with fewer options."""

    def __init__(self, knowledge: Any, options: dict[str, Any]) -> None:
        self._knowledge = knowledge
        self.entries = {**dict(knowledge.entries.items()), "options": options}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._knowledge, name)


def memory(job: Callable[[], Any]) -> None:
    """Peak of the process, and what a thousand answers leave behind."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Memory\n  peak of this process so far{'':<32}{peak:>9.0f} MB")
    tracemalloc.start()
    sizes: Sequence[int] = []
    for _ in range(3):
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(10):
            job()
        sizes = [*sizes, tracemalloc.get_traced_memory()[0] - before]
    tracemalloc.stop()
    print(f"  growth over three times ten answers: {', '.join(f'{size / 1024:.0f} KB' for size in sizes)}")
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
        job()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) / 1024
    print(f"  growth of the peak over 1,000 further answers{'':<13}{grown:>9.1f} MB")


if __name__ == "__main__":
    from benchmarks.batch import throughput

    cold()
    warm()
    throughput(20)
