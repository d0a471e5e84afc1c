"""The kinds of setup that were measured, as calibration.yaml lists them, and what an answer makes of them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from engine.advice.recommend import Answer
from engine.checking.scenario import read_scenario
from engine.measuring.calibration.families import families, joined
from engine.measuring.rows import read_rows
from engine.reading import Knowledge

PUBLISHED = Path(__file__).resolve().parents[2] / "knowledge/measurements/published.csv"


def test_the_list_is_that_of_the_published_measurements(knowledge: Knowledge) -> None:
    """`rigwise calibrate` writes it; a table that has grown since makes this fail."""
    assert knowledge.calibration["measured"] == families(read_rows(PUBLISHED), knowledge)


def test_rows_of_a_kind_are_those_that_the_table_has(knowledge: Knowledge) -> None:
    """Counted by the words of the table, without the names and layouts of the knowledge."""
    rows = [
        row for row in csv.DictReader(PUBLISHED.open())
        if row["gpu"] == "RTX 3090" and row["gpu_count"] == "1" and row["arch"] == "dense"
        and row["engine"].startswith("llama.cpp") and row["metric"] in ("decode_tok_s", "tpot_ms")
        and not row["spec_decode"]
    ]  # fmt: skip
    told = next(
        one for one in knowledge.calibration["measured"]
        if (one["gpu"], one["class"], one["stratum"]) == ("rtx_3090", "llama", "single_dense")
    )  # fmt: skip
    assert told["rows"] == len(rows) > 0
    assert told["told_by"] == len({row["source_id"] for row in rows})


def test_own_runs_are_added_to_the_published_ones() -> None:
    one = {"gpu": "a", "class": "graph", "stratum": "single_dense", "rows": 2, "told_by": 1}
    other = {**one, "gpu": "b"}
    assert joined([one], [one, other]) == [{**one, "rows": 4, "told_by": 2}, other]


@pytest.mark.parametrize(("gpu", "measured"), [("rtx_3090", True), ("tesla_p40", False)])
def test_high_confidence_needs_a_measurement_of_such_a_setup(gpu: str, measured: bool, knowledge: Knowledge) -> None:
    asked: dict[str, Any] = {
        "rig": {"gpus": [{"gpu": gpu, "count": 1}]},
        "workload": {"model": "llama_3_1_8b", "quantization": "q4_k_m", "engine": "llama_cpp"},
    }
    answer = Answer(dict(read_scenario(asked)), knowledge)
    told = {str(fact["says"]) for fact in answer.trace.of_kind("confidence_factor")}
    assert any("such a layout" in says for says in told) is not measured
    tier = str(answer.trace.of_kind("confidence")[0]["tier"])
    assert measured or tier != "high"
