"""Claims that no rule was written for, true and false: the true ones hold, the false ones do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.auditing.audit import FINDINGS

Judge = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]

CLAIMS: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("fresh.yaml").read_text("utf-8"))


def test_there_are_as_many_true_as_false_ones() -> None:
    assert min(len(CLAIMS["true"]), len(CLAIMS["false"])) >= 60
    assert abs(len(CLAIMS["true"]) - len(CLAIMS["false"])) <= 5
    assert len({str(one["kind"]) for side in CLAIMS.values() for one in side}) >= 10


@pytest.fixture(scope="module")
def rows(judge: Judge) -> dict[str, list[dict[str, Any]]]:
    return {side: judge(claims) for side, claims in CLAIMS.items()}


@pytest.mark.parametrize("side", ["true", "false"])
def test_verdicts(side: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    wanted = FINDINGS if side == "false" else {"supported", "imprecise"}
    assert not [(row["verdict"], row["says"]) for row in rows[side] if row["verdict"] not in wanted]


def test_true_ones_are_supported_but_for_a_few(rows: dict[str, list[dict[str, Any]]]) -> None:
    assert [row["verdict"] for row in rows["true"]].count("imprecise") <= 3
