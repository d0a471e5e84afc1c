"""What to do, ready to copy: the option's own words with this rig's numbers, the engine's launch command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..grounding.rig import cards_of
from ..grounding.scenario import Scenario
from ..model.fact import Fact


def instruction(
    words: str, option: str, deployments: Mapping[str, Scenario], candidate: Fact | None, entries: Mapping[str, Any]
) -> str:
    """The `do` line of an option; placeholders in braces take values of the changed scenario."""
    after = deployments[str(candidate["deployment"])] if candidate else deployments["now"]
    values = _values(deployments["now"], after, entries)
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], "…")), words)


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
        "index": 0,
        "measure": measurement(now, entries),
    }


def launch(scenario: Scenario, entries: Mapping[str, Any]) -> str:
    """The launch command of a scenario's engine, as its entry gives it."""
    workload = scenario["workload"]
    engine = entries["engines"][workload["engine"]]
    template = (
        (engine.get("launch") or {}).get("command")
        if isinstance(engine.get("launch"), Mapping)
        else engine.get("launch")
    )
    if not template:
        return f"start {engine['name']}"
    sizes = workload["parallelism"]
    model = entries["models"][workload["model"]]
    values = {
        "repository": model.get("repository") or model["name"],
        "model": model.get("repository") or model["name"],
        "tensor": sizes["tensor"],
        "pipeline": sizes["pipeline"],
        "context": workload["context_tokens"],
        "split_mode": sizes["split_mode"],
        "quantization": workload["quantization"],
        "kv_quantization": workload["kv_quantization"],
        "users": workload["users"],
    }
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], "…")), str(template))


def measurement(scenario: Scenario, entries: Mapping[str, Any]) -> str:
    """The command that measures this engine's decode and prefill."""
    workload = scenario["workload"]
    measure = entries["engines"][workload["engine"]].get("measure")
    words = str(measure or "measure decode and prefill with the engine's own benchmark")
    values = {
        "prompt": workload["prompt_tokens"],
        "output": workload["output_tokens"],
        "users": workload["users"],
        "repository": entries["models"][workload["model"]].get("repository") or workload["model"],
        "model": workload["model"],
    }
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], "…")), words)
