"""Three evaluators, one closure: durable_rules, CLIPS and brute force agree on random programs.

RIGWISE_SOAK=20000 raises the number of programs; RIGWISE_SEED=n starts from another seed.
"""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from random_programs import FORMULAS, Program, program

from engine.inference import Begun, Fact, RuleSet, Trace, default_matcher, infer, infer_again
from engine.inference.again import touched
from engine.inference.naive import Closure, Derivation, evaluate, signature

PROGRAMS = int(os.environ.get("RIGWISE_SOAK", "500"))
FIRST = int(os.environ.get("RIGWISE_SEED", "0"))
BATCH = 50
MATCHERS = ("durable", "clips") if default_matcher() == "durable" else ("clips",)


def closure(trace: Trace) -> Closure:
    """A trace in the terms of the naive evaluator."""
    derivations = [Derivation(f.rule.id, f.premises, f.values, f.concluded) for f in trace.firings]
    assert len(set(map(signature, derivations))) == len(derivations), "a derivation is recorded twice"
    assert len(set(trace.facts)) == len(trace.facts), "a fact is there twice"
    return Closure(frozenset(trace.facts), frozenset(map(signature, derivations)))


def in_full(trace: Trace) -> list[Any]:
    """Everything a trace tells, in its order."""
    told: list[Any] = [repr(fact) for fact in trace.facts]
    told += [(repr(f), f.values, f.checks, f.computed, f.absent) for f in trace.firings]
    told += [(repr(fact), repr(trace.best(fact)), trace.height(fact)) for fact in trace.facts]
    return [*told, [(part.rule.id, *part[1:]) for part in trace.refusals]]


def check(made: Program) -> tuple[int, int]:
    """Compare the evaluators; (derivations, strata)."""
    rules, facts = made.ready()
    expected = evaluate(rules, facts, FORMULAS)
    for matcher in MATCHERS:
        found = closure(infer(rules, facts, FORMULAS, matcher))
        assert found.facts == expected.facts, f"{matcher}: other facts, seed {made.seed}: {made}"
        assert found.derivations == expected.derivations, f"{matcher}: other derivations, seed {made.seed}: {made}"
    _check_heights(infer(rules, facts, FORMULAS), made.seed)
    return len(expected.derivations), len(rules.strata)


def _check_heights(trace: Trace, seed: int) -> None:
    for fact in trace.facts:
        best = trace.best(fact)
        if best is None:
            assert trace.is_given(fact) and trace.height(fact) == 0, f"seed {seed}"
            continue
        heights = [1 + max(trace.height(part) or 0 for part in f.premises) for f in trace.firings_of(fact)]
        assert trace.height(fact) == min(heights) == heights[trace.firings_of(fact).index(best)], f"seed {seed}"


@pytest.mark.parametrize("first", range(FIRST, FIRST + PROGRAMS, BATCH))
def test_evaluators_agree(first: int) -> None:
    derivations = strata = 0
    for seed in range(first, min(first + BATCH, FIRST + PROGRAMS)):
        found = check(program(seed))
        derivations += found[0]
        strata += found[1]
    if FIRST == 0 and PROGRAMS >= BATCH:
        assert derivations > 5 * BATCH, "the programs derive too little to be a test"
        assert strata > BATCH, "the programs have too few strata to be a test"


@pytest.mark.parametrize("first", range(FIRST, FIRST + PROGRAMS // 4, BATCH))
def test_order_of_facts_rules_and_files_changes_nothing(first: int) -> None:
    for seed in range(first, min(first + BATCH, FIRST + PROGRAMS // 4)):
        made = program(seed)
        rules, facts = made.ready()
        expected = in_full(infer(rules, facts, FORMULAS))
        random = Random(seed)
        for matcher in MATCHERS:
            random.shuffle(made.rules)
            random.shuffle(facts)
            found = in_full(infer(RuleSet.parse(made.rules), facts, FORMULAS, matcher))
            assert found == expected, f"{matcher}: the order shows, seed {seed}: {made}"


def test_small_shards_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    durable = pytest.importorskip("engine.inference.durable", exc_type=ImportError)
    monkeypatch.setattr(durable, "MOST_PATTERNS", 4)
    for seed in range(FIRST, FIRST + PROGRAMS // 5):
        rules, facts = program(seed).ready()
        assert closure(infer(rules, facts, FORMULAS, "durable")) == evaluate(rules, facts, FORMULAS), f"seed {seed}"


@pytest.mark.parametrize("first", range(FIRST, FIRST + PROGRAMS // 10, BATCH))
def test_what_is_inferred_again_is_what_is_inferred_anew(first: int) -> None:
    stood = 0
    for seed in range(first, min(first + BATCH, FIRST + PROGRAMS // 10)):
        rules, facts = program(seed).ready()
        random = Random(seed)
        one, other = random.choice([1, 3]), random.choice([0, 1, 3])
        before, after = random.sample(facts, max(0, len(facts) - one)), random.sample(facts, max(0, len(facts) - other))
        after[:1] = [_otherwise(fact, random) for fact in after[: seed % 2]] or after[:1]
        kind = random.choice([template.kind for rule in rules for template in rule.then])
        for matcher in MATCHERS:
            former, expected = infer(rules, before, FORMULAS, matcher), infer(rules, after, FORMULAS, matcher)
            begun = Begun(rules, after, FORMULAS, kind, matcher, former if seed % 2 else None)
            assert begun.reached == bool(expected.of_kind(kind)), f"{matcher}: more of {kind} later, seed {seed}"
            again = begun.finish() if seed % 2 else infer_again(rules, after, FORMULAS, former)
            assert in_full(again) == in_full(expected), f"{matcher}: other facts or firings, seed {seed}"
            stood += sum(record.rule not in touched(rules, former, after) for record in again.records)
    assert stood > BATCH, "in these programs every rule is touched"


def _otherwise(fact: Fact, random: Random) -> Fact:
    """A fact with another value of one attribute, or one attribute more."""
    name = random.choice([*fact.attributes, "more"])
    return Fact.of({**fact.as_dict(), name: random.choice([0, 1, 2, "a"])})


def test_rules_that_do_not_read_what_changed_are_not_run_again() -> None:
    sees = {"id": "sees", "when": {"one": {"kind": "one", "size": "$_"}}, "then": {"kind": "seen", "size": "$one.size"}}
    takes = {"id": "takes", "when": {"two": {"kind": "two"}}, "collect": {"all": {"kind": "one", "take": "size"}},
             "then": {"kind": "taken"}}  # fmt: skip
    names = {"id": "names", "when": {"one": {"kind": "one"}}, "then": {"kind": "named", "id": "$one.id"}}
    rules, two = RuleSet.parse([sees, takes, names]), Fact.of({"kind": "two"})
    before, after = ([Fact.of({"kind": "one", "id": "a", "size": size}), two] for size in (1, 2))
    former = infer(rules, before, FORMULAS)
    assert {rules.rules[index].id for index in touched(rules, former, after)} == {"sees", "takes"}
    assert in_full(infer_again(rules, after, FORMULAS, former)) == in_full(infer(rules, after, FORMULAS))


@pytest.mark.parametrize("matcher", MATCHERS)
def test_a_rule_that_denies_or_collects_what_came_or_went_is_run_again(matcher: str) -> None:
    one = {"when": {"one": {"kind": "one"}}}
    rules = RuleSet.parse(
        [
            {"id": "alone", **one, "unless": [{"kind": "other"}], "then": {"kind": "alone"}},
            {"id": "both", **one, "collect": {"all": {"kind": "other", "take": "v"}}, "then": {"kind": "both"}},
        ]
    )  # fmt: skip
    few = [Fact.of({"kind": "one"})]
    more = [*few, Fact.of({"kind": "other", "v": 1})]
    for before, after in ((few, more), (more, few)):
        again = infer_again(rules, after, FORMULAS, infer(rules, before, FORMULAS, matcher))
        assert again.facts == infer(rules, after, FORMULAS, matcher).facts
