"""The page: one file that loads nothing, escapes everything, and that a real browser opens without a complaint."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import browser
import pytest

from engine.advice.recommend import Answer
from engine.checking.scenario import read_scenario
from engine.reading import Knowledge, plain, read_yaml
from engine.showing import FORMATS

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = [
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "</script><svg onload=alert(1)>", "{{ 7 * 7 }}",
    "javascript:alert(1)", "<!--", "]]>", "\u2028", "' onmouseover='alert(1)", "&lt;b&gt;", "\x00\x1b[31m", "a" * 400,
]  # fmt: skip
VOID = {"meta", "link", "br", "img", "input", "hr"}


@pytest.fixture(scope="module")
def document(knowledge: Knowledge) -> dict[str, Any]:
    asked = plain(read_yaml(ROOT / "examples/4x3090_vllm.yaml"))
    asked["rig"] |= {"nvlink": [[0, 1], [2, 3]], "numa_nodes": [0, 0, 1, 1]}
    asked["allow"] = {"pcie_p2p": "no <b>custom</b> kernels here"}
    return Answer(dict(read_scenario(asked)), knowledge).recommendation()


@pytest.fixture(scope="module")
def page(document: dict[str, Any]) -> str:
    return FORMATS["html"]("recommendation", document)


class Reader(HTMLParser):
    """Elements with their attributes, whether all are closed, and the text outside scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, (tag, self.open[-5:], self.getpos())
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


def test_it_is_one_file_that_loads_nothing(page: str) -> None:
    for tag, attributes in read(page).found:
        assert not {"src", "srcset", "data", "poster", "background"} & set(attributes), (tag, attributes)
        assert tag not in ("link", "iframe", "object", "embed", "img", "base"), tag
        assert not any(name.startswith("on") for name in attributes)
        assert tag != "a" or attributes["href"].startswith(("#", "https://", "http://"))
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(styles) == 1 and not re.search(r"url\(|@import|https?:", styles[0])


def test_every_part_of_the_answer_is_there(page: str, document: dict[str, Any]) -> None:
    text = " ".join(read(page).text.split()).replace("\u00a0", " ")
    for heading in ("What to do", "Where the rig stands", "Where each millisecond goes", "Before and after",
                    "The rig and its links", "Every option", "What it rests on"):  # fmt: skip
        assert heading in text
    for row in document["options"]:
        assert row["name"] in text and row["id"] in text
    for one in document["conclusions"]:
        assert one["id"] in text
    for one in document["references"].values():
        assert " ".join(one["title"].split()) in text
    assert "no <b>custom</b> kernels here" in text
    assert "NVLink, 56.2 GB/s" in text and "PCIe 4.0 x16" in text


def test_every_number_of_the_estimate_has_its_proof_beside_it(page: str, document: dict[str, Any]) -> None:
    nodes = {attributes.get("data-node") for tag, attributes in read(page).found if tag == "details"}
    for quantity in document["estimate"].values():
        if isinstance(quantity, dict) and "proof" in quantity:
            assert quantity["proof"] in nodes
    for whole in document["times"].values():
        assert {row["proof"] for row in whole["parts"] if row["share"] > 0.01} <= nodes
    assert {row["proof"] for row in document["options"] if row["proof"]} <= nodes


def hostile(value: Any, texts: Iterator[str]) -> Any:
    """A document whose every free text is one that wants to break out."""
    if isinstance(value, dict):
        return {key: hostile(inner, texts) if key not in KEPT else inner for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner, texts) for inner in value]
    return next(texts) if isinstance(value, str) else value


KEPT = ("id", "status", "kind", "proof", "metric", "option", "term", "share_proof", "optimize", "premises", "inputs",
        "schema", "confidence", "phase", "decides", "nvlink")  # fmt: skip


@pytest.fixture(scope="module")
def attacked(document: dict[str, Any]) -> str:
    texts = (HOSTILE[number % len(HOSTILE)] for number in range(10**9))
    found = hostile(copy.deepcopy(document), texts)
    found["references"] = {key: {"title": HOSTILE[0], "url": HOSTILE[4]} for key in document["references"]}
    return FORMATS["html"]("recommendation", found)


def test_nothing_breaks_out_of_the_page(page: str, attacked: str) -> None:
    tags = {tag for tag, _ in read(page).found}
    reader = read(attacked)
    assert {tag for tag, _ in reader.found} <= tags
    assert sum(tag == "script" for tag, _ in reader.found) == 2
    for tag, attributes in reader.found:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert not attributes.get("href", "").startswith("javascript")
    assert "{{ 7 * 7 }}" in reader.text


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Browser]:
    if browser.found() is None:
        pytest.skip("no Chromium or Chrome here: install one, or name it in RIGWISE_BROWSER")
    with browser.started(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.mark.parametrize("which", ["page", "attacked"])
def test_a_browser_opens_it_without_a_complaint(
    which: str, tab: browser.Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "report.html"
    path.write_text(request.getfixturevalue(which), "utf-8")
    for width, dark in ((1200, False), (1200, True), (390, False)):
        tab.looks(width, dark)
        tab.open(path)
        assert tab.complaints() == []
        assert tab.requests() == [path.as_uri()]
        assert tab.value("document.documentElement.scrollWidth") <= width
    if which == "page":  # no table of a phone is cut off; the drawing alone is scrolled
        wide = "[...document.querySelectorAll('div.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
        assert tab.value(wide) == 0
    assert tab.value("document.scripts.length") == 2
    assert tab.value("typeof window.alerted") == "undefined"


def test_proofs_fold_out_to_the_ground(tab: browser.Browser, page: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page, "utf-8")
    tab.looks(1200)
    tab.open(path)
    depth = tab.value("""(async () => {
      const fold = document.querySelector("#now tbody details.proof");
      fold.querySelector("summary").click();
      const closed = () => [...fold.querySelectorAll(".tree details:not([open])")].pop();
      const wait = () => new Promise((done) => setTimeout(done, 20));
      for (let tries = 0; tries < 200 && !fold.querySelector(".tree details details"); tries++) await wait();
      let depth = 0;
      for (let next = closed(); next && depth < 20; depth++) {
        next.open = true;
        for (let tries = 0; tries < 50 && !next.querySelector("ul"); tries++) await wait();
        next = [...next.querySelectorAll("details:not([open])")].pop();
      }
      return depth;
    })()""")
    assert depth >= 5
    assert "knowledge/" in tab.value('document.querySelector("#now tbody .tree").innerText')
    assert tab.complaints() == []


def test_it_is_legible_in_both_colours_and_prints(tab: browser.Browser, page: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page, "utf-8")
    seen = []
    for dark in (False, True):
        tab.looks(1200, dark)
        tab.open(path)
        worst = tab.value(CONTRAST)
        assert worst["ratio"] >= 4.5, worst
        seen.append(tab.value("getComputedStyle(document.documentElement).backgroundColor"))
        assert tab.picture().startswith(b"\x89PNG")
    assert seen[0] != seen[1]
    printed = tab.printed()
    assert printed.startswith(b"%PDF") and 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 15


# The lowest contrast between a text and the first opaque background behind it (WCAG 2.1: 4.5 for text).
CONTRAST = """(() => {
  const part = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const found = rgb(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0.99) return found;
    }
    return [255, 255, 255];
  };
  let worst = {ratio: 99, text: ""};
  const read = "h1,h2,h3,p,li,th,td,summary,a,code,pre,.badge,caption,figcaption,.quiet";
  for (const one of document.querySelectorAll(read)) {
    if (!one.innerText || !one.offsetParent) continue;
    const pair = [light(rgb(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < worst.ratio) worst = {ratio, text: one.innerText.slice(0, 60), name: one.className || one.tagName};
  }
  return worst;
})()"""
