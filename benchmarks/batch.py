"""`python -m benchmarks.batch [LINES]`: scenarios a second, in one process and by one and two workers of Dask."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CARDS = ("rtx_3090", "rtx_4090", "rtx_3060", "rtx_5090")
MODELS = ("qwq_32b", "qwen3_8b", "llama_3_1_70b")


def scenarios(count: int) -> list[dict[str, Any]]:
    """Scenarios that differ in cards, model, engine and users."""
    return [
        {"rig": {"gpus": [{"gpu": CARDS[number % 4], "count": (1, 2, 4)[number % 3]}]},
         "workload": {"model": MODELS[number % 3], "engine": ("vllm", "ollama")[number % 2], "users": 1 + number % 7}}
        for number in range(count)
    ]  # fmt: skip


def throughput(lines: int) -> None:
    """Print scenarios a second; what starting the workers takes is told apart."""
    from engine.asking.batch import run

    with tempfile.TemporaryDirectory() as home:
        source, warm = Path(home, "in.jsonl"), Path(home, "warm.jsonl")
        source.write_text("".join(json.dumps(one) + "\n" for one in scenarios(lines)), "utf-8")
        warm.write_text(source.read_text("utf-8").split("\n")[0], "utf-8")
        print(f"Batch, {lines} scenarios with all proofs, on {os.cpu_count()} cores")
        base = 0.0
        for label, workers in (("one process, no Dask", None), ("1 worker of Dask", 1), ("2 workers of Dask", 2)):
            start = _seconds(run, warm, Path(home, f"warm{workers}"), workers)
            taken = _seconds(run, source, Path(home, f"out{workers}"), workers)
            pace = lines / taken
            base = base or pace
            cores = workers or 1
            print(f"  {label:<24}{pace:>7.2f} a second, {pace / cores:.2f} a core   × {pace / base:.2f}"
                  f"   (one line alone, with the start: {start:.1f} s)")  # fmt: skip
        same = len({Path(home, f"out{workers}").read_bytes() for workers in (None, 1, 2)}) == 1
        print(f"  the three outputs are {'the same to the byte' if same else 'NOT the same'}")


def _seconds(run: Any, source: Path, target: Path, workers: int | None) -> float:
    start = time.perf_counter()
    run(source, target, workers=workers)
    return time.perf_counter() - start


if __name__ == "__main__":
    throughput(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
