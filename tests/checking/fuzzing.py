"""Fuzzing of the reader and the validator: `python tests/checking/fuzzing.py 100000 1`, prints one line of JSON.

Inputs grow from the good and the bad files and from a grammar of YAML and CSV pieces. An input that makes a finding, or
a set of findings, that none made before joins the corpus, so that the search goes where the checks are. Each input is
checked as a file among the good knowledge; a crash, more than two seconds, and the highest memory are told.
"""

from __future__ import annotations

import json
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
GOOD = HERE / "good"
for home in (ROOT, HERE):
    if str(home) not in sys.path:
        sys.path.insert(0, str(home))
PATIENCE_S = 2
MOST_CORPUS = 3000
PIECES = [
    b"a",
    b"b: ",
    b": ",
    b"- ",
    b"\n",
    b"  ",
    b"    ",
    b"[",
    b"]",
    b"{",
    b"}",
    b", ",
    b"'",
    b'"',
    b"|\n",
    b">-\n",
    b"&x ",
    b"*x",
    b"!!t ",
    b"#c",
    b"---\n",
    b"...\n",
    b"? ",
    b"1",
    b"no",
    b"\\",
    b"%",
    b"@",
    b"`",
    b"~",
    b"<<: ",
    b"\t",
    b"\r\n",
    "é漢".encode(),
    "\u200b\u202e".encode(),
    b"\x00",
    b"=",
    b"_",
    b"0",
    b".nan",
    b"-.inf",
    b"1e999",
    b"9" * 5000,
    b"[" * 40,
    b"{a: " * 40,
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"schema: 1\n",
    b"name: x\n",
    b"sources: [sheet]\n",
    b'accept:\n  - {check: P301, at: tdp_w, reason: r, until: "2020-01-01"}\n',
    b"{value: 1, source: sheet}",
    b"[{value: 1}, {value: 2}]",
    b"$gpu.vram",
    b"$_",
    b'[[$gpu.vram, ">", 5]]',
    b"{kind: gpu}",
    b"unless: ",
    b"collect: ",
    b"compute: {x: {formula: ratio}}\n",
    b"examples: [{given: [], expect: {fires: 0}}]\n",
    b"2026-02-30",
    b'"1"',
    b"1_000",
    b"0x1F",
    b"id,gpu,metric,value\n",
    b",,,,,\n",
    b"1:30",
    b"-1",
    b"1e308",
    b"0.1",
    b"null",
    b"true",
    b"x" * 3000,
]


class Mutant:
    """Changes to bytes, by chance."""

    def __init__(self, chance: random.Random, corpus: list[tuple[str, bytes]]) -> None:
        self.chance, self.corpus = chance, corpus

    def next(self) -> tuple[str, bytes]:
        """A file name and its bytes."""
        name, raw = self.chance.choice(self.corpus)
        if self.chance.random() < 0.1:
            raw = b"".join(self.chance.choices(PIECES, k=self.chance.randint(1, 30)))
        for _ in range(self.chance.randint(1, 6)):
            raw = self.chance.choice(_WAYS)(self, raw)
        return name, raw[: 1 << 19]

    def cut(self, raw: bytes) -> bytes:
        at = self.chance.randrange(len(raw) + 1)
        return raw[:at] + raw[at + self.chance.randint(1, 30) :]

    def put(self, raw: bytes) -> bytes:
        at = self.chance.randrange(len(raw) + 1)
        return raw[:at] + self.chance.choice(PIECES) + raw[at:]

    def turn(self, raw: bytes) -> bytes:
        at = self.chance.randrange(len(raw)) if raw else 0
        return raw[:at] + bytes([self.chance.randrange(256)]) + raw[at + 1 :]

    def cross(self, raw: bytes) -> bytes:
        other = self.chance.choice(self.corpus)[1]
        return raw[: self.chance.randrange(len(raw) + 1)] + other[self.chance.randrange(len(other) + 1) :]

    def line(self, raw: bytes) -> bytes:
        lines = raw.split(b"\n")
        at = self.chance.randrange(len(lines))
        how = self.chance.randrange(4)
        if how == 0:
            del lines[at]
        elif how == 1:
            lines.insert(at, self.chance.choice(lines))
        elif how == 2:
            lines[at] = b" " * self.chance.randint(0, 6) + lines[at].lstrip()
        else:
            key, _, _ = lines[at].partition(b":")
            lines[at] = key + b": " + self.chance.choice(PIECES)
        return b"\n".join(lines)

    def again(self, raw: bytes) -> bytes:
        return raw * self.chance.randint(2, 4) if len(raw) < 20_000 else raw


_WAYS: list[Callable[[Mutant, bytes], bytes]] = [
    Mutant.cut, Mutant.put, Mutant.put, Mutant.turn, Mutant.cross, Mutant.line, Mutant.line, Mutant.line, Mutant.again,
]  # fmt: skip


def fuzz(count: int, seed: int) -> dict[str, Any]:
    """The figures of a run."""
    chance = random.Random(seed)
    homes = (GOOD, HERE / "bad")
    files = [(path.relative_to(home).as_posix(), path) for home in homes for path in sorted(home.rglob("*.yaml"))]
    corpus = [(name, path.read_bytes()) for name, path in files]
    corpus.append(("measurements/own.csv", b"id,gpu,metric,value,unit,tp\na-1,card_a,decode_tok_s,50,tok/s,1\n"))
    from one_file import OneFile

    from engine.errors import RigwiseError

    checker, mutant = OneFile(GOOD), Mutant(chance, corpus)
    seen: set[frozenset[str]] = set()
    crashes: list[str] = []
    slowest, silent, codes = 0.0, 0, set[str]()
    signal.signal(signal.SIGPROF, _too_long)
    started = time.perf_counter()
    for _ in range(count):
        name, raw = mutant.next()
        before = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, PATIENCE_S)
        try:
            found = frozenset(one.code for one in checker.check(name, raw))
        except RigwiseError:
            found = frozenset({"refused"})
        except BaseException as error:  # whatever it is, it is what is looked for
            trace = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(trace.filename).name}:{trace.lineno}"
            crashes.append(f"{type(error).__name__}: {error} at {place} on {name} {raw[:200]!r}")
            if isinstance(error, KeyboardInterrupt):
                break
            continue
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        slowest = max(slowest, time.process_time() - before)
        silent += not found
        codes |= found
        if found not in seen and len(corpus) < MOST_CORPUS and len(raw) < 50_000:
            seen.add(found)
            corpus.append((name, raw))
    return {
        "inputs": count,
        "crashes": len(crashes),
        "first_crashes": sorted(set(crashes))[:5],
        "slowest_s": round(slowest, 3),
        "peak_mb": _peak_mb(),
        "without_finding": silent,
        "codes_reached": len(codes),
        "sets_of_codes": len(seen),
        "seconds": round(time.perf_counter() - started, 1),
    }


def _peak_mb() -> int:
    """The peak resident memory of this program, MB. `ru_maxrss` would count the process that started it: Linux keeps
    that figure across `exec`, while VmHWM belongs to the new program."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:")) // 1024


def _too_long(signum: int, frame: object) -> None:
    raise TimeoutError("it hangs")


if __name__ == "__main__":
    print(json.dumps(fuzz(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)))
