"""Weights in host memory, cards of several models, files of a size they cannot have: neither compared nor kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.asking.ingestions import ingestion

RUN = {"build_commit": "4b385bf", "build_number": 6123, "backends": "CUDA", "model_type": "llama 70B Q4_K - Medium",
       "gpu_info": "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 4090", "model_filename": "Llama-3.1-70B-Q4_K_M.gguf",
       "model_size": 42520395776, "model_n_params": 70553706496, "n_gpu_layers": 99, "split_mode": "layer",
       "n_depth": 0, "n_prompt": 0, "n_gen": 128, "avg_ts": 19.0, "stddev_ts": 0.1}  # fmt: skip


def ingested(folder: Path, flags: dict[str, Any] | None = None, **run: Any) -> dict[str, Any]:
    path = folder / "run.jsonl"
    path.write_text(json.dumps(RUN | run))
    return ingestion([str(path)], (), flags=flags or {}, into=folder / "mine")


@pytest.mark.parametrize("run", [{"n_gpu_layers": 30}, {"n_cpu_moe": 40}, {"tensor_buft_overrides": "exps=CPU"}])
def test_a_run_with_weights_in_host_memory_is_no_run_on_the_cards_alone(run: dict[str, Any], tmp_path: Path) -> None:
    document = ingested(tmp_path, **run, avg_ts=3.1)
    assert "host memory" in document["compared"][0]["reason"] and document["written"]["new"] == 0
    assert ingested(tmp_path, n_gpu_layers=80)["written"]["new"] == 1


def test_cards_of_several_models_are_those_of_their_rig(tmp_path: Path) -> None:
    cards = "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 3090"
    document = ingested(tmp_path, {"gpu": ["1x4090", "1x3090"]}, gpu_info=cards)
    assert document["measurements"][0]["gpu"] == "rtx_4090 + rtx_3090" and not document["refused"]
    assert "1 x" not in str(document["refused"]) and document["written"]["left_out"] == 1


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ({"gpu_info": "NVIDIA GeForce RTX 4090"}, "of weights on 1 x"),
        ({"model_size": 4252039577}, "contradicts itself"),
    ],
)
def test_a_file_of_a_size_that_cannot_be_is_refused(run: dict[str, Any], reason: str, tmp_path: Path) -> None:
    document = ingested(tmp_path, **run)
    assert not document["measurements"] and reason in document["refused"][0]["reason"]
