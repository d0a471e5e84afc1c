"""From what a scenario says to a whole scenario: every absent value assumed by a rule that is named."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BadInput, InternalFault, KnowledgeError
from ..model.fact import Fact
from .bonds import refuse_impossible_bonds
from .entries import Given, Origin, entry_facts
from .lookups import completed
from .scenario import Scenario, put, value_at
from .sizes import size_facts

if TYPE_CHECKING:
    from ..inference import RuleSet, Trace
    from ..reading import Knowledge

Formulas = Mapping[str, Callable[..., Any]]

ASSUMABLE = (
    "rig.driver", "rig.nodes", "rig.host.sockets", "rig.host.ram_bandwidth_gb_s", "rig.host.ram_gb", "workload.model",
    "workload.quantization", "workload.kv_quantization", "workload.engine", "workload.parallelism.tensor",
    "workload.parallelism.pipeline", "workload.parallelism.replicas", "workload.parallelism.split_mode",
    "workload.offload", "workload.prompt_tokens", "workload.output_tokens", "workload.context_tokens",
    "workload.users", "goal.optimize",
)  # fmt: skip
SHARING_MODES = ("row", "tensor", "graph")  # split modes of the llama.cpp family that put every card on every layer
KINDS = {
    "gpus": "gpu",
    "models": "model",
    "quantizations": "quantization",
    "engines": "engine",
    "platforms": "platform",
}


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


def given_facts(named: Scenario, knowledge: Knowledge) -> Iterator[Given]:
    """What the rules of assumptions start from: what is told, what is absent, the entries in question."""
    nowhere = Origin("scenario", "", {})
    for path in ASSUMABLE:
        value = value_at(named, path)
        if value is None or value == "auto":
            yield Given(Fact.of({"kind": "absent", "path": path}), nowhere)
        else:
            yield Given(
                Fact.of({"kind": "given_setting", "path": path, "value": value}),
                Origin("scenario", path, {"value": path}),
            )
    yield from _absent_parts(named, nowhere)
    for path in ("rig.host.platform", "rig.p2p", "rig.network_gbit_s"):
        value = value_at(named, path)
        if value is not None:
            fact = {"kind": "given_setting", "path": path, "value": value}
            yield Given(Fact.of(fact), Origin("scenario", path, {}))
    yield from _entries_in_question(named, knowledge)
    yield from (Given(Fact.of(values), nowhere) for values in _rig_size(named, knowledge))
    cards = sum(group["count"] for group in named["rig"]["gpus"])
    yield from (Given(Fact.of(values), nowhere) for values in size_facts(named, cards))


def _absent_parts(named: Scenario, nowhere: Origin) -> Iterator[Given]:
    rig, goal = named["rig"], named.get("goal") or {}
    if goal.get("budget_usd") is None and goal.get("unasked_purchase_usd") is None:
        yield Given(Fact.of({"kind": "absent", "path": "goal.unasked_purchase_usd"}), nowhere)
    if not rig.get("pcie"):
        yield Given(Fact.of({"kind": "absent", "path": "rig.pcie"}), nowhere)
    if rig.get("nvlink") is None:
        yield Given(Fact.of({"kind": "absent", "path": "rig.nvlink"}), nowhere)
    if any(group.get("power_limit_w") is None for group in rig["gpus"]):
        yield Given(Fact.of({"kind": "absent", "path": "rig.gpus.power_limit_w"}), nowhere)
    if (rig.get("nodes") or 1) > 1 and rig.get("network_gbit_s") is None:
        yield Given(Fact.of({"kind": "absent", "path": "rig.network_gbit_s"}), nowhere)
    if (rig.get("nodes") or 1) > 1 and rig.get("network_transport") is None:
        yield Given(Fact.of({"kind": "absent", "path": "rig.network_transport"}), nowhere)


def _published(knowledge: Knowledge, models: Iterable[str]) -> Iterator[str]:
    """The formats in which models are published, and the same in other containers."""
    for model in models:
        key = knowledge.entries["models"][model].get("published_as")
        if key is not None:
            other = knowledge.entries["quantizations"][key].get("counterpart")
            yield from (key, other) if other else (key,)


def _entries_in_question(named: Scenario, knowledge: Knowledge) -> Iterator[Given]:
    engine = value_at(named, "workload.engine")
    wanted: dict[str, list[str]] = {
        "gpus": sorted({group["gpu"] for group in named["rig"]["gpus"]}),
        "engines": [engine] if engine else sorted(knowledge.entries["engines"]),
    }
    model, quantization = value_at(named, "workload.model"), value_at(named, "workload.quantization")
    wanted["models"] = [model] if model else _assumable(knowledge, "workload.model")
    assumable = sorted({*_assumable(knowledge, "workload.quantization"), *_published(knowledge, wanted["models"])})
    wanted["quantizations"] = [quantization] if quantization else assumable
    platform = value_at(named, "rig.host.platform")
    wanted["platforms"] = [platform] if platform else []
    for folder, keys in wanted.items():
        for key in keys:
            yield from entry_facts(folder, KINDS[folder], key, completed(knowledge, folder, key))
    for one in wanted["models"]:
        for other in wanted["quantizations"]:
            yield Given(Fact.of({"kind": "pair", "model": one, "quantization": other}), Origin("scenario", "", {}))
    if sum(group["count"] for group in named["rig"]["gpus"]) > 1:  # what one card cannot hold is spread over several
        yield from _cache_pairs(named, wanted["models"], knowledge)


def _cache_pairs(named: Scenario, models: list[str], knowledge: Knowledge) -> Iterator[Given]:
    """Each model with the formats that its cache may have."""
    given = value_at(named, "workload.kv_quantization")
    formats = [given] if given else _assumable(knowledge, "workload.kv_quantization")
    for key in formats:
        bits = knowledge.entries["quantizations"][key]["bits_per_weight"]
        for one in models:
            values = {"kind": "kv_pair", "model": one, "format": key, "bits": bits}
            yield Given(Fact.of(values), Origin("scenario", "", {}))


def _assumable(knowledge: Knowledge, path: str) -> list[str]:
    """The keys that some rule may fill in at a path."""
    found: set[str] = set()
    for rule in knowledge.rules:
        then = rule["then"]
        for template in then if isinstance(then, list) else [then]:
            value = template.get("value")
            if template.get("path") == path and isinstance(value, str) and not value.startswith("$"):
                found.add(value)
    return sorted(found)


def _rig_size(named: Scenario, knowledge: Knowledge) -> Iterator[Mapping[str, Any]]:
    entries = knowledge.entries["gpus"]
    memories: list[float] = []
    for group in named["rig"]["gpus"]:
        entry = entries[group["gpu"]]
        if entry.get("vram_gib") is None:
            raise KnowledgeError(
                f"the memory size of {group['gpu']} is not known", where=f"knowledge/gpus/{group['gpu']}"
            )
        memories += [entry["vram_gib"] * 2.0**30] * group["count"]
    yield {
        "kind": "rig_size",
        "cards": len(memories),
        "gpu_models": len({group["gpu"] for group in named["rig"]["gpus"]}),
        "vram_total": sum(memories),
        "vram_largest": max(memories),
        "vram_smallest": min(memories),
        **_lanes(named["rig"].get("pcie"), len(memories)),
    }
    first = named["rig"]["gpus"][0]["gpu"]
    yield {"kind": "first_gpu", "key": first, "segment": entries[first]["segment"]}


def _lanes(slots: Any, cards: int) -> dict[str, int]:
    """Lanes of all slots that are given, and their slowest generation."""
    if not slots:
        return {}
    each = slots if isinstance(slots, list) else [slots] * cards
    return {"lanes": sum(one["lanes"] for one in each), "slot_gen": min(one["gen"] for one in each)}


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
