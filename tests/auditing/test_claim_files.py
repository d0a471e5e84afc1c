"""Files of claims as knowledge: ids once each, sources that exist."""

from __future__ import annotations

from pathlib import Path

from engine.checking import validate

ITEM = '  claim: {kind: arithmetic, expression: "1 + 1", states: 2}\n'
OTHER = '  claim: {kind: arithmetic, expression: "1 + 2", states: 3}\n'


def codes(text: str, folder: Path) -> list[str]:
    (folder / "claims").mkdir()
    (folder / "claims" / "mine.yaml").write_text(text, "utf-8")
    return [found.code for found in validate([folder])]


def test_two_claims_of_one_id(tmp_path: Path) -> None:
    assert codes(f"- id: a\n{ITEM}- id: a\n{OTHER}", tmp_path) == ["X202"]


def test_claims_without_ids_are_as_many_as_they_are(tmp_path: Path) -> None:
    assert codes(f"- {ITEM.strip()}\n- {OTHER.strip()}\n", tmp_path) == []


def test_a_source_that_nobody_knows(tmp_path: Path) -> None:
    assert codes(f"- id: a\n  source: nobody\n{ITEM}", tmp_path) == ["X201"]
