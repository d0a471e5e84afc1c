"""Facts on which sources disagree: in the data with their sources, settled by the policy, shown where they are used."""

from __future__ import annotations

import gc
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli import main
from engine.advice.recommend import Answer
from engine.checking import read_scenario
from engine.reading import Knowledge, load_knowledge


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.enable()


@pytest.fixture(scope="module")
def answer(knowledge: Knowledge) -> Answer:
    return Answer(dict(read_scenario(TWO_CARDS)), knowledge)


TWO_CARDS: dict[str, Any] = {
    "rig": {"gpus": [{"gpu": "rtx_3090", "count": 2}], "pcie": {"gen": 4, "lanes": 16}},
    "workload": {"model": "qwq_32b", "quantization": "fp8", "engine": "vllm", "parallelism": {"tensor": 2}},
    "goal": {"budget_usd": 300},
}
DISPUTES = [
    ("gpus", "rtx_4090", "nvlink.reach", "none", "dropped"),
    ("gpus", "rtx_6000_ada", "nvlink.reach", "none", "dropped"),
    ("gpus", "rtx_3090_ti", "nvlink.reach", "pair", "lost"),
    ("gpus", "rtx_3090", "tdp_w", 350, "lost"),
    ("links", "pcie", "gen4_x16_both_directions_gb_s", 63, "dropped"),
]


@pytest.mark.parametrize(("folder", "key", "path", "value", "loser"), DISPUTES, ids=lambda one: str(one))
def test_known_disputes_are_in_the_data(
    folder: str, key: str, path: str, value: Any, loser: str, knowledge: Knowledge
) -> None:
    found = knowledge.value(folder, key, path)
    assert found.value == value
    outcomes = {claim["outcome"] for claim in found.claims}
    assert {"used", loser} <= outcomes
    for claim in found.claims:
        assert claim["sources"] and set(claim["sources"]) <= knowledge.entries["sources"].keys()
        assert claim["outcome"] in ("used", "agrees") or claim["because"]


def test_prices_of_a_bridge_and_its_gain_are_disputed_too(knowledge: Knowledge) -> None:
    prices = knowledge.entries["prices"]["nvlink_bridge_rtx_3090"]["prices"]
    assert max(one["low"] for one in prices) > 2 * min(one["high"] for one in prices)
    for key in ("nvlink_pair_3090_decode", "nvlink_pairs_4x3090_decode"):
        measured = knowledge.entries["effects"][key]["measurements"]
        assert max(one["low"] for one in measured) > min(one["high"] for one in measured)
        assert len({one["source"] for one in measured}) >= 2


@pytest.mark.parametrize(
    ("about", "voice"),
    [
        ("tdp_w of rtx_3090", "420 (club_3090_pr_44"),
        ("gen4_x16_both_directions_gb_s of pcie", "32 (thinksmart_3090_rig_upgrade"),
        ("price of nvlink_bridge_rtx_3090", "$90 to $130"),
        ("nvlink_bridges in decode_tok_s", "+47 % to +49 % (thinksmart_3090_rig_upgrade): not counted"),
        ("nvlink.reach of rtx_4090", "pair (thinksmart_3090_rig_upgrade"),
    ],
)
def test_an_answer_that_used_them_shows_them(about: str, voice: str, answer: Answer) -> None:
    rows = {row["about"]: row for row in answer.recommendation()["conflicts"]}
    assert any(voice in one for one in rows[about]["evidence"])
    assert rows[about]["proofs"][0] in answer.proofs


def test_four_cards_show_the_gain_of_two_bridges(knowledge: Knowledge) -> None:
    asked = json.loads(json.dumps(TWO_CARDS))
    asked["rig"]["gpus"][0]["count"] = asked["workload"]["parallelism"]["tensor"] = 4
    rows = Answer(dict(read_scenario(asked)), knowledge).recommendation(brief=True)["conflicts"]
    told = next(row for row in rows if row["about"] == "nvlink_bridges in decode_tok_s")["evidence"]
    assert any("linkworks" in one for one in told) and any("thinksmart" in one for one in told)


def test_a_rig_without_them_shows_none_of_them(knowledge: Knowledge) -> None:
    one_card = {"rig": {"gpus": [{"gpu": "rtx_4060_ti_16gb", "count": 1}]}, "workload": {"model": "llama_3_1_8b"}}
    rows = Answer(dict(read_scenario(one_card)), knowledge).recommendation(brief=True)["conflicts"]
    assert not {"tdp_w of rtx_3090", "gen4_x16_both_directions_gb_s of pcie"} & {row["about"] for row in rows}


def test_proofs_name_every_voice(answer: Answer) -> None:
    nodes = answer.recommendation()["proofs"].values()
    told = [one for node in nodes for one in node.get("disputed", ())]
    assert any(one.startswith("tdp_w: ") and "420" in one for one in told)


def test_text_and_show_tell_the_losing_voices() -> None:
    shown = CliRunner().invoke(main, ["show", "gpus/rtx_3090_ti"]).output
    assert "runaihome_multi_gpu_nvlink" in shown and "lost" in shown
    page = CliRunner().invoke(
        main, ["why", "power_limit_is_cheap_for_decode", "--gpu", "2x3090", "--engine", "vllm", "--model", "qwq-32b",
               "--quant", "fp8", "--budget", "300", "--depth", "12"],
    )  # fmt: skip
    told = " ".join(page.output.split())
    assert page.exit_code == 0 and "SOURCES DISAGREE on tdp_w" in told and "club_3090_pr_44" in told


CLAIMS = [
    "{value: pair, source: wccftech_4090_pcb_nvlink_traces}",
    "{value: none, source: craftrigs_nvlink_glossary}",
    "{value: none, source: runaihome_multi_gpu_nvlink}",
    "{value: pair, source: techgit_nvlink_4090}",
]


def overlaid(folder: Path, lines: list[str]) -> Knowledge:
    (folder / "gpus").mkdir(parents=True)
    claims = "\n".join(f"    - {line}" for line in lines)
    text = f"schema: 1\nname: GeForce RTX 3090\nsources: [techpowerup_rtx_3090]\nnvlink:\n  reach:\n{claims}\n"
    (folder / "gpus" / "rtx_3090.yaml").write_text(text, "utf-8")
    return load_knowledge([folder])


def test_the_order_of_claims_changes_nothing(tmp_path: Path) -> None:
    found = set()
    for number, order in enumerate(itertools.islice(itertools.permutations(CLAIMS), 0, 24, 5)):
        knowledge = overlaid(tmp_path / str(number), list(order))
        claims = knowledge.claims_of("gpus", "rtx_3090", "nvlink.reach")
        outcomes = sorted((str(claim["value"]), claim["sources"][0], claim["outcome"]) for claim in claims)
        found.add((str(knowledge.entries["gpus"]["rtx_3090"]["nvlink"].get("reach")), str(outcomes)))
    assert len(found) == 1


def test_a_tie_is_unknown_and_not_what_silence_means(tmp_path: Path) -> None:
    """Two claims of one source are as strong as each other: NVLink is then neither there nor absent."""
    same = ["{value: pair, source: techgit_nvlink_4090}", "{value: none, source: techgit_nvlink_4090}"]
    knowledge = overlaid(tmp_path / "tie", same)
    claims = knowledge.claims_of("gpus", "rtx_3090", "nvlink.reach")
    assert [claim["outcome"] for claim in claims] == ["tied", "tied"]
    answer = Answer(dict(read_scenario(TWO_CARDS)), knowledge)
    gpu = next(fact for fact in answer.trace.of_kind("gpu") if fact["key"] == "rtx_3090")
    assert gpu.get("nvlink_reach") is None
    conclusions = {str(fact["id"]) for fact in answer.trace.of_kind("conclusion")}
    assert "nvlink_absent_on_gpu" not in conclusions
    rows = {row["about"]: row["evidence"] for row in answer.recommendation(brief=True)["conflicts"]}
    assert len(rows["nvlink.reach of rtx_3090"]) == 2 and all("tied" in one for one in rows["nvlink.reach of rtx_3090"])
