"""The settings of a saved answer: what was asked and what was assumed, against the scenario and the proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...model.turning import STAYS, UNASKED, comes_first, other_value, untried
from ..wording import FACTORS
from .nodes import Checker, Fault, fault, safely, same

SETTINGS = {"_gb_s": 1e9, "_gbit_s": 1e9 / 8}
NOW = " of deployment now"


def scenario(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """The given values of the rig as it is, and what is wanted, are those of the scenario; it is written out whole."""
    asked, rig = document["scenario"], document["scenario"]["rig"]
    whole = {"nvlink", "network_gbit_s", "network_transport"} <= set(rig) and isinstance(rig["nvlink"], str | list)
    if not whole or not isinstance(asked.get("allow"), Mapping):
        yield fault("scenario", "is not written out whole")
    if rig["network_transport"] not in (None, "tcp", "rdma"):
        yield fault("scenario.rig.network_transport", f"is {rig['network_transport']}")
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


def assumption(path: str, row: Mapping[str, Any], document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """An assumption is the setting of its proof, and the scenario has it."""
    fact = checker.fact(row["proof"])
    told = [f"{fact['gen']}.0 x{fact['lanes']}"] if fact.get("kind") == "slot_setting" else [fact.get("value")]
    plain = fact.get("kind") == "setting"
    if not plain and not str(fact.get("kind")).endswith("_setting"):
        yield fault(path, "its proof sets nothing")
    if plain and fact["path"] != row["path"]:
        yield fault(path, f"its proof is about {fact['path']}")
    if not any(same(row["value"], value) for value in told):
        yield fault(path, f"says {row['value']}, its proof says otherwise")
    if row["flips_at"] not in _tellable(fact, document) and (
        other_value(fact) is not None or not _turns(row, document)
    ):
        yield fault(path, f"does not turn at '{row['flips_at']}'")
    if row["because"] != checker.proofs[row["proof"]]["says"] or row["rule"] != checker.proofs[row["proof"]]["rule"]:
        yield fault(path, "its proof says it in other words")
    known, value = setting(document["scenario"], row["path"])
    if not same(row["value"], value) if known else "(" not in row["path"]:
        yield fault(path, f"says {row['value']}, the scenario says {value}")


def _tellable(fact: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """What an answer may say of a value that the rule of an assumption names, or where it names none."""
    other = other_value(fact)
    if other is None:
        return [STAYS, UNASKED]
    return [untried(other), STAYS, *(comes_first(other, one["id"]) for one in document.get("options") or [])]


def _turns(row: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether a turning point is one that is tried: a factor of the value, at which another option comes first."""
    options = sorted(document.get("options") or [], key=lambda one: int(one["rank"]))
    values = [row["value"] * one for one in FACTORS] if isinstance(row["value"], int | float) else []
    return any(row["flips_at"] == f"about {comes_first(value, one['id'])}" for value in values for one in options[1:])


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
