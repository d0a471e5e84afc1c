"""A card in MIG mode stays one in the rig file, so that what is asked of the file knows it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from cli import main
from engine.advice.recommend import Answer
from engine.asking import examinations
from engine.checking.scenario import read_scenario
from engine.measuring.detect import detect
from engine.measuring.limits import finder
from engine.reading import load_knowledge

KNOWLEDGE = load_knowledge()
SAVED = {"rig": {"gpus": [{"gpu": "a100_sxm4_80gb", "count": 1, "mig": True}, {"gpu": "a100_sxm4_80gb", "count": 1}]}}


def test_detect_writes_it_into_the_group() -> None:
    found = detect(Path(__file__).parent / "variants" / "mig_L.txt", find=finder(KNOWLEDGE))
    assert [group.get("mig") for group in found.rig["gpus"]] == [True, None]


def test_doctor_of_the_saved_file_calls_it_bad() -> None:
    checks = examinations.examined(SAVED, None, KNOWLEDGE, None)
    cards = next(area for area in checks["areas"] if area["id"] == "cards")
    assert cards["status"] == "bad" and "MIG" in cards["checks"][0]["says"]


def test_recommend_of_the_saved_file_turns_it_off_first() -> None:
    asked = {**SAVED, "workload": {"model": "llama_3_1_70b", "engine": "vllm", "quantization": "awq_int4"}}
    answer = Answer(dict(read_scenario(asked)), KNOWLEDGE).recommendation()
    assert answer["path"]["steps"][0]["option"] == "mig_off"


def test_no_plan_sells_a_card_for_its_slices(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(json.dumps(SAVED))
    said = CliRunner().invoke(main, ["plan", "--from", str(path), "--model", "llama-3.1-70b"])
    assert said.exit_code == 2 and "MIG mode" in said.stderr
