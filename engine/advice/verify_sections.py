"""The sections of a saved answer, each told number and conclusion checked against the node that proves it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import verify_drawing
from .taken_up import ORDER
from .verdict import verdict_text
from .verify_nodes import TOLERANCE, Checker, Fault, fault, name_of, safely, same, written
from .verify_path import path_faults
from .wording import FACTS_ALONE, METRICS, NO_CHANGE, NO_PREDICTION

ESTIMATE = "rigwise/estimate/1"
FACTORS = {"_ms": 1e3, "_us": 1e6, "_gb": 1e-9}
SETTINGS = {"_gb_s": 1e9, "_gbit_s": 1e9 / 8}
LISTS = ("bottlenecks", "assumptions")
DRAWINGS = ("grounds", "times", "topology", "references", "names")
ADVICE = ("verdict", "options", "path", "conclusions", "conflicts")
MAPPINGS = ("scenario", "estimate", "verdict", "path", "grounds", "times", "topology", "references", "names")
MEMORY = {"weights_gb": "weights", "kv_cache_gb": "kv_cache", "overhead_gb": "overhead", "free_gb": "free"}
UNPREDICTED = (("high", [FACTS_ALONE]), ("low", [NO_PREDICTION]), ("high", [NO_CHANGE]))
NOW = " of deployment now"
STANDS = "no value tried turns the verdict"
TURNS = re.compile(r"about [\d.e+-]+: (\w+) gains more than (\w+)")


def sections(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Every fault outside the proofs."""
    yield from _missing(document)
    yield from safely("estimate", _estimate, document, checker)
    yield from safely("scenario", _scenario, document, checker)
    for section, check in ROWS.items():
        yield from safely(section, _rows, document, section, check, checker)
    for section, drawn in DRAWN.items():
        yield from safely(section, drawn, document, checker)
    if document["schema"] != ESTIMATE:
        yield from safely("options", _ranking, document)
        yield from safely("path", path_faults, document, checker, _told_now(document), effects)
        yield from safely("verdict", _verdict, document, checker)
        yield from safely("conclusions", _complete, document, checker)


def _missing(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Sections that are not there or not of their kind."""
    advice = document["schema"] != ESTIMATE
    for section in ("scenario", "estimate", *DRAWINGS, *LISTS, *(ADVICE if advice else ())):
        wanted = Mapping if section in MAPPINGS else list
        if section not in document:
            yield fault(section, "is missing")
        elif not isinstance(document[section], wanted):
            yield fault(section, f"is malformed: it is {type(document[section]).__name__}")
    if advice and document.get("options") == []:
        yield fault("options", "there are none")


def _rows(document: Mapping[str, Any], section: str, check: Any, checker: Checker) -> Iterator[Fault]:
    """Each row of a section by its own check; one that cannot be read keeps no other from being checked."""
    for number, row in enumerate(document.get(section, [])):
        told = row.get("id", row.get("path", number)) if isinstance(row, Mapping) else number
        yield from safely(f"{section}.{told}", check, f"{section}.{told}", row, document, checker)


def _estimate(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Numbers, fit, cards and shares of the time."""
    estimate = document.get("estimate") or {}
    for name, value in estimate.items():
        if isinstance(value, Mapping) and name != "shares":
            yield from safely(f"estimate.{name}", number, f"estimate.{name}", value, checker)
    yield from _fits(estimate, checker)
    yield from _numbers_told(document, checker)
    if [row["gpu"] for row in estimate["memory"]] != list(range(len(estimate["memory"]))):
        yield fault("estimate.memory", "does not count the cards through")
    held = {checker.fact(name).get("gpu") for name in checker.named("card_memory", deployment="now")}
    if {row["model"] for row in estimate["memory"] if row["used"]} != held:
        yield fault("estimate.memory", "does not tell all cards")
    asked = [group["gpu"] for group in document["scenario"]["rig"]["gpus"] for _ in range(group["count"])]
    if [row["model"] for row in estimate["memory"]] != asked:
        yield fault("estimate.memory", "tells other cards than the scenario")
    if [row["proof"] for row in estimate["cannot_run"]] != _misfits(checker):
        yield fault("estimate.cannot_run", "is not what the proofs conclude")
    for place, row in enumerate(estimate["memory"]):
        yield from safely(f"estimate.memory.{place}", _card, f"estimate.memory.{place}", row, checker)
    told = {row["phase"] for row in document["bottlenecks"]}
    if told != {phase for phase, terms in estimate["shares"].items() if terms}:
        yield fault("bottlenecks", "are not told for the phases of which shares are told")
    for phase, terms in estimate["shares"].items():
        if terms and not math.isclose(math.fsum(terms.values()), 1.0, rel_tol=1e-6):
            yield fault(f"estimate.shares.{phase}", f"add up to {math.fsum(terms.values())}, not to 1")
        if any(not 0 <= share <= 1 for share in terms.values()):
            yield fault(f"estimate.shares.{phase}", "one lies outside 0 to 1")


def _numbers_told(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Every number that the facts of the rig as it stands hold is told."""
    for name in document["grounds"]["numbers"]:
        fact = checker.fact(name)
        if fact.get("deployment") != "now":
            yield fault("grounds.numbers", f"{name} is about something else")
        for metric, attribute in TOLD.get(str(fact.get("kind")), ()):
            if fact.get(attribute) and not isinstance(document["estimate"].get(metric), Mapping):
                yield fault(f"estimate.{metric}", "is not told")
    kinds = {checker.fact(name).get("kind") for name in document["grounds"]["numbers"]}
    told = {
        metric for metric in document["estimate"] if any(metric == one for rows in TOLD.values() for one, _ in rows)
    }
    if told - {metric for kind in kinds for metric, _ in TOLD.get(str(kind), ())}:
        yield fault("grounds.numbers", "leave out a fact of which the estimate tells a number")


def _misfits(checker: Checker) -> list[str]:
    """The nodes of what keeps the rig as asked from running, the gravest first."""
    own = [name for name in checker.named("misfit", deployment="now") if checker.fact(name)["id"] != "does_not_fit"]
    return sorted(own, key=lambda name: (int(checker.fact(name)["order"]), str(checker.fact(name)["id"])))


def _fits(estimate: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    kind = {None: None, True: "fits", False: "fit"}[estimate["fits"]]
    fact = checker.fact(estimate["fits_proof"])
    if fact.get("kind") != kind or fact.get("deployment", "now") != "now":
        yield fault("estimate.fits", f"says {estimate['fits']}, its proof concludes {fact.get('kind')}")


def _card(path: str, row: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """What a card holds against its fact."""
    if not row["used"]:
        if "proof" in row or row["used"] is not False:
            yield fault(path, "is told not to be used and what it holds")
        return
    fact = checker.fact(row["proof"])
    if (fact.get("kind"), fact.get("deployment"), fact.get("gpu")) != ("card_memory", "now", row["model"]):
        yield fault(path, "its proof is about something else")
        return
    for name, attribute in MEMORY.items():
        if not same(row[name], fact[attribute] / 1e9):
            yield fault(path, f"{name} is {row[name]}, its proof says {fact[attribute] / 1e9}")


def number(path: str, quantity: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """A number equals what its proof says, in its unit, and lies in the middle of its interval."""
    node = checker.proofs.get(str(quantity.get("proof")))
    if node is None:
        yield fault(path, "has no proof")
        return
    factor = next((factor for suffix, factor in FACTORS.items() if path.endswith(suffix)), 1.0)
    if not same(quantity["value"], node["value"] * factor):
        yield fault(path, f"says {quantity['value']}, its proof {quantity['proof']} says {node['value'] * factor}")
    yield from _interval(path, quantity, 0.0)


def _interval(path: str, quantity: Mapping[str, Any], shift: float) -> Iterator[Fault]:
    """An interval is as far below its middle as above it, as ratios. shift: 1 for a relative change."""
    value, low, high = (quantity[name] + shift for name in ("value", "low", "high"))
    if not low <= value * (1 + TOLERANCE) or not value <= high * (1 + TOLERANCE):
        yield fault(path, "its value lies outside its interval")
    elif not math.isclose(low * high, value**2, rel_tol=TOLERANCE):
        yield fault(path, f"its value is not the middle of its interval, {math.sqrt(abs(low * high)) - shift}")


def _option(path: str, row: Mapping[str, Any], document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """An option against its proof, its price and its effects."""
    yield from _reason(path, row, checker)
    yield from safely(path, _option_confidence, path, row, checker)
    yield from safely(path, _cost, path, row["id"], row["cost_usd"], checker)
    now = _told_now(document)
    yield from effects(path, row["effects"], now, checker)
    missing = {effect["metric"] for effect in row["effects"]} - set(now)
    if missing:
        yield fault(path, f"changes {', '.join(sorted(missing))}, which is not told of the rig as it stands")
    yield from _told_effects(path, row, document, checker)
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


def _told_now(document: Mapping[str, Any]) -> dict[str, Any]:
    """Proofs of the numbers of the rig as it stands, by metric."""
    told = document.get("estimate")
    numbers = told.items() if isinstance(told, Mapping) else ()
    return {name: one["proof"] for name, one in numbers if isinstance(one, Mapping) and "proof" in one}


def _reason(path: str, row: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """The proof is about this option and concludes its status; what is not recommended has one for why not."""
    fact, why_not = checker.fact(row["proof"]), row["why_not"]
    if row["proof"] is not None and fact.get("option") != row["id"]:
        yield fault(path, f"its proof is about {fact.get('option')}")
    concluded = {"status": fact.get("status"), "step_worth": "optional"}.get(str(fact.get("kind")), "rejected")
    if concluded != row["status"]:
        yield fault(path, f"says {row['status']}, its proof concludes {concluded}")
    if fact.get("kind") == "status" and fact.get("variant") != row["variant"]:
        yield fault(path, f"says {row['variant']}, its proof is about {fact.get('variant')}")
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
    elif (fact.get("kind"), fact.get("option")) != ("option_cost", option):
        yield fault(path, "the proof of its cost is about something else")
    elif not same(cost["low"], fact["low"]) or not same(cost["high"], fact["high"]):
        yield fault(path, f"costs {cost['low']} to {cost['high']}, the proof says {fact['low']} to {fact['high']}")


def effects(path: str, rows: Any, told: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Each effect starts from the number told for its metric, and its change leads from there to after."""
    if len({row["metric"] for row in rows}) != len(rows):
        yield fault(path, "tells an effect twice")
    for row in rows:
        place = f"{path}.{row['metric']}"
        yield from safely(place, _effect, place, row, told, checker)


def _effect(path: str, effect: Mapping[str, Any], told: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    before, after, relative = effect["before"], effect["after"], effect["relative"]
    for quantity in (before, after):
        yield from number(path, quantity, checker)
    if told.get(effect["metric"], before["proof"]) != before["proof"]:
        yield fault(path, "starts from another number than is told before")
    ratio = after["value"] / before["value"]
    if not same(ratio, relative["value"] + 1):
        yield fault(path, f"the relative change is {ratio - 1}, the answer says {relative['value']}")
    yield from _widened(path, effect["metric"], relative, checker)


def _widened(path: str, metric: str, relative: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """An interval that covers published measurements reaches as far as they do, or as its other side says."""
    published = relative.get("published")
    if published is None:
        yield from _interval(path, relative, 1.0)
        return
    fact, option = checker.fact(published["proof"]), path.split(".")[1]
    if (fact.get("kind"), fact.get("metric"), fact.get("option")) != ("published_range", metric, option):
        yield fault(path, "the proof of what was published is about something else")
    elif not same(published["low"], fact["low"]) or not same(published["high"], fact["high"]):
        yield fault(path, "tells other published measurements than its proof")
    value, low, high = (relative[name] + 1 for name in ("value", "low", "high"))
    least, most = published["low"] + 1, published["high"] + 1
    below = min(least, value**2 / high) if not same(high, most) else least if same(low, least) else low
    above = max(most, value**2 / low) if not same(low, least) else most if same(high, most) else high
    if not math.isclose(low, below, rel_tol=1e-6) or not math.isclose(high, above, rel_tol=1e-6) or low > high:
        yield fault(path, "its interval does not reach as far as what was published")


def _conclusion(path: str, row: Mapping[str, Any], document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """A conclusion is the fact of its proof, in its words."""
    fact = checker.fact(row["proof"])
    if (fact.get("kind"), fact.get("id")) != ("conclusion", row["id"]):
        yield fault(path, "its proof concludes something else")
    elif row["says"] != checker.proofs[row["proof"]]["says"]:
        yield fault(path, "its proof says it in other words")


def _bottleneck(path: str, row: Mapping[str, Any], document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """A bottleneck takes the share that its proof computes, in the phase and of the bound that names its proof."""
    node = checker.proofs.get(row["proof"])
    if node is None:
        yield fault(path, f"names the proof {row['proof']}, which is not there")
        return
    if not same(row["share"], node["value"]):
        yield fault(path, f"says {row['share']}, its proof says {node['value']}")
    bound = {"kind": "bound_share", "id": row["id"], "phase": row["phase"], "share": node["value"]}
    if name_of(f"{node['rule']}.{node['says'].split(' ')[0]} for {written(bound)}") != row["proof"]:
        yield fault(path, "its proof is about something else")


def _assumption(path: str, row: Mapping[str, Any], document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """An assumption is the setting of its proof, and the scenario has it."""
    fact = checker.fact(row["proof"])
    told = [value for name, value in fact.items() if name not in ("kind", "path")]
    plain = fact.get("kind") == "setting"
    if not plain and not str(fact.get("kind")).endswith("_setting"):
        yield fault(path, "its proof sets nothing")
    if plain and fact["path"] != row["path"]:
        yield fault(path, f"its proof is about {fact['path']}")
    if (plain or not isinstance(row["value"], str)) and not any(same(row["value"], value) for value in told):
        yield fault(path, f"says {row['value']}, its proof says otherwise")
    turns = [fact["flips_at"]] if fact.get("flips_at") else [STANDS]
    if row["flips_at"] not in turns and (fact.get("flips_at") or not TURNS.fullmatch(row["flips_at"])):
        yield fault(path, f"does not turn at '{row['flips_at']}'")
    if row["because"] != checker.proofs[row["proof"]]["says"] or row["rule"] != checker.proofs[row["proof"]]["rule"]:
        yield fault(path, "its proof says it in other words")
    known, value = setting(document["scenario"], row["path"])
    if not same(row["value"], value) if known else "(" not in row["path"]:
        yield fault(path, f"says {row['value']}, the scenario says {value}")


def _scenario(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """The given values of the rig as it is, and what is wanted, are those of the scenario."""
    for name, node in checker.proofs.items():
        if isinstance(node, Mapping) and node.get("kind") == "given":
            yield from safely(name, _asked, name, node, document["scenario"])


def _asked(name: str, node: Mapping[str, Any], scenario: Mapping[str, Any]) -> Iterator[Fault]:
    fact, path = node.get("fact") or {}, str(node.get("origin")).removeprefix("scenario: ")
    if fact.get("kind") == "goal":
        goal = scenario["goal"]
        if fact.get("optimize") != goal["optimize"] or fact.get("budget") != goal.get("budget_usd"):
            yield fault(name, "its goal is not that of the scenario")
    if "value" not in node or not node["says"].endswith(NOW) or path == node.get("origin"):
        return
    known, value = setting(scenario, path)
    factor = next((factor for suffix, factor in SETTINGS.items() if path.endswith(suffix)), None)
    if not known and path.startswith("workload."):
        yield fault(name, f"rests on {path}, which the scenario does not tell")
    elif known and not same(value * factor if factor else value, node["value"]):
        yield fault(name, f"says {node['value']} for {path}, the scenario says {value}")


def setting(scenario: Mapping[str, Any], path: str) -> tuple[bool, Any]:
    """Whether a scenario has a plain value at a path, and that value.

    >>> setting({"workload": {"users": 4}}, "workload.users")
    (True, 4)
    """
    found: Any = scenario
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return False, None
        found = found[name]
    return not isinstance(found, Mapping | list), found


def _ranking(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Recommended before optional before rejected, ranks counted through, free recommended options before paid ones."""
    rows = document.get("options", [])
    if [row.get("rank") for row in rows] != list(range(1, len(rows) + 1)):
        yield fault("options", "the ranks are not counted through")
    if len({row["id"] for row in rows}) != len(rows):
        yield fault("options", "one stands there twice")
    places = [ORDER.get(str(row.get("status")), 3) for row in rows]
    if places != sorted(places) or 3 in places:
        yield fault("options", "the options are not in the order of their status")
    paid = [bool(row["cost_usd"] and row["cost_usd"]["high"] > 0) for row in rows if row.get("status") == "recommended"]
    if paid != sorted(paid):
        yield fault("options", "a paid option is recommended before a free one")


def _verdict(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """The text follows from options, numbers and path; tier and factors are those of their proofs, all of them."""
    verdict = document["verdict"]
    said = [row["says"] for row in verdict["cautions"]]
    words = verdict_text(document["options"], document["estimate"], document["scenario"], document["path"], said)
    for row in verdict["cautions"]:
        if checker.fact(row["proof"]).get("kind") != "caution" or row["says"] != checker.proofs[row["proof"]]["says"]:
            yield fault("verdict.cautions", "one is not what its proof says")
    yield from _all_listed("verdict.cautions", "caution", [row["proof"] for row in verdict["cautions"]], checker)
    if verdict["text"] != words:
        yield fault("verdict", f"says '{verdict['text']}', it follows '{words}'")
    fact = checker.fact(verdict["proof"])
    if (fact.get("kind"), fact.get("tier")) != ("confidence", verdict["confidence"]):
        yield fault("verdict", f"its confidence is {verdict['confidence']}, its proof says {fact.get('tier')}")
    told = [checker.fact(one) for one in verdict["factor_proofs"]]
    if [fact.get("says") for fact in told] != verdict["factors"]:
        yield fault("verdict", "its factors are not those of their proofs")
    yield from _all_listed("verdict.factors", "confidence_factor", verdict["factor_proofs"], checker)


def _all_listed(path: str, kind: str, listed: Sequence[str], checker: Checker) -> Iterator[Fault]:
    """Every fact of a kind that the proofs hold stands in the section that tells them, once."""
    for name, _ in checker.of_kind(kind):
        if list(listed).count(name) != 1:
            yield fault(path, f"does not tell {name} once")


def _complete(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Every conclusion that a proof reaches is told."""
    told = {row["id"] for row in document["conclusions"]}
    for name, fact in checker.of_kind("conclusion"):
        if fact.get("id") not in told:
            yield fault("conclusions", f"leave out {fact.get('id')}, which {name} concludes")


TOLD: dict[str, tuple[tuple[str, str], ...]] = {
    "decode": (("decode_tok_s", "speed"),),
    "prefill": (("prefill_tok_s", "rate"),),
    "serving": (
        ("output_throughput_tok_s", "throughput"), ("total_throughput_tok_s", "total"), ("ttft_ms", "ttft"),
        ("tpot_ms", "tpot"),
    ),
    "step_waits": (("all_reduce_us", "each"),),
    "watts": (("power_w", "power"), ("tokens_per_joule", "efficiency")),
    "capacity": (("capacity_tokens", "tokens"),),
    "queue": (("requests_at_once", "requests"),),
}  # fmt: skip
ROWS = {
    "options": _option,
    "conclusions": _conclusion,
    "bottlenecks": _bottleneck,
    "assumptions": _assumption,
}
DRAWN = {
    "times": verify_drawing.times,
    "topology": verify_drawing.topology,
    "references": verify_drawing.references,
}
