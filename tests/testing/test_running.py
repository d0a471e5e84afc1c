"""`rigwise test`: selection, failures with place and near miss, formats, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from cli import main
from engine.checking.schemas import output_validator
from engine.errors import BadInput
from engine.reading import Knowledge, load_knowledge
from engine.showing import FORMATS
from engine.testing import report
from engine.testing.scenario import scenario_failures
from engine.testing.selection import Selection

RULE = """\
- id: small_site_rig
  title: The rig is small
  because: It has few cards.
  evidence: []
  when: {rig: {kind: rig, cards: $_}}
  where: [[$rig.cards, "<", 3]]
  then: {kind: small_site_rig, cards: $rig.cards}
  says: "{rig[cards]} cards"
  says_not: "three cards or more"
  examples:
    - given: [{kind: rig, cards: 2}]
      expect: {fires: 1, concludes: [{kind: small_site_rig, cards: 2}]}
    - {but: {rig.cards: 3}, expect: {fires: 0}}
    - {without: [rig.cards], expect: {fires: 0}}
"""
SCENARIO = """\
question: "Two cards for a small model?"
scenario:
  rig: {gpus: [{gpu: rtx_3090, count: 2}]}
  workload: {model: qwen3_14b, quantization: fp8, engine: vllm, parallelism: {tensor: 2, pipeline: 1, replicas: 1}}
expect:
  conclusions: [model_fits]
  absent: [model_does_not_fit]
  rejected: []
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for folder, name, text in (("rules", "site.yaml", RULE), ("scenarios", "two.yaml", SCENARIO)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text, "utf-8")
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["test", *map(str, arguments)])


def document(site: Path, *, mutation: bool = False, rule: str = RULE) -> dict[str, Any]:
    """A run over the rules of a small directory alone, which is read in no time."""
    (site / "rules" / "site.yaml").write_text(rule, "utf-8")
    knowledge = load_knowledge(base=site)
    selection = Selection(knowledge, tuple(str(one["id"]) for one in knowledge.rules), ())
    return checked(report.run(selection, None, mutation, lambda *_: None))


def checked(found: dict[str, Any]) -> dict[str, Any]:
    assert not list(output_validator("test").iter_errors(found))
    return found


def test_rules_and_scenarios_of_a_site_are_tested_and_examples_written(site: Path) -> None:
    file = site / "rules" / "site.yaml"
    file.write_text(RULE.replace("    - {but: {rig.cards: 3}, expect: {fires: 0}}\n", ""), "utf-8")
    result = run(site, "--write")
    assert result.exit_code == 0, result.output
    assert "1 examples added" in result.stderr and "but: {rig.cards: 3}" in file.read_text("utf-8")
    assert "3 examples of 1 rules, all hold; 1 scenarios, all hold" in result.stdout
    assert "0 survive" in result.stdout


def test_a_failed_example_is_told_with_place_and_near_miss(site: Path) -> None:
    found = document(site, rule=RULE.replace("cards: 2}]\n", "cards: 4}]\n"))
    (one,) = found["failures"]
    assert one["place"] == "knowledge/rules/site.yaml:11" and one["name"] == "example 1"
    assert (one["expected"], one["found"]) == ("fires once", "fires never")
    assert "observed rig.cards = 4, needed < 3" in one["near_miss"]
    assert report.failed(found) and not report.failed(document(site))


def test_a_wrong_conclusion_and_one_firing_too_many_are_told(site: Path) -> None:
    wrong = RULE.replace("small_site_rig, cards: 2}]", "small_site_rig, cards: 9}]").replace("cards: 3}", "cards: 1}")
    told = [(one["expected"], one["found"]) for one in document(site, rule=wrong)["failures"]]
    assert told == [
        ("concludes small_site_rig(cards=9)", "concludes small_site_rig(cards=2)"),
        ("fires never", "fires once"),
    ]


def test_a_rule_without_a_silent_example_is_told(site: Path) -> None:
    bare = RULE[: RULE.index("    - {but")]
    (one,) = document(site, rule=bare)["failures"]
    assert one["expected"] == "one that stays silent, at least" and one["place"].endswith(":1")


def test_survivors_come_with_an_example_that_kills_them(site: Path) -> None:
    found = document(site, mutation=True, rule=RULE.replace("rig.cards: 3}", "rig.cards: 9}"))
    survivors = found["mutation"]["survivors"]
    assert {one["mutant"] for one in survivors} == {"where[0]: < to <=", "where[0]: 3 to 4"}
    assert {one["yaml"].strip() for one in survivors} == {"- {but: {rig.cards: 3}, expect: {fires: 0}}"}
    assert report.failed(found)
    assert "this example would kill it" in FORMATS["text"]("test", found)


def test_junit_is_xml_and_counts(site: Path) -> None:
    for cards, failed in ((9, {"mutants"}), (1, {"knowledge/rules/site.yaml"}), (3, set())):
        found = document(site, mutation=True, rule=RULE.replace("rig.cards: 3}", f"rig.cards: {cards}}}"))
        tree = ElementTree.fromstring(FORMATS["junit"]("test", found))
        assert int(tree.attrib["failures"]) == len(failed) and int(tree.attrib["tests"]) == len(
            list(tree.iter("testcase"))
        )
        told = {case.attrib["classname"] for case in tree.iter("testcase") if case.find("failure") is not None}
        assert told == failed


def test_a_rule_whose_examples_fail_is_not_mutated(site: Path) -> None:
    found = document(site, mutation=True, rule=RULE.replace("rig.cards: 3}", "rig.cards: 1}"))["mutation"]
    assert found["skipped"] == ["small_site_rig"] and found["mutants"] == 0


def test_a_scenario_that_expects_otherwise_fails_at_its_line(site: Path, knowledge: Knowledge) -> None:
    file = site / "scenarios" / "two.yaml"
    file.write_text(SCENARIO.replace("[model_fits]", "[model_fits, cards_are_idle_at_night, p2p_unavailable]"), "utf-8")
    one, other = scenario_failures(file, knowledge, None)
    assert one.place == f"{file}:6:29" and one.near_miss == "no rule concludes it"
    assert other.expected == "p2p_unavailable is concluded"
    file.write_text(SCENARIO.replace("absent:", "absend:"), "utf-8")
    with pytest.raises(BadInput, match="absend") as raised:
        scenario_failures(file, knowledge, None)
    assert "absent" in str(raised.value.hint) and ":7:" in str(raised.value.where)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.yaml"], "no such file"),
        (["--rule", "largest_grup"], "largest_group"),
        (["knowledge/gpus"], "neither rules nor scenarios"),
        (["knowledge/rules/decode.yaml", "--rule", "largest_group"], "is not in the paths"),
        (["examples"], "no scenario with expectations"),
    ],
)
def test_what_cannot_be_tested_is_said(arguments: list[str], says: str) -> None:
    result = run(*arguments)
    if arguments == ["examples"]:
        assert result.exit_code == 1 and says in result.stdout
    else:
        assert result.exit_code == 2 and says in result.stderr


def test_both_matchers_say_the_same() -> None:
    paths = ("knowledge/rules/conclusions_numa.yaml", "tests/scenarios/fp8_on_ampere.yaml")
    default, clips = (
        checked(json.loads(run(*paths, "--format", "json", *more).stdout)) for more in ((), ("--matcher", "clips"))
    )
    assert default["failures"] == clips["failures"] == [] and clips["matcher"] == "clips"
    assert default["examples"] == clips["examples"] > 8 and default["scenarios"] == 1
