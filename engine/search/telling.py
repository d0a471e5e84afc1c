"""Parts of the answer in words and as entries: rows, what was assumed, what a limit keeps out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

from ..model.quantity import dollars, number
from .build import Parts, summed
from .candidate import QUALM, command, scenario
from .comparing import named
from .judging import BOUNDS, Hit
from .naming import LIMITS, MORE, NAMES, NOUNS
from .upgrade import Upgraded

if TYPE_CHECKING:
    from ..grounding.scenario import Scenario
    from .prices import PriceList
    from .question import Question

FEW_LANES = 4
# What has this share of the speed of the fastest is worth a word where it costs that share of its price, or less.
NEARLY = 0.85


def row_told(label: str, hit: Hit, found: Mapping[str, Any], question: Question) -> dict[str, Any]:
    """One row of the front. found: its numbers with their intervals, and its doubts, as the rules have them."""
    said, numbers = found["doubts"], {name: value for name, value in found.items() if name not in ("doubts", "stopped")}
    build, software, layout = hit.candidate
    one = scenario(hit.candidate, question)
    low = [name for name, least in question.targets.items() if numbers[NAMES[name]]["low"] < least]
    doubts = [*said, *(f"its {NOUNS[name][0]} may be below the target" for name in low)]
    if question.budget is not None and hit.high > question.budget:
        doubts.append("over the budget at the upper end of its prices")
    if (
        isinstance(build, Upgraded)
        and build.count > build.before
        and build.host.platform is None
        and not (question.slots_said)
    ):
        doubts.append(f"whether its board takes {build.count} cards is not known")
    slots = one["rig"]["pcie"]
    least = min(slots, key=lambda slot: (slot["lanes"], slot["gen"]))
    if build.count > 1 and least["lanes"] < FEW_LANES:
        doubts.append(f"slots of {least['lanes']} lane{'s' if least['lanes'] > 1 else ''}, so on risers")
    return {
        "id": label, "says": named(hit), "gpu": build.gpu, "count": build.count, "power_limit_w": build.power,
        "platform": build.host.platform, "pcie": dict(least), "slots": slots, "links": build.links,
        "driver": build.driver, "ram_gb": build.host.ram, "engine": software.engine,
        "quantization": software.quantization, "kv_quantization": software.kv, "offload": software.offload,
        "layout": {"tensor": layout.tensor, "pipeline": layout.pipeline, "replicas": layout.replicas,
                   "split_mode": layout.split_mode},
        "cost_usd": {"value": hit.middle, "low": hit.low, "high": hit.high},
        "machine_usd": interval_of(build.machine),
        "parts": [{"count": number, **price.told()} for price, number in build.parts],
        **numbers, "power_limits_w": build.watts, "doubts": doubts,
        "estimate": command(one), "why": command(one, f"why {proved(question)}"), "proves": proved(question),
        "scenario": one,
    }  # fmt: skip


def interval_of(parts: Parts) -> dict[str, float]:
    """What some parts cost [USD]."""
    low, high = summed(parts)
    return {"value": (low + high) / 2, "low": low, "high": high}


def traded(row: Mapping[str, Any]) -> str:
    """What an upgrade costs or brings, of which what is bought and what the cards that go bring.

    >>> parts = [{"count": 2, "low": 500, "high": 900}, {"count": -2, "low": 150, "high": 250}]
    >>> traded({"cost_usd": {"value": 1000}, "parts": parts})
    'costs $1,000 (what is bought $1,000 to $1,800, less $300 to $500 for what is sold)'
    """
    cost = row["cost_usd"]["value"]
    if not row["parts"]:
        return "costs nothing"
    bought, sold = ([part for part in row["parts"] if (part["count"] > 0) is own] for own in (True, False))
    money = f"{'costs' if cost >= 0 else 'brings'} {dollars(abs(cost))}"
    spans = [[sum(abs(part["count"]) * part[end] for part in own) for end in ("low", "high")] for own in (bought, sold)]
    return money + (
        f" (what is bought {dollars(*spans[0])}, less {dollars(*spans[1])} for what is sold)" if sold else ""
    )


def includes(told: Mapping[str, Any]) -> str | None:
    """That the price of a row or of a miss holds a whole machine, and how to leave that out; None where it does not."""
    machine = told.get("machine_usd") or {"high": 0.0}
    if not machine["high"]:
        return None
    return (
        f"{dollars(machine['low'], machine['high'])} of that is the machine the cards go in (board with processor, "
        "memory, power supply); if you have one, --from RIG.yaml plans what to add to it (no card in it yet: "
        "--price PART=0 for each of its parts, `rigwise list prices`)"
    )


def speed_told(row: Mapping[str, Any], question: Question) -> str:
    """The number that counts as speed with its interval, whose it is, and what else the users get."""
    own, users = row[NAMES[question.speed]], f"{question.users:,}"
    found = f"{number(own['value'])} [{number(own['low'])}, {number(own['high'])}]"
    alone, each, together = (number(row[NAMES[one]]["value"]) if NAMES[one] in row else ""
                             for one in ("decode", "user_decode", "throughput"))  # fmt: skip
    return {
        "decode": f"{found} tok/s",
        "user_decode": f"{found} tok/s for each of {users} users at once ({alone} for one alone, {together} in all)",
        "throughput": f"{found} tok/s in all" + (f" ({each} for each of {users} users)" if each else ""),
        "prefill": f"{found} tok/s of prompts",
        "efficiency": f"{found} tokens per joule, {alone} tok/s",
        "free": f"{number(own['value'])} GB free on the fullest card, {alone} tok/s",
    }[question.speed]


def nearly(best: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], question: Question) -> list[str]:
    """Where speed is asked for: the cheapest row that is almost as fast as the fastest, if it costs much less. What
    brings money costs nothing: nobody who asks for speed wants to be paid for less of it."""
    name = NAMES[question.speed]
    paid = {row["id"]: max(float(row["cost_usd"]["value"]), 0.0) for row in (best, *rows)}
    fast = [row for row in rows if row[name]["value"] >= NEARLY * best[name]["value"]]
    row = min(fast, key=lambda one: (paid[one["id"]], -one[name]["value"]), default=best)
    if question.goal != "speed" or paid[row["id"]] >= NEARLY * paid[best["id"]]:
        return []
    share = row[name]["value"] / best[name]["value"]
    less = dollars(paid[best["id"]] - paid[row["id"]])
    return [f"row {row['id']} has {share:.0%} of its {NOUNS[question.speed][0]} for {less} less: {row['says']}"]


def limit_told(hit: Hit, question: Question) -> str:
    """What a build does where its cards have the limit that it names."""
    speed, drawn = f"{number(hit.values[question.speed])} {NOUNS[question.speed][1]}", hit.values[question.draws]
    return f"at {hit.candidate.build.power:g} W a card {speed}, {drawn:,.0f} W in all, {dollars(hit.low, hit.high)}"


def power_told(row: Mapping[str, Any], question: Question) -> str:
    """What the cards draw for one user; of several, whose requests keep all of them busy, what they may draw."""
    return f"{row['power_w']['value']:,.0f} W" if question.users == 1 else f"up to {row['power_limits_w']:,.0f} W"


def proved(question: Question) -> str:
    """The number of a row that is proved: the one that counts as speed, where it is a speed."""
    return NAMES[question.speed if question.speed != "free" else "decode"]


def assumptions(
    asked_for: Question, prices: PriceList, selling: bool, published: Sequence[str] = ()
) -> list[dict[str, str]]:
    """What was taken for granted, by subject. selling: cards that are there may be sold. published: formats in which
    its maker has the model."""
    spread, users = prices.spread, asked_for.users
    many = (
        f" of each request that the engine runs at a time; what each user gets is one over the time of a further token "
        f"while all {users:,} ask, prompts of the others between; those who wait for a place get nothing meanwhile"
    ) if users > 1 else ""  # fmt: skip
    rows = {
        "workload": f"prompts of {asked_for.prompt:,} tokens, answers of {asked_for.output:,}, room for "
                    f"{asked_for.context:,} tokens{many}",
        "supply": f"the rest of the machine draws {asked_for.host_watts:g} W; supplies are loaded to "
                  f"{asked_for.supply_load:.0%}",
        "slots": "every slot has the lanes of the narrowest one of its platform at that number of cards; "
                 f"boards with fewer than {asked_for.min_lanes} are left out",
        **({"board": "where the board is not known, no more cards are tried than there are or than each known one has "
                     "slots for; name host.platform in the file, or --slots"} if selling else {}),
        "cost": "a build is ranked by the middle of its price interval",
        **({"resale": "cards that go bring what used ones are asked for, with no fee taken off; where no price of used "
                      "ones is known, anything up to that of a new one. Costs and the budget are what is left to pay "
                      "when they are sold"} if selling else {}),
        "launch": "a card without a listed price costs that share of the list price of its launch that cards cost "
                  "which were launched within a year of it; nothing is said of launches older than five years",
        "list": "a card of which one source tells a list price and nothing else costs that share of it, of new cards",
        "one page": f"what one page tells as one number costs {spread[0]:.2f} to {spread[1]:.2f} of it: as pages "
                    "differ on cards that several of them price",
        "preference": f"a patched driver or an 8-bit KV cache is told as best where it gains {QUALM:.0%} or more",
        "measured": "one card, layers on several, layers shared among several: what was never measured of any card of "
                    "a maker is tried where the card or the maker is named alone",
        "quality": f"the model is tried as its maker publishes it, {' or '.join(published)}: other conversions are "
                   "no smaller; --quant tries them" if published else
                   f"formats of {asked_for.min_bits:g} bits and more are tried, in containers an engine reads well",
    }  # fmt: skip
    return [{"about": name, "says": text} for name, text in rows.items()]


def setup(start: Scenario) -> str:
    """A rig that is there, and what runs on it, in words."""
    work, sizes = start["workload"], start["workload"]["parallelism"]
    cards = " + ".join(f"{group['count']}× {group['gpu']}" for group in start["rig"]["gpus"])
    spread = ", ".join(f"{name} {sizes[name]}" for name in ("tensor", "pipeline", "replicas") if sizes[name] > 1)
    return f"{cards}, {work['engine']} {work['quantization']}{', ' if spread else ''}{spread}"


def nothing(asked_for: Question, misses: Sequence[Mapping[str, Any]], relaxed: Sequence[Mapping[str, Any]]) -> str:
    """That nothing does it, which limits bind, and the changes each of which would be enough."""
    enough = [_enough(one) for one in misses] + [f"{one['by']}" for one in relaxed if not one["lacks"]]
    short = [f"Even with {one['by']}: {one['lacks']} ({one['says']})" for one in relaxed if one["lacks"] and not misses]
    if not enough and not short:
        return "Nothing does it: no build runs the model with this context and these users."
    alone = {one["limit"] for one in misses}
    idle = [
        MORE[name] for name in ("budget", "max_watts") if getattr(asked_for, name) is not None and name not in alone
    ]
    listed = "; ".join(enough)
    would = f"Enough would be {listed}" if len(enough) == 1 else f"Each of these alone would be enough: {listed}"
    told = [f"Nothing does it. {would if enough else '; '.join(short)}."]
    if idle and misses:
        told.append(f"{' or '.join(idle).capitalize()} alone would not be.")
    return " ".join(told)


def _enough(miss: Mapping[str, Any]) -> str:
    """How far one limit would have to be moved."""
    return f"{LIMITS[miss['limit']].format(miss['enough'])} (asked {number(miss['asked'])}{_change(miss)})"


def enough(needed: float, limit: str) -> str:
    """A limit that is as far as has to be, in few digits: money and watts rounded up, what is to be reached down.

    >>> enough(6935.2, "budget"), enough(21.98, "decode"), enough(0.00029417, "decode")
    ('6,936', '21.9', '0.000294')
    """
    if limit in BOUNDS:
        return f"{ceil(needed):,}"
    step = 10.0 ** (floor(log10(needed)) - 2) if needed > 0 else 1.0
    return number(floor(needed / step + 1e-9) * step)


def _change(miss: Mapping[str, Any]) -> str:
    """How much more or less than what was asked."""
    share = miss["needed"] / miss["asked"] if miss["asked"] else 1.0
    if share == 1.0:
        return ""
    if share >= 2.5:
        return f", {share:,.0f} times that"
    if 0 < share <= 0.1:
        return f", 1/{1 / share:,.0f} of that"
    return f", {abs(share - 1):.0%} {'more' if share > 1 else 'less'}"
