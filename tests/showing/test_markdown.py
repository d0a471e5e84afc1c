"""Markdown for an issue: short first, the rest folded, nothing in it that breaks out, calls or links."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from engine.advice.recommend import Answer
from engine.checking.scenario import read_scenario
from engine.reading import Knowledge, plain, read_yaml
from engine.showing import FORMATS
from engine.showing.markdown import fence, safe
from engine.showing.words import beside, instruction

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def answer(knowledge: Knowledge) -> Answer:
    return Answer(dict(read_scenario(plain(read_yaml(ROOT / "examples/4x3090_vllm.yaml")))), knowledge)


@pytest.fixture(scope="module")
def document(answer: Answer) -> dict[str, Any]:
    return answer.recommendation()


def test_the_short_answer_stands_before_the_folds(document: dict[str, Any]) -> None:
    page = FORMATS["markdown"]("recommendation", document)
    short, folded = page.split("<details>", 1)
    assert short.count("\n") < 60 and "Do not buy" not in short.splitlines()[0]
    for step in document["path"]["steps"]:
        told, command = instruction(step["do"])
        assert safe(told) in short and command in short
    assert "Do not buy" in short and document["next_measurement"]["command"] in short
    assert document["estimate"]["decode_tok_s"]["proof"] in short
    for row in document["options"]:
        assert f"`{row['id']}`" in folded
    assert all(f"`{one['id']}`" in folded for one in document["conclusions"])
    assert page.count("<details>") == page.count("</details>") >= 5


def test_tables_have_one_width(answer: Answer, document: dict[str, Any]) -> None:
    pages = FORMATS["markdown"]("recommendation", document), FORMATS["markdown"]("estimate", answer.estimate_document())
    for page in pages:
        tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
        assert tables
        for table in tables:
            cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(cells) == 1, table


def test_nothing_breaks_out_of_the_page(document: dict[str, Any]) -> None:
    attacked = copy.deepcopy(document)
    bad = "</details><script>x</script> | [a](https://evil.example) @everyone #1 ```\n# head\n![i](https://evil.example/i.png)"
    for row in attacked["options"]:
        row |= {"risk": bad, "undo": bad, "name": bad, "do": f"{bad}\n````"}
    for row in attacked["assumptions"]:
        row["because"] = bad
    attacked["path"]["steps"] = []
    page = FORMATS["markdown"]("recommendation", attacked)
    code = re.compile(r"^( *)(`{3,})\n.*?^\1\2$", re.MULTILINE | re.DOTALL)
    prose = code.sub("", page)
    assert "```" not in prose.replace("\\`", "")
    assert "<script" not in prose.replace("\\<", "") and "](https" not in prose.replace("\\]", "")
    assert not re.search(r"(?<!\\)@everyone|^# head", prose, re.MULTILINE)
    assert prose.count("<details>") == page.count("<details>") == page.count("\n</details>")


def test_a_fence_is_longer_than_any_in_its_code() -> None:
    assert list(fence("a ```` b")) == ["`````", "a ```` b", "`````"]
    assert safe("x\x1b[0m") == "x\ufffd\\[0m"


def test_what_is_worth_it_alone_and_no_step_is_told_with_its_reason() -> None:
    row = {"id": "pcie_p2p", "status": "recommended"}
    told = [{"option": one, "says": "it adds little"} for one in ("pcie_p2p", "add_gpus")]
    document = {"options": [row, {"id": "add_gpus", "status": "rejected"}], "path": {"left_out": told}}
    assert beside(document) == [{**row, "left_out": "it adds little"}]
    assert beside({"options": [row]}) == []
