"""The scenario a claim speaks of: its own fields over the scenario it gives, checked as any scenario is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ..errors import BadInput
from ..grounding.scenario import Scenario, put
from .claims import Claim
from .naming import Unsettled

PATHS = {
    "model": "workload.model",
    "quantization": "workload.quantization",
    "engine": "workload.engine",
    "engine_version": "workload.engine_version",
    "kv_quantization": "workload.kv_quantization",
    "parallelism": "workload.parallelism",
    "tensor": "workload.parallelism.tensor",
    "offload": "workload.offload",
    "context_tokens": "workload.context_tokens",
    "prompt_tokens": "workload.prompt_tokens",
    "output_tokens": "workload.output_tokens",
    "users": "workload.users",
    "nvlink": "rig.nvlink",
}


def scenario_of(claim: Claim, given: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario of a claim in canonical form, nothing assumed yet. given: in place of the claim's own `scenario`.

    Raises BadInput where it has not the form of a scenario, Unsettled where no card is named.
    """
    from ..checking.scenario import read_scenario

    content = claim.content
    asked: Scenario = copy.deepcopy(dict(given if given is not None else content.get("scenario") or {}))
    try:
        _fill(asked, content)
        return dict(read_scenario(asked))
    except BadInput as error:
        raise BadInput(error.message, where=f"{claim.place} ({claim.name})", hint=error.hint) from None


def _fill(asked: Scenario, content: Mapping[str, Any]) -> None:
    for part in ("rig", "workload"):
        if not isinstance(asked.setdefault(part, {}), dict):
            raise BadInput(f"`{part}` of the scenario is no mapping", hint="see `rigwise recommend --help`")
    if content.get("gpu"):
        asked["rig"]["gpus"] = [{"gpu": content["gpu"], "count": content.get("count", 1)}]
    if not asked["rig"].get("gpus"):
        raise Unsettled("no GPU is named")
    if content.get("power_limit_w"):
        for group in asked["rig"]["gpus"]:
            group["power_limit_w"] = content["power_limit_w"]
    for name, path in PATHS.items():
        if name in content:
            put(asked, path, content[name])
    if asked["rig"].get("nvlink") in ("none", False):
        asked["rig"]["nvlink"] = []


def named(content: Mapping[str, Any]) -> str:
    """The rig and workload of a claim in a few words."""
    given: Mapping[str, Any] = content.get("scenario") or next(iter(content.get("scenarios") or ()), {})
    rig, workload = _part(given, "rig"), _part(given, "workload")
    told = {**workload, **content}
    groups = [content] if content.get("gpu") else rig.get("gpus") or []
    cards = " + ".join(_cards(group) for group in groups if isinstance(group, Mapping))
    model = " ".join(str(told[name]) for name in ("model", "quantization") if told.get(name))
    engine = f"under {told['engine']}" if told.get("engine") else ""
    sizes = {**_part(workload, "parallelism"), **_part(content, "parallelism"), **told}
    layout = [f"{name} {value}" for name, value in sorted(sizes.items()) if name in TOLD]
    return ", ".join(part for part in (cards, " ".join(filter(None, (model, engine))), *layout) if part)


def _part(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    return found if isinstance(found, Mapping) else {}


def _cards(group: Mapping[str, Any]) -> str:
    return f"{group.get('count', 1)} × {group.get('gpu')}"


TOLD = (
    "context_tokens",
    "output_tokens",
    "pipeline",
    "power_limit_w",
    "prompt_tokens",
    "replicas",
    "split_mode",
    "tensor",
    "users",
)
