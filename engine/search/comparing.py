"""Why one build beats another: differences in money, speed and power, and the price at which that turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..model.quantity import dollars, number
from .build import Build, summed
from .judging import LEAST_TOLD, NEAR, Hit
from .naming import NAMES, NOUNS, SPOKEN
from .prices import Price

if TYPE_CHECKING:
    from .question import Question

GROUNDS = {"listed": "listed", "own": "your price", "list": "its list price widened to",
           "single": "what one page asks widened to", "launch": "its launch price widened to"}  # fmt: skip


def named(hit: Hit) -> str:
    """A build in words."""
    build, software, layout = hit.candidate
    sizes = (("tensor", layout.tensor), ("pipeline", layout.pipeline), ("replicas", layout.replicas))
    spread = ", ".join(f"{name} {size}" for name, size in sizes if size > 1)
    mode = f" ({layout.split_mode})" if layout.split_mode not in ("none", "layer") else ""
    where = f", {spread}{mode}" if spread else ""
    host = ", experts in host memory" if software.offload != "none" else ""
    cache = f", {software.kv} KV cache" if software.tinkered else ""
    return f"{build.label}, {software.engine} {software.quantization}{where}{cache}{host}"


def lacking(limit: str, hit: Hit, question: Question, share: float) -> str:
    """What a build has of that which a limit is about, what is asked, and by how much it falls short."""
    asked = {**question.targets, "budget": question.budget, "max_watts": question.max_watts}[limit]
    has = {**hit.values, "budget": hit.middle, "max_watts": hit.candidate.build.watts}[limit]
    short = "" if share > NEAR else f", {share:.1%} off" if share >= 0.0005 else ", less than 0.1% off"
    return f"{SPOKEN[limit].format(number(has))}, asked {number(asked or 0.0)}{short}"


def break_even(hit: Hit, rival: Hit) -> float | None:
    """Price of one card under which a build costs no more than a rival [USD], whose cards of that model cost as much;
    None where no price above 0 does it, or where it has no more of them."""
    if not hit.candidate.build.parts:
        return None
    price, count = hit.candidate.build.parts[0]
    if count <= 0:  # nothing is bought
        return None
    more = count - sum(number for part, number in rival.candidate.build.parts if part.item == price.item)
    at = price.middle - (hit.middle - rival.middle) / more if more > 0 else 0.0
    return at if at > 0 else None


def compared(hit: Hit, other: Hit, question: Question) -> dict[str, Any]:
    """What `hit` has over `other`: in money, in the numbers that count as speed and as power."""
    speed, draws = question.speed, question.draws
    return {
        "money_usd": hit.middle - other.middle,
        "speed": hit.values[speed] / other.values[speed] - 1 if other.values[speed] > 0 else None,
        "power_w": hit.values[draws] - other.values[draws],
    }


def beats(hit: Hit, other: Hit, question: Question, label: str) -> str:
    """One sentence: what the money between two rows buys, and the price that would turn it."""
    found = compared(hit, other, question)
    money, speed, power = found["money_usd"], found["speed"] or 0.0, found["power_w"]
    gains = [_money(money), _speed(speed, question.speed), _power(power)]
    text = f"against {label}: {', '.join(part for part in gains if part) or 'the same in all that counts'}"
    text += moved(hit, other, label)
    turn = break_even(hit, other)
    if money > 0 and speed > 0 and turn is not None:
        price = hit.candidate.build.parts[0][0]
        inside = f" ({asked_for(price)})" if price.low <= turn <= price.high else ""
        lead = f"beat {label} outright" if power < 1 else f"cost no more than {label}"
        text += f"; this row would {lead} with {price.item} under ${turn:,.0f} each{inside}"
    return text


def moved(hit: Hit, other: Hit, label: str) -> str:
    """That two builds stand in machines that differ, and what of the difference in money is the machines'."""
    own, its = (one.candidate.build for one in (hit, other))
    here, there = (f"slots of {one.gen}.0 x{one.lanes}" for one in (own, its))
    if own.host.platform == its.host.platform:
        return "" if here == there or own.whole else f"; with {here} where {label} has {there}"
    money = _money(sum(summed(own.machine)) / 2 - sum(summed(its.machine)) / 2)
    share = f", {money} for the machine" if money and not (own.whole or its.whole) else ""
    return f"; {_place(own, here)} where {label} is {_place(its, there)}{share}"


def _place(build: Build, slots: str) -> str:
    if build.whole:
        return "a machine with its GPU built in"
    return f"on {build.host.platform or 'the board that is there'} with {slots}"


def turning(
    row: Mapping[str, Any], rival: Mapping[str, Any], speed: str, label: str, draws: str = "power"
) -> str:  # fmt: skip
    """At which speed and power the lead of one of two rows turns, where that lies within what is predicted of it."""
    told = []
    for name, sign in ((speed, 1), *([(draws, -1)] if draws == "power" else [])):
        own, other = row.get(NAMES[name]), rival.get(NAMES[name])
        if not own or not other or own["value"] == other["value"]:
            continue
        leads = sign * (own["value"] - other["value"]) > 0
        first, second = (own, other) if leads else (other, own)
        if first["low"] <= second["value"] <= first["high"]:
            who, how = "this row" if leads else label, "under" if sign > 0 else "over"
            what, unit = NOUNS[name]
            told.append(f"{who} leads in {what} unless its own is {how} {number(second['value'])} {unit}")
    return f"; {', '.join(told)} (within what is predicted)" if told else ""


def unless(best: Hit, other: Hit, label: str, other_label: str) -> str | None:
    """`A beats B unless a card of B is under $X`, where A is the cheaper one."""
    turn = break_even(other, best)
    if other.middle <= best.middle or turn is None or turn < other.candidate.build.parts[0][0].low / 2:
        return None
    price = other.candidate.build.parts[0][0]
    lead, at = f"{label} beats {other_label} on cost", f"under ${turn:,.0f} each ({asked_for(price)})"
    where = moved(best, other, other_label)
    told = f"{lead}: {price.item} would have to be {at}" if turn < price.low else f"{lead} unless {price.item} is {at}"
    return told + where


def asked_for(price: Price) -> str:
    """What a part is taken to cost, and on what grounds.

    >>> asked_for(Price("rtx_3090", 500, 1000, "listed", None, (), False))
    'listed $500 to $1,000'
    """
    return f"{GROUNDS[price.basis]} {dollars(price.low, price.high)}"


def dominated(hit: Hit, by: Hit, question: Question, label: str) -> str:
    """Why a build is not on the front: the row that is at least as good in everything."""
    found = compared(by, hit, question)
    parts = [_money(found["money_usd"]), _speed(found["speed"] or 0.0, question.speed), _power(found["power_w"])]
    text = f"dominated by {label}: {', '.join(part for part in parts if part) or 'equal in all that counts'}"
    text += moved(by, hit, "it")
    turn = break_even(hit, by)
    if turn is not None and found["money_usd"] < 0:
        price = hit.candidate.build.parts[0][0]
        text += f"; on cost it would win with {price.item} under ${turn:,.0f} each ({asked_for(price)})"
    return text


def _money(usd: float) -> str:
    return "" if abs(usd) < 1 else f"${abs(usd):,.0f} {'more' if usd > 0 else 'less'}"


def _speed(share: float, name: str) -> str:
    return "" if abs(share) < LEAST_TOLD else f"{share:+.0%} {NOUNS[name][0]}"


def _power(watts: float) -> str:
    return "" if abs(watts) < 1 else f"{abs(watts):,.0f} W {'more' if watts > 0 else 'less'}"
