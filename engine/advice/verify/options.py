"""The options of a saved answer: status, reason, price and effects against their proofs, and their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..taken_up import ORDER
from ..wording import FACTS_ALONE, METRICS, NO_CHANGE, NO_PREDICTION, bought_and_sold
from .nodes import Checker, Fault, fault, safely, same
from .quantities import effects

UNPREDICTED = (("high", [FACTS_ALONE]), ("low", [NO_PREDICTION]), ("high", [NO_CHANGE]))


def option(path: str, row: Mapping[str, Any], document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """An option against its proof, its price and its effects."""
    yield from _reason(path, row, checker)
    yield from safely(path, _option_confidence, path, row, checker)
    yield from safely(path, _cost, path, row["id"], row["cost_usd"], checker)
    now = told_now(document)
    yield from effects(path, row["effects"], now, checker)
    missing = {effect["metric"] for effect in row["effects"]} - set(now)
    if missing:
        yield fault(path, f"changes {', '.join(sorted(missing))}, which is not told of the rig as it stands")
    yield from _told_effects(path, row, document, checker)
    for effect in row["effects"]:
        found = checker.named("published_range", option=row["id"], metric=effect["metric"])
        if found and effect["relative"].get("published") is None:
            yield fault(path, f"does not tell what was published of {effect['metric']}")
    proofs = [effect["after"]["proof"] for effect in row["effects"]]
    if len(set(proofs)) != len(proofs):
        yield fault(path, "tells one number twice")


def _option_confidence(path: str, row: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Tier and factors of an option are those of its proof; without one they are those of what is not predicted."""
    tier, factors, proof = row["confidence"], row["confidence_factors"], row["confidence_proof"]
    if proof is None:
        if (tier, factors) not in UNPREDICTED or (tier, factors) == UNPREDICTED[0] and row["status"] != "rejected":
            yield fault(path, f"its confidence is {tier} ({'; '.join(factors)}) without a proof")
        return
    fact = checker.fact(proof)
    if (fact.get("kind"), fact.get("option"), fact.get("tier")) != ("option_confidence", row["id"], tier):
        yield fault(path, f"its confidence is {tier}, its proof says {fact.get('tier')}")
    doubts = [
        (-int(one["weight"]), one["says"])
        for _, one in checker.of_kind("option_doubt")
        if (one["option"], one["variant"]) == (row["id"], fact["variant"])
    ]
    if [says for _, says in sorted(doubts)] != factors:
        yield fault(path, "its factors are not the doubts of its proof")


def _told_effects(path: str, row: Mapping[str, Any], document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Every number that an option's deployment and the rig as it stands both have is told as an effect."""
    told = {effect["metric"] for effect in row["effects"]}
    now = document["estimate"]
    if not any(one["effects"] for one in document["options"]):
        return  # what is asked for is no yardstick where it does not run
    for kind, name in row["after_proofs"].items():
        fact = checker.fact(name)
        if fact.get("kind") != kind:
            yield fault(path, f"{name} does not tell its {kind}")
        for metric, of, attribute in METRICS:
            known = of == kind and attribute in fact and isinstance(now.get(metric), Mapping)
            if known and not now["cannot_run"] and checker.fact(name).get("deployment") != "now" and metric not in told:
                yield fault(path, f"does not tell what it does to {metric}")
    if told and not row["after_proofs"]:
        yield fault(path, "does not name the facts of its numbers")
    wanted = {kind for metric, kind, _ in METRICS if metric in told}
    if not wanted <= set(row["after_proofs"]):
        yield fault(path, "does not name the facts of its numbers")


def told_now(document: Mapping[str, Any]) -> dict[str, Any]:
    """Proofs of the numbers of the rig as it stands, by metric."""
    told = document.get("estimate")
    numbers = told.items() if isinstance(told, Mapping) else ()
    return {name: one["proof"] for name, one in numbers if isinstance(one, Mapping) and "proof" in one}


def _reason(path: str, row: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """The proof is about this option and concludes its status; what is not recommended has one for why not."""
    fact, why_not = checker.fact(row["proof"]), row["why_not"]
    if row["proof"] is None:
        yield fault(path, "has no proof")
    elif fact.get("option") != row["id"]:
        yield fault(path, f"its proof is about {fact.get('option')}")
    concluded = {"status": fact.get("status"), "step_worth": "optional"}.get(str(fact.get("kind")), "rejected")
    if concluded != row["status"]:
        yield fault(path, f"says {row['status']}, its proof concludes {concluded}")
    if fact.get("kind") == "status" and fact.get("variant") != row["variant"]:
        yield fault(path, f"says {row['variant']}, its proof is about {fact.get('variant')}")
    reasons = [name for kind in ("obstacle", "best") for name in checker.named(kind, option=row["id"])]
    if why_not is None and (row["status"] == "rejected" or (row["status"] == "optional" and reasons)):
        yield fault(path, "is not recommended, and does not tell why not")
    if why_not and row["status"] == "recommended":
        yield fault(path, "is recommended and told why not")
    if why_not and checker.fact(why_not["proof"]).get("option") != row["id"]:
        yield fault(path, "its reason why not is about another option")


def _cost(path: str, option: str, cost: Mapping[str, Any] | None, checker: Checker) -> Iterator[Fault]:
    """A price against its fact; one without a proof stands in the entry of the option and has no range."""
    if cost is None:
        if checker.named("option_cost", option=option):
            yield fault(path, "does not tell its price")
        return
    fact = checker.fact(cost.get("proof"))
    if "proof" not in cost:
        if not same(cost["low"], cost["high"]):
            yield fault(path, "its cost has a range and no proof")
        if checker.named("option_cost", option=option):
            yield fault(path, "does not name the proof of its cost")
    elif (fact.get("kind"), fact.get("option")) != ("option_cost", option):
        yield fault(path, "the proof of its cost is about something else")
    elif not same(cost["low"], fact["low"]) or not same(cost["high"], fact["high"]):
        yield fault(path, f"costs {cost['low']} to {cost['high']}, the proof says {fact['low']} to {fact['high']}")
    if {part: cost[part] for part in ("bought", "sold") if part in cost} != bought_and_sold(fact):
        yield fault(path, "tells what is bought and sold otherwise than its proof")


def _by_gain(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Of what is not recommended, and free or paid alike, what gains more stands first; steps were taken up later."""
    gains = {fact["option"]: -round(float(fact["gain"]), 9) for _, fact in checker.of_kind("best")}
    later = {step["option"] for step in document["path"]["steps"]}
    groups: dict[tuple[str, bool], list[tuple[float, str]]] = {}
    for row in document["options"]:
        if row["status"] != "recommended" and row["id"] in gains.keys() - later:
            paid = row["cost_usd"] is None or row["cost_usd"]["high"] > 0
            groups.setdefault((row["status"], paid), []).append((gains[row["id"]], row["id"]))
    for (status, _), places in groups.items():
        if places != sorted(places):
            yield fault("options", f"of those that are {status}, some that gain less stand before some that gain more")


def ranking(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Recommended before optional before rejected, ranks counted through; of one status the steps of the path in
    their order, then free ones before paid ones, by gain."""
    rows = document.get("options", [])
    yield from _by_gain(document, checker)
    if [row.get("rank") for row in rows] != list(range(1, len(rows) + 1)):
        yield fault("options", "the ranks are not counted through")
    if len({row["id"] for row in rows}) != len(rows):
        yield fault("options", "one stands there twice")
    places = [ORDER.get(str(row.get("status")), 3) for row in rows]
    if places != sorted(places) or 3 in places:
        yield fault("options", "the options are not in the order of their status")
    steps = {step["option"]: step["step"] for step in document["path"]["steps"]}
    for status in ORDER:
        taken = [steps.get(row["id"], len(rows)) for row in rows if row.get("status") == status]
        if taken != sorted(taken):
            yield fault("options", f"those that are {status} are not in the order of the path")
    left = [row for row in rows if row.get("status") == "recommended" and row["id"] not in steps]
    paid = [bool(row["cost_usd"] and row["cost_usd"]["high"] > 0) for row in left]
    if paid != sorted(paid):
        yield fault("options", "a paid option is recommended before a free one")
