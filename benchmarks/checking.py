"""`python -m benchmarks.checking [entries …]`: many synthetic entries validated in one run, with the growth."""

from __future__ import annotations

import gc
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOOD = ROOT / "tests" / "checking" / "good"
_ALL = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
SIZES = (1_000, 2_500, 5_000, 10_000)


def made(home: Path, size: int) -> Path:
    """A directory with so many GPUs, to be laid over the good knowledge as a site lays its own."""
    (home / "gpus").mkdir(parents=True)
    text = (GOOD / "gpus" / "card_a.yaml").read_text("utf-8")
    for number in range(size):
        own = text.replace("Card A", f"Card {number} X").replace("A One", f"Alias {number}")
        (home / "gpus" / f"made_{number}.yaml").write_text(own, "utf-8")
    return home


def spent() -> float:
    """CPU time of this process and of the workers that it waited for [s]."""
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, _ALL))


def main(sizes: list[int]) -> None:
    sys.path.insert(0, str(ROOT))
    from engine.checking import validate

    print(f"{'entries':>9}{'wall s':>9}{'CPU s':>8}{'ms each':>9}{'growth':>8}{'peak MB':>9}")
    first = 0.0
    gc.disable()  # as the command line does
    with tempfile.TemporaryDirectory() as scratch:
        for size in sizes:
            home = made(Path(scratch) / str(size), size)
            wall, cpu = time.perf_counter(), spent()
            report = validate([home], base=GOOD, today=date(2026, 11, 23))
            wall, cpu = time.perf_counter() - wall, spent() - cpu
            if report.errors:
                raise SystemExit(str(report[0]))
            first = first or cpu / size
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{size:>9,}{wall:>9.2f}{cpu:>8.2f}{1e3 * cpu / size:>9.3f}{cpu / size / first:>8.2f}{peak:>9.0f}")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
