"""What the rules of assumptions start from: what is told, what is absent, the entries in question, the rig's size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import KnowledgeError
from ..model.fact import Fact
from .entries import Given, Origin, entry_facts
from .lookups import completed
from .scenario import Scenario, value_at
from .sizes import size_facts

if TYPE_CHECKING:
    from ..reading import Knowledge

ASSUMABLE = (
    "rig.driver", "rig.nodes", "rig.host.sockets", "rig.host.ram_bandwidth_gb_s", "rig.host.ram_gb", "workload.model",
    "workload.quantization", "workload.kv_quantization", "workload.engine", "workload.parallelism.tensor",
    "workload.parallelism.pipeline", "workload.parallelism.replicas", "workload.parallelism.split_mode",
    "workload.offload", "workload.prompt_tokens", "workload.output_tokens", "workload.context_tokens",
    "workload.users", "goal.optimize",
)  # fmt: skip
KINDS = {
    "gpus": "gpu",
    "models": "model",
    "quantizations": "quantization",
    "engines": "engine",
    "platforms": "platform",
}


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
        entry = knowledge.entries["models"][model]
        yield from filter(None, [entry.get("made_in")])
        key = entry.get("published_as")
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
