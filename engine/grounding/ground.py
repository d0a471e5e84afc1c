"""All given facts of one question: the rig as it stands and with every option and comparison applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..model.fact import Fact
from .background import add_background, add_entries, prices_of
from .deployment import deployment_facts, layout_of, rig_facts, signature
from .entries import Given, Origin
from .moves import combined, variants
from .purchases import purchase_facts
from .rig import lanes_of
from .scenario import Scenario, value_at
from .sizes import size_facts

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .resolve import Resolved

OF_QUESTION = frozenset({"rig", "card", "bonds", "goal", "waiver"})
NOWHERE = Origin("scenario", "", {})
DEPLOYMENT_PATHS = {
    "model": "workload.model", "quantization": "workload.quantization", "kv_quantization": "workload.kv_quantization",
    "engine": "workload.engine", "users": "workload.users", "users_each": "workload.users",
    "prompt": "workload.prompt_tokens", "output": "workload.output_tokens", "context": "workload.context_tokens",
    "offload": "workload.offload", "tensor": "workload.parallelism.tensor", "pipeline": "workload.parallelism.pipeline",
    "replicas": "workload.parallelism.replicas", "dram_bandwidth": "rig.host.ram_bandwidth_gb_s",
    "driver": "rig.driver", "p2p_given": "rig.p2p", "bar1": "rig.bar1_mb", "nodes": "rig.nodes",
    "network": "rig.network_gbit_s", "transport": "rig.network_transport",
    "split_mode": "workload.parallelism.split_mode",
}  # fmt: skip


class Tried(NamedTuple):
    """Keys of the options and comparisons that are applied to the rig; None: all.

    together: whether options that combine others are applied, which is worth it where none does alone.
    """

    options: frozenset[str] | None = None
    comparisons: frozenset[str] | None = None
    together: bool = False


class Ground:
    """facts: given to the rules. origins: the place of each. deployments: the scenario behind each deployment."""

    def __init__(self, deployments: Mapping[str, Scenario] | None = None) -> None:
        self.facts: list[Fact] = []
        self.origins: dict[Fact, Origin] = {}
        self.deployments: dict[str, Scenario] = dict(deployments or {})
        self._once: set[tuple[str, ...]] = set()

    def add(self, given: Given) -> None:
        if given.fact not in self.origins:
            self.origins[given.fact] = given.origin
            self.facts.append(given.fact)

    def say(self, values: Mapping[str, Any], origin: Origin = NOWHERE) -> None:
        self.add(Given(Fact.of({name: value for name, value in values.items() if value is not None}), origin))

    def once(self, key: tuple[str, ...], values: Mapping[str, Any]) -> None:
        """A fact that many deployments share: said for the first of them. key: what all of its values follow from."""
        if key not in self._once:
            self._once.add(key)
            self.say(values)


def ground(resolved: Resolved, knowledge: Knowledge, tried: Tried | None = None) -> Ground:
    """The facts that the rules of the answer start from.

    tried: the options and comparisons that are wanted; all of them without it.
    """
    found = Ground()
    scenario = resolved.scenario
    names: dict[str, str] = {}
    _name(found, names, "now", scenario)
    _add_tries(found, names, scenario, knowledge, tried or Tried())
    for name, one in found.deployments.items():
        _add_deployment(found, name, one, knowledge)
    add_question(found, resolved, knowledge)
    add_entries(found, knowledge)
    return found


def _name(found: Ground, names: dict[str, str], wanted: str, scenario: Scenario) -> str:
    """The name of the deployment of a scenario; equal scenarios share one."""
    key = signature(scenario)
    if key not in names:
        names[key] = wanted
        found.deployments[wanted] = scenario
    return names[key]


def _add_tries(found: Ground, names: dict[str, str], scenario: Scenario, knowledge: Knowledge, tried: Tried) -> None:
    entries = knowledge.entries
    for key, option in entries["options"].items():
        if tried.options is not None and key not in tried.options:
            continue
        found.say(
            {"kind": "option", "key": key, "effect": option.get("effect", "predicted"), "sort": option["kind"],
             "about": option.get("about"), "replaces": "resale" in option["cost"],
             "buys_cards": option["cost"].get("count") in ("cards", "added_cards"),
             "lays_out": option.get("lays_out", False), "worth_from": option.get("worth_from")},
            Origin("options", key, {}),
        )  # fmt: skip
        if "applies_to" in option:
            found.say({"kind": "scope", "option": key, **option["applies_to"]}, Origin("options", key, {}))
        if option.get("effect", "predicted") != "predicted":
            continue
        for place, label, changed in _variants(scenario, option["change"], knowledge, tried.together):
            name = _name(found, names, f"{key}: {label}" if label else key, changed)
            if name == "now":
                continue
            lanes = lanes_of(changed["rig"]) if changed["rig"]["pcie"] != scenario["rig"]["pcie"] else None
            found.say({"kind": "candidate", "option": key, "variant": label, "deployment": name, "lanes": lanes,
                       "place": place})  # fmt: skip
            for values in purchase_facts(key, label, option["cost"], scenario, changed, prices_of(scenario, knowledge)):
                found.say(values, Origin("options", key, {}))
    for key, comparison in entries["comparisons"].items():
        if tried.comparisons is not None and key not in tried.comparisons:
            continue
        for label, changed in variants(scenario, comparison["change"], entries):
            name = _name(found, names, f"= {key}: {label}", changed)
            found.say({"kind": "comparison", "name": key, "variant": label, "deployment": name})


def _variants(
    scenario: Scenario, change: list[Mapping[str, Any]], knowledge: Knowledge, together: bool
) -> Iterator[tuple[int | None, str, Scenario]]:
    """The variants of an option; of one that combines others also the place of the combination, where it is tried."""
    combinations = change[0].get("together")
    if combinations is None:
        yield from ((None, label, fresh) for label, fresh in variants(scenario, change, knowledge.entries))
    elif together:
        yield from combined(variants, scenario, combinations, knowledge.entries)


def _add_deployment(found: Ground, name: str, scenario: Scenario, knowledge: Knowledge) -> None:
    entries, workload = knowledge.entries, scenario["workload"]
    engine_class = entries["engines"][workload["engine"]]["class"]
    model = entries["models"][workload["model"]]
    quantization = entries["quantizations"][workload["quantization"]]
    group = f"{engine_class}/{workload['quantization']}/{workload['model']}"
    for gpu in sorted({one["gpu"] for one in scenario["rig"]["gpus"]}):
        entry = entries["gpus"][gpu]
        found.once((group, gpu), {
            "kind": "use", "id": f"{group}/{gpu}", "deployment_use": group, "gpu": gpu, "engine_class": engine_class,
            "family": quantization["family"], "container": quantization["container"],
            "quantization": workload["quantization"], "model": workload["model"], "model_kind": model["architecture"],
            "vendor": entry["vendor"], "architecture": entry["architecture"],
        })  # fmt: skip
    share = workload.get("gpu_memory_utilization") or entries["engines"][workload["engine"]].get("memory_share") or 1.0
    layout = layout_of(workload).name
    stratum = {"row": "tensor", "tensor_layer": "tensor"}.get(layout, layout) + "_" + model["architecture"]
    for values in deployment_facts(name, scenario, entries["gpus"]):
        if values["kind"] == "deployment":
            values |= {"use": group, "memory_share": share, "stratum": stratum}
            found.say(values, Origin("scenario", name, DEPLOYMENT_PATHS))
        else:
            found.say(values)
    key, weights, kv = workload["model"], workload["quantization"], workload["kv_quantization"]
    found.once(("pair", key, weights), {"kind": "pair", "model": key, "quantization": weights})
    bits = entries["quantizations"][kv]["bits_per_weight"]
    found.once(("kv_pair", key, kv), {"kind": "kv_pair", "model": key, "format": kv, "bits": bits})


def of_now(fact: Fact) -> bool:
    """Whether a given fact is about the rig as it stands, its use or its goal."""
    return fact.kind in OF_QUESTION or fact.get("deployment") == "now" or fact.get("id") == "now"


def add_question(found: Ground, resolved: Resolved, knowledge: Knowledge) -> None:
    """What is asked for: goal, waivers, the rig as it stands, sizes, what was assumed."""
    scenario = resolved.scenario
    goal = scenario["goal"]
    found.say(
        {
            "kind": "goal",
            "optimize": goal["optimize"],
            "budget": goal.get("budget_usd"),
            "max_watts": goal.get("max_watts"),
            "unasked_purchase": goal.get("unasked_purchase_usd"),
        },
        Origin(
            "scenario",
            "goal",
            {
                "budget": "goal.budget_usd",
                "max_watts": "goal.max_watts",
                "optimize": "goal.optimize",
                "unasked_purchase": "goal.unasked_purchase_usd",
            },
        ),
    )
    for option, reason in sorted((scenario.get("allow") or {}).items()):
        found.say({"kind": "waiver", "option": option, "reason": str(reason)}, Origin("scenario", "allow", {}))
    for values in rig_facts(scenario["rig"], knowledge.entries["gpus"]):
        found.say(values, Origin("scenario", "rig", {}))
    cards = sum(group["count"] for group in scenario["rig"]["gpus"])
    tried = {int(one["workload"]["parallelism"]["tensor"]) for one in found.deployments.values()}
    for values in size_facts(scenario, cards, tried):
        found.say(values)
    assumed = {one.path.partition(" (")[0] for one in resolved.assumptions}
    for fact, origin in sorted(resolved.origins.items(), key=lambda one: one[0]):
        if fact.kind == "given_setting":
            found.add(Given(fact, origin))
    for one in resolved.assumptions:
        found.say({"kind": "assumed_setting", "path": one.path, "value": one.value})
    for path in ("rig.pcie", "rig.nvlink", "rig.p2p"):
        if value_at(scenario, path) not in (None, []) and path not in assumed:
            found.say({"kind": "described", "path": path})


def ground_deployments(scenarios: Mapping[str, Scenario], knowledge: Knowledge) -> Ground:
    """The facts that the numbers of some deployments follow from, and nothing else. scenarios: resolved, by name."""
    found = only_deployments(scenarios, knowledge)
    add_background(found, knowledge)
    return found


def only_deployments(scenarios: Mapping[str, Scenario], knowledge: Knowledge) -> Ground:
    """The facts of some deployments alone, without the entries they name. scenarios: resolved, by name."""
    found = Ground(scenarios)
    for name, scenario in scenarios.items():
        _add_deployment(found, name, scenario, knowledge)
    return found
