"""The placeholders that the checks know are those that the commands of an answer fill."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path

import pytest

from engine.advice.commands import instruction, launch, measurement
from engine.advice.recommend import Answer
from engine.checking import validate
from engine.checking.limits import table
from engine.checking.scenario import read_scenario
from engine.reading import Knowledge

KNOWN = table("templates", "placeholders")
GAP = "…"


@pytest.fixture(scope="module")
def answer(knowledge: Knowledge) -> Answer:
    return Answer(dict(read_scenario({"rig": {"gpus": [{"gpu": "rtx_3090", "count": 2}]}})), knowledge)


def _spoken(words: list[str]) -> str:
    return " ".join(f"{{{word}}}" for word in words)


def test_each_known_placeholder_is_filled_and_no_other(answer: Answer) -> None:
    scenario, entries = answer.ground.deployments["now"], copy.deepcopy(answer.knowledge.entries)
    engine = entries["engines"][scenario["workload"]["engine"]]
    engine["launch"] = _spoken(KNOWN["engines"]["launch"])
    assert GAP not in launch(scenario, entries)
    engine["launch"] = "{anything}"
    assert GAP in launch(scenario, entries)
    engine["measure"] = _spoken(KNOWN["engines"]["measure"])
    assert GAP not in measurement(scenario, entries)
    engine["launch"] = "serve"
    words = _spoken(KNOWN["options"]["do"])
    assert GAP not in instruction(words, "power_limit", {"now": scenario}, None, entries)
    tools = entries["options"]["power_limit"]["power_command"]
    tools["nvidia"] = _spoken(KNOWN["options"]["power_command"])
    assert instruction("{power}", "power_limit", {"now": scenario}, None, entries) == "350 0,1 0 1 False"


def test_power_is_limited_by_the_tool_of_the_cards_maker(knowledge: Knowledge) -> None:
    groups = [{"gpu": "rtx_3090", "count": 2}, {"gpu": "rx_7900_xtx", "count": 1}]
    mixed = Answer(dict(read_scenario({"rig": {"gpus": groups}})), knowledge)
    words = instruction("{power}", "power_limit", {"now": mixed.ground.deployments["now"]}, None, knowledge.entries)
    assert words == "sudo rocm-smi -d 2 --setpoweroverdrive 355 && sudo nvidia-smi -i 0,1 -pl 350"


def test_a_price_from_long_before_the_card(tmp_path: Path) -> None:
    (tmp_path / "prices").mkdir()
    row = "  - {low: 600, high: 900, condition: used, date: %s, source: talk}\n"
    text = "schema: 1\nname: Price of a Card A\nof: card_a\ncurrency: USD\nprices:\n"
    rows = row % '"2026-11-01"' + row % '"2020-07-01"' + row % '"2020-02-01"'
    (tmp_path / "prices" / "card_a.yaml").write_text(text + rows)
    found = validate([tmp_path], base=Path(__file__).parent / "good", today=date(2026, 11, 23))
    assert [(one.code, one.place.line) for one in found] == [("P306", 8)]


@pytest.mark.parametrize(("engine", "port"), [("ollama", "OLLAMA_HOST=127.0.0.1:PORT "), ("llama_cpp", "--port PORT")])
def test_copies_of_an_engine_listen_at_ports_of_their_own(answer: Answer, engine: str, port: str) -> None:
    scenario = copy.deepcopy(dict(answer.ground.deployments["now"]))
    scenario["workload"] |= {"engine": engine, "engine_flags": []}
    scenario["workload"]["parallelism"] |= {"replicas": 1}
    assert port not in launch(scenario, answer.knowledge.entries)
    scenario["workload"]["parallelism"] |= {"replicas": 2}
    assert port in launch(scenario, answer.knowledge.entries)
