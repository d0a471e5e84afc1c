"""Both inference engines give the same answer to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.advice.recommend import recommend
from engine.checking.scenario import read_scenario
from engine.reading import Knowledge, plain, read_yaml

pytest.importorskip("durable_rules_engine")
ROOT = Path(__file__).resolve().parent
FILES = [ROOT.parent / "examples/4x3090_vllm.yaml", *sorted((ROOT / "scenarios").glob("*.yaml"))[::4]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_durable_and_clips_agree(path: Path, knowledge: Knowledge) -> None:
    case = plain(read_yaml(path))
    asked = dict(read_scenario(case.get("scenario", case)))
    one, other = (json.dumps(recommend(asked, knowledge, matcher)) for matcher in ("durable", "clips"))
    assert one == other
