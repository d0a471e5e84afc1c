"""One candidate as a scenario, and the command line that computes it again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from .question import Question

if TYPE_CHECKING:
    from .build import Build, Layout, Software


class Candidate(NamedTuple):
    """Hardware, program and layout."""

    build: Build
    software: Software
    layout: Layout


def scenario(one: Candidate, question: Question) -> dict[str, Any]:
    """The candidate as a resolved scenario, every field filled in."""
    build, software, layout = one
    return {
        "rig": {
            "gpus": [{"gpu": build.gpu, "count": build.count, "power_limit_w": build.power}],
            "nvlink": bonds(build),
            "pcie": [{"gen": build.gen, "lanes": build.lanes} for _ in range(build.count)],
            "numa_nodes": [0] * build.count,
            "driver": build.driver,
            "nodes": 1,
            "network_gbit_s": None,
            "host": {
                **({"platform": build.host.platform} if build.host.platform else {}),
                "sockets": 1, "ram_bandwidth_gb_s": build.host.bandwidth, "ram_gb": build.host.ram,
            },
        },
        "workload": workload(software, layout, question),
        "goal": {"optimize": question.optimize},
        "allow": {},
    }  # fmt: skip


def workload(software: Software, layout: Layout, question: Question) -> dict[str, Any]:
    """The workload section of a candidate."""
    return {
        "model": question.model, "quantization": software.quantization, "kv_quantization": software.kv,
        "engine": software.engine, "engine_flags": [], "offload": software.offload,
        "parallelism": {"tensor": layout.tensor, "pipeline": layout.pipeline, "replicas": layout.replicas,
                        "split_mode": layout.split_mode},
        "prompt_tokens": question.prompt, "output_tokens": question.output, "context_tokens": question.context,
        "users": question.users,
    }  # fmt: skip


def bonds(build: Build) -> list[list[int]]:
    """Pairs of cards under a bridge."""
    return [[card, card + 1] for card in range(0, build.count - 1, 2)] if build.links == "pairs" else []


def command(scenario: dict[str, Any], verb: str = "estimate") -> str:
    """The command line that computes a scenario again."""
    rig, work = scenario["rig"], scenario["workload"]
    sizes, host, slots = work["parallelism"], rig["host"], rig["pcie"]
    words: list[str] = ["rigwise", verb]
    for group in rig["gpus"]:
        words += ["--gpu", f"{group['count']}x{group['gpu']}"]
    alike = all(slot == slots[0] for slot in slots)
    words += ["--pcie", ",".join(f"{slot['gen']}x{slot['lanes']}" for slot in (slots[:1] if alike else slots))]
    words += ["--nvlink", ",".join(f"{a}-{b}" for a, b in rig["nvlink"])] if rig["nvlink"] else []
    words += ["--driver", rig["driver"]] if rig["driver"] != "stock" else []
    words += ["--platform", host["platform"]] if host.get("platform") else []
    limits = {group["power_limit_w"] for group in rig["gpus"]}
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
    words += ["--set", f"rig.host.ram_gb={host['ram_gb']}"] if host.get("ram_gb") else []
    return shlex.join(words)
