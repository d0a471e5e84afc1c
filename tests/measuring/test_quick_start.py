"""`rigwise` alone, on a machine with tools that show GPUs and on one without; what a shell completes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from engine.asking import completion
from engine.asking.quick_start import quick_start, quick_start_code, quick_start_document
from engine.checking.schemas import output_validator

VARIANTS = Path(__file__).parent / "variants"


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An nvidia-smi that prints a saved `-q -x`, the only tool on the path."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f'#!/bin/sh\n[ "$*" = "-q -x" ] && exec /bin/cat "{VARIANTS / "xml.xml"}"\nexit 9\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tool


def test_without_gpus_an_example(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert quick_start(False, None) == 0
    told = capsys.readouterr().out
    assert "No GPU" in told and "rigwise recommend --gpu" in told


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the tool")
def test_nothing_runs_without_consent(nvidia_smi: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []
    assert quick_start(False, None) == 0
    assert quick_start(False, lambda question: bool(asked.append(question))) == 0
    told = capsys.readouterr().out
    assert len(asked) == 1 and "Found 1x rtx_a6000 + 1x rtx_3090." in told
    assert "rigwise doctor my_rig.yaml" in told and "VERDICT" not in told


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the tool")
def test_all_three_steps(nvidia_smi: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = quick_start(True, None)
    told = capsys.readouterr().out
    assert told.index("THE RIG") < told.index("FREE CHECKS") < told.index("ADVICE") < told.index("VERDICT")
    assert "GeForce RTX 3090" in told or "rtx_3090" in told
    assert code == (1 if "[bad" in told else 0)
    assert "11111111-2222" not in told and "1563220012345" not in told, "serials and UUIDs stay out"


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the tool")
def test_all_three_steps_as_one_document(nvidia_smi: Path) -> None:
    told = quick_start_document()
    for kind, document in {
        "quick_start": told,
        **{part: told[part] for part in ("detection", "doctor", "recommendation")},
    }.items():
        assert not list(output_validator(kind).iter_errors(document)), kind
    assert quick_start_code(told) == (1 if told["doctor"]["counts"]["bad"] else 0)


def test_without_gpus_the_document_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert quick_start_document() | {"schema": ""} == {
        "schema": "",
        "failed": [],
        "detection": None,
        "doctor": None,
        "recommendation": None,
    }


def test_keys_for_a_shell() -> None:
    assert "rtx_3090" in completion.keys("gpus", "rtx_30") and "rtx_3090" in completion.keys("gpus", "3090")
    assert completion.keys("gpus", "4xrtx_4090_d") == ["4xrtx_4090_d"]
    assert "qwen3_32b" in completion.keys("models", "qwen3-32")
    assert completion.keys("no_such_kind", "x") == []
    assert completion.keys("entries", "gpus/rtx_5090_d_") == ["gpus/rtx_5090_d_v2"]
    assert "all_reduce_fast_path_off" in completion.keys("rules", "all_re")
    assert completion.is_path("models", "./my/model") and not completion.is_path("gpus", "4x/")
