"""For any candidate the search has the numbers of the rules, to rounding: 150 of them, of every kind."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import numpy as np
import pytest

from engine.costs import FORMULAS
from engine.grounding.ground import ground_deployments
from engine.grounding.sizes import size_facts
from engine.inference import RuleSet, default_matcher, infer
from engine.reading import Knowledge
from engine.search import evaluate
from engine.search.candidate import Candidate, scenario
from engine.search.evaluate import NUMBERS, Evaluator, Numbers
from engine.search.prices import PriceList
from engine.search.question import Question, asked
from engine.search.space import Space

# Dense and mixture, sliding window, latent attention; one user and many; patched driver; experts in host memory; one
# card alone, of which all numbers but the format's are whole.
QUESTIONS = (
    {"model": "llama-3.1-70b", "users": 4, "p2p_driver": True},
    {"model": "qwen3-30b-a3b", "users": 32, "min_bits": 3},
    {"model": "gemma-3-27b", "users": 1, "context": 32768, "kv": "q8_0"},
    {"model": "deepseek-v3", "users": 2, "slots": 4},
    {"model": "llama-3.2-1b", "users": 1000, "slots": 4},
    {"model": "llama-3.1-70b", "users": 8, "gpu": ["rtx_3090"]},
)
EACH = 30
SAMPLE = (12, 12, 3, 2, 40)


@pytest.fixture(autouse=True)
def _in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few values found out ahead and few candidates at a time, so that both ways through the rules are gone."""
    monkeypatch.setattr(evaluate, "MOST_SHARED", 2**10)
    monkeypatch.setattr(evaluate, "MOST_AT_ONCE", 2**13)


def sampled(question: Question, knowledge: Knowledge) -> Iterator[tuple[Candidate, dict[str, float], bool, bool]]:
    """Candidates drawn by lot, of which about every second one runs where any does."""
    rng = random.Random(7)
    blocks = [block for block in Space(question, knowledge, PriceList(knowledge)).blocks() if block.size]
    evaluator = Evaluator(question, knowledge, blocks)
    for block in blocks:
        part = block.part(tuple(np.array(sorted(rng.sample(range(size), min(most, size))))
                                for size, most in zip(block.shape, SAMPLE, strict=True)))  # fmt: skip
        pieces = list(evaluator.chunks(part, gated=False))
        for piece in pieces:
            yield from _drawn(piece, rng, EACH // (4 * len(pieces)) + 1)


def _drawn(numbers: Numbers, rng: random.Random, most: int) -> Iterator[tuple[Candidate, dict[str, float], bool, bool]]:
    shape = numbers.block.shape
    fits, misfit = (np.broadcast_to(own, shape).reshape(-1) for own in (numbers.fits, numbers.misfit))
    for pool in (np.flatnonzero(numbers.runs).tolist(), np.flatnonzero(numbers.block.valid).tolist()):
        for place in rng.sample(pool, min(most, len(pool))):
            values = {name: numbers.at(name, place) for name in numbers.values}
            yield numbers.block.candidate(place), values, bool(fits[place]), bool(misfit[place])


@pytest.mark.parametrize("flags", QUESTIONS, ids=lambda one: "-".join(map(str, (one["model"], *one.get("gpu", ())))))
def test_candidates_have_the_numbers_of_the_rules(
    flags: dict[str, object], knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In boxes with holes, and one by one."""
    question = asked(flags, knowledge)
    monkeypatch.setattr("engine.search.block.LISTED", 2.0 if question.users in (2, 4, 1000) else 0.0)
    rows = list(sampled(question, knowledge))
    assert len(rows) >= 0.8 * EACH
    _compared(rows, question, knowledge)


def _compared(
    rows: list[tuple[Candidate, dict[str, float], bool, bool]], question: Question, knowledge: Knowledge
) -> None:
    evaluator_rules = _rules(knowledge)
    named = {str(number): scenario(one, question) for number, (one, *_) in enumerate(rows)}
    ground = ground_deployments(named, knowledge)
    for values in size_facts({}, 16):
        ground.say(values)
    trace = infer(evaluator_rules, ground.facts, FORMULAS, default_matcher())
    facts = {(kind, str(fact["deployment"])): fact for kind in ("fits", "misfit", *(k for k, _ in NUMBERS.values()))
             for fact in trace.of_kind(kind)}  # fmt: skip
    for number, (one, values, fits, misfit) in enumerate(rows):
        assert (("fits", str(number)) in facts) is fits, one
        assert (("misfit", str(number)) in facts) is misfit, one
        for name, (kind, attribute) in NUMBERS.items():
            fact = facts.get((kind, str(number)))
            wanted = float(fact[attribute]) if fact is not None and fact.get(attribute) is not None else math.nan
            if math.isnan(wanted):
                assert math.isnan(values[name]), (name, one)
            else:
                assert math.isclose(values[name], wanted, rel_tol=1e-9, abs_tol=1e-3), (name, one)


def test_fewer_users_and_less_context_have_the_numbers_of_the_rules(knowledge: Knowledge) -> None:
    """Programs that are tried for others than are asked, in copies of the model, too."""
    flags = {"model": "llama-3.1-8b", "users": 8, "context": 32768, "gpu": ["rtx_3090"], "slots": 4}
    question = asked({**flags, "engine": ["vllm", "llama_cpp"], "quant": ["awq_int4", "q4_k_m"]}, knowledge)
    space = Space(question, knowledge, PriceList(knowledge))
    asks = ((3, None), (None, 4096))
    programs = [one._replace(users=users, context=context) for users, context in asks for one in space.programs]
    blocks = [block for block in space.blocks(space.every, programs) if block.size]
    evaluator, rng = Evaluator(question, knowledge, blocks), random.Random(5)
    rows = [row for block in blocks for piece in evaluator.chunks(block) for row in _drawn(piece, rng, 10)]
    copies = {row[0].layout.replicas for row in rows}
    assert len(rows) > 40 and len(copies) > 2
    _compared(rows, question, knowledge)


def _rules(knowledge: Knowledge) -> RuleSet:
    from engine.search.evaluate import rules_of

    fixed, moving = rules_of(knowledge)
    return RuleSet([*fixed, *moving])
