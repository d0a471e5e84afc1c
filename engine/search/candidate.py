"""One candidate as a scenario, and the command line that computes it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from .question import Question

if TYPE_CHECKING:
    from .build import Build, Layout, Software


QUALM = 0.05


class Candidate(NamedTuple):
    """Hardware, program and layout."""

    build: Build
    software: Software
    layout: Layout

    @property
    def qualms(self) -> float:
        """The share of speed by which a patched driver and a cache of few bits have to be better."""
        return QUALM * ((self.build.driver != "stock") + self.software.tinkered)


def scenario(one: Candidate, question: Question) -> dict[str, Any]:
    """The candidate as a resolved scenario, every field filled in."""
    return {
        "rig": one.build.rig(),
        "workload": workload(one.software, one.layout, question),
        "goal": {"optimize": question.optimize},
        "allow": {},
    }


def workload(software: Software, layout: Layout, question: Question) -> dict[str, Any]:
    """The workload section of a candidate."""
    return {
        "model": question.model, "quantization": software.quantization, "kv_quantization": software.kv,
        "engine": software.engine, "engine_flags": [], "offload": software.offload,
        "parallelism": {"tensor": layout.tensor, "pipeline": layout.pipeline, "replicas": layout.replicas,
                        "split_mode": layout.split_mode},
        "prompt_tokens": question.prompt, "output_tokens": question.output,
        "context_tokens": software.context or question.context,
        "users": software.users or question.users,
    }  # fmt: skip


def command(scenario: dict[str, Any], verb: str = "estimate") -> str:
    """The command line that computes a scenario again."""
    rig, work = scenario["rig"], scenario["workload"]
    sizes, host, slots = (
        work["parallelism"],
        rig["host"],
        rig["pcie"] if isinstance(rig["pcie"], list) else [rig["pcie"]],
    )
    words: list[str] = ["rigwise", *verb.split()]
    groups = _joined(rig["gpus"])
    for group in groups:
        words += ["--gpu", f"{group['count']}x{group['gpu']}"]
    alike = all(slot == slots[0] for slot in slots)
    words += ["--pcie", ",".join(f"{slot['gen']}x{slot['lanes']}" for slot in (slots[:1] if alike else slots))]
    words += ["--nvlink", _bonds(rig["nvlink"])] if rig["nvlink"] else []
    words += [f"--engine-flag={flag}" for flag in work["engine_flags"]]
    words += ["--driver", rig["driver"]] if rig["driver"] != "stock" else []
    words += ["--platform", host["platform"]] if host.get("platform") else []
    limits = {float(group["power_limit_w"]) for group in groups}
    flags = {
        "--ram-bandwidth": host["ram_bandwidth_gb_s"], "--model": work["model"], "--quant": work["quantization"],
        "--kv": work["kv_quantization"], "--engine": work["engine"], "--tensor": sizes["tensor"],
        "--pipeline": sizes["pipeline"], "--replicas": sizes["replicas"], "--split-mode": sizes["split_mode"],
        "--offload": work["offload"], "--prompt": work["prompt_tokens"], "--output": work["output_tokens"],
        "--context": work["context_tokens"], "--users": work["users"],
    }  # fmt: skip
    if len(limits) == 1:
        flags["--power-limit"] = f"{limits.pop():g}"
    words += [str(part) for pair in flags.items() for part in pair]
    for number, group in enumerate(groups) if limits else ():
        words += ["--set", f"rig.gpus.{number}.power_limit_w={group['power_limit_w']:g}"]
    words += ["--set", f"rig.host.ram_gb={host['ram_gb']:g}"] if host.get("ram_gb") else []
    for name in ("p2p", "bar1_mb", "acs_enabled"):
        words += ["--set", f"rig.{name}={json.dumps(rig[name])}"] if rig.get(name) is not None else []
    words += ["--set", f"rig.numa_nodes={json.dumps(rig['numa_nodes'])}"] if any(rig["numa_nodes"]) else []
    return shlex.join(words)


def _joined(groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Groups of cards, neighbours of one model and one limit as one group."""
    kinds = groupby(groups, key=lambda one: (one["gpu"], one["power_limit_w"]))
    return [{"gpu": gpu, "power_limit_w": limit, "count": sum(one["count"] for one in own)}
            for (gpu, limit), own in kinds]  # fmt: skip


def _bonds(nvlink: Any) -> str:
    return nvlink if isinstance(nvlink, str) else ",".join(f"{a}-{b}" for a, b in nvlink)
