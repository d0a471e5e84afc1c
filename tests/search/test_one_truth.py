"""For any candidate the search has the numbers of the rules, to rounding: 150 of them, of every kind."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import pytest

from engine.costs import FORMULAS
from engine.grounding.ground import ground_deployments
from engine.grounding.sizes import size_facts
from engine.inference import RuleSet, default_matcher, infer
from engine.reading import Knowledge
from engine.search.block import Block
from engine.search.candidate import Candidate, scenario
from engine.search.evaluate import NUMBERS, Evaluator
from engine.search.prices import PriceList
from engine.search.question import Question, asked
from engine.search.space import Space

# Dense and mixture, sliding window, latent attention; one user and many; patched driver; experts in host memory.
QUESTIONS = (
    {"model": "llama-3.1-70b", "users": 4, "p2p_driver": True},
    {"model": "qwen3-30b-a3b", "users": 32, "min_bits": 3},
    {"model": "gemma-3-27b", "users": 1, "context": 32768, "kv": "q8_0"},
    {"model": "deepseek-v3", "users": 2, "slots": 4},
    {"model": "llama-3.2-1b", "users": 1000, "slots": 4},
)
EACH = 30


def sampled(question: Question, knowledge: Knowledge) -> Iterator[tuple[Candidate, dict[str, float], bool, bool]]:
    """Candidates drawn by lot, of which at least every second one runs where any does."""
    rng = random.Random(7)
    blocks = [block for block in Space(question, knowledge, PriceList(knowledge)).blocks() if block.size]
    evaluator = Evaluator(question, knowledge, [one for block in blocks for one in block.everyone()])
    for block in blocks:
        places = sorted(rng.sample(range(len(block.build_of)), min(400, len(block.build_of))))
        part = Block(block.catalogue, block.build_of[places], block.kind_of[places], block.known)
        numbers = evaluator.evaluate(part)
        running = list(zip(*numbers.runs.nonzero(), strict=True))
        anywhere = list(zip(*part.valid.nonzero(), strict=True))
        for pool in (running, anywhere):
            for place in rng.sample(pool, min(EACH // 4 + 1, len(pool))):
                values = {name: float(column[place]) for name, column in numbers.values.items()}
                yield part.candidate(place), values, bool(numbers.fits[place]), bool(numbers.misfit[place])


@pytest.mark.parametrize("flags", QUESTIONS, ids=lambda one: str(one["model"]))
def test_candidates_have_the_numbers_of_the_rules(flags: dict[str, object], knowledge: Knowledge) -> None:
    question = asked(flags, knowledge)
    rows = list(sampled(question, knowledge))
    assert len(rows) >= EACH
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


def _rules(knowledge: Knowledge) -> RuleSet:
    from engine.search.evaluate import rules_of

    fixed, moving = rules_of(knowledge)
    return RuleSet([*fixed, *moving])
