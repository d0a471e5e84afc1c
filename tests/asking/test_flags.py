"""Flags that are lists, and words behind `--from`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from engine.asking.flags import amount, with_flags
from engine.asking.plans import _price_file, _start
from engine.errors import BadInput

SAMPLES = Path(__file__).parents[1] / "measuring" / "samples"


def limits(cards: list[str], text: str) -> list[tuple[int, float]]:
    rig = with_flags({}, {"gpu": cards, "power_limit": text})["rig"]
    return [(group["count"], group["power_limit_w"]) for group in rig["gpus"]]


@pytest.mark.parametrize(
    ("cards", "text", "expected"),
    [
        (["3090", "3060"], "250,120", [(1, 250), (1, 120)]),
        (["2x3090", "3060"], "250,120", [(2, 250), (1, 120)]),
        (["2x3090"], "250, 280W", [(1, 250), (1, 280)]),
        (["2x3090", "3060"], "300", [(2, 300), (1, 300)]),
    ],
)  # fmt: skip
def test_a_limit_for_each_card_or_group(cards: list[str], text: str, expected: list[tuple[int, float]]) -> None:
    assert limits(cards, text) == expected


def test_a_limit_too_many_is_refused_with_a_hint() -> None:
    with pytest.raises(BadInput, match="3 limits for 2 cards") as told:
        limits(["2x3090"], "250,120,200")
    assert "one for each card" in str(told.value)


@pytest.mark.parametrize("text", ["0,5", "25,12", "1,0000", "k", ","])
def test_commas_stand_before_three_digits_only(text: str) -> None:
    with pytest.raises(BadInput, match="cannot read"):
        amount(text, "--budget")


@pytest.mark.parametrize("command", ["detect", "doctor"])
def test_from_takes_all_files_that_follow(command: str) -> None:
    files = [str(SAMPLES / name) for name in ("nvlink-status_2x3090.txt", "topo-02_2x3090_NV4_lxc.txt")]
    told = CliRunner().invoke(main, [command, "--from", *files, "--format", "json"]).output
    apart = CliRunner().invoke(main, [command, "--from", files[0], "--from", files[1], "--format", "json"]).output
    assert told == apart
    assert '"nvlink"' in told


def test_words_are_not_read_as_numbers() -> None:
    assert with_flags({}, {"network_transport": "rdma"}) == {"rig": {"network_transport": "rdma"}}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", '[{"item": "rtx_3090", "low": 600, "high": "700 USD"}]', {"rtx_3090": {"low": 600, "high": 700}}),
        ("a.json", '{"prices": [{"item": "rtx_3090", "price": 650}]}', {"rtx_3090": {"low": 650, "high": 650}}),
        ("a.yaml", "rtx_3090: 0\n", {"rtx_3090": {"low": 0, "high": 0}}),
        ("a.CSV", "item,low,high\nrtx_3090,600,700\n", {"rtx_3090": {"low": 600, "high": 700}}),
        ("a.csv", "item,low\nrtx_3090,600\nrtx_3090,700\n", "rtx_3090 is priced twice"),
        ("a.json", "[5]", "a price without a name"),
        ("a.yaml", "only words", "is no mapping of items to prices"),
        ("a.csv", "item,low,high\nrtx_3090,1,200,1,400\n", "more cells than there are columns"),
        ("a.csv", "item,low,high,date\nrtx_3090,600,700,2099-01-01\n", "is still to come"),
        ("a.csv", "item,low,high,date\nrtx_3090,600,700,yesterday\n", "is no date"),
        ("a.csv", "item,low,high,currency\nrtx_3090,600,700,EUR\n", "a price in EUR"),
        ("a.yaml", "rtx_3090: {low: 600, hihg: 700}", "nothing reads 'hihg'"),
        ("a.json", '{"rtx_3090": {"low": true, "high": 700}}', "no amount of money"),
    ],
)  # fmt: skip
def test_prices_are_told_as_rows_or_by_item(name: str, text: str, told: object, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    if isinstance(told, str):
        with pytest.raises(BadInput, match=told):
            _price_file(tmp_path / name)
    else:
        assert _price_file(tmp_path / name) == told


def test_a_plan_for_a_machine_without_cards_is_shown_the_way(tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text("rig: {gpus: []}\n")
    with pytest.raises(BadInput) as caught:
        _start(tmp_path / "bare.yaml", {})
    assert "PART=0" in str(caught.value.hint)


def test_a_row_alone_has_no_page_and_says_so() -> None:
    answer = CliRunner().invoke(main, ["plan", "--model", "llama-3.1-8b", "--row", "1", "--format", "html"])
    assert answer.exit_code == 2 and "one row has no form html" in answer.output
