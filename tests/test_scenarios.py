"""Questions that real owners asked, each with what the evidence bears: tests/scenarios/*.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.advice.recommend import recommend
from engine.advice.verify import verify
from engine.checking.scenario import read_scenario
from engine.reading import Knowledge, plain, read_yaml

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path: Path, knowledge: Knowledge) -> None:
    case: dict[str, Any] = plain(read_yaml(path))
    answer = recommend(dict(read_scenario(case["scenario"])), knowledge)
    expected = case["expect"]
    concluded = {one["id"] for one in answer["conclusions"]}
    status = {row["id"]: row["status"] for row in answer["options"]}
    wrong = [f"{one} is not concluded" for one in expected["conclusions"] if one not in concluded]
    wrong += [f"{one} is concluded" for one in expected["absent"] if one in concluded]
    wrong += [f"{one} is {status[one]}" for one in expected["recommended"] if status[one] != "recommended"]
    wrong += [f"{one} is {status[one]}" for one in expected["rejected"] if status[one] != "rejected"]
    if expected["best_first"] and answer["options"][0]["id"] != expected["best_first"]:
        wrong.append(f"{answer['options'][0]['id']} is first")
    known = case.get("differs")
    if known:
        assert wrong, f"the difference argued in the file is gone: {known['because']}"
        assert sorted(wrong) == sorted(known["in"])
    else:
        assert not wrong
    assert verify(answer, knowledge)["faults"] == []
