"""Mutation of rules: which changes are made, which examples notice, which example is drafted where none does."""

from __future__ import annotations

import os
from typing import Any

import pytest

from engine.inference import Fact, Rule
from engine.reading import Knowledge
from engine.reading.examples import in_full
from engine.testing.choosing import choose
from engine.testing.drafts import Drafts
from engine.testing.example import Example
from engine.testing.killing import mutate, survives
from engine.testing.lone import holds, outcome
from engine.testing.mutants import mutants
from engine.testing.report import run
from engine.testing.selection import Selection
from engine.testing.vocabulary import Vocabulary
from engine.testing.writing import entry, flow, scalar

RULE: dict[str, Any] = {
    "id": "crowded",
    "when": {
        "now": {"kind": "deployment", "id": "now", "model": "$_", "ranks": "$_"},
        "model": {"kind": "model", "key": "$now.model", "layers": "$_"},
    },
    "where": [["$now.ranks", "<", 4], ["$each", ">=", 10]],
    "unless": [{"kind": "waived", "model": "$now.model"}],
    "compute": {"each": {"formula": "ratio", "part": "$model.layers", "whole": "$now.ranks"}},
    "then": {"kind": "crowded", "deployment": "$now.id", "each": "$each"},
    "origin": "rules/x.yaml:1",
}
BASE = [
    {"kind": "deployment", "id": "now", "model": "qwen3_14b", "ranks": 2},
    {"kind": "model", "key": "qwen3_14b", "layers": 40},
]
FIRES = {"given": BASE, "expect": {"fires": 1, "concludes": [{"kind": "crowded"}]}}
SILENT = {"but": {"now.ranks": 4}, "expect": {"fires": 0}}
WORDS = Vocabulary([*BASE, {"kind": "model", "key": "qwq_32b"}, {"kind": "deployment", "id": "later"}])


def examples(*entries: dict[str, Any]) -> list[Example]:
    rule = {**RULE, "examples": list(entries)}
    return [Example.read("crowded", number, one) for number, (_, one) in enumerate(in_full(rule), 1)]


def names(rule: dict[str, Any] = RULE) -> list[str]:
    return [mutant.name for mutant in mutants(Rule.parse(rule))]


def test_every_part_of_a_rule_is_changed() -> None:
    assert {
        "when.now.id: dropped", "when.now.id: now to not_now", "when.model.key: dropped", "where[0]: dropped",
        "where[0]: < to >=", "where[0]: < to <=", "where[0]: 4 to 5", "where[0]: 4 to 3", "where[1]: >= to >",
        "unless[0]: dropped", "unless[0].model: dropped", "compute.each: part and whole exchanged",
        "then.each: dropped", "then.deployment: dropped",
    } <= set(names())  # fmt: skip


def test_what_cannot_matter_is_not_tried() -> None:
    found = names()
    assert "when.now.ranks: dropped" not in found, "the comparison asks for it anyway"
    assert "when.now: dropped" not in found, "others refer to it"
    assert not [name for name in found if name.endswith("to $model.key")], "a join holds it equal"
    product = {**RULE, "compute": {"each": {"formula": "product", "first": "$model.layers", "second": "$now.ranks"}}}
    assert not [name for name in names(product) if "exchanged" in name], "a product is symmetric"


def test_a_mutant_that_depends_on_its_own_absence_is_none() -> None:
    rule = {**RULE, "unless": [{"kind": "crowded", "deployment": "$now.id", "each": "$now.ranks", "never": 1}]}
    assert "unless[0].never: dropped" not in names(rule)


def test_few_examples_let_mutants_pass_and_the_drafts_kill_them_all() -> None:
    known = examples(FIRES, SILENT)
    found = mutate(RULE, known, [], WORDS)
    assert found.mutants == found.killed + len(found.survivors) and len(found.survivors) > 8
    assert all(one.killer for one in found.survivors)
    entries = [one.killer.as_example() for one in found.survivors if one.killer]
    full = [one | {"given": BASE} if not {"but", "without", "also"} & one.keys() else one for one in entries]
    again = mutate(RULE, examples(FIRES, SILENT, *full), [], WORDS)
    assert again.survivors == () and again.killed == again.mutants


def test_a_calculated_threshold_is_met_exactly() -> None:
    rule = Rule.parse(RULE)
    drafts = Drafts(rule, RULE, examples(FIRES), WORDS)
    mutant = next(one for one in mutants(rule) if one.name == "where[1]: >= to >")
    draft = drafts.killer(mutant)
    assert draft and draft.fires == 1
    facts = drafts.evaluated(draft.edit)
    assert facts and outcome(rule, facts[0]).fired == 1 and outcome(mutant.rule, facts[0]).fired == 0


def test_a_stated_equivalence_excuses_a_survivor_and_must_be_one() -> None:
    known = examples(FIRES, SILENT)
    told = [
        {"mutant": "where[1]", "because": "for this test"},
        {"mutant": "where[0]: < to <=", "because": "no: the second example kills it"},
        {"mutant": "where[7]: dropped", "because": "there is none"},
    ]
    found = mutate(RULE, known, told, WORDS)
    assert found.equivalent > 0 and not [one for one in found.survivors if one.mutant.name.startswith("where[1]")]
    assert found.claims == (
        ("where[0]: < to <=", "an example kills it"),
        ("where[7]: dropped", "no mutant of the rule is called so"),
    )


def test_a_formula_that_fails_in_a_mutant_kills_it() -> None:
    rule = Rule.parse({**RULE, "compute": {"each": {"formula": "ratio", "part": "$now.model", "whole": 2}}})
    assert outcome(rule, [Fact.of(fact) for fact in BASE]).fault
    assert not holds(rule, examples(FIRES)[0])


TRICKY = ("no", "null", "12", "1e3", "a: b", "= each_card: x", "", "ä", "-x", "rtx_3090", "a b", 2.6e-05, 1e22, 3, True)


@pytest.mark.parametrize("value", TRICKY)
def test_values_are_written_as_they_are_read(value: object) -> None:
    from engine.reading import plain
    from engine.reading.yaml_text import parse

    node, problems = parse(f"x: [{scalar(value)}]\n".encode(), "x.yaml")
    assert not problems
    assert plain(node) == {"x": [value]} and type(plain(node)["x"][0]) is type(value)


def test_long_examples_are_broken_into_lines() -> None:
    changes = {f"deployment.attribute_{n}": n for n in range(12)}
    lines = entry({"but_one": changes, "also": [{"kind": "a" * 60}, {"kind": "b" * 60}], "expect": {"fires": 0}}, 4)
    assert (
        max(map(len, lines)) <= 120
        and lines[0].startswith("    - but_one: {")
        and lines[-1] == "      expect: {fires: 0}"
    )
    from engine.reading import plain
    from engine.reading.yaml_text import parse

    assert plain(parse("\n".join(lines).encode(), "x.yaml")[0])[0]["but_one"] == changes
    assert flow({"a": [1, "x y"]}) == "{a: [1, x y]}"


def test_what_is_only_said_is_told_by_the_sentence() -> None:
    rule = {**RULE, "then": {"kind": "crowded"}, "where": [], "says": "{each} layers a rank"}
    known = [Example("crowded", 1, "", BASE, 1, [{"kind": "crowded"}])]
    found = [x for x in mutate(rule, known, [], WORDS).survivors if x.mutant.name.startswith("compute")]
    wanted = {"expect": {"fires": 1, "concludes": [{"kind": "crowded"}], "says": "20 layers a rank"}}
    assert found and all(one.killer and one.killer.as_example() == wanted for one in found)
    told = [Example("crowded", 1, "", BASE, 1, [{"kind": "crowded"}], says="20 layers")]
    assert not [x for x in mutate(rule, told, [], WORDS).survivors if x.mutant.name.startswith("compute")]


def test_examples_written_together_kill_all_that_each_would() -> None:
    """Two conclusions, of which the first example names neither in full, and a join that nothing tests."""
    rule = {**RULE, "then": [{"kind": "a", "ranks": "$now.ranks"}, {"kind": "b", "each": "$each"}]}
    first = {"given": BASE, "expect": {"fires": 1, "concludes": [{"kind": "a"}]}}
    parsed, known = Rule.parse(rule), examples(first, SILENT)
    alive = [one for one in mutants(parsed) if survives(one, known)]
    choice = choose(Drafts(parsed, rule, known, WORDS), alive)
    assert choice.left == [] and len(choice.entries) < len(alive)
    full = {"given": BASE, "expect": {"fires": 1, "concludes": list(choice.conclusions)}}
    assert mutate(rule, examples(full, SILENT, *choice.entries), [], WORDS).survivors == ()


def test_our_rules_kill_their_mutants(knowledge: Knowledge) -> None:
    """Those of three files; all of them with RIGWISE_SOAK, as `make mutate` does."""
    sample = ("/links.yaml", "/reductions.yaml", "/conclusions_divisibility.yaml")
    chosen = [
        rule for rule in knowledge.rules if "RIGWISE_SOAK" in os.environ or any(f in rule["origin"] for f in sample)
    ]
    selection = Selection(knowledge, tuple(str(rule["id"]) for rule in chosen), ())
    document = run(selection, None, True, lambda *_: None)
    told = [(one["rule"], one["mutant"]) for one in document["mutation"]["survivors"]]
    assert told == [] and document["mutation"]["unfounded"] == [] and document["mutation"]["mutants"] > 1000
