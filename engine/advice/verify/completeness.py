"""Whether a saved answer tells all that has to be told, and nothing else.

What follows is derived again from scenario and knowledge alone. So a conclusion that was left out with all its nodes is
missed, and a fact that was slipped in with all its nodes follows from nowhere.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..taken_up import ORDER
from .derivation import derived, shown
from .nodes import Checker, Fault, fault, written
from .rules import templates

if TYPE_CHECKING:
    from ...reading import Knowledge
    from .grounds import Grounds

WHOLE = (
    "conclusion", "confidence", "confidence_factor", "caution", "conflicting_effect", "dispute_shown",
    "could_measure", "settles",
)  # fmt: skip
"""Kinds of fact of which an answer tells every one."""
HELD, MOST = 6, 1_000
"""How many conditions are told as held; an order that comes after those of all rules."""
Bar = tuple[int, str, str]


def untold(document: Mapping[str, Any], grounds: Grounds, checker: Checker, knowledge: Knowledge) -> Iterator[Fault]:
    """What follows and is not told, and what is told and follows from nothing."""
    chain = grounds.chain
    worlds = [chain, derived(knowledge, grounds.first), derived(knowledge, grounds.on_the_path)]
    follows = {written(fact) for world in worlds for facts in world.facts.values() for fact in facts}
    now = chain.facts
    for name, node in checker.proofs.items():
        if node["kind"] == "derived" and "fact" in node and written(node["fact"]) not in follows:
            yield fault(name, f"tells {shown(node['fact'])}, which does not follow from scenario and knowledge")
    if "conclusions" in document:
        yield from _left_out(now, checker)
        yield from _statuses(document, now.get("status", ()))
        yield from _held(document, checker, bars(knowledge.rules), chain.fired)
    yield from _bottlenecks(document, now)


def _left_out(now: Mapping[str, Iterable[Mapping[str, Any]]], checker: Checker) -> Iterator[Fault]:
    told = {written(fact) for kind in WHOLE for _, fact in checker.of_kind(kind)}
    for kind in WHOLE:
        for fact in now.get(kind, ()):
            if written(fact) not in told:
                place = "conclusions" if kind == "conclusion" else "proofs"
                yield fault(place, f"leave out {shown(fact)}, which follows from scenario and knowledge")


def _statuses(document: Mapping[str, Any], found: Iterable[Mapping[str, Any]]) -> Iterator[Fault]:
    """Each option has the best status that follows; what the path takes on top of other steps alone is optional."""
    best: dict[str, str] = {}
    for fact in sorted(found, key=lambda fact: -ORDER[fact["status"]]):
        best[fact["option"]] = fact["status"]
    walked = {step["option"] for step in document["path"]["steps"]}
    for row in document["options"]:
        wanted = best.get(row["id"], "rejected")
        wanted = "optional" if wanted == "rejected" and row["id"] in walked else wanted
        if row["status"] != wanted:
            yield fault(f"options.{row['id']}", f"is {row['status']}, from scenario and knowledge follows {wanted}")


def _held(
    document: Mapping[str, Any], checker: Checker, bars: Mapping[str, Sequence[Bar]], fired: Container[str]
) -> Iterator[Fault]:
    """What held of an option is what those rules say that could have barred it earlier, and stayed silent."""
    for row in document["options"]:
        told = row["why_not"]
        if told is None:
            continue
        before = checker.fact(told["proof"]).get("order", MOST)
        silent = [says for order, rule, says in bars.get(row["id"], ()) if order < before and rule not in fired]
        if told["held"] != silent[:HELD]:
            yield fault(f"options.{row['id']}", f"tells as held {told['held']}, from the rules follow {silent[:HELD]}")


def bars(rules: Iterable[Mapping[str, Any]]) -> dict[str, list[Bar]]:
    """For each option the rules that can bar it, in their order, with what they say where they do not."""
    found: dict[str, list[Bar]] = {}
    for rule in rules:
        for template in templates(rule):
            option, order = template.get("option"), template.get("order")
            if template["kind"] == "obstacle" and isinstance(order, int) and not str(option).startswith("$"):
                found.setdefault(str(option), []).append((order, rule["id"], rule["says_not"]))
    return {option: sorted(rows) for option, rows in found.items()}


def _bottlenecks(document: Mapping[str, Any], now: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[Fault]:
    """What takes most of a phase, of what starts."""
    starts = not any(fact["deployment"] == "now" for fact in now.get("misfit", ()))
    wanted = {(fact["phase"], fact["id"]) for fact in now.get("bottleneck", ())} if starts else set()
    told = {(row["phase"], row["id"]) for row in document["bottlenecks"]}
    if told != wanted:
        yield fault("bottlenecks", f"are {sorted(told)}, from scenario and knowledge follow {sorted(wanted)}")
