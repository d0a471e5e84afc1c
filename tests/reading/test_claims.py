"""Values that sources disagree on: the policy picks by grade, independent publishers, date; a tie is unknown."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from engine.reading.claims import UNKNOWN, Policy, is_claim, is_dispute

VOCABULARY = {
    "policy": {
        "rank": {"A": 4, "B": 3, "C": 2, "D": 1},
        "order": ["grade", "independent_publishers", "newest"],
        "tolerance": {"default": 0.0, "rate": 0.05},
    },
    "grades": {"vendor_page": "A", "database": "B", "press": "C", "forum": "D", "recalled": "D"},
}
SOURCES = {
    "vendor": {"publisher": "Maker", "kind": "vendor_page", "retrieved": "2026-01-01"},
    "base": {"publisher": "Base", "kind": "database"},
    "press_a": {"publisher": "A", "kind": "press", "date": "2025-01-01"},
    "press_a_again": {"publisher": "A", "kind": "press", "date": "2026-02-01"},
    "press_b": {"publisher": "B", "kind": "press", "date": "2025-06-01"},
    "forum": {"publisher": "F", "kind": "forum"},
    "memory": {"publisher": "rigwise", "kind": "recalled"},
}
POLICY = Policy(VOCABULARY, SOURCES)


def judge(claims: list[dict[str, Any]], field: str = "x") -> Any:
    return POLICY.judge([POLICY.describe(claim, claim["value"], ["base"]) for claim in claims], field)


def claim(value: Any, source: str, **rest: Any) -> dict[str, Any]:
    return {"value": value, "source": source, **rest}


@pytest.mark.parametrize(
    ("claims", "value", "because"),
    [
        ([claim(1, "vendor"), claim(2, "base")], 1, "grade B against A"),
        ([claim(1, "press_a"), claim(2, "press_b"), claim(2, "press_a")], 2, "1 independent publisher against 2"),
        ([claim(1, "press_a"), claim(2, "press_b")], 2, "dated 2025-01-01 against 2025-06-01"),
        (
            [claim(1, "press_b"), claim(2, "press_a_again"), claim(2, "press_a")],
            2,
            "dated 2025-06-01 against 2026-02-01",
        ),
        ([claim(1, "base"), claim(2, "base")], UNKNOWN, None),
        ([claim(1, "base"), claim(2, "base", status="disputed")], 1, "it is marked as disputed"),
        ([claim(1, "vendor", status="refuted", reason="wrong"), claim(2, "forum")], 2, None),
        ([claim(1, "vendor", status="superseded"), claim(2, "forum")], 2, None),
        ([claim(1, "vendor", status="rejected"), claim(2, "forum")], 2, None),
        ([claim(1, "vendor", grade="D"), claim(2, "base")], 2, "grade D against B"),
        ([claim(1, "forum", grade="A"), claim(2, "base")], 2, "grade D against B"),
        ([claim(True, "vendor"), claim(1, "base")], True, "grade B against A"),
    ],
)
def test_policy(claims: list[dict[str, Any]], value: Any, because: str | None) -> None:
    for order in itertools.permutations(claims):
        found = judge(list(order))
        assert found.value is value or (found.value == value and type(found.value) is type(value))
        if because:
            assert because in [one["because"] for one in found.claims if one["outcome"] == "lost"]
    assert len(judge(claims).claims) == len(claims)


def test_values_within_tolerance_agree() -> None:
    found = judge([claim(100, "base"), claim(103, "press_a")], "rate")
    assert found.value == 100 and not found.disputed
    assert [one["outcome"] for one in found.claims] == ["used", "agrees"]
    assert judge([claim(100, "base"), claim(103, "press_a")], "other").disputed


def test_a_tie_names_its_claims() -> None:
    assert [one["outcome"] for one in judge([claim(1, "base"), claim(2, "base")]).claims] == ["tied", "tied"]


def test_what_is_a_claim() -> None:
    assert is_claim({"value": 1}) and is_claim({"value": 1, "source": "a", "note": "b"})
    assert not is_claim({"value": 128, "q_lora": 1536}) and not is_claim({"source": "a"})
    assert is_dispute([{"value": 1}, {"value": 2}]) and not is_dispute([]) and not is_dispute([1])


def test_recalled_needs_all_sources_to_be_memory() -> None:
    assert POLICY.recalled(["memory"]) and not POLICY.recalled(["memory", "base"]) and not POLICY.recalled([])
