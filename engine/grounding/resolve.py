"""From what a scenario says to a whole scenario: every absent value assumed by a rule that is named."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BadInput, InternalFault
from ..model.fact import Fact
from .bonds import refuse_impossible_bonds
from .entries import Origin
from .given import given_facts
from .scenario import Scenario, put, value_at

if TYPE_CHECKING:
    from ..inference import RuleSet, Trace
    from ..reading import Knowledge

Formulas = Mapping[str, Callable[..., Any]]

SHARING_MODES = ("row", "tensor", "graph")  # split modes of the llama.cpp family that put every card on every layer


class Assumption(NamedTuple):
    """A value that the scenario leaves open and a rule fills in."""

    path: str
    value: Any
    fact: Fact


class Resolved(NamedTuple):
    """scenario: every value filled in. trace: how the assumptions came about. origins: places of its given facts."""

    scenario: Scenario
    assumptions: tuple[Assumption, ...]
    trace: Trace
    origins: Mapping[Fact, Origin]


def resolve(asked: Scenario, knowledge: Knowledge, rules: RuleSet, formulas: Formulas, matcher: str) -> Resolved:
    """Names to keys, then every absent value from the assumption rules.

    asked: a scenario in the form of schemas/scenario.schema.json. Raises UnknownName, AmbiguousName, BadInput.
    """
    from ..inference import infer

    named = with_keys(asked, knowledge)
    refuse_impossible_bonds(named, knowledge)
    given = list(given_facts(named, knowledge))
    trace = infer(rules, [one.fact for one in given], formulas, matcher)
    scenario, assumptions = _filled(named, trace)
    return Resolved(scenario, assumptions, trace, {one.fact: one.origin for one in given})


def with_keys(asked: Scenario, knowledge: Knowledge) -> Scenario:
    """The scenario with the forgiving names of GPUs, model, quantization, engine and platform replaced by keys."""
    named = copy.deepcopy(asked)
    for number, group in enumerate(named["rig"]["gpus"]):
        group["gpu"] = _key(knowledge, "gpus", group["gpu"], f"rig.gpus.{number}.gpu")
    for path, kind in (
        ("workload.model", "models"),
        ("workload.quantization", "quantizations"),
        ("workload.kv_quantization", "quantizations"),
        ("workload.engine", "engines"),
        ("rig.host.platform", "platforms"),
    ):
        name = value_at(named, path)
        if isinstance(name, str) and not name.startswith("auto"):
            put(named, path, _key(knowledge, kind, name, path))
    if named.get("prices"):
        named["prices"] = {_item(knowledge, name): price for name, price in named["prices"].items()}
    if named.get("allow"):
        named["allow"] = {_key(knowledge, "options", name, "allow"): reason for name, reason in named["allow"].items()}
    if value_at(named, "workload.parallelism") == "auto":
        named["workload"]["parallelism"] = {}
    sizes = value_at(named, "workload.parallelism") or {}
    if sizes.get("split_mode") in SHARING_MODES and sizes.get("tensor") == 1:
        del sizes["tensor"]
    return named


def _item(knowledge: Knowledge, name: str) -> str:
    """Key of what a price of one's own is for: an item of knowledge/prices, or a GPU."""
    return name if name in knowledge.entries["prices"] else _key(knowledge, "gpus", name, "prices")


def _key(knowledge: Knowledge, kind: str, name: str, path: str) -> str:
    """Key of a forgiving name; errors say where in the scenario it stands."""
    try:
        return knowledge.find(kind, name)
    except BadInput as error:
        error.where = error.where or path
        raise


def _filled(named: Scenario, trace: Trace) -> tuple[Scenario, tuple[Assumption, ...]]:
    scenario = copy.deepcopy(named)
    scenario.setdefault("workload", {}).setdefault("parallelism", {})
    scenario.setdefault("goal", {})
    scenario["rig"].setdefault("host", {})
    assumptions = [*_filled_settings(scenario, trace), *_filled_slots(scenario, trace), *_filled_power(scenario, trace)]
    _fill_plain(scenario)
    return _in_order(scenario), tuple(assumptions)


SECTIONS = ("schema", "name", "rig", "workload", "goal", "allow", "prices")


def _in_order(scenario: Scenario) -> Scenario:
    """The scenario with its names in one order, whatever order it was asked in: the same answer to the byte."""
    first = [name for name in SECTIONS if name in scenario]
    return {name: _sorted(scenario[name]) for name in (*first, *sorted(set(scenario) - set(first)))}


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def _filled_settings(scenario: Scenario, trace: Trace) -> Iterator[Assumption]:
    settled: dict[str, list[Fact]] = {}
    for fact in trace.of_kind("setting"):
        settled.setdefault(str(fact["path"]), []).append(fact)
    absent = [str(fact["path"]) for fact in trace.of_kind("absent")]
    for path in absent:
        if path in ("rig.pcie", "rig.gpus.power_limit_w"):
            continue
        facts = settled.get(path, [])
        if path == "rig.nvlink" and not facts:
            continue  # no bridge is given and no board carries NVLink
        if len(facts) != 1:
            values = ", ".join(str(fact["value"]) for fact in facts) or "none"
            raise InternalFault(f"the assumption rules give {len(facts)} values for {path}: {values}")
        put(scenario, path, facts[0]["value"])
        yield Assumption(path, facts[0]["value"], facts[0])


def _filled_slots(scenario: Scenario, trace: Trace) -> Iterator[Assumption]:
    rig = scenario["rig"]
    if rig.get("pcie"):
        return
    slots = {str(fact["gpu"]): fact for fact in trace.of_kind("slot_setting")}
    rig["pcie"] = []
    for group in rig["gpus"]:
        if group["gpu"] not in slots:
            raise BadInput(
                f"the PCIe generation and lanes of {group['gpu']} are not known", where="rig.pcie",
                hint="give them: pcie: {gen: 4, lanes: 16}",
            )  # fmt: skip
        fact = slots[group["gpu"]]
        rig["pcie"] += [{"gen": fact["gen"], "lanes": fact["lanes"]} for _ in range(group["count"])]
    for fact in slots.values():
        yield Assumption(f"rig.pcie ({fact['gpu']})", f"{fact['gen']}.0 x{fact['lanes']}", fact)


def _filled_power(scenario: Scenario, trace: Trace) -> Iterator[Assumption]:
    defaults = {str(fact["gpu"]): fact for fact in trace.of_kind("power_setting")}
    told: set[str] = set()
    for group in scenario["rig"]["gpus"]:
        if group.get("power_limit_w") is not None:
            continue
        fact = defaults.get(group["gpu"])
        if fact is None:
            raise BadInput(
                f"the board power of {group['gpu']} is not known", where="rig.gpus",
                hint="give power_limit_w for its group",
            )  # fmt: skip
        group["power_limit_w"] = fact["value"]
        if group["gpu"] not in told:
            told.add(group["gpu"])
            yield Assumption(f"rig.gpus.power_limit_w ({group['gpu']})", fact["value"], fact)


def _fill_plain(scenario: Scenario) -> None:
    """Places that need no rule: nothing given means none."""
    rig, workload = scenario["rig"], scenario["workload"]
    cards = sum(group["count"] for group in rig["gpus"])
    rig.setdefault("nvlink", [])
    rig.setdefault("network_gbit_s", None)
    rig.setdefault("network_transport", None)
    rig["numa_nodes"] = rig.get("numa_nodes") or [0] * cards
    workload["engine_flags"] = workload.get("engine_flags") or []
    scenario.setdefault("allow", {})
