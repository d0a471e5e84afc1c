"""Claims in words: that a conclusion holds for a scenario, that something takes most of a phase's time."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from ..bench import Bench
from ..claims import Claim
from ..naming import Unsettled
from ..scenarios import named, scenario_of
from ..stated import stated_flag

PHASES = ("decode", "prefill")


def conclusion(claim: Claim, bench: Bench) -> None:
    """`id`, `value`: whether it is concluded; with `scenarios`, in each of them. Raises Unsettled, Impossible."""
    read_conclusion(claim, bench)
    given, identity = claim.content, str(claim.content["id"])
    bench.open_claim(claim, f"'{identity.replace('_', ' ')}' for {named(given)}")
    bench.say(stated_flag(claim.name, bool(given["value"])))
    for number, scenario in enumerate(_scenarios(claim)):
        answer = bench.answers.name_of(scenario_of(claim, scenario))
        facts = bench.answers.facts(answer, "conclusion", id=identity)
        _say(bench, claim, f"scenario {number + 1}", bool(facts), answer, facts)


def bottleneck(claim: Claim, bench: Bench) -> None:
    """`id`, `phase`: what takes most of the time; without a phase, of decode and of prefill."""
    given = claim.content
    phases = (str(given["phase"]),) if "phase" in given else PHASES
    bench.open_claim(claim, f"what takes most of {' and '.join(phases)}: {given['id']}, for {named(given)}")
    bench.say(stated_flag(claim.name, True))
    answer = bench.answers.name_of(scenario_of(claim))
    for phase in phases:
        facts = bench.answers.facts(answer, "bottleneck", phase=phase)
        if not facts:
            raise Unsettled(f"what takes most of {phase} cannot be told")
        holds = str(facts[0]["id"]) == str(given["id"])
        _say(bench, claim, phase, holds, answer, facts)


def read_conclusion(claim: Claim, bench: Bench) -> None:
    """Whether the conclusion and its scenarios can be read. Raises Unsettled, BadInput."""
    known = _known(bench)
    identity = str(claim.content["id"])
    if identity not in known:
        near = get_close_matches(identity, sorted(known), 3, 0.6)
        told = f"; the nearest names are {', '.join(near)}" if near else ""
        raise Unsettled(f"no rule of the knowledge concludes '{identity}'{told}")
    for scenario in _scenarios(claim):
        bench.predictions.ask(claim.name, scenario_of(claim, scenario))


def read_bottleneck(claim: Claim, bench: Bench) -> None:
    """Whether the scenario can be read. Raises Unsettled, BadInput."""
    bench.predictions.ask(claim.name, scenario_of(claim))


def _scenarios(claim: Claim) -> list[dict[str, Any]]:
    return claim.content.get("scenarios") or [claim.content.get("scenario") or {}]


def _say(bench: Bench, claim: Claim, case: str, holds: bool, answer: str, facts: list[Any]) -> None:
    links = [bench.answers.proof(answer, fact) for fact in facts[:1]]
    values = {"kind": "case_told", "claim": claim.name, "case": case, "holds": holds}
    bench.say(values, None, links)


def _known(bench: Bench) -> set[str]:
    found = set()
    for rule in bench.knowledge.rules:
        conclusions = rule["then"] if isinstance(rule["then"], list) else [rule["then"]]
        found |= {str(one["id"]) for one in conclusions if one.get("kind") == "conclusion" and "id" in one}
    return found
