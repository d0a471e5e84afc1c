"""What a plan leaves open: list prices that one source tells, and leads that lie within what is predicted."""

from __future__ import annotations

import pytest

from engine.reading import Knowledge
from engine.search.build import Build, Host, Layout, Software
from engine.search.candidate import Candidate
from engine.search.comparing import beats, break_even, turning
from engine.search.judging import Hit
from engine.search.prices import Price, PriceList
from engine.search.question import Question
from engine.search.telling import nearly


def test_a_list_price_of_one_source_is_widened_to_what_shops_ask(knowledge: Knowledge) -> None:
    prices = PriceList(knowledge)
    price, (row,) = prices.of("rtx_5070"), knowledge.entries["prices"]["rtx_5070"]["prices"]
    least, most = prices.widening(knowledge.entries["gpus"]["rtx_5070"]["launch_date"], shops=True)
    assert price is not None and price.basis == "list" and row["condition"] == "list"
    assert least <= 1 < most
    assert (price.low, price.high) == (round(row["low"] * least), round(row["high"] * most))


def test_one_number_of_one_page_is_no_certainty(knowledge: Knowledge) -> None:
    prices = PriceList(knowledge)
    price, (row,) = prices.of("p100_pcie_16gb"), knowledge.entries["prices"]["p100_pcie_16gb"]["prices"]
    assert price is not None and price.basis == "single" and row["low"] == row["high"]
    assert price.low < row["low"] < price.high and prices.spread[0] < 1 < prices.spread[1]


def test_what_its_maker_sells_itself_is_not_widened(knowledge: Knowledge) -> None:
    price, (row,) = PriceList(knowledge).of("m3_ultra"), knowledge.entries["prices"]["m3_ultra"]["prices"]
    assert row["condition"] == "list" and price is not None and (price.low, price.high) == (row["low"], row["high"])


def test_old_launches_widen_nothing(knowledge: Knowledge) -> None:
    """Cards that were launched about when a card was count for it: one of 2016 is sold at a thirtieth of its price."""
    prices = PriceList(knowledge)
    young, old = (prices.widening(day, shops=False) for day in ("2025-07-23", "2022-03-29"))
    assert old[0] < 0.5 < young[0]
    card = knowledge.entries["gpus"]["tesla_p40"]
    assert card["launch_price_usd"] > 10 * PriceList(knowledge).of("tesla_p40").high  # type: ignore[union-attr]


def test_a_price_of_ones_own_is_not_widened(knowledge: Knowledge) -> None:
    price = PriceList(knowledge, {"rtx_5070_ti": {"low": 749, "high": 749}}).of("rtx_5070_ti")
    assert price is not None and (price.low, price.high, price.basis) == (749, 749, "own")


def test_cards_are_bought_new_or_used_alone(knowledge: Knowledge) -> None:
    """What is no card is bought as it is priced; a card of which none is priced in that condition has no price."""
    used, new = (PriceList(knowledge, {}, condition) for condition in ("used", "new"))
    assert used.of("rtx_5070_ti") is None and new.of("rtx_3090") is None
    assert used.of("rtx_4090").high < new.of("rtx_4090").high  # type: ignore[union-attr]
    assert used.of("psu_1600w") is not None and used.of("ai_pro_r9700") is None


def number(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


def test_a_lead_within_the_interval_says_where_it_turns() -> None:
    row = {"decode_tok_s": number(45, 34, 61), "power_w": number(385, 375, 395)}
    rival = {"decode_tok_s": number(41, 34, 49), "power_w": number(326, 322, 330)}
    told = turning(row, rival, "decode", "row 2")
    assert told == "; this row leads in decode unless its own is under 41 tok/s (within what is predicted)"
    assert "row 2 leads in decode unless its own is under 41" in turning(rival, row, "decode", "row 2")


def test_a_lead_beyond_the_interval_says_nothing() -> None:
    row = {"decode_tok_s": number(45, 44, 46), "power_w": number(385, 380, 390)}
    rival = {"decode_tok_s": number(41, 40, 42), "power_w": number(326, 322, 330)}
    assert turning(row, rival, "decode", "row 2") == ""
    assert turning(row, {"decode_tok_s": number(41, 40, 42)}, "prefill", "row 2") == ""


@pytest.mark.parametrize(
    ("costs", "told"),
    [([-1600, 0, 1380], ["2", "96%", "$1,380"]), ([0, 0, 0], []), ([-300, -200, -100], []), ([900, 950, 1000], []),
     ([700, 950, 1000], ["1", "86%", "$300"])],
)  # fmt: skip
def test_a_row_that_is_almost_as_fast_is_told_where_it_saves_money(costs: list[float], told: list[str]) -> None:
    """What brings money costs nothing: a rig is not advised to be sold for one that has less."""
    rows = [{"id": str(place), "says": "it", "decode_tok_s": {"value": speed}, "cost_usd": {"value": cost}}
            for place, (speed, cost) in enumerate(zip((86.0, 96.0, 100.0), costs, strict=True), 1)]  # fmt: skip
    question = Question("llama_3_1_8b", goal="speed")
    expected = [f"row {told[0]} has {told[1]} of its decode for {told[2]} less: it"] if told else []
    assert nearly(rows[-1], rows, question) == expected


def hit(gpu: str, each: float, count: int, rest: float, speed: float, power: float) -> Hit:
    host = Host("am4", 4, 8, 50.0, 32)
    card, board = (Price(item, usd, usd, "own", None, (), False) for item, usd in ((gpu, each), ("board", rest)))
    parts, usd = ((card, count), (board, 1)), each * count + rest
    build = Build(gpu, count, 200.0, host, "none", "stock", parts, ((board, 1),), (usd, usd))
    candidate = Candidate(build, Software("vllm", "fp8", "f16", "none"), Layout(count, 1, 1, "none"))
    return Hit(candidate, {"decode": speed, "power": power}, usd, usd)


def test_a_card_that_both_builds_have_turns_by_those_that_one_has_more_of() -> None:
    one, two = hit("rtx_3090", 700, 1, 1000, 50, 300), hit("rtx_3090", 700, 2, 1000, 80, 500)
    assert break_even(two, one) is None  # two always cost more than one, on the same board
    assert break_even(hit("rtx_3090", 700, 2, 900, 80, 500), one) == 100
    assert break_even(hit("rtx_4090", 1700, 1, 1000, 60, 300), one) == 700
    assert break_even(hit("rtx_3090", 700, 1, 1200, 80, 300), one) is None


def test_only_what_draws_no_more_beats_a_build_outright() -> None:
    question, old = Question("llama_3_1_8b"), hit("rtx_3090", 700, 1, 1000, 50, 300)
    same, more = (hit("rtx_4090", 1700, 1, 1000, 60, watts) for watts in (300, 400))
    assert "would beat row 1 outright with rtx_4090 under $700 each" in beats(same, old, question, "row 1")
    assert "would cost no more than row 1 with rtx_4090 under $700 each" in beats(more, old, question, "row 1")
