"""What a saved answer says in words and copies from the knowledge, made again and compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...grounding.ground import of_now
from ...model.fact import Fact
from ..commands import instruction, launch_with_room
from ..conflicts import of_effect, of_shown, of_value
from ..given_nodes import name_of
from ..glossary import names, references
from ..measuring import next_measurement
from ..taken_up import ROOM
from ..wording import failed, flip, gain_reason, needed_gain, untold_reason, walked_sources
from .grounds import Grounds
from .nodes import Checker, Fault, fault, safely
from .spread import NodeSpread, bounds

if TYPE_CHECKING:
    from ...reading import Knowledge

Document = Mapping[str, Any]

BARS = ("obstacle", "held_back")  # facts that say themselves what failed


def texts(document: Document, grounds: Grounds, checker: Checker) -> Iterator[Fault]:
    """Every text that does not follow from proofs, scenario and knowledge."""
    knowledge = grounds.knowledge
    told = {"version": knowledge.version, "digest": knowledge.digest}
    if document["knowledge"] != told:
        yield fault("knowledge", f"is told as {document['knowledge']}, it is {told}")
    if "names" in document and document["names"] != names(grounds.now.deployments.values(), knowledge):
        yield fault("names", "are not those of the entries")
    if "references" in document and document["references"] != references(checker.proofs, knowledge):
        yield fault("references", "are not those of the sources that the proofs name")
    yield from safely("grounds", _grounds, document, grounds)
    yield from safely("topology", _cards, document, knowledge)
    yield from safely("intervals", _intervals, document, grounds, checker)
    if "options" in document:
        yield from safely("next_measurement", _measurement, document, grounds, checker)
        yield from safely("options", _options, document, grounds, checker)
        yield from safely("path", _path, document, grounds)
        yield from safely("conflicts", _conflicts, document, grounds, checker)


def _grounds(document: Document, grounds: Grounds) -> Iterator[Fault]:
    """All that scenario and knowledge give of the rig as it stands is there, and nothing else."""
    wanted = sorted(name_of(repr(fact)) for fact in grounds.now.facts if of_now(fact))
    if document["grounds"]["given"] != wanted:
        yield fault("grounds.given", "are not the facts that the scenario gives")


def _cards(document: Document, knowledge: Knowledge) -> Iterator[Fault]:
    """Memory and links of the cards drawn are told, and those of their entries."""
    entries = knowledge.entries["gpus"]
    for row in document["topology"]["cards"]:
        if row.get("vram_gib") != entries[row["model"]].get("vram_gib"):
            yield fault(f"topology.cards.{row['gpu']}", "has another memory than its entry")
        if "gb_s" not in row["pcie"]:
            yield fault(f"topology.cards.{row['gpu']}", "does not tell the speed of its slot")


def _options(document: Document, grounds: Grounds, checker: Checker) -> Iterator[Fault]:
    entries = grounds.knowledge.entries["options"]
    if {row["id"] for row in document["options"]} != set(entries):
        yield fault("options", "are not all those of the catalogue")
    for row in document["options"]:
        path = f"options.{row['id']}"
        yield from safely(path, _option, path, row, entries[row["id"]], grounds)
        needed = needed_gain(entries[row["id"]], row["cost_usd"])
        yield from safely(path, _reasons, path, row, needed, checker)


def _option(path: str, row: Mapping[str, Any], entry: Mapping[str, Any], grounds: Grounds) -> Iterator[Fault]:
    for part in ("name", "kind", "risk", "undo"):
        if row[part] != entry[part]:
            yield fault(path, f"its {part} is '{row[part]}', the entry says '{entry[part]}'")
    cost, usd = row["cost_usd"], entry["cost"].get("usd")
    if (cost is None and usd is not None) or (cost and "proof" not in cost and cost["low"] != usd):
        yield fault(path, "costs something else than its entry says")
    own = [fact for fact in grounds.now.facts if fact.kind == "candidate" and fact["option"] == row["id"]]
    candidate = next((fact for fact in own if fact["variant"] == row["variant"]), own[0] if own else None)
    numbers = {grounds.deployment_of(proof) for proof in row["after_proofs"].values()}
    if numbers - {str(candidate["deployment"]) if candidate else ""}:
        yield fault(path, "its numbers are those of another deployment")
    status = [fact["variant"] for fact in grounds.facts_of("status", row["id"])]
    if row["variant"] != (str(candidate["variant"]) if candidate is not None else (status or [""])[0]):
        yield fault(path, f"has no variant {row['variant']}")
    words = instruction(entry["do"], row["id"], grounds.now.deployments, candidate, grounds.knowledge.entries)
    if row["do"] != words:
        yield fault(path, f"is done by '{row['do']}', it follows '{words}'")


def _reasons(path: str, row: Mapping[str, Any], needed: float, checker: Checker) -> Iterator[Fault]:
    """Why not, in the words of the fact and of the rules; why, in those of the proof. needed: the gain asked for."""
    said = row["says"]
    proof = checker.proofs.get(row["proof"] or "", {})
    heard = {proof.get("says"), *(checker.proofs[one]["says"] for one in proof.get("premises", []))}
    silent = checker.fact(row["proof"]).get("kind") not in ("status", "step_worth")
    if (said is None) != silent or (said and said not in heard):
        yield fault(path, f"says '{said}', which is not in its proof")
    if row["sources"] != walked_sources(row["proof"], checker.proofs):
        yield fault(path, "names other sources than its proof rests on")
    if row["why_not"] is None:
        return
    fact, told = checker.fact(row["why_not"]["proof"]), row["why_not"]
    if fact.get("kind") in BARS and (told["failed"] != failed(fact) or told["flips_if"] != [flip(fact)]):
        yield fault(path, "its reason why not is told otherwise than its proof says")
    if told.get("moot", False) != fact.get("moot", False):
        yield fault(path, "its proof says otherwise whether it is a question at all")
    if fact.get("kind") == "best" and (told["failed"], told["flips_if"]) != gain_reason(fact, needed):
        yield fault(path, "its reason why not is told otherwise than its proof says")
    untold = [untold_reason(*one) for one in ((False, True), (False, False), (True, False), (True, True))]
    if fact.get("kind") not in (*BARS, "best") and (told["failed"], told["flips_if"]) not in untold:
        yield fault(path, "its reason why not is told otherwise than its proof says")


def _intervals(document: Document, grounds: Grounds, checker: Checker) -> Iterator[Fault]:
    """Every interval is as wide as the spread of the constants makes it."""
    spread = grounds.spread(checker.proofs)
    for name, one in document["estimate"].items():
        if isinstance(one, Mapping) and "proof" in one:
            yield from _reach(f"estimate.{name}", one, 0.0, spread.deviation(spread.of(one["proof"])))
    for row in document.get("options") or []:
        yield from _effects(f"options.{row['id']}", row["effects"], spread)
    path = document.get("path") or {"steps": [], "left_out": [], "total": []}
    for row in (*path["steps"], *path["left_out"]):
        yield from _effects(f"path.{row['option']}", row["effects"], spread)
    yield from _effects("path.total", path["total"], spread)


def _effects(path: str, rows: Iterable[Mapping[str, Any]], spread: NodeSpread) -> Iterator[Fault]:
    for row in rows:
        place = f"{path}.{row['metric']}"
        for part in ("before", "after"):
            yield from _reach(f"{place}.{part}", row[part], 0.0, spread.deviation(spread.of(row[part]["proof"])))
        if row["relative"].get("published") is None:
            moved = spread.change(row["before"]["proof"], row["after"]["proof"])
            yield from _reach(place, row["relative"], 1.0, spread.deviation(moved))


def _reach(path: str, quantity: Mapping[str, Any], shift: float, deviation: float) -> Iterator[Fault]:
    low, high = bounds(quantity["value"] + shift, deviation)
    told = quantity["low"] + shift, quantity["high"] + shift
    if not all(math.isclose(*pair, rel_tol=1e-6) for pair in zip(told, (low, high), strict=True)):
        yield fault(
            path,
            f"reaches from {told[0] - shift} to {told[1] - shift}, the constants give {low - shift} to {high - shift}",
        )


def _measurement(document: Document, grounds: Grounds, checker: Checker) -> Iterator[Fault]:
    """The measurement worth most, chosen again."""
    state = _measured(document, grounds, checker)
    if state is None or document["next_measurement"] is None:
        if state is not None or document["next_measurement"] is not None:
            yield fault("next_measurement", "is told where nothing runs, or not where something does")
        return
    spread, told = grounds.spread(checker.proofs), dict(document["next_measurement"])

    def variances(_: Mapping[str, Any], effect: Mapping[str, Any]) -> list[tuple[str, float]]:
        moved = spread.change(effect["before"]["proof"], effect["after"]["proof"])
        return sorted((spread.kind(name), (share * spread.sd(name)) ** 2) for name, share in moved.items())

    proofs = told.pop("proofs")
    facts = [checker.fact(one) for one in proofs]
    could = [fact for fact in facts if fact.get("kind") == "could_measure"]
    settles = [fact for fact in facts if fact.get("kind") == "settles"]
    wanted = next_measurement(
        could, settles, document["options"], dict(state[1]), grounds.knowledge.entries, variances, state[0]
    )
    if {name: value for name, value in told.items() if name != "worth"} != {
        name: value for name, value in wanted.items() if name != "worth"
    } or not math.isclose(told["worth"], wanted["worth"], rel_tol=1e-6, abs_tol=1e-12):
        yield fault("next_measurement", f"is {told}, it follows {wanted}")
    everything = checker.named("could_measure") + checker.named("settles")
    if sorted(proofs) != sorted(everything):
        yield fault("next_measurement.proofs", "are not all that could be measured")


def _measured(document: Document, grounds: Grounds, checker: Checker) -> tuple[int, Mapping[str, Any]] | None:
    """What can be measured: the rig as it stands, or after the first free step by which it runs, with its number."""
    if not any(fact["deployment"] == "now" for fact in grounds.chain.facts.get("misfit", ())):
        return 0, grounds.scenario
    for row, step in zip(document["path"]["steps"], grounds.steps, strict=False):
        if (row["cost_usd"] or {"high": 1})["high"] > 0:
            return None
        if checker.fact(row["proof"]).get("why") in ROOM:
            return step.number, step.scenario
    return None


def _path(document: Document, grounds: Grounds) -> Iterator[Fault]:
    path, entries = document["path"], grounds.knowledge.entries
    if len(grounds.steps) != len(path["steps"]) + len(path["left_out"]):
        yield fault("path", "has a step that cannot be taken there")
        return
    before = grounds.scenario
    for row, step in zip(path["steps"], grounds.steps, strict=False):
        scenarios = {"now": before, step.deployment: step.scenario}
        candidate = Fact("candidate", [("deployment", step.deployment)])
        words = instruction(entries["options"][row["option"]]["do"], row["option"], scenarios, candidate, entries)
        if row["do"] != words:
            yield fault(f"path.steps.{row['option']}", f"is done by '{row['do']}', it follows '{words}'")
        before = step.scenario
    effects = path["steps"][-1]["effects"] if path["steps"] else []
    room = next((row["after"]["value"] for row in effects if row["metric"] == "capacity_tokens"), None)
    command = launch_with_room(before, entries, room) if path["steps"] else None
    if path["command"] != command:
        yield fault("path.command", f"is '{path['command']}', it follows '{command}'")


def _conflicts(document: Document, grounds: Grounds, checker: Checker) -> Iterator[Fault]:
    told = [fact for fact in grounds.now.facts if fact.kind == "disputed"]
    wanted = [of_value(fact.attributes, grounds.knowledge) for fact in sorted(told)]
    rows = [{name: value for name, value in row.items() if name != "proofs"} for row in document["conflicts"]]
    if rows[: len(wanted)] != wanted:
        yield fault("conflicts", "of values are not those that the claims give")
    for row, full in zip(rows[len(wanted) :], document["conflicts"][len(wanted) :], strict=True):
        facts = [checker.fact(one) for one in full["proofs"]]
        if [fact["kind"] for fact in facts[:1]] == ["dispute_shown"]:
            if row != of_shown(facts[0], grounds.knowledge):
                yield fault(f"conflicts.{row['about']}", "is told otherwise than its sources say")
        elif [fact["kind"] for fact in facts[:1]] != ["conflicting_effect"]:
            yield fault(f"conflicts.{row['about']}", "is proved by nothing")
        elif row != of_effect(facts[1:], grounds.scenario, grounds.knowledge.entries):
            yield fault(f"conflicts.{row['about']}", "is told otherwise than its proofs say")
    for row, fact in zip(document["conflicts"], sorted(told), strict=False):
        if checker.fact(row["proofs"][0]) != fact.as_dict():
            yield fault(f"conflicts.{row['about']}", "its proof is about something else")
    listed = {full["proofs"][0] for full in document["conflicts"]}
    for name, node in checker.proofs.items():
        if (node.get("fact") or {}).get("kind") in ("conflicting_effect", "dispute_shown") and name not in listed:
            yield fault("conflicts", f"leave out {name}")
