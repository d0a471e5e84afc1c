"""What inference promises beyond the right closure: bounds, isolation, threads, memory, order."""

from __future__ import annotations

import math
import pickle
import resource
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from engine.errors import BadInput, InternalFault, KnowledgeError, OutOfRange, RunawayRules
from engine.inference import Fact, RuleSet, Trace, default_matcher, infer, matching
from engine.inference.naive import evaluate

MATCHERS = ["durable", "clips"] if default_matcher() == "durable" else ["clips"]
Formulas = dict[str, Callable[..., Any]]


def run(
    rules: list[dict[str, Any]], facts: list[dict[str, Any]], matcher: str, formulas: Formulas | None = None
) -> Trace:
    return infer(RuleSet.parse(rules), [Fact.of(fact) for fact in facts], formulas or {}, matcher)


COUNTING = [
    {
        "id": "up", "when": {"n": {"kind": "n"}}, "compute": {"next": {"formula": "next", "x": "$n.v"}},
        "then": {"kind": "m", "v": "$next"},
    },
    {"id": "back", "when": {"m": {"kind": "m"}}, "then": {"kind": "n", "v": "$m.v"}},
    {"id": "aside", "when": {"m": {"kind": "m"}}, "then": {"kind": "seen", "v": "$m.v"}},
]  # fmt: skip


@pytest.mark.parametrize("matcher", MATCHERS)
def test_rules_that_count_without_end_are_stopped_and_named(matcher: str) -> None:
    start = time.perf_counter()
    with pytest.raises(RunawayRules, match="round and round go back -> up -> back"):
        run(COUNTING, [{"kind": "n", "v": 0}], matcher, {"next": lambda x: x + 1})
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("matcher", MATCHERS)
def test_rules_that_branch_without_end_are_stopped(matcher: str) -> None:
    rules = [
        {"id": name, "when": {"n": {"kind": "n"}}, "compute": {"w": {"formula": name, "x": "$n.v"}},
         "then": {"kind": "n", "v": "$w"}} for name in ("double", "next")
    ]  # fmt: skip
    formulas: Formulas = {"double": lambda x: 2 * x, "next": lambda x: x + 1}
    with pytest.raises(RunawayRules, match="more than 2000 firings; round and round go"):
        infer(RuleSet.parse(rules), [Fact.of({"kind": "n", "v": 1})], formulas, matcher, most_firings=2000)


@pytest.mark.parametrize("matcher", MATCHERS)
def test_a_countdown_comes_to_its_end(matcher: str) -> None:
    rules = [{**COUNTING[0], "where": [["$n.v", ">", 0]]}, COUNTING[1]]
    trace = run(rules, [{"kind": "n", "v": 400}], matcher, {"next": lambda x: x - 1})
    assert len(trace.facts) == 401 + 400
    assert trace.height(Fact.of({"kind": "n", "v": 0})) == 800


@pytest.mark.parametrize("matcher", MATCHERS)
def test_a_large_join_is_stopped_with_the_busiest_rule(matcher: str) -> None:
    rules = [
        {"id": "all", "when": {"a": {"kind": "n"}, "b": {"kind": "n"}}, "then": {"kind": "p", "a": "$a.v", "b": "$b.v"}}
    ]
    facts = [Fact.of({"kind": "n", "v": n}) for n in range(40)]
    with pytest.raises(RunawayRules, match="most often fired all"):
        infer(RuleSet.parse(rules), facts, {}, matcher, most_firings=1000)


@pytest.mark.parametrize("matcher", MATCHERS)
@pytest.mark.parametrize("loose", [{}, {"v": "$_"}, {"same": "$a.same"}], ids=["no join", "any value", "one value"])
def test_a_rule_that_joins_nothing_is_named_before_an_engine_enumerates(matcher: str, loose: dict[str, Any]) -> None:
    patterns = {"a": {"kind": "n"}} | {name: {"kind": "n", **loose} for name in "bcdefg"}
    rules = [
        {"id": "grown", "when": {"seed": {"kind": "seed"}}, "then": {"kind": "n", "v": "$seed.v", "same": 1}},
        {"id": "all", "when": patterns, "then": {"kind": "p", "a": "$a.v"}},
    ]
    start = time.perf_counter()
    with pytest.raises(RunawayRules, match="rule all would match about 1e\\+14 combinations"):
        run(rules, [{"kind": "seed", "v": n} for n in range(100)], matcher)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("matcher", MATCHERS)
def test_many_facts_that_are_joined_by_key_are_not_many_combinations(matcher: str) -> None:
    rules = [{"id": "joined", "when": {"a": {"kind": "a"}, "b": {"kind": "b", "key": "$a.key"},
              "c": {"kind": "c", "key": "$b.key", "on": True}}, "then": {"kind": "p", "key": "$a.key"}}]  # fmt: skip
    facts = [{"kind": kind, "key": n, "on": n % 2 == 0} for n in range(2000) for kind in "abc"]
    assert len(run(rules, facts, matcher).derived) == 1000


@pytest.mark.parametrize("matcher", MATCHERS)
def test_a_text_that_grows_without_end_is_stopped(matcher: str) -> None:
    rules = [
        {"id": "echo", "when": {"t": {"kind": "t", "v": "$_"}}, "compute": {"w": {"formula": "twice", "x": "$t.v"}},
         "then": {"kind": "t", "v": "$w"}}
    ]  # fmt: skip
    with pytest.raises(InternalFault, match="a text of 16,384 characters"):
        run(rules, [{"kind": "t", "v": "ab"}], matcher, {"twice": lambda x: x + x})


@pytest.mark.parametrize("matcher", MATCHERS)
def test_equality_is_typed(matcher: str) -> None:
    rules = [
        {
            "id": "same",
            "when": {"a": {"kind": "a"}, "b": {"kind": "b", "v": "$a.v"}},
            "then": {"kind": "c", "v": "$a.v"},
        }
    ]
    values = [1, 1.0, "1", True, "true", 0, False, "", 2**53, 2**53 + 1, float(2**53), 1e22, 10**22, -0.0, 0.1, 1e-05]
    trace = run(rules, [{"kind": kind, "v": value} for kind in "ab" for value in values], matcher)
    joined = {repr(fact["v"]) for fact in trace.of_kind("c")}
    assert joined == {
        "1",
        "'1'",
        "True",
        "'true'",
        "0",
        "False",
        "''",
        str(2**53),
        str(2**53 + 1),
        str(10**22),
        "0.1",
        "1e-05",
    }
    assert len(trace.firings) == len(joined)


@pytest.mark.parametrize("matcher", MATCHERS)
def test_hostile_texts_do_not_reach_the_engine(matcher: str) -> None:
    texts = [
        '"',
        "\\",
        '"}}',
        "a\nb",
        "(assert (x))",
        "?x",
        "nil",
        "$s",
        "k",
        "id",
        "日本",
        "\u2028",
        "é" * 5000,
        "v0",
        "x" * 70000,
    ]
    rules = [
        {"id": 'odd"id)', "when": {"a": {"kind": 'k"ind)', "größe": "$_"}, "b": {"kind": "b", "id": "$a.größe"}},
         "then": {"kind": "c d", "id": "$a.größe"}}
    ]  # fmt: skip
    facts = [{"kind": 'k"ind)', "größe": text} for text in texts] + [{"kind": "b", "id": text} for text in texts]
    assert {fact["id"] for fact in run(rules, facts, matcher).of_kind("c d")} == set(texts)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "a\0b", "\ud800", [1], {}, 10**400, object(), b"x"])
def test_facts_that_no_engine_could_keep_are_refused(value: Any) -> None:
    with pytest.raises(BadInput, match="gpu.x"):
        Fact.of({"kind": "gpu", "x": value})


@pytest.mark.parametrize("mapping", [{}, {"x": 1}, {"kind": ""}, {"kind": 3}, {"kind": "a\0"}])
def test_a_fact_needs_a_kind(mapping: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Fact.of(mapping)


def test_facts_are_canonical_and_do_not_change() -> None:
    fact = Fact.of({"kind": "gpu", "b": 1.0, "a": None, "c": True})
    assert fact.values == (("b", 1), ("c", True)) and type(fact["b"]) is int
    assert fact == Fact("gpu", (("c", True), ("b", 1))) and fact != Fact.of({"kind": "gpu", "b": True, "c": 1})
    assert fact.as_dict() == {"kind": "gpu", "b": 1, "c": True} and fact.get("a") is None and "c" in fact
    assert pickle.loads(pickle.dumps(fact)) == fact and hash(fact) == hash(pickle.loads(pickle.dumps(fact)))
    with pytest.raises(AttributeError):
        fact.kind = "cpu"
    with pytest.raises(BadInput, match="given twice"):
        Fact("gpu", (("a", 1), ("a", 2)))


@pytest.mark.parametrize("matcher", MATCHERS)
def test_unknown_is_not_false(matcher: str) -> None:
    rules = [
        {"id": "where", "when": {"g": {"kind": "g"}}, "where": [["$g.missing", "!=", 1]], "then": {"kind": "c"}},
        {"id": "unless", "when": {"g": {"kind": "g"}}, "unless": [{"kind": "n", "v": "$g.missing"}],
         "then": {"kind": "c"}},
        {"id": "argument", "when": {"g": {"kind": "g"}}, "compute": {"x": {"formula": "f", "v": "$g.missing"}},
         "then": {"kind": "c"}},
        {"id": "collect", "when": {"g": {"kind": "g"}}, "collect": {"x": {"kind": "some", "take": "v"}},
         "compute": {"n": {"formula": "n", "x": "$x"}}, "then": {"kind": "c"}},
        {"id": "then", "when": {"g": {"kind": "g"}}, "then": {"kind": "d", "v": "$g.missing", "w": 1}},
    ]  # fmt: skip
    facts = [{"kind": "g"}, {"kind": "some", "v": 1}, {"kind": "some"}]
    trace = run(rules, facts, matcher, {"f": lambda v: 1, "n": lambda x: len(x)})
    assert [firing.rule.id for firing in trace.firings] == ["then"]
    assert trace.derived == (Fact.of({"kind": "d", "w": 1}),)


@pytest.mark.parametrize("matcher", MATCHERS)
def test_absence_is_asked_of_facts_that_came_after_it_was_first_asked(matcher: str) -> None:
    rules = [
        {
            "id": "a",
            "when": {"g": {"kind": "g"}},
            "unless": [{"kind": "p", "id": "one"}],
            "then": {"kind": "p", "id": "two"},
        },
        {"id": "b", "when": {"g": {"kind": "g"}}, "unless": [{"kind": "p", "id": "two"}], "then": {"kind": "q"}},
        {"id": "c", "when": {"g": {"kind": "g"}}, "then": {"kind": "p", "id": "zero"}},
    ]
    trace = run(rules, [{"kind": "g"}], matcher)
    assert [firing.rule.id for firing in trace.firings] == ["a", "c"]


@pytest.mark.parametrize("matcher", MATCHERS)
def test_a_firing_tells_where_its_values_came_from(matcher: str) -> None:
    rules = [
        {
            "id": "r",
            "when": {"d": {"kind": "d"}, "m": {"kind": "m", "key": "$d.m"}},
            "where": [["$d.ranks", ">", 1], ["$t", "<", 100]],
            "unless": [{"kind": "stop", "d": "$d.id", "why": "$_"}],
            "collect": {"speeds": {"kind": "link", "d": "$d.id", "take": "v"}},
            "compute": {
                "least": {"formula": "least", "of": "$speeds"},
                "t": {"formula": "over", "a": "$m.size", "b": "$least", "c": 2},
            },
            "then": [{"kind": "cost", "t": "$t"}, {"kind": "done"}],
        }
    ]
    facts = [{"kind": "d", "id": "x", "m": "q", "ranks": 4}, {"kind": "m", "key": "q", "size": 30}]
    facts += [{"kind": "link", "d": "x", "v": v} for v in (7, 5)] + [{"kind": "link", "d": "y", "v": 1}]
    trace = run(
        rules, facts, matcher, {"least": min, "over": lambda a, b, c: a / b / c} | {"least": lambda of: min(of)}
    )
    (firing,) = trace.firings
    assert [repr(fact) for fact in firing.premises] == [
        "d(id='x', m='q', ranks=4)", "m(key='q', size=30)", "link(d='x', v=5)", "link(d='x', v=7)"
    ]  # fmt: skip
    assert [check.text for check in firing.checks] == ["4 > 1", "3 < 100"] and all(
        check.holds for check in firing.checks
    )
    assert firing.absent == ("stop(d=x, why)",)
    least, over = firing.computed
    assert (least.value, least.inputs["of"].source, least.inputs["of"].value) == (5, "collected", (5, 7))
    assert least.inputs["of"].facts == firing.premises[2:] and least.inputs["of"].attribute == "v"
    assert {name: (part.source, part.name, part.attribute, part.value) for name, part in over.inputs.items()} == {
        "a": ("fact", "m", "size", 30), "b": ("computed", "least", "", 5), "c": ("constant", "", "", 2),
    }  # fmt: skip
    assert firing.concluded == (Fact.of({"kind": "cost", "t": 3}), Fact.of({"kind": "done"}))
    assert firing.bindings["m"]["size"] == 30 and firing.results == {"least": 5, "t": 3}


@pytest.mark.parametrize("matcher", MATCHERS)
def test_the_lowest_tree_is_told_and_ends_at_given_facts(matcher: str) -> None:
    rules = [
        {"id": "z_short", "when": {"a": {"kind": "a"}}, "then": {"kind": "goal"}},
        {"id": "long_1", "when": {"a": {"kind": "a"}}, "then": {"kind": "step"}},
        {"id": "long_2", "when": {"s": {"kind": "step"}}, "then": {"kind": "goal"}},
        {"id": "round", "when": {"g": {"kind": "goal"}}, "then": {"kind": "a"}},
        {"id": "also_short", "when": {"b": {"kind": "b"}}, "then": {"kind": "goal"}},
    ]
    trace = run(rules, [{"kind": "a"}, {"kind": "b"}], matcher)
    goal, given = Fact.of({"kind": "goal"}), Fact.of({"kind": "a"})
    assert [firing.rule.id for firing in trace.firings_of(goal)] == ["also_short", "long_2", "z_short"]
    best = trace.best(goal)
    assert best is not None and best.rule.id == "also_short" and trace.height(goal) == 1
    assert trace.best(given) is None and trace.is_given(given) and len(trace.firings_of(given)) == 1
    assert trace.best(Fact.of({"kind": "nobody"})) is None and trace.firings_of(Fact.of({"kind": "nobody"})) == ()


@pytest.mark.parametrize("matcher", MATCHERS)
def test_a_formula_out_of_range_is_recorded_and_stops_the_rule(matcher: str) -> None:
    def picky(v: int) -> int:
        if v == 1:
            raise OutOfRange("v must not be 1")
        return v

    rules = [
        {
            "id": "r",
            "when": {"g": {"kind": "g"}},
            "compute": {"x": {"formula": "picky", "v": "$g.v"}},
            "then": {"kind": "c", "v": "$x"},
        }
    ]
    trace = run(rules, [{"kind": "g", "v": 1}, {"kind": "g", "v": 2}], matcher, {"picky": picky})
    assert [fact["v"] for fact in trace.of_kind("c")] == [2]
    (refusal,) = trace.refusals
    assert (refusal.rule.id, refusal.formula, refusal.message) == ("r", "picky", "v must not be 1")
    assert refusal.premises == (Fact.of({"kind": "g", "v": 1}),)


@pytest.mark.parametrize("matcher", MATCHERS)
@pytest.mark.parametrize("result", [None, math.nan, math.inf, (1,), "a\0"])
def test_a_formula_must_return_a_finite_scalar(matcher: str, result: Any) -> None:
    rules = [
        {"id": "r", "when": {"g": {"kind": "g"}}, "compute": {"x": {"formula": "f", "v": 1}}, "then": {"kind": "c"}}
    ]
    with pytest.raises(InternalFault, match=r"rule r: the formula f\(v=1\)"):
        run(rules, [{"kind": "g"}], matcher, {"f": lambda v: result})


@pytest.mark.parametrize("matcher", MATCHERS)
def test_a_formula_that_fails_reaches_the_caller_and_the_next_inference_is_whole(matcher: str) -> None:
    rules = RuleSet.parse(
        [
            {
                "id": "r",
                "when": {"g": {"kind": "g"}},
                "compute": {"x": {"formula": "f", "v": "$g.v"}},
                "then": {"kind": "c", "v": "$x"},
            }
        ]
    )
    facts = [Fact.of({"kind": "g", "v": n}) for n in range(5)]
    for _ in range(20):
        with pytest.raises(InternalFault, match="ZeroDivisionError"):
            infer(rules, facts, {"f": lambda v: 1 // v}, matcher)
        assert len(infer(rules, facts, {"f": lambda v: v}, matcher).firings) == 5


def test_rules_can_call_the_registry_and_nothing_else() -> None:
    for name in ("eval", "__import__", "os.system", "F.__globals__"):
        rules = [
            {
                "id": "r",
                "origin": "x.yaml:3",
                "when": {"g": {"kind": "g"}},
                "compute": {"x": {"formula": name, "v": 1}},
                "then": {"kind": "c"},
            }
        ]
        with pytest.raises(KnowledgeError, match=f"unknown formula '{name}'") as caught:
            run(rules, [], "clips", {"evil": lambda: 1})
        assert caught.value.where == "x.yaml:3"


def test_a_formula_name_that_is_nearly_right_gets_a_hint() -> None:
    rules = [{"id": "r", "when": {"g": {"kind": "g"}}, "compute": {"x": {"formula": "weigth"}}, "then": {"kind": "c"}}]
    with pytest.raises(KnowledgeError, match="did you mean weight"):
        run(rules, [], "clips", {"weight": lambda: 1})


def test_unknown_matchers_and_facts_are_refused() -> None:
    with pytest.raises(BadInput, match="unknown matcher 'prolog'"):
        run([], [], "prolog")
    with pytest.raises(BadInput, match="is no fact"):
        infer(RuleSet([]), [{"kind": "x"}], {}, "clips")  # type: ignore[list-item]


def test_a_matcher_that_does_not_import_is_named_and_not_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    assert default_matcher() == "clips"
    with pytest.raises(BadInput, match="durable_rules_engine, which does not import here") as caught:
        run([], [], "durable")
    assert "durable_rules" in str(caught.value.hint) and "clips" in str(caught.value.hint)
    assert infer(RuleSet([]), [], {}).matcher == "clips"
    assert set(matching.MODULES) == {"durable", "clips"}


@pytest.mark.parametrize("matcher", MATCHERS)
def test_nothing_in_nothing_out(matcher: str) -> None:
    assert run([], [], matcher).facts == ()
    assert run(COUNTING, [], matcher, {"next": lambda x: x}).firings == ()
    assert len(run([], [{"kind": "a"}, {"kind": "a"}], matcher).facts) == 1


WIDE = [
    {
        "id": f"r{n}",
        "when": {"a": {"kind": "a", "v": "$_"}, "b": {"kind": "b", "v": "$a.v", "n": n % 7}},
        "then": {"kind": "c", "n": n, "v": "$a.v"},
    }
    for n in range(150)
]


@pytest.mark.parametrize("matcher", MATCHERS)
def test_more_rules_on_one_fact_than_the_engine_can_take_at_once(matcher: str) -> None:
    facts = [{"kind": "a", "v": v} for v in range(3)] + [
        {"kind": "b", "v": v, "n": n} for v in range(3) for n in range(7)
    ]
    assert len(run(WIDE, facts, matcher).of_kind("c")) == 450


@pytest.mark.parametrize("matcher", MATCHERS)
def test_eight_patterns_and_a_hundred_conditions(matcher: str) -> None:
    names = [f"n{n}" for n in range(8)]
    attributes = [f"a{n}" for n in range(100)]
    when = {name: {"kind": "k", "place": n, **{a: f"$n0.{a}" for a in attributes if n}} for n, name in enumerate(names)}
    rules = RuleSet.parse([{"id": "r", "when": when, "then": {"kind": "c"}}])
    alike = [Fact.of({"kind": "k", "place": n, **dict.fromkeys(attributes, 1)}) for n in range(8)]
    assert len(infer(rules, alike, {}, matcher).firings) == 1
    unlike = [*alike[:7], Fact.of({**alike[7].as_dict(), "a99": 2})]
    assert len(infer(rules, unlike, {}, matcher).firings) == 0


@pytest.mark.parametrize("matcher", MATCHERS)
def test_joins_are_the_same_from_either_side(matcher: str) -> None:
    one = {
        "id": "r",
        "when": {"a": {"kind": "a", "v": "$b.w"}, "b": {"kind": "b"}, "c": {"kind": "c", "x": "$a.x"}},
        "then": {"kind": "d"},
    }
    other = {
        "id": "r",
        "when": {"a": {"kind": "a"}, "b": {"kind": "b", "w": "$a.v"}, "c": {"kind": "c", "x": "$a.x"}},
        "then": {"kind": "d"},
    }
    facts = [{"kind": "a", "v": v, "x": v % 2} for v in range(4)] + [{"kind": "b", "w": w} for w in range(4)]
    facts += [{"kind": "c", "x": 1}, {"kind": "c"}]
    firings = [[firing.premises for firing in run([rule], facts, matcher).firings] for rule in (one, other)]
    assert firings[0] == firings[1] and len(firings[0]) == 2


@pytest.mark.parametrize("matcher", MATCHERS)
def test_several_threads_share_a_rule_set(matcher: str) -> None:
    rules = RuleSet.parse(WIDE[:60])
    results: dict[int, int] = {}
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            facts = [
                Fact.of({"kind": kind, "v": v, **({"n": v % 7} if kind == "b" else {})})
                for kind in "ab"
                for v in range(number)
            ]
            for _ in range(10):
                results[number] = len(infer(rules, facts, {}, matcher).firings)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    expected = {
        n: len(
            evaluate(
                rules,
                [Fact.of({"kind": k, "v": v, **({"n": v % 7} if k == "b" else {})}) for k in "ab" for v in range(n)],
                {},
            ).derivations
        )
        for n in (5, 12)
    }
    assert {n: results[n] for n in expected} == expected


@pytest.mark.parametrize("matcher", MATCHERS)
def test_memory_does_not_grow(matcher: str) -> None:
    rules = RuleSet.parse(WIDE[:6])
    facts = [Fact.of({"kind": kind, "v": v, "n": v % 7}) for kind in "ab" for v in range(10)]

    def peak_mib() -> float:
        for _ in range(300):
            infer(rules, facts, {}, matcher)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    first = peak_mib()
    assert peak_mib() - first < 8
