"""What an overlay replaces is told where it may not be meant, and how to say that it is."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from engine.checking import Report, validate
from engine.reading import load_knowledge

GOOD = Path(__file__).parent / "good"
ACCEPT = 'accept:\n  - {check: X216, at: name, reason: our own card, until: "2027-01-01"}\n'


def report(site: Path) -> Report:
    return validate([site], base=GOOD, today=date(2026, 11, 23))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for kind in ("gpus", "rules", "prices"):
        (tmp_path / "site" / kind).mkdir(parents=True)
    return tmp_path / "site"


def test_a_whole_entry_over_another_is_told_and_can_be_meant(site: Path) -> None:
    card = site / "gpus" / "card_a.yaml"
    text = (GOOD / "gpus" / "card_a.yaml").read_text("utf-8").replace("aliases: [A One]", "aliases: []")
    card.write_text(text, "utf-8")
    (found,) = report(site)
    assert found.code == "X216" and "`aliases`" in found.message and "knowledge/gpus/card_a.yaml" in found.message
    card.write_text(text + ACCEPT, "utf-8")
    assert not report(site)


def test_a_few_fields_of_an_entry_are_what_an_overlay_is_for(site: Path) -> None:
    card = site / "gpus" / "card_a.yaml"
    card.write_text("schema: 1\nsources: [talk]\ntdp_w: 300\n", "utf-8")
    assert not [str(one) for one in report(site) if one.code != "P322"]
    card.write_text("schema: 1\naliases: []\n", "utf-8")
    (found,) = report(site)
    assert found.code == "X216" and "takes away all 1" in found.message


def test_a_rule_with_the_id_of_another(site: Path) -> None:
    shutil.copy(GOOD / "rules" / "basic.yaml", site / "rules" / "mine.yaml")
    found = [one for one in report(site) if one.code == "X216"]
    assert found and "replaces the one at knowledge/rules/basic.yaml:1" in found[0].message


def test_prices_in_a_file_of_another_name(site: Path) -> None:
    text = (GOOD / "prices" / "card_a.yaml").read_text("utf-8")
    (site / "prices" / "my_card.yaml").write_text(text, "utf-8")
    (found,) = [one for one in report(site) if one.code == "X217"]
    assert "card_a.yaml" in found.hint


def test_a_price_of_an_overlay_is_added_unless_it_says_that_it_replaces(site: Path) -> None:
    row = '  - {low: 640, high: 700, condition: used, date: "2026-11-20", source: talk}\n'
    mine = f"schema: 1\nname: Price of Card A\naliases: []\nsources: [talk]\nof: card_a\ncurrency: USD\nprices:\n{row}"
    path = site / "prices" / "card_a.yaml"
    path.write_text(mine, "utf-8")
    assert not [str(one) for one in report(site)]
    below = load_knowledge(base=GOOD).entries["prices"]["card_a"]["prices"]
    known = load_knowledge([site], base=GOOD)
    assert known.entries["prices"]["card_a"]["prices"][:-1] == below and len(below) >= 1
    assert known.entries["prices"]["card_a"]["prices"][-1]["low"] == 640
    path.write_text(mine + "replaces: true\n", "utf-8")
    assert [one["low"] for one in load_knowledge([site], base=GOOD).entries["prices"]["card_a"]["prices"]] == [640]
    assert not [str(one) for one in report(site)]
