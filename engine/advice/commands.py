"""What to do, ready to copy: the option's own words with this rig's numbers, the engine's launch command."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import ceil, inf
from typing import Any

from ..grounding.deployment import layout_of
from ..grounding.rig import Card, cards_each, cards_of
from ..grounding.scenario import Scenario, with_values
from ..model.fact import Fact
from .visible import shown_alone


def instruction(
    words: str, option: str, deployments: Mapping[str, Scenario], candidate: Fact | None, entries: Mapping[str, Any]
) -> str:
    """The `do` line of an option; placeholders in braces take values of the changed scenario."""
    after = deployments[str(candidate["deployment"])] if candidate else deployments["now"]
    tools = entries["options"][option].get("power_command", {})
    if isinstance(tools, str):  # as another option has it
        tools = entries["options"][tools]["power_command"]
    values = {**_values(deployments["now"], after, entries), "power": _power(after["rig"], tools, entries["gpus"])}
    return _filled(words, values)


def _values(now: Scenario, after: Scenario, entries: Mapping[str, Any]) -> dict[str, Any]:
    workload = after["workload"]
    limits = sorted({round(group["power_limit_w"]) for group in after["rig"]["gpus"]})
    before, cards = cards_of(now["rig"]), cards_of(after["rig"])
    return {
        "launch": launch(after, entries),
        "power_limit": "/".join(map(str, limits)),
        "quantization": entries["quantizations"][workload["quantization"]].get("name", workload["quantization"]),
        "context": workload["context_tokens"],
        "kv_quantization": workload["kv_quantization"],
        "added": len(cards) - len(before),
        "cards": len(cards),
        "gpu": entries["gpus"][cards[-1].gpu]["name"],
        "measure": measurement(now, entries),
        "moved": _moved(before, cards, entries),
    }


def _moved(before: tuple[Card, ...], after: tuple[Card, ...], entries: Mapping[str, Any]) -> str:
    """The cards that get another slot, each with its number and its present slot."""
    pairs = zip(before, after, strict=False)
    moved = [old for old, new in pairs if (old.gen, old.lanes) != (new.gen, new.lanes)]
    told = [f"GPU {old.index} ({entries['gpus'][old.gpu]['name']}, PCIe {old.gen}.0 x{old.lanes})" for old in moved]
    return " and ".join(told) or "the card whose link is slow"


def _power(rig: Mapping[str, Any], tools: Mapping[str, str], gpus: Mapping[str, Any]) -> str:
    """The commands that set the power limits, each by the tool of the cards' maker."""
    alike: dict[tuple[str, int], list[str]] = {}
    for card in cards_of(rig):
        alike.setdefault((gpus[card.gpu]["vendor"], round(card.power_limit)), []).append(str(card.index))
    return " && ".join(
        _filled(
            tools.get(vendor, "set {limit} W for the cards {cards} by their maker's tool"),
            {"limit": limit, "cards": ",".join(some), "cards_apart": " ".join(some), "some": len(alike) > 1},
        )
        for (vendor, limit), some in sorted(alike.items())
    )


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """A template with its values: `[name? text]` stands there only where the name has one, `{name}` is put in."""
    kept = re.sub(r"\[(\w+)\?([^\]]*)\]", lambda found: found[2] if values.get(found[1]) else "", template)
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], "…")), kept)


def launch_with_room(scenario: Scenario, entries: Mapping[str, Any], tokens: float | None) -> str:
    """The launch command, with all the context that has room where the goal is capacity.

    tokens: room for the context of each request, where it is known.
    """
    workload = scenario["workload"]
    if scenario["goal"]["optimize"] != "capacity" or not tokens:
        return launch(scenario, entries)
    most = entries["models"][workload["model"]].get("max_context") or tokens
    room = int(min(tokens, most) // 1024 * 1024)
    return launch(with_values(scenario, {"workload.context_tokens": max(room, workload["context_tokens"])}), entries)


def launch(scenario: Scenario, entries: Mapping[str, Any]) -> str:
    """The launch command of a scenario's engine: its entry's template with the values of the scenario put in.

    `[name? text]` of the template stands there only where the scenario has what is named: a quantized cache, several
    users, pipeline stages, experts in host memory, several copies, each of which listens at a port of its own.
    """
    workload = scenario["workload"]
    engine = entries["engines"][workload["engine"]]
    template = engine.get("launch")
    if not template:
        return f"start {engine['name']}"
    values = {**_launch_values(workload, entries), **_machines(scenario), **_cache(scenario, entries)}
    setting, cards = shown_alone(scenario, entries)
    told = [str(engine[name]) for name, given in (("over_machines", "machines"), ("some_experts", "some_experts"))
            if values[given] and engine.get(name)]  # fmt: skip
    return _remarked(setting + _filled(str(template), values), values, [*told, *filter(None, (values["less"], cards))])


def _remarked(command: str, values: Mapping[str, Any], told: Sequence[str] = ()) -> str:
    """A command with remarks behind it: what a word in capitals stands for, then what else is told."""
    meant = [f"{word}: {values['told']}" for word in ("CHECKPOINT", "MODEL") if re.search(rf"\b{word}\b", command)]
    remarks = "; ".join([*meant, *told])
    return command + (f"{';' if '   # ' in command else '   #'} {remarks}" if remarks else "")


def _machines(scenario: Scenario) -> dict[str, Any]:
    """What a launch over machines needs: whether one copy of the model spans them, how many there are, its ranks."""
    cards, layout = cards_of(scenario["rig"]), layout_of(scenario["workload"])
    each = cards_each(scenario["rig"], len(cards))
    nodes = ceil(len(cards) / each)
    return {"machines": nodes > 1 and layout.ranks > each, "nodes": ceil(layout.ranks / each), "ranks": layout.ranks}


def _cache(scenario: Scenario, entries: Mapping[str, Any]) -> dict[str, Any]:
    """The format of the KV cache as the engine is asked for it: on older cards what stands for it there."""
    workload = scenario["workload"]
    key = workload["kv_quantization"]
    known = [entries["gpus"][card.gpu].get("compute_capability") for card in cards_of(scenario["rig"])]
    oldest = min((one for one in known if one is not None), default=inf)
    kernels = entries["engines"][workload["engine"]].get("cache_kernels") or ()
    newer = [one for one in kernels if one["format"] == key and oldest < one["compute_capability"]]
    instead = next((one["older"] for one in newer if "older" in one), key)
    return {"kv_quantization": instead, "kv": entries["quantizations"][key]["bits_per_weight"] < 16}


def _launch_values(workload: Mapping[str, Any], entries: Mapping[str, Any]) -> dict[str, Any]:
    sizes, model = workload["parallelism"], entries["models"][workload["model"]]
    context = min(workload["context_tokens"], model.get("max_context") or workload["context_tokens"])
    quantization = entries["quantizations"][workload["quantization"]]
    repository = str(model.get("repository") or model["name"])
    name = quantization.get("name", workload["quantization"])
    label = quantization.get("file_label", name)
    own = (model.get("published_as"), model.get("made_in"))
    as_published = quantization["bits_per_weight"] >= 16 or workload["quantization"] in own
    flags = [str(flag) for flag in workload["engine_flags"]]
    users = ceil(workload["users"] / sizes["replicas"])  # each copy is an engine of its own
    environment = [flag for flag in flags if re.fullmatch(r"[A-Z][A-Z0-9_]*=.*", flag)]
    return {
        "repository": repository,
        "model": repository,
        "checkpoint": repository if as_published else "CHECKPOINT",
        "told": f"{repository} in {name}",
        "file": f"{repository.rpartition('/')[2]}-{label}.gguf",
        "folder": f"{repository.rpartition('/')[2]}-{name.replace(' ', '-')}",
        "tensor": sizes["tensor"],
        "pipeline": sizes["pipeline"],
        "stages": sizes["pipeline"] > 1,
        "context": context,
        "less": f"{context} tokens: the model is made for no more" if context < workload["context_tokens"] else "",
        "cache": context * users,
        "split_mode": sizes["split_mode"],
        "quantization": workload["quantization"],
        "users": users,
        "several": users > 1,
        "copies": sizes["replicas"] > 1,
        "experts": workload["offload"] == "experts_cpu",
        "some_experts": workload["offload"] == "some_experts_cpu",
        "env": "".join(f"{flag} " for flag in environment),
        "flags": "".join(f" {flag}" for flag in flags if flag not in environment),
    }


def measurement(scenario: Scenario, entries: Mapping[str, Any], when: str = "") -> str:
    """The command that measures this engine's decode and prefill. when: a remark on it."""
    workload = scenario["workload"]
    measure = entries["engines"][workload["engine"]].get("measure")
    words = str(measure or "measure decode and prefill with the engine's own benchmark")
    values = {
        **_launch_values(workload, entries),
        "prompt": workload["prompt_tokens"],
        "output": workload["output_tokens"],
        "users": workload["users"],
        "requests": max(16, 4 * workload["users"]),
    }
    return _remarked(_filled(words, values), values, [when] if when else [])
