"""The page of a plan in a real browser: its plot and its table answer, in both colours, narrow and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import browser
import pytest

from engine.reading import Knowledge
from engine.search.plan import Plan
from engine.showing import plan_html
from engine.showing.plan_words import in_words

SIZES = "[...document.querySelectorAll('#plot text')].slice(-%d).map(one => { const box = one.getBBox();" \
        "return [box.x, box.y, box.width, box.height]; })"  # fmt: skip


@pytest.fixture(scope="module")
def document(knowledge: Knowledge) -> dict[str, Any]:
    flags = {"model": "llama-3.1-70b", "users": 4, "decode": 15.0, "gpu": ["rtx_3090", "rtx_5090"], "slots": 4,
             "engine": ["vllm"]}  # fmt: skip
    return Plan(flags, knowledge).document()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]) -> Iterator[browser.Browser]:
    if browser.found() is None:
        pytest.skip("no browser on this machine")
    home = tmp_path_factory.mktemp("browser")
    (home / "plan.html").write_text(plan_html.text(document), "utf-8")
    with browser.started(home) as opened:
        opened.looks(1200)
        opened.open(home / "plan.html")
        yield opened


def test_it_opens_without_a_complaint_and_loads_nothing(tab: browser.Browser) -> None:
    assert tab.complaints() == [] and len(tab.requests()) == 1


def test_each_row_is_a_point_that_tells_its_row(tab: browser.Browser, document: dict[str, Any]) -> None:
    rows = document["front"]
    assert len(rows) > 2 and tab.value("document.querySelectorAll('#plot circle').length") == len(rows)
    assert tab.value("document.getElementById('told').textContent").startswith(f"Row {document['best']}: ")
    tab.value("document.querySelectorAll('#plot circle')[2].dispatchEvent(new Event('mouseenter'))")
    told = tab.value("document.getElementById('told').textContent")
    says = in_words(document)["front"][2]["says"]
    assert told.startswith(f"Row {rows[2]['id']}: {says}") and rows[2]["estimate"] in told
    assert tab.value("document.querySelector('#front tr.on').dataset.id") == rows[2]["id"]


def test_labels_stand_clear_of_each_other(tab: browser.Browser, document: dict[str, Any]) -> None:
    """Where points lie on each other, too: two rows have the same prefill."""
    for axis in ("across", "up"):
        tab.value(f"document.getElementById('{axis}').value = 'prefill_tok_s'")
    tab.value("document.getElementById('up').dispatchEvent(new Event('change'))")
    boxes = tab.value(SIZES % len(document["front"]))
    for number, (x, y, width, height) in enumerate(boxes):
        for left, top, wide, high in boxes[:number]:
            assert x >= left + wide or left >= x + width or y >= top + high - 3 or top >= y + height - 3


def test_axes_and_intervals_are_chosen(tab: browser.Browser) -> None:
    pick = "document.getElementById('%s').%s; document.getElementById('%s').dispatchEvent(new Event('change'));"
    before = tab.value("document.querySelectorAll('#plot path').length")
    tab.value(pick % ("whiskers", "checked = false", "whiskers"))
    assert tab.value("document.querySelectorAll('#plot path').length") < before
    heights = "[...document.querySelectorAll('#plot circle')].map(one => Number(one.getAttribute('cy')))"
    tab.value(pick % ("up", "value = 'cost_usd'", "up"))
    first = tab.value(heights)
    tab.value(pick % ("up", "value = 'prefill_tok_s'", "up"))
    assert tab.value(heights) != first and tab.complaints() == []
    assert "prefill tok/s" in tab.value("document.getElementById('plot').textContent")


def test_a_column_sorts_the_table_up_and_down(tab: browser.Browser, document: dict[str, Any]) -> None:
    ids = "[...document.querySelectorAll('#front tbody tr')].map(line => line.dataset.id)"
    value = {row["id"]: float(f"{row['prefill_tok_s']['value']:.6g}") for row in document["front"]}
    for falls in (False, True):
        tab.value("document.querySelector('#front th[data-key=prefill_tok_s]').click()")
        found = [value[one] for one in tab.value(ids)]
        assert found == sorted(value.values(), reverse=falls) and len(set(found)) > 1
    assert tab.value("document.querySelectorAll('#front th[aria-sort]').length") == 1


def test_it_fits_a_telephone_both_colours_and_paper(tab: browser.Browser) -> None:
    ink = "[getComputedStyle(document.querySelector('circle')).fill, getComputedStyle(document.body).color]"
    tab.looks(390)
    assert tab.value("document.documentElement.scrollWidth") <= 390
    right = "Math.max(...[...document.querySelectorAll('#plot circle')].map(one => one.getBoundingClientRect().right))"
    assert tab.value(f"new Promise(done => requestAnimationFrame(() => done({right})))") <= 390  # nothing to scroll to
    light = tab.value(ink)
    tab.looks(390, dark=True)
    assert all(one != other for one, other in zip(light, tab.value(ink), strict=True))
    tab.looks(1000, medium="print")
    assert tab.value("getComputedStyle(document.querySelector('.asks')).display") == "none"
    assert tab.printed().startswith(b"%PDF")
