"""Text for a terminal: never wider than it, the first screen sufficient, every number with a proof."""

from __future__ import annotations

import copy
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.advice.recommend import Answer
from engine.checking.scenario import read_scenario
from engine.model.quantity import number, percent
from engine.reading import Knowledge, plain, read_yaml
from engine.showing import FORMATS
from engine.showing.paper import Paper
from engine.showing.words import not_to_buy, settles_nothing

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {path.stem: plain(read_yaml(path)) for path in sorted((ROOT / "examples").glob("*.yaml"))}
ODD: dict[str, Any] = {
    "too large": {"rig": {"gpus": [{"gpu": "3090"}]}, "workload": {"model": "llama-3.3-70b", "quantization": "f16"}},
    "unlike cards": {"rig": {"gpus": [{"gpu": "3090", "count": 2}, {"gpu": "4090"}]}, "workload": {"engine": "ollama"}},
    "no model": {"rig": {"gpus": [{"gpu": "h100_sxm5_80gb", "count": 8}], "nvlink": "full"}},
    "no budget": {**EXAMPLES["4x3090_vllm"], "goal": {"budget_usd": 0}},
    "a server": {**EXAMPLES["4x4090_many_users"], "goal": {"optimize": "efficiency"}},
}
WHOLE = "4x3090_vllm"
WIDTHS = (40, 60, 80, 100, 200)


@pytest.fixture(scope="module")
def answers(knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    asked = {**EXAMPLES, **ODD}
    found = {name: Answer(dict(read_scenario(copy.deepcopy(one))), knowledge) for name, one in asked.items()}
    return {name: one.recommendation(brief=name != WHOLE) for name, one in found.items()}


@pytest.mark.parametrize("name", [*EXAMPLES, *ODD])
@pytest.mark.parametrize("detail", ["brief", "usual", "full"])
def test_no_line_is_wider_than_the_terminal(answers: dict[str, Any], name: str, detail: str) -> None:
    for width in WIDTHS:
        for line in FORMATS["text"]("recommendation", answers[name], width=width, detail=detail).splitlines():
            assert len(line) <= width, (width, line)


@pytest.mark.parametrize("name", [*EXAMPLES, *ODD])
def test_the_first_screen_says_what_to_do(answers: dict[str, Any], name: str) -> None:
    document = answers[name]
    page = FORMATS["text"]("recommendation", document, width=80)
    screen = page.splitlines()[:23]
    told = " ".join(" ".join(screen).split())
    measures = [] if settles_nothing(document) else ["MEASURE"]  # what decides nothing is the first to leave
    for label in ("VERDICT", "FIRST", "NOW", *measures):
        assert any(line.startswith(label) for line in screen), (label, page)
    first = next(iter(document["path"]["steps"]), None)
    if first:
        assert _words(first["do"]) in _words(told)
    taken = {step["option"] for step in document["path"]["steps"]}
    bought = [row for row in not_to_buy(document) if row["status"] == "rejected"]
    assert not taken & {row["id"] for row in bought}, "what the path takes is not among what is not to be bought"
    assert all(row["cost_usd"] for row in bought), "what has no price is no purchase to warn of"
    if bought and not any(line.startswith("DO NOT") for line in screen):  # there is no room: the verdict warns of it
        warned = told.partition("Do not buy for this:")[2]
        assert all(document["names"]["options"][row["id"]] in warned for row in bought[:1])
    assert sum(line.startswith("DO NOT") for line in screen) <= 1
    brief = FORMATS["text"]("recommendation", document, width=80, detail="brief").splitlines()[:20]
    assert len(brief) > 10 and brief == screen[: len(brief)]


def _words(told: str) -> str:
    """Without what a broken line adds: a backslash, or the sign of a remark."""
    return " ".join(word for word in told.split() if word not in ("#", "\\"))


@pytest.mark.parametrize("width", [40, 52, 80, 120])
def test_a_command_can_be_pasted(width: int) -> None:
    long = f"serve --model {'a' * 90}/b --x 1 --random-output-len 256 --y 'a b'"
    lines = list(Paper(width).command(long, 9))
    assert max(map(len, lines)) <= width
    joined = "\n".join(lines).replace("\\\n", "")  # what a shell makes of a backslash at the end of a line
    assert shlex.split(joined) == shlex.split(long)


def test_colour_is_for_terminals_only_and_adds_no_words(answers: dict[str, Any]) -> None:
    document = answers[WHOLE]
    grey = FORMATS["text"]("recommendation", document, width=80)
    bright = FORMATS["text"]("recommendation", document, width=80, colour=True)
    assert "\x1b" not in grey
    assert "\x1b[32m" in bright and "\x1b[31m" in bright
    assert re.sub(r"\x1b\[\d+m", "", bright) == grey


def test_what_a_scenario_says_does_not_steer_the_terminal(answers: dict[str, Any]) -> None:
    document = copy.deepcopy(answers[WHOLE])
    document["options"][0]["do"] = "Run \x1b]0;owned\x07 this \x9b31m\u202e"
    document["assumptions"][0]["because"] = "\x1b[2J\r"
    page = FORMATS["text"]("recommendation", document, width=80, detail="full")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", page)


NUMBER = re.compile(r"(?<![\w.])[+-]?\d(?:[\d,]*\d)?(?:\.\d+)?(?:e[+-]\d+)?(?![\w])")


def test_every_printed_number_stands_in_the_answer_with_a_proof(answers: dict[str, Any]) -> None:
    """Numbers of the page are those of quantities that have a proof, of the scenario, or of a node's own sentence."""
    document = answers[WHOLE]
    known = {form for value in _proved(document) for form in _forms(value)}
    known |= {match for text in _sentences(document) for match in NUMBER.findall(text)}
    for detail in ("usual", "full"):
        page = FORMATS["text"]("recommendation", document, width=120, detail=detail)
        assert {found.lstrip("+-") for found in NUMBER.findall(page)} - {form.lstrip("+-") for form in known} == set()


def test_the_check_above_sees_a_number_without_a_proof(answers: dict[str, Any]) -> None:
    document = copy.deepcopy(answers[WHOLE])
    known = {form for value in _proved(document) for form in _forms(value)}
    document["estimate"]["decode_tok_s"]["value"] = 987.654
    page = FORMATS["text"]("recommendation", document, width=120)
    assert "988" in page and "988" not in known


def _proved(document: dict[str, Any]) -> Iterator[float]:
    """Numbers that name a node which is there, the ends of their intervals, and the plain values of the scenario."""
    proofs = document["proofs"]
    stack: list[Any] = [{**document, "proofs": None}]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            named = [value for key, value in one.items() if key.endswith("proof") and isinstance(value, str)]
            if named:
                assert set(named) <= set(proofs)
            stack += one.values()
            if named or "value" in one or one is document["scenario"]:
                yield from (value for value in one.values() if isinstance(value, int | float))
        elif isinstance(one, list):
            stack += one
    yield from _leaves(document["scenario"])
    for phase in document["estimate"]["shares"].values():
        yield from phase.values()
    for row in document["options"]:
        yield row["rank"]
        yield from (value for value in (row["cost_usd"] or {}).values() if isinstance(value, int | float))
    yield document["next_measurement"]["minutes"]
    yield from (row["gpu"] for row in document["estimate"]["memory"])
    yield len(document["conclusions"])


def _leaves(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif isinstance(value, int | float):
        yield value


def _forms(value: float) -> Iterator[str]:
    yield from (number(value), f"{value:.1f}", f"{value:.2f}", f"{value:,.0f}", percent(value).removesuffix(" %"))
    yield f"{value:.0%}".rstrip("%")


def _sentences(document: dict[str, Any]) -> Iterator[str]:
    """Sentences of rules and knowledge that are printed as they stand."""
    proofs = document["proofs"]
    yield from (node["says"] for node in proofs.values())
    yield from (check for node in proofs.values() for check in node.get("checks", []))
    yield from (str(node["value"]) for node in proofs.values() if "value" in node)
    yield from document["verdict"]["factors"]
    yield str(document["knowledge"])
    yield str(document["names"])
    for row in document["options"]:
        yield from (row["do"], row["risk"], row["undo"], str(row["variant"]), str(row["why_not"]))
    for step in document["path"]["steps"]:
        yield from (step["do"], step["undo"], str(step["step"]))
    yield from (document["path"]["stop"]["says"], document["path"]["command"] or "")
    for row in document["assumptions"]:
        yield from (row["because"], row["flips_at"], str(row["path"]))
    yield from (str(row["evidence"]) for row in document["conflicts"])
    yield document["next_measurement"]["command"]


def test_text_imports_nothing_that_only_other_pages_need() -> None:
    code = "import sys\nfrom cli import main\nmain(['recommend', '--gpu', '3090'], standalone_mode=False)\n"
    check = "print('LATE', sorted({'jinja2', 'distributed', 'dask', 'html', 'csv'} & set(sys.modules)))"
    program = f"import atexit, sys\natexit.register(lambda: exec({check!r}))\n{code}"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "LATE []" in done.stdout, done.stdout[-300:] + done.stderr[-300:]


def test_a_detected_rig_is_yaml_however_long_a_remark_is() -> None:
    from engine.reading import parse
    from engine.showing.pages import detection

    remark = "GPU 1 runs on x8 of the x16 that it can do: the slot, its bifurcation or a riser is narrower"
    unknown = {"name": "Z", "command": f"rigwise add gpu {'z ' * 60}"}
    noticed = {"remarks": [remark], "unknown": [], "refused": [], "commands": [], "unknown_gpus": [unknown]}
    document = {"rig": {"gpus": [{"gpu": "rtx_3090", "count": 1}]}, **noticed}
    _, problems = parse(detection(document, Paper(80)).encode(), "rig.yaml")
    assert problems == []


def test_a_gain_that_may_be_a_loss_says_so() -> None:
    from engine.showing.words import doubt

    document = {"scenario": {"goal": {"optimize": "latency"}}}
    sure, unsure = (
        {"effects": [{"metric": "decode_tok_s", "relative": {"value": 0.2, "low": low, "high": 0.4}}]}
        for low in (0.01, -0.01)
    )
    assert doubt(sure, document) == ""
    assert "may also lose" in doubt(unsure, document)


def test_a_remark_behind_a_command_is_no_part_of_a_broken_line() -> None:
    lines = list(
        Paper(40).command("vllm serve CHECKPOINT --max-model-len 8192   # CHECKPOINT: a/b in AWQ (group 128)", 2)
    )
    shell = " ".join(line.strip().removesuffix("\\").strip() for line in lines if "#" not in line)
    assert shell == "vllm serve CHECKPOINT --max-model-len 8192"
    remarks = [line for line in lines if "#" in line]
    assert all(line.startswith("  # ") and not line.endswith("\\") for line in remarks) and remarks
