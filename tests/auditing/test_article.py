"""The claims of the rig-upgrade guide against an audit by hand: the same verdict, or an argument beside the claim."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.auditing.audit import audit
from engine.auditing.claims import claims_of_knowledge
from engine.reading import Knowledge

SOURCE = "thinksmart_3090_rig_upgrade"
LEAST_EXPRESSED = 132
"""Of the 145 rows of the audit; the head of the claims file says why the others are not."""
LEAST_AGREED = 107


@pytest.fixture(scope="module")
def by_hand() -> Mapping[str, str]:
    with Path(__file__).with_name("article_audit.csv").open(encoding="utf-8") as file:
        return {row["id"]: row["verdict"] for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def rows(knowledge: Knowledge) -> list[dict[str, Any]]:
    claims = [claim for claim in claims_of_knowledge(knowledge) if claim.source == SOURCE]
    found: list[dict[str, Any]] = audit(claims, knowledge)["claims"]
    return found


def test_verdicts_agree_or_the_difference_is_argued(rows: list[dict[str, Any]], by_hand: Mapping[str, str]) -> None:
    differ = {row["id"]: row["verdict"] for row in rows if row["verdict"] != by_hand[row["id"].partition(".")[0]]}
    unargued = [name for name in differ if not next(row for row in rows if row["id"] == name).get("note")]
    assert not unargued, {name: differ[name] for name in unargued}


def test_how_many_are_expressed_and_agree(rows: list[dict[str, Any]], by_hand: Mapping[str, str]) -> None:
    own = [row for row in rows if "." not in row["id"]]
    agreed = [row for row in own if row["verdict"] == by_hand[row["id"]]]
    assert len(by_hand) == 145 and len(own) >= LEAST_EXPRESSED
    assert len(agreed) >= LEAST_AGREED, f"{len(agreed)} of {len(own)}"


def test_no_verdict_stands_beside_a_claim(knowledge: Knowledge) -> None:
    for items in knowledge.entries["claims"].values():
        for item in items:
            assert item.keys() <= {"id", "source", "quote", "place", "note", "claim"}
            assert "verdict" not in item["claim"] and item["source"] in knowledge.entries["sources"] and item["place"]
