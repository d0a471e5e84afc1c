"""The committed table of errors: no metric gets worse than it says by more than noise."""

from __future__ import annotations

import json

from benchmarks.accuracy import BEGIN, PUBLISHED, ROOT, TABLE, errors_of, sample, table
from engine.measuring.rows import read_rows
from engine.reading import load_knowledge

# A change of the rules that moves a median of these few rows by this much is no rounding.
NOISE = 0.04


def test_no_metric_is_worse_than_the_committed_table() -> None:
    committed = json.loads(TABLE.read_text("utf-8"))["sample"]
    found = errors_of(sample(list(read_rows(PUBLISHED))), load_knowledge())
    assert set(committed) <= set(found)
    worse = {metric: (error, found[metric]) for metric, error in committed.items() if found[metric] > error + NOISE}
    assert not worse, f"committed and found: {worse}; `make accuracy` where it is meant"


def test_readme_and_page_show_the_committed_table() -> None:
    told = json.loads(TABLE.read_text("utf-8"))
    for page in (ROOT / "README.md", ROOT / "docs/accuracy.md"):
        text = page.read_text("utf-8")
        assert BEGIN in text and table(told) in text, page.name


def test_the_weak_strata_that_the_readme_names_are_those_of_the_table() -> None:
    strata = {
        (one["metric"], one["layout"], one["architecture"], one["link"]): one["median_abs_log_ratio"]
        for one in json.loads(TABLE.read_text("utf-8"))["strata"]
    }
    text = (ROOT / "README.md").read_text("utf-8")
    for stratum, before in (
        (("prefill_tok_s", "tensor", "dense", "pcie_host"), "medians "),
        (("ttft_ms", "tensor", "dense", "pcie_host"), " and "),
        (("output_throughput_tok_s", "replicas", "dense", "none"), "dense replicas ("),
        (("prefill_tok_s", "layer", "moe", "none"), "split by layer ("),
        (("allreduce_latency_us", "tensor", "dense", "pcie_host"), "through host memory\n("),
    ):
        assert f"{before}{strata[stratum]:.2f}" in text, stratum
