"""Reading rules: what is refused, where, and with which hint."""

from __future__ import annotations

import marshal
from typing import Any

import pytest

from engine.errors import KnowledgeError
from engine.inference import Rule, RuleSet
from engine.inference.term import Constant, Field

GOOD: dict[str, Any] = {
    "id": "all_reduce",
    "when": {
        "deployment": {"kind": "deployment", "layout": "tensor"},
        "model": {"kind": "model", "key": "$deployment.model"},
    },
    "where": [["$deployment.ranks", ">", 1], ["$seconds", "<", 1.0]],
    "unless": [{"kind": "absent", "deployment": "$deployment.id"}],
    "collect": {"links": {"kind": "link", "take": "bandwidth"}},
    "compute": {
        "slowest": {"formula": "least", "values": "$links"},
        "seconds": {"formula": "time", "size": "$model.bytes", "rate": "$slowest"},
    },
    "then": {"kind": "cost", "seconds": "$seconds", "term": "all_reduce"},
    "says": "{deployment[ranks]} GPUs take {seconds:ms}",
}


def test_a_whole_rule_is_read() -> None:
    rule = Rule.parse(GOOD, "knowledge/rules/links.yaml:4")
    assert rule.origin == "knowledge/rules/links.yaml:4"
    assert [pattern.name for pattern in rule.when] == ["deployment", "model"]
    assert rule.when[1].attributes == {"key": Field("deployment", "model")}
    assert list(rule.then[0].attributes) == ["seconds", "term"]
    assert rule.where[1].right == Constant(1) and type(rule.where[1].right.value) is int


def test_the_origin_may_stand_in_the_mapping() -> None:
    assert Rule.parse({**GOOD, "origin": "mine.yaml:2"}).origin == "mine.yaml:2"


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"id": None}, "needs an id", "write `id"),
        ({"wehn": {}}, "unknown key 'wehn'", "did you mean 'when'?"),
        ({"when": {}}, "`when` is missing", "needs id, when and then"),
        ({"then": None}, "`then` is missing", "needs id, when and then"),
        ({"then": []}, "`then` is missing", "needs id, when and then"),
        ({"when": {f"n{i}": {"kind": "a"} for i in range(9)}}, "`when` has 9 patterns", "1 to 8"),
        ({"when": {"a b": {"kind": "a"}}}, "'a b' cannot be a name", "letters, digits"),
        ({"when": [{"kind": "a"}]}, "`when` is [", "write a mapping"),
        ({"when": {"a": {"key": 1}}}, "when.a: the kind is None", "names its kind"),
        ({"when": {"a": {"kind": "$b.kind"}}}, "the kind is '$b.kind'", "as a constant"),
        ({"when": {"a": {"kind": "a", "x": "$b.x"}}}, "when.a.x: $b.x refers to 'b'", "bound are a"),
        ({"when": {"a": {"kind": "a", "x": "$a.y"}}}, "refers to the pattern it stands in", "`where`"),
        ({"when": {"a": {"kind": "a", "x": "$y"}}}, "$y is known only after matching", "`where`"),
        ({"when": {"a": {"kind": "a", "x": "$a..y"}}}, "'$a..y' is no reference", "$name.attribute"),
        ({"when": {"a": {"kind": "a", "x": [1]}}}, "[1] can stand in no rule", "write a constant"),
        ({"when": {"a": {"kind": "a", "x": float("nan")}}}, "a constant is nan", "finite"),
        ({"where": [["$deployment.ranks", ">"]]}, "is no comparison", "[left, operator, right]"),
        ({"where": [["$deployment.ranks", "=>", 1]]}, "unknown operator '=>'", "use one of"),
        ({"where": [["$deployment.ranks", "in", 1]]}, "`in` needs a list", "[nvidia, amd]"),
        ({"where": [["$deployment.ranks", "in", ["$model.x"]]]}, "stands in the list of `in`", "constants only"),
        ({"where": [["$links", ">", 1]]}, "$links is a collection", "only a formula"),
        ({"where": [["$_", ">", 1]]}, "$_ has no value", "in a pattern only"),
        ({"where": [["$model", "==", 1]]}, "$model names a whole fact", "$model.attribute"),
        ({"where": [["$nothing", ">", 1]]}, "$nothing is not computed", "bound are deployment, model"),
        ({"unless": [{"kind": "a", "x": "$nobody.x"}]}, "refers to 'nobody'", "bound are"),
        ({"unless": {"kind": "a"}}, "`unless` is {", "write a list"),
        ({"collect": {"links": {"kind": "link"}}}, "collect.links takes nothing", "add `take:`"),
        ({"collect": {"model": {"kind": "link", "take": "x"}}}, "'model' is used twice", "share their names"),
        ({"compute": {"links": {"formula": "f"}}}, "'links' is used twice", "share their names"),
        ({"compute": {"seconds": {"size": 1}}}, "compute.seconds names no formula", "formula"),
        (
            {"compute": {"seconds": {"formula": "f", "x": "$later"}, "later": {"formula": "g"}}},
            "$later is used before it is computed",
            "put its formula first",
        ),
        ({"compute": {"seconds": {"formula": "f", "x": "$seconds"}}}, "used before it is computed", "first"),
        ({"then": {"kind": "cost", "x": "$links"}}, "$links is a collection", "only a formula"),
        ({"then": {"kind": "cost", "x": "$who.x"}}, "then.x: $who.x refers to 'who'", "bound are"),
        ({"then": "cost"}, "'cost' is no pattern", "{kind: …"),
        ({"says": "{nobody[x]}"}, "says: {nobody[x]} names no fact", "bound are"),
        ({"says": "{deployment}"}, "says: {deployment} is not computed", "bound are"),
        ({"says_not": "{deployment.__class__}"}, "is no placeholder", "{name[attribute]}"),
        ({"says": "{deployment[ranks]!r}"}, "is no placeholder", "{name[attribute]}"),
        ({"says": "{0}"}, "is no placeholder", "{name[attribute]}"),
        ({"says": "open { brace"}, "is no placeholder", "braces twice"),
        ({"title": 3}, "`title` is 3", "write a text"),
    ],
)
def test_broken_rules_are_refused(change: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        Rule.parse({**GOOD, **change}, "rules.yaml:7")
    assert message in caught.value.message
    assert hint in str(caught.value.hint)
    assert caught.value.where == "rules.yaml:7"


@pytest.mark.parametrize("given", [None, [], "rule", 3])
def test_what_is_no_mapping_is_refused(given: Any) -> None:
    with pytest.raises(KnowledgeError, match="a rule is a mapping"):
        Rule.parse(given, "rules.yaml:7")


def rule(rule_id: str, reads: str, concludes: str, unless: str | None = None, **more: Any) -> dict[str, Any]:
    made = {"id": rule_id, "when": {"x": {"kind": reads}}, "then": {"kind": concludes, "v": "$x.v"}, **more}
    return made if unless is None else {**made, "unless": [{"kind": unless}]}


def test_strata_are_as_few_as_can_be() -> None:
    rules = RuleSet.parse(
        [
            rule("a", "given", "p"),
            rule("b", "p", "q", "r"),
            rule("c", "given", "r"),
            rule("d", "q", "q2"),
            rule("e", "g", "z", "q"),
        ]
    )
    assert rules.strata_ids == (("a", "c"), ("b", "d"), ("e",))
    assert RuleSet(rules.rules, rules.strata_ids).strata == rules.strata


def test_an_absence_above_itself_is_refused_with_its_path() -> None:
    rules = [rule("a", "p", "q", "r"), rule("b", "q", "s"), rule("c", "s", "r", origin="rules.yaml:30")]
    with pytest.raises(KnowledgeError) as caught:
        RuleSet.parse(rules)
    assert caught.value.message == (
        "rule a depends on its own absence: a, reads from c (through unless or collect), "
        "reads from b (through when), reads from a (through when)"
    )
    with pytest.raises(KnowledgeError, match="a depends on its own absence: a, reads from a"):
        RuleSet.parse([rule("a", "p", "q", "q")])


def test_a_collection_above_itself_is_refused() -> None:
    rules = [rule("a", "p", "q", collect={"all": {"kind": "q", "take": "v"}})]
    with pytest.raises(KnowledgeError, match="depends on its own absence"):
        RuleSet.parse(rules)


def test_rules_depend_on_what_can_match_and_not_on_kinds() -> None:
    apart = {"id": "a", "when": {"x": {"kind": "p"}}, "then": {"kind": "q", "id": "one"}}
    RuleSet.parse([{**apart, "unless": [{"kind": "q", "id": "two"}]}])
    RuleSet.parse([{**apart, "unless": [{"kind": "q", "other": "$x.v"}]}])
    with pytest.raises(KnowledgeError):
        RuleSet.parse([{**apart, "unless": [{"kind": "q", "id": "one"}]}])
    RuleSet.parse([{**apart, "then": {"kind": "q", "id": 1}, "unless": [{"kind": "q", "id": True}]}])


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(KnowledgeError, match="two rules have the id 'a'"):
        RuleSet.parse([rule("a", "p", "q"), rule("a", "p", "r")])


def test_strata_that_are_not_of_these_rules_are_refused() -> None:
    rules = RuleSet.parse([rule("a", "p", "q"), rule("b", "q", "r")])
    for strata in ([["a"]], [["a"], ["c"]], [["a", "a"], ["b"]]):
        with pytest.raises(KnowledgeError):
            RuleSet(rules.rules, strata)


def test_a_long_chain_of_rules_is_ordered() -> None:
    chain = [rule(f"r{n:04}", f"k{n}", f"k{n + 1}", f"k{n}x") for n in range(1500)]
    chain += [rule(f"s{n:04}", f"k{n}", f"k{n}x") for n in range(0, 1500, 300)]
    assert len(RuleSet.parse(chain).strata) > 1


def test_a_frozen_rule_thaws_to_the_same() -> None:
    from engine.inference.frozen import freeze, thaw
    from engine.reading import load_knowledge

    for mapping in load_knowledge().rules:
        read = Rule.parse(mapping)
        again = thaw(marshal.loads(marshal.dumps(freeze(read))))
        for name in Rule._fields:
            one, other = getattr(read, name), getattr(again, name)
            assert one == other and repr(one) == repr(other), f"{read.id}: {name}"


def test_shelved_rules_are_read_when_they_are_asked_for() -> None:
    rules = RuleSet.parse([rule("a", "p", "q"), rule("b", "q", "r"), rule("c", "p", "s")])
    asked: list[str] = []

    def read(rule_id: str) -> Rule:
        asked.append(rule_id)
        return rules[rule_id]

    shelved = RuleSet.shelved(rules.strata_ids, read, lambda name, make: make())
    assert shelved.strata == rules.strata and shelved.strata_ids == rules.strata_ids and len(shelved) == 3
    assert not asked
    assert shelved["b"].id == "b" and shelved.rules[1] is shelved["b"] and asked == ["b"]
    assert [one.id for one in shelved] == ["a", "b", "c"] and asked == ["b", "a", "c"]
