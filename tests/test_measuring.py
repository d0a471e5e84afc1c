"""The measurement worth most: regret follows from intervals, and only what it would settle counts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.advice.measuring import next_measurement
from engine.costs.decisions import expected_regret

SPREADS = st.floats(1e-3, 2.0)
DISTANCES = st.floats(-3.0, 3.0)
SCENARIO: dict[str, Any] = {
    "goal": {"optimize": "latency"},
    "workload": {"engine": "one", "model": "m", "quantization": "q", "prompt_tokens": 512, "output_tokens": 64,
                 "context_tokens": 1024, "users": 1, "engine_flags": [], "offload": "none",
                 "parallelism": {"tensor": 1, "pipeline": 1, "replicas": 1, "split_mode": "none"}},
}  # fmt: skip
ENTRIES = {"engines": {"one": {"measure": "bench -p {prompt}"}}, "models": {"m": {"name": "M"}},
           "quantizations": {"q": {"bits_per_weight": 4.5}},
           "options": {"pcie_p2p": {}, "nvlink_bridges": {}, "ram_upgrade": {}}}  # fmt: skip
COULD = [
    {"id": "speed", "with": "engine", "minutes": 6},
    {"id": "all_reduce", "with": "all_reduce_perf", "minutes": 3, "cards": 4},
]
SETTLES = [{"measurement": "speed", "what": "memory"}, {"measurement": "all_reduce", "what": "link"}]


def row(name: str, gain: float, status: str = "recommended", condition: str = "") -> dict[str, Any]:
    effect = {"metric": "decode_tok_s", "relative": {"value": gain, "low": gain, "high": gain}}
    why_not = {"failed": {"condition": condition}} if condition else None
    return {"id": name, "status": status, "cost_usd": {"low": 0, "high": 0}, "effects": [effect], "why_not": why_not,
            "confidence_factors": []}  # fmt: skip


@given(DISTANCES, SPREADS)
def test_regret_is_what_is_given_up_and_never_negative(distance: float, spread: float) -> None:
    found = expected_regret(distance, spread)
    assert 0 <= found <= expected_regret(0.0, spread) <= 0.4 * spread
    assert found == pytest.approx(expected_regret(-distance, spread))


@given(st.floats(0.0, 2.0), SPREADS)
def test_what_is_farther_from_the_turning_point_is_regretted_less(distance: float, spread: float) -> None:
    assert expected_regret(distance + 0.1, spread) <= expected_regret(distance, spread)


def chosen(rows: list[dict[str, Any]], variances: list[tuple[str, float]]) -> dict[str, Any]:
    return next_measurement(COULD, SETTLES, rows, SCENARIO, ENTRIES, lambda _row, _effect: variances)


def test_the_measurement_that_settles_the_wide_constant_is_chosen() -> None:
    found = chosen([row("pcie_p2p", 0.05)], [("link", 0.04), ("memory", 0.0001)])
    assert (found["id"], found["decides"], found["minutes"]) == ("all_reduce", ["pcie_p2p"], 3)
    assert "-g 4" in found["command"]
    assert chosen([row("pcie_p2p", 0.05)], [("link", 0.0001), ("memory", 0.04)])["id"] == "speed"


def test_what_is_sure_decides_nothing() -> None:
    found = chosen([row("pcie_p2p", 3.0)], [("link", 0.0004)])
    assert found["decides"] == ["do_nothing"] and found["worth"] < 1e-4
    assert found["id"] == "speed" and found["command"] == "bench -p 512"


def test_what_a_fact_bars_is_not_measured_for() -> None:
    barred = row("nvlink_bridges", 0.15, "rejected", "the GPU has NVLink")
    small = row("ram_upgrade", 0.04, "rejected", "the gain in decode_tok_s is worth it")
    found = chosen([barred, small], [("memory", 0.04)])
    assert found["decides"] == ["ram_upgrade"]
