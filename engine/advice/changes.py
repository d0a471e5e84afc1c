"""What an owner can change: settings, what is measured, programs, parts that are bought, and what the rig is used for.

A change is a list of values to put into the scenario as it was asked. What it costs decides the order in which changes
are tried: a free setting before a measurement, a measurement before another program, anything before money.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import log2
from typing import TYPE_CHECKING, Any

from ..grounding.moves import variants
from ..grounding.scenario import Scenario, put, value_at
from ..model.quantity import spoken

if TYPE_CHECKING:
    from .recommend import Answer

# From cheap to dear. `use` is what the rig is asked to do: free to say, but another question.
CLASSES = ("setting", "use", "measurement", "software", "money")
OF_OPTION = {"setting": "setting", "software": "software", "hardware": "money"}
SECTIONS = ("rig", "workload", "goal", "allow")
USERS = (1, 2, 4, 8, 16, 32, 64)
ANOTHER_GOAL = 10.0
"""How far another goal is from the one that was asked for, in doublings: further than any number here."""
# What a look at the rig can tell, with the values that it can have.
READINGS: dict[str, tuple[Any, ...]] = {
    "rig.p2p": (True, False),
    "rig.acs_enabled": (False, True),
    "rig.bar1_mb": (256, 32768),
    "rig.pcie_observed_at": ("load", "idle"),
    "rig.host.ram_bandwidth_gb_s": (80, 200, 400),
    "rig.pcie": ({"gen": 4, "lanes": 16}, {"gen": 4, "lanes": 8}, {"gen": 4, "lanes": 4}, {"gen": 3, "lanes": 4}),
}


@dataclass(frozen=True, slots=True)
class Change:
    """values: by path of the scenario as asked; None takes a value out. usd: least price where something is bought.

    far: of changes alike, how many times a number doubles or halves.
    """

    sort: str
    says: str
    values: Mapping[str, Any] = field(hash=False)
    usd: float = 0.0
    option: str | None = None
    far: float = 0.0

    @property
    def weight(self) -> tuple[int, float, float, str]:
        """The order in which changes are tried."""
        return CLASSES.index(self.sort), self.usd, self.far, self.says

    def applied(self, asked: Scenario) -> Scenario:
        """The scenario with the change."""
        fresh = copy.deepcopy(asked)
        for path, value in self.values.items():
            put(fresh, path, copy.deepcopy(value))
        for section in SECTIONS:
            if isinstance(fresh.get(section), dict):
                fresh[section] = {name: value for name, value in fresh[section].items() if value is not None}
        return fresh


def changes(answer: Answer) -> list[Change]:
    """Every change that is known for a rig and its use, the cheapest first."""
    found = [*_of_options(answer), *_of_engines(answer), *_of_use(answer), *_of_readings(answer)]
    return sorted(found, key=lambda change: change.weight)


def _of_options(answer: Answer) -> Iterator[Change]:
    """The variants of all options, with their prices."""
    now, entries = answer.resolved.scenario, answer.knowledge.entries
    costs = {(str(fact["option"]), str(fact["variant"])): fact for fact in answer.trace.of_kind("option_cost")}
    barred, obstacles = _barred(answer), answer.trace.of_kind("obstacle")
    for key, option in sorted(entries["options"].items()):
        if option["kind"] not in OF_OPTION or option.get("effect", "predicted") != "predicted":
            continue
        for label, scenario in variants(now, option["change"], entries):
            values = differences(now, scenario)
            if not values or {(key, "all"), (key, label)} & barred:
                continue
            cost = costs.get((key, label))
            usd = float(cost["low"]) if cost else 0.0
            says = f"{key} ({label})" if label else key
            yield Change(OF_OPTION[option["kind"]], says, values, usd, key)
        dear = [float(fact["observed"]) for fact in obstacles if fact["option"] == key and fact.get("unit") == "USD"]
        if dear:
            says = f"a budget of {spoken(min(dear), 'USD')}"
            yield Change("money", says, {"goal.budget_usd": min(dear)}, min(dear))


def _barred(answer: Answer) -> set[tuple[str, str]]:
    """Options and variants that something else bars than what the owner is ready to spend: no way to anything."""
    found = set()
    for fact in answer.trace.of_kind("obstacle"):
        firing = answer.trace.best(fact)
        if firing and not any(premise.kind == "goal" for premise in firing.premises):
            found.add((str(fact["option"]), str(fact["variant"])))
    return found


def differences(before: Scenario, after: Scenario) -> dict[str, Any]:
    """The values of the second scenario that differ, by path; lists and layouts as a whole."""
    return {
        f"{section}.{name}": value
        for section in ("rig", "workload", "goal")
        for name, value in after[section].items()
        if before[section].get(name) != value
    }


def _of_engines(answer: Answer) -> Iterator[Change]:
    """Other engines that read the quantization in use, with layout and flags left to them."""
    workload, entries = answer.resolved.scenario["workload"], answer.knowledge.entries
    quantization = entries["quantizations"][workload["quantization"]]
    containers = {quantization["container"], *(quantization.get("also_in") or [])}
    for key, engine in sorted(entries["engines"].items()):
        if key != workload["engine"] and containers & set(engine["containers"]):
            values = {"workload.engine": key, "workload.engine_version": None, "workload.engine_flags": None,
                      "workload.parallelism": None}  # fmt: skip
            yield Change("software", f"the engine {key}", values)


def _of_use(answer: Answer) -> Iterator[Change]:
    """Other uses: users, goal, context; a waiver taken back, more watts."""
    now, asked = answer.resolved.scenario, answer.asked
    for users in USERS:
        if users != now["workload"]["users"]:
            says = f"{users} concurrent user{'s' if users > 1 else ''}"
            yield Change("use", says, {"workload.users": users}, far=_doublings(now["workload"]["users"], users))
    for goal in ("latency", "throughput", "prefill", "capacity", "efficiency"):
        if goal != now["goal"]["optimize"]:
            yield Change("use", f"the goal {goal}", {"goal.optimize": goal}, far=ANOTHER_GOAL)
    context, least = now["workload"]["context_tokens"], _least_context(now)
    most = answer.knowledge.entries["models"][now["workload"]["model"]].get("max_context") or context
    for size in sorted({context // 4, context // 2, context * 2, context * 4, most} - {context}):
        if least <= size <= max(most, context):
            says = f"a context of {size:,} tokens"
            yield Change("use", says, {"workload.context_tokens": size}, far=_doublings(context, size))
    for option in now.get("allow") or {}:
        kept = {name: reason for name, reason in asked["allow"].items() if name != option}
        yield Change("setting", f"{option} allowed", {"allow": kept})
    if now["goal"].get("max_watts"):
        yield Change("use", "no limit of watts", {"goal.max_watts": None})


def _doublings(before: float, after: float) -> float:
    return abs(log2(after / before))


def _least_context(now: Scenario) -> int:
    return int(now["workload"]["prompt_tokens"]) + int(now["workload"]["output_tokens"])


def _of_readings(answer: Answer) -> Iterator[Change]:
    """What is not known or assumed of the rig, told otherwise."""
    now, asked = answer.resolved.scenario, answer.asked
    for path, values in READINGS.items():
        if value_at(asked, path) is not None:
            continue
        for value in values:
            if value != value_at(now, path):
                yield Change("measurement", f"{path} read as {_told(value)}", {path: value})


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value['gen']}.0 x{value['lanes']}"
    return str(value).lower() if isinstance(value, bool) else str(value)
