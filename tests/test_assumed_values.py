"""Values of assumptions at which the verdict turns, asked again as a user would ask."""

from __future__ import annotations

from typing import Any

import pytest

from engine.advice.recommend import Answer
from engine.advice.verify import verify
from engine.grounding.scenario import with_values
from engine.model.turning import STAYS, UNASKED, UNTRIED
from engine.reading import load_knowledge

ASKED: dict[str, Any] = {
    "rig": {"gpus": [{"gpu": "rtx_3090", "count": 4}], "nodes": 1, "host": {"sockets": 1}},
    "workload": {"model": "qwen3_32b", "users": 1},
}


def first(asked: dict[str, Any]) -> str:
    options = Answer(asked, load_knowledge()).recommendation()["options"]
    return str(min(options, key=lambda row: row["rank"])["id"])


@pytest.fixture(scope="module")
def answered() -> dict[str, Any]:
    return Answer(ASKED, load_knowledge()).recommendation(asked_again=True)


def test_what_is_said_to_come_first_comes_first_when_asked(answered: dict[str, Any]) -> None:
    rows = [row for row in answered["assumptions"] if _named(row, answered)]
    turning = [row for row in rows if row["flips_at"] != STAYS]
    standing = next(row for row in rows if row["flips_at"] == STAYS)
    assert len(turning) > 1
    for row in (*turning, standing):
        after = first(with_values(ASKED, {row["path"]: _named(row, answered)["flips_at"]}))
        assert row["flips_at"].endswith(f": {after} comes first") if row in turning else after == first(ASKED), row


def _named(row: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The fact of an assumption whose rule names another value of a plain setting."""
    fact: dict[str, Any] = document["proofs"][row["proof"]]["fact"]
    return fact if fact["kind"] == "setting" and fact.get("flips_at") is not None else {}


def test_nothing_is_called_tried_that_was_not() -> None:
    document = Answer(ASKED, load_knowledge()).recommendation()
    told = {row["path"]: row["flips_at"] for row in document["assumptions"]}
    assert told["workload.engine"] == f"vllm{UNTRIED}"
    assert told["workload.offload"] == UNASKED
    assert told["workload.prompt_tokens"] == STAYS


def test_what_was_tried_is_verified_and_tampering_is_seen(answered: dict[str, Any]) -> None:
    assert not verify(answered)["faults"]
    row = next(row for row in answered["assumptions"] if row["flips_at"].endswith(" comes first"))
    before, row["flips_at"] = row["flips_at"], row["flips_at"].replace(": ", " or so: ")
    assert verify(answered)["faults"]
    row["flips_at"] = before
