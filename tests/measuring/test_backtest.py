"""Rows of measurements become scenarios; their predictions, errors and reasons are told as the schema says."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from engine.errors import BadInput
from engine.measuring.backtest import backtest, document, errors, outcomes, rows_csv
from engine.measuring.rows import Row, Unknown, least_seconds, read_rows, scenario_of
from engine.paths import KNOWLEDGE, SCHEMAS
from engine.reading import Knowledge, load_knowledge
from engine.showing import FORMATS
from engine.showing.accuracy_picture import svg
from engine.showing.error_plot import bar

PUBLISHED = KNOWLEDGE / "measurements" / "published.csv"
SOME = ("S01-0001", "S08-0377", "S11-0153", "S14-0001", "S16-0001", "S22-0005")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture(scope="module")
def published() -> dict[str, Row]:
    return {row.id: row for row in read_rows(PUBLISHED)}


def row(**cells: str) -> Row:
    """A decode rate of 100 tok/s on one RTX 3090, with some cells changed."""
    usual = {
        "id": "X-1", "source_id": "X", "gpu": "RTX 3090", "gpu_count": "1", "engine": "llama.cpp",
        "model": "Llama 3 8B", "quantization": "Q4_K_M", "tp": "1", "pp": "1", "metric": "decode_tok_s",
        "value": "100", "batch": "1", "source_date": "2026-01",
    }  # fmt: skip
    given = {**usual, **cells}
    return Row(given["id"], given["metric"], float(given["value"]), given)


def test_a_document_of_the_schema(knowledge: Knowledge, published: dict[str, Row]) -> None:
    found = backtest([one for name, one in published.items() if name in SOME], knowledge)
    schema = json.loads((SCHEMAS / "output" / "backtest.schema.json").read_text(encoding="utf-8"))
    assert list(Draft7Validator(schema).iter_errors(found)) == []
    assert found["rows"] == found["predicted"] + len(found["skipped"])
    assert found["predicted"] >= 5


def test_predictions_are_near_what_was_measured(knowledge: Knowledge, published: dict[str, Row]) -> None:
    for one in outcomes([published["S01-0001"], published["S08-0377"]], knowledge):
        assert one.log_ratio is not None and abs(one.log_ratio) < 0.25, one
        assert one.low is not None and one.high is not None and one.predicted is not None
        assert one.low < one.predicted < one.high


def test_every_row_is_told_in_its_order(knowledge: Knowledge) -> None:
    rows = [row(id="A", gpu="no such card"), row(id="B"), row(id="C", spec_decode="MTP 3"), row(id="D", value="-1")]
    found = outcomes(rows, knowledge)
    assert [one.row.id for one in found] == ["A", "B", "C", "D"]
    told = document(found)
    assert told["predicted"] == 1 and "no such card" in str(found[0].reason)
    assert {one["id"]: one["reason"] for one in told["skipped"]} == {
        "A": found[0].reason,
        "C": "speculative decoding is not predicted",
        "D": "the measurement is not above 0",
    }
    lines = list(csv.DictReader(io.StringIO(rows_csv(found))))
    assert [line["id"] for line in lines] == ["A", "B", "C", "D"]
    assert float(lines[1]["low"]) < float(lines[1]["predicted"]) < float(lines[1]["high"])
    assert lines[0]["predicted"] == "" and lines[0]["reason"]


def test_equal_scenarios_are_predicted_alike(knowledge: Knowledge) -> None:
    first, second = outcomes([row(id="A"), row(id="B", value="120")], knowledge)
    assert first.predicted == second.predicted


def test_medians_are_taken_over_groups_first(knowledge: Knowledge) -> None:
    many = [row(id=str(n), source_id="many", value="100") for n in range(9)]
    few = [row(id="few", source_id="few", value="200")]
    found = outcomes([*many, *few], knowledge)
    both = errors(found)
    alone = [abs(one.log_ratio or 0) for one in (found[0], found[-1])]
    assert both["groups"] == 2 and both["n"] == 10
    assert both["median_abs_log_ratio"] == pytest.approx(sum(alone) / 2)


def test_a_row_becomes_the_scenario_it_measures(knowledge: Knowledge) -> None:
    asked = scenario_of(
        row(
            engine="vLLM", quantization="AWQ int4", tp="2", gpu_count="2", nvlink="yes", power_limit_w="220",
            interconnect="PCIe 3.0 x8 PHB", p2p="yes (patched driver)", kv_dtype="fp8", prompt_len="1000",
            output_len="200", context_depth="5000", batch="4", metric="output_throughput_tok_s",
        ),
        knowledge,
    )  # fmt: skip
    assert asked["rig"] == {
        "gpus": [{"gpu": "rtx_3090", "count": 2, "power_limit_w": 220.0}], "pcie": {"gen": 3, "lanes": 8},
        "nvlink": [[0, 1]], "p2p": True, "driver": "p2p_patched",
    }  # fmt: skip
    work = asked["workload"]
    assert (work["engine"], work["quantization"], work["kv_quantization"]) == ("vllm", "awq_int4", "fp8")
    assert work["parallelism"] == {"tensor": 2, "pipeline": 1, "replicas": 1}
    assert (work["users"], work["prompt_tokens"], work["output_tokens"], work["depth_tokens"]) == (4, 1000, 200, 5000)


def test_old_builds_run_without_graphs_and_flash_attention(knowledge: Knowledge) -> None:
    flags = scenario_of(row(source_date="2024-05"), knowledge)["workload"]["engine_flags"]
    assert flags == ["GGML_CUDA_DISABLE_GRAPHS=1", "--flash-attn off"]
    assert scenario_of(row(), knowledge)["workload"]["engine_flags"] == []


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"spec_decode": "MTP"}, "speculative"),
        ({"metric": "gemm_gflops"}, "gemm_gflops"),
    ],
)
def test_what_cannot_be_predicted_is_said(knowledge: Knowledge, cells: dict[str, str], reason: str) -> None:
    with pytest.raises(Unknown, match=reason):
        scenario_of(row(**cells), knowledge)


def test_a_format_that_is_not_told_is_assumed_as_for_anybody(knowledge: Knowledge) -> None:
    assert "quantization" not in scenario_of(row(quantization=""), knowledge)["workload"]
    assert scenario_of(row(quantization="", engine="vLLM"), knowledge)["workload"]["quantization"] == "bf16"


def test_a_one_shot_kernel_over_pcie_beats_the_ring(knowledge: Knowledge, published: dict[str, Row]) -> None:
    """8 KB over eight cards behind switches: 9 us by one kernel, 24 us by NCCL."""
    kernel, ring = outcomes([published["S07-0193"], published["S07-0194"]], knowledge)
    assert kernel.row.value < 10 < 20 < ring.row.value
    for one in (kernel, ring):
        assert one.log_ratio is not None and abs(one.log_ratio) < 0.4, one


def test_a_prompt_faster_than_the_cards_was_cached(knowledge: Knowledge) -> None:
    flops = 2 * 8.03e9 * 4096 + 4 * 32 * 4096 * 4096**2 / 2
    cached = row(metric="ttft_ms", value="5", prompt_len="4096", output_len="64", engine="vLLM")
    assert least_seconds(cached, knowledge) == pytest.approx(flops / 71.2e12, rel=0.05)
    fast = row(metric="ttft_ms", value="5", prompt_len="4096", output_len="64", engine="llama.cpp")
    assert least_seconds(fast, knowledge) == pytest.approx(flops / 142.4e12, rel=0.05)
    assert "in the cache" in str(outcomes([cached], knowledge)[0].reason)


def test_answers_faster_than_the_cards_came_from_cached_prompts(knowledge: Knowledge) -> None:
    load = {
        "metric": "output_throughput_tok_s",
        "batch": "64",
        "prompt_len": "2048",
        "output_len": "64",
        "engine": "vllm",
    }
    cold, cached = (row(**load, quantization="AWQ int4", value=value) for value in ("60", "600"))
    found = outcomes([cold, cached], knowledge)
    assert found[0].predicted is not None and "in the cache" in str(found[1].reason)


def test_files_that_are_no_measurements_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("id,gpu\nA,RTX 3090\n", encoding="utf-8")
    with pytest.raises(BadInput, match="metric, value are missing"):
        read_rows(bad)
    bad.write_text("id,gpu,metric,value\nA,RTX 3090,decode_tok_s,fast\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no number"):
        read_rows(bad)
    with pytest.raises(BadInput, match="cannot be read"):
        read_rows(tmp_path / "none.csv")


def test_a_bar_stands_where_the_predictions_lie() -> None:
    low, usual, wide = bar([-0.7] * 5, 41), bar([0.0] * 5, 41), bar([-9.0, -0.1, 0.0, 0.1, 9.0], 41)
    assert low.index("|") < 20 == usual.index("|") and usual.count(" ") == 40
    assert wide[0] == wide[-1] == "-" and len(wide) == 41


def test_the_plot_has_a_line_for_each_stratum(knowledge: Knowledge, published: dict[str, Row]) -> None:
    told = backtest([one for name, one in published.items() if name in SOME], knowledge)
    text = FORMATS["text"]("backtest", told, plot=True)
    assert sum("|" in line for line in text.splitlines()) == len(told["strata"]) + len(told["overall"]) + 1


def test_a_picture_has_a_dot_for_each_row_of_a_known_metric() -> None:
    assert svg([("decode_tok_s", 50.0, 55.0), ("ttft_ms", 10.0, 9.0), ("odd", 1.0, 1.0)]).count("<circle") == 2
