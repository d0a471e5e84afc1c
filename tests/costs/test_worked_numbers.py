"""All-reduces of four systems, worked out once by hand: every printed digit is held.

Each row: messages and times as printed, for NCCL's own tuner and for the calibrated model, and the totals of a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import yaml

from engine.costs.collectives import (
    all_reduce_message,
    all_reduces_per_step,
    nccl_all_reduce_time,
    nccl_ll_time,
    nccl_simple_time,
    one_shot_all_reduce_time,
)
from engine.costs.nccl import nccl_tuned_time
from engine.costs.nccl_tuner import Layout, Tuning, candidates, choice
from engine.paths import KNOWLEDGE

TUNING = Tuning.of(yaml.safe_load((KNOWLEDGE / "links" / "nccl_tuning.yaml").read_text(encoding="utf-8")))

LL_BASE, SIMPLE_BASE, HOP_FACTOR = 6.6e-6, 8.4e-6, 1.8
LAYERS = {"32B": 64, "70B": 80}
HIDDEN = {"32B": 5120, "70B": 8192}


@dataclass(frozen=True)
class System:
    """A rig as NCCL sees it, and the bus bandwidth, hop and kernel latency of the calibrated model."""

    layout: Layout
    bandwidth: float
    hop: float
    one_shot: float | None = None
    nvls: float | None = None


SYSTEMS = {
    "2x3090 NVLink": System(Layout(2, "nvlink", "ampere", 2, 20e9), 40e9, 1.0e-6, one_shot=5e-6),
    "2x3090 PCIe": System(Layout(2, "pcie", "ampere", 2, 12e9), 14e9, 2.5e-6),
    "4x3090": System(Layout(4, "pcie", "ampere", 2, 12e9), 14e9, 2.5e-6),
    "8xH100": System(Layout(8, "nvlink", "hopper", 12, 30e9, 8, 40e9), 370e9, 0.6e-6, one_shot=7e-6, nvls=480e9),
}

# system, model, tokens, message, all-reduces, pick, tuner us, calibrated by, calibrated us, total ms, bytes-only ms
TABLE = """
2x3090 NVLink | 32B |    1 |    10240 | 128 | ring ll     |  8.3 | one-shot |  5.3 | 0.67 |  0.03
2x3090 NVLink | 32B |   16 |   163840 | 128 | ring ll     | 16.0 | one-shot |  9.1 | 1.16 |  0.52
2x3090 NVLink | 32B | 2048 | 20971520 | 128 | ring simple | 539.5 | simple   |  536 | 68.6 |  67.1
2x3090 NVLink | 70B |    1 |    16384 | 160 | ring ll     |  8.6 | one-shot |  5.4 | 0.87 |  0.07
2x3090 NVLink | 70B | 2048 | 33554432 | 160 | ring simple |  854 | simple   |  851 |  136 |   134
2x3090 PCIe   | 32B |    1 |    10240 | 128 | ring ll     |  9.5 | ll       | 13.1 | 1.67 |  0.09
2x3090 PCIe   | 32B | 2048 | 20971520 | 128 | ring simple |  894 | simple   | 1515 |  194 |   192
2x3090 PCIe   | 70B |    1 |    16384 | 160 | ring ll     | 10.0 | ll       | 13.9 | 2.23 |  0.19
2x3090 PCIe   | 70B | 2048 | 33554432 | 160 | ring simple | 1418 | simple   | 2414 |  386 |   383
4x3090        | 32B |    1 |    10240 | 128 | ring ll     | 13.9 | ll       | 23.8 | 3.05 |  0.14
4x3090        | 32B | 2048 | 20971520 | 128 | ring simple | 1353 | simple   | 2282 |  292 |   288
4x3090        | 70B |    1 |    16384 | 160 | ring ll     | 14.6 | ll       | 25.1 | 4.02 |  0.28
4x3090        | 70B | 2048 | 33554432 | 160 | ring simple | 2140 | simple   | 3631 |  581 |   575
8xH100        | 32B |    1 |    10240 | 128 | ring ll     | 15.1 | one-shot |  7.2 | 0.92 |  0.01
8xH100        | 32B | 2048 | 20971520 | 128 | nvls simple |  102 | nvls     | 101.5 | 13.0 |  12.7
8xH100        | 70B |    1 |    16384 | 160 | ring ll     | 15.2 | one-shot |  7.3 | 1.17 |  0.01
8xH100        | 70B | 2048 | 33554432 | 160 | nvls simple |  148 | nvls     |  147 | 23.6 |  25.4
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]


def as_printed(value: float, printed: str) -> str:
    """The value with as many decimals as were printed."""
    decimals = len(printed.partition(".")[2])
    return f"{value:.{decimals}f}"


def calibrated_time(system: System, message: float, way: str) -> float:
    """Time of one all-reduce [s], the way the row names."""
    ranks, bandwidth, hop = system.layout.ranks, system.bandwidth, system.hop
    match way:
        case "one-shot":
            assert system.one_shot is not None
            return one_shot_all_reduce_time(message, ranks, bandwidth, system.one_shot)
        case "ll":
            return nccl_ll_time(message, ranks, bandwidth, LL_BASE, hop)
        case "simple":
            return nccl_simple_time(message, ranks, bandwidth, SIMPLE_BASE, hop, HOP_FACTOR)
    assert system.nvls is not None
    latency = TUNING.hop["nvlink", "nvls", "simple"]
    return nccl_tuned_time(latency, message, system.nvls * ranks / (2 * (ranks - 1)))


@pytest.mark.parametrize("row", ROWS, ids=[" ".join(row[:3]) for row in ROWS])
def test_row(row: list[str]) -> None:
    name, model, tokens, message, reduces, pick, tuner_us, way, calibrated_us, total_ms, bytes_ms = row
    system = SYSTEMS[name]
    sent = all_reduce_message(tokens=int(tokens), hidden=HIDDEN[model], bytes_per_value=2)
    count = all_reduces_per_step(layers=LAYERS[model])
    assert (sent, count) == (int(message), int(reduces))

    picked = choice(TUNING, system.layout, sent)
    assert f"{picked.algorithm} {picked.protocol}" == pick
    assert as_printed(picked.seconds * 1e6, tuner_us) == tuner_us

    seconds = calibrated_time(system, sent, way)
    assert as_printed(seconds * 1e6, calibrated_us) == calibrated_us
    assert as_printed(count * seconds * 1e3, total_ms) == total_ms

    ranks = system.layout.ranks
    wire = 2 * (ranks - 1) / ranks * sent / system.bandwidth
    assert as_printed(count * wire * 1e3, bytes_ms) == bytes_ms


@pytest.mark.parametrize("row", [row for row in ROWS if row[7] in ("ll", "simple")], ids=lambda row: " ".join(row[:3]))
def test_the_better_protocol_is_taken(row: list[str]) -> None:
    system = SYSTEMS[row[0]]
    best = nccl_all_reduce_time(
        float(row[3]), system.layout.ranks, system.bandwidth, LL_BASE, SIMPLE_BASE, system.hop, HOP_FACTOR
    )
    assert best == calibrated_time(system, float(row[3]), row[7])


def test_ll128_never_on_pcie() -> None:
    weighed = candidates(TUNING, SYSTEMS["4x3090"].layout, 1e6)
    assert {candidate.protocol for candidate in weighed} == {"ll", "simple"}


def test_switch_point_of_nvls() -> None:
    """nccl-tests issue 309 saw LL up to 1 MB and NVLS from 2 MB on an 8xH100."""
    layout = SYSTEMS["8xH100"].layout
    below, above = choice(TUNING, layout, 2**20), choice(TUNING, layout, 2**21)
    assert (below.algorithm, below.protocol) == ("ring", "ll")
    assert above.algorithm == "nvls"


def test_tree_correction() -> None:
    assert TUNING.correction_of("ll", 63) == 1.0
    assert TUNING.correction_of("simple", 64) == 0.9
    assert TUNING.correction_of("ll", 64 * 2**12) == 0.4
    assert TUNING.correction_of("simple", 64 * 2**24) == 1.0
    assert {len(row) for row in TUNING.correction.values()} == {24}
