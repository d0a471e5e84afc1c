"""A card in MIG mode stays one in the rig file, so that what is asked of the file knows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from engine.advice.recommend import Answer
from engine.advice.visible import shown_alone
from engine.asking import examinations
from engine.asking.readings import detected
from engine.checking.scenario import read_scenario
from engine.errors import BadInput
from engine.grounding.slices import with_slices, with_slices_of
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


def test_slices_of_a_known_profile_are_cards_of_their_own() -> None:
    found = detected([str(Path(__file__).parent / "variants" / "mig_L.txt")], KNOWLEDGE)
    assert found.rig["gpus"][0] == {"gpu": "a100_sxm4_80gb", "count": 2, "mig": "3g.40gb"}
    asked, lent = with_slices({"rig": {"gpus": [found.rig["gpus"][0]]}}, KNOWLEDGE)
    whole, part = (lent.entries["gpus"][key] for key in ("a100_sxm4_80gb", "a100_sxm4_80gb_3g_40gb"))
    assert asked["rig"]["gpus"] == [{"gpu": "a100_sxm4_80gb_3g_40gb", "count": 2}]
    assert (part["vram_gib"], part["memory_bandwidth_gb_s"]) == (40, whole["memory_bandwidth_gb_s"] / 2)
    assert part["fp16_tflops"] == pytest.approx(312 * 3 / 7)
    assert with_slices_of(asked, KNOWLEDGE).entries["gpus"]["a100_sxm4_80gb_3g_40gb"] == part


def test_a_slice_is_shown_to_an_engine_by_its_uuid() -> None:
    group = {"gpu": "a100_sxm4_80gb", "count": 2, "mig": "3g.40gb"}
    asked, lent = with_slices({"rig": {"gpus": [group]}}, KNOWLEDGE)
    slots = {"pcie": {"gen": 4, "lanes": 16}, "nvlink": [], "numa_nodes": [0, 0], "nodes": 1}
    rig = slots | {"gpus": [asked["rig"]["gpus"][0] | {"power_limit_w": 200}]}
    workload = {"parallelism": {"tensor": 1, "pipeline": 1, "replicas": 1, "split_mode": "none"}}
    setting, cards = shown_alone({"rig": rig, "workload": workload}, lent.entries)
    assert setting.endswith("CUDA_VISIBLE_DEVICES=MIG-UUID ") and cards.endswith("MIG-UUID: `nvidia-smi -L` lists it")


@pytest.mark.parametrize(("gpu", "profile"), [("rtx_3090", "3g.40gb"), ("a100_sxm4_80gb", "3g.90gb")])
def test_a_slice_that_a_card_has_not_is_refused(gpu: str, profile: str) -> None:
    with pytest.raises(BadInput, match="no slice"):
        with_slices({"rig": {"gpus": [{"gpu": gpu, "count": 1, "mig": profile}]}}, KNOWLEDGE)
