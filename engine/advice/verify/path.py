"""The ordered path of a saved answer: each step on top of the former, and where to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..verdict import MAIN, WORDS
from ..wording import METRICS, for_more_money, staying, stopping, untold
from .nodes import Checker, Fault, fault, same

EffectFaults = Callable[[str, Any, Mapping[str, Any], Checker], Iterator[Fault]]


def path_faults(
    document: Mapping[str, Any], checker: Checker, told: Mapping[str, Any], effects: EffectFaults
) -> Iterator[Fault]:
    """Every fault of the path. told: proofs of the numbers before the first step; effects: the check of effects."""
    path = document["path"]
    options = {row["id"]: row for row in document["options"]}
    first, spent = dict(told), 0
    for number, step in enumerate(path["steps"], 1):
        place = f"path.steps.{step['option']}"
        yield from _step(place, number, step, options[step["option"]], checker)
        yield from effects(place, step["effects"], told, checker)
        if number == 1 and bool(step["effects"]) != bool(options[step["option"]]["effects"]):
            yield fault(place, "tells effects where the option does not, or the other way round")
        after = {row["metric"]: row["after"]["proof"] for row in step["effects"]}
        told = _standing(told, checker) | after if after else {}  # what did not run before has numbers only from here
        spent += step["cost_usd"]["low"] if step["cost_usd"] else 0
        if step["spent_usd"] is not None and not same(step["spent_usd"]["low"], spent):
            yield fault(place, f"says that {step['spent_usd']['low']} USD are spent, the steps cost {spent}")
    yield from _total(path, first, told, checker, effects)
    gains = {}
    for number, row in enumerate(path["left_out"], len(path["steps"]) + 1):
        place = f"path.left_out.{row['option']}"
        yield from _left_out(place, number, row, options[row["option"]], checker)
        yield from effects(place, row["effects"], told, checker)
        yield from _all_effects(place, row, _standing(told, checker), checker)
        fact = checker.fact(row["proof"])
        if fact.get("kind") == "step_small" and fact["gain"] > 0:
            gains[row["option"]] = (fact["gain"], fact["needed"])
    yield from _stop(document, gains)


def _standing(told: Mapping[str, Any], checker: Checker) -> dict[str, Any]:
    """Numbers that a later step may change by a ratio; of one that was 0, as room where nothing fits, none is told."""
    return {metric: proof for metric, proof in told.items() if checker.proofs.get(proof, {}).get("value") != 0}


def _step(
    place: str, number: int, step: Mapping[str, Any], row: Mapping[str, Any], checker: Checker
) -> Iterator[Fault]:
    fact, spent = checker.fact(step["proof"]), step["spent_usd"]
    told = (step["step"], step["option"], step["variant"])
    if (fact.get("kind"), fact.get("number"), fact.get("option"), fact.get("variant")) != ("step_worth", *told):
        yield fault(place, "its proof is about something else")
    elif step["says"] != checker.proofs[step["proof"]]["says"]:
        yield fault(place, "its proof says it in other words")
    if spent is None and checker.named("spent", number=number):
        yield fault(place, "does not tell what is spent")
    if step["step"] != number:
        yield fault(place, f"is counted as {step['step']}, it is step {number}")
    if any(step[name] != row[name] for name in ("undo", "variant", "cost_usd")):
        yield fault(place, "is told otherwise than the option")
    if spent is not None:
        fact = checker.fact(spent["proof"])
        if (fact.get("kind"), fact.get("number")) != ("spent", number):
            yield fault(place, "the proof of what is spent is about something else")
        elif not same(spent["low"], fact["low"]) or not same(spent["high"], fact["high"]):
            yield fault(place, f"{spent['low']} to {spent['high']} USD are told as spent, the proof says otherwise")


def _left_out(
    place: str, number: int, row: Mapping[str, Any], option: Mapping[str, Any], checker: Checker
) -> Iterator[Fault]:
    fact = checker.fact(row["proof"])
    if row["variant"] != option["variant"]:
        yield fault(place, "is another variant than that of the option")
    if row["proof"] is None:
        if row["says"] != untold(row["option"]):
            yield fault(place, "has a reason and no proof")
    elif fact.get("kind") not in ("step_bar", "step_small") or fact.get("number") != number:
        yield fault(place, "its proof is about something else")
    elif row["says"] != checker.proofs[row["proof"]]["says"]:
        yield fault(place, "its proof says it in other words")


def _all_effects(place: str, row: Mapping[str, Any], told: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Every number that what is left out would change is told, where it is known before and after."""
    facts = {kind: checker.fact(name) for kind, name in row["after_proofs"].items()}
    if any(fact.get("kind") != kind for kind, fact in facts.items()):
        yield fault(place, "names other facts than those of its numbers")
    after = {metric for metric, kind, attribute in METRICS if attribute in facts.get(kind, {})}
    effects = {effect["metric"] for effect in row["effects"]}
    if not after & told.keys() <= effects <= after:  # the path does not tell what it was to begin with and has become
        yield fault(place, "does not tell all that it does, or more")


def _total(
    path: Mapping[str, Any], first: Mapping[str, Any], last: Mapping[str, Any], checker: Checker, effects: EffectFaults
) -> Iterator[Fault]:
    rows = path["total"]
    yield from effects("path.total", rows, first, checker)
    if rows and {row["metric"] for row in rows} != {
        row["metric"] for row in path["steps"][-1]["effects"] if row["metric"] in first
    }:
        yield fault("path.total", "does not tell all that the last step tells")
    if bool(rows) != (len(path["steps"]) > 1 and bool(path["steps"][0]["effects"])):
        yield fault("path.total", "is told for one step, or not for several")
    for row in rows:
        if row["after"]["proof"] != last[row["metric"]]:
            yield fault(f"path.total.{row['metric']}", "ends at another number than the last step")


def _stop(document: Mapping[str, Any], gains: Mapping[str, tuple[float, float]]) -> Iterator[Fault]:
    path = document["path"]
    stop, steps = path["stop"], len(path["steps"])
    if stop["after"] != steps:
        yield fault("path.stop", f"is after step {stop['after']}, there are {steps}")
    best = max(gains, key=lambda option: (gains[option][0], option), default=None)
    if stop["next"] != best:
        yield fault("path.stop", f"names {stop['next']} as next, the proofs name {best}")
    metric = MAIN[document["scenario"]["goal"]["optimize"]]
    option, dearer = for_more_money(document["options"], metric, WORDS[metric])
    if stop["for_more_money"] != option:
        yield fault("path.stop", f"names {stop['for_more_money']} for more money, the options name {option}")
    if not steps and not path["left_out"]:
        stay = next((row["says"] for row in document["options"] if row["id"] == "do_nothing"), None)
        wanted = staying(stay)
    else:
        wanted = stopping(steps, (best, *gains[best]) if best else None, WORDS[metric])
    if stop["says"] != wanted + dearer:
        yield fault("path.stop", f"says '{stop['says']}', it follows '{wanted + dearer}'")
