"""Why a build costs what it costs: each part with its price, its date and its sources, added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..model.quantity import dollars

if TYPE_CHECKING:
    from ..reading import Knowledge

Proofs = dict[str, dict[str, Any]]
TOLD = {
    "listed": "what is asked for it", "own": "a price of your own",
    "single": "what one page asks for it, widened",
    "list": "its list price that one source tells, widened",
    "launch": "the list price of its launch, widened",
}  # fmt: skip


def why_cost(row: Mapping[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    """The proof of the cost of a row, in the form of every other proof: sums and products over given prices."""
    proofs: Proofs = {}
    parts = [_part(f"cost_{number}", part, knowledge, proofs) for number, part in enumerate(row["parts"], 1)]
    cost = row["cost_usd"]
    says_sum = "middle of the lowest and the highest sum of all parts [USD]"
    proofs["cost"] = _computed("total", {"values": parts}, cost["value"], says_sum)
    says = dollars(cost["low"], cost["high"])
    return {"schema": "rigwise/why/1", "id": "cost_usd", "says": says, "roots": ["cost"], "proofs": proofs, "names": {}}


def _part(name: str, part: Mapping[str, Any], knowledge: Knowledge, proofs: Proofs) -> str:
    inputs = {"first": f"{name}_number", "second": f"{name}_price"}
    middle = (part["low"] + part["high"]) / 2
    proofs[name] = _computed("product", inputs, part["count"] * middle, f"{part['count']:g} × {part['item']} [USD]")
    number = "sold" if part["count"] < 0 else "of it in the build"
    proofs[inputs["first"]] = {"kind": "given", "value": part["count"], "says": number, "origin": "plan: the build",
                               "sources": []}  # fmt: skip
    proofs[inputs["second"]] = {
        "kind": "given", "value": middle, "says": f"{part['item']}: {'; '.join(_told(part))}",
        "origin": _origin(part, knowledge), "sources": part["sources"],
    }  # fmt: skip
    return name


def _computed(formula: str, inputs: Mapping[str, Any], value: float, says: str) -> dict[str, Any]:
    return {"kind": "computed", "rule": "plan", "formula": formula, "inputs": dict(inputs), "value": value,
            "says": says, "sources": []}  # fmt: skip


def _told(part: Mapping[str, Any]) -> Iterator[str]:
    yield f"{TOLD[part['basis']]}, {dollars(part['low'], part['high'])}"
    yield part["date"] or "no date"
    if part["stale"]:
        yield "stale"
    if part["uncertain"]:
        yield "uncertain"


def _origin(part: Mapping[str, Any], knowledge: Knowledge) -> str:
    if part["basis"] == "own":
        return "--price or --prices"
    if part["basis"] == "launch":
        return knowledge.origin("gpus", part["item"], "launch_price_usd")
    return knowledge.origin("prices", part["item"], "prices")
