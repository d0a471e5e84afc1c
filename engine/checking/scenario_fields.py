"""The vocabulary of scenarios: every field with its kind and limits, its other names, and how leniently it is read.

One table for the quick look at a scenario that is written as it should be, and for the lenient reading by Cerberus.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_CARDS = 1024
SLICE = re.compile(r"[1-7]g\.[1-9]\d{0,2}gb")
"""A profile of MIG, as `nvidia-smi -L` writes it."""


class Field(NamedTuple):
    """kind: how a value is read, by the coercions of scenario_lenient.py.

    least, most: limits of a number, `least` excluded for amounts. choices: of a word. unit: of an amount, as in
    the field's name. fields: of a section or of each group. each: or a list with one for each card, null where none.
    """

    kind: str
    least: float = 1
    most: float = 0
    choices: tuple[str, ...] = ()
    unit: str = ""
    fields: dict[str, Field] = {}
    needed: bool = False
    each: bool = False


def count(most: int, least: int = 1) -> Field:
    """A whole number."""
    return Field("count", least, most)


def tokens(most: int) -> Field:
    """A number of tokens, `8k` for 8192."""
    return Field("count", 1, most, unit="tokens")


def amount(unit: str, most: float, above: float = 0) -> Field:
    """A number above zero or another bound, in the unit of the field's name."""
    return Field("amount", above, most, unit=unit)


def word(*choices: str) -> Field:
    """One of the choices."""
    return Field("word", choices=choices)


TEXT = Field("text")
YES_NO = Field("yes_no")
SPLIT_MODES = ("none", "layer", "row", "tensor", "graph")
# A card draws about 20 W doing nothing: no limit below that is one.
_GROUP = {
    "gpu": Field("text", needed=True),
    "count": count(MOST_CARDS),
    "power_limit_w": amount("W", 5000, above=20),
    "mig": Field("slice"),
}
_HOST = {
    "platform": TEXT,
    "cpu": TEXT,
    "sockets": count(16),
    "ram_gb": amount("GB", 1e6),
    "ram_channels": count(64),
    "ram_bandwidth_gb_s": amount("GB/s", 1e5),
}
SLOT = {"gen": count(7), "lanes": Field("lanes", choices=("1", "2", "4", "8", "16"))}
_RIG = {
    "gpus": Field("groups", fields=_GROUP, needed=True),
    "nvlink": Field("bonds"),
    "pcie": Field("slots", fields=SLOT),
    "p2p": YES_NO,
    "numa_nodes": Field("numbers", 0, 255),
    "driver": word("stock", "p2p_patched"),
    "bar1_mb": amount("MB", 1e7),
    "acs_enabled": YES_NO,
    "pcie_gen_observed": count(7)._replace(each=True),
    "pcie_observed_at": word("idle", "load")._replace(each=True),
    "psu_w": amount("W", 1e6),
    "nodes": count(1024),
    "network_gbit_s": amount("Gbit/s", 1e5),
    "network_transport": word("tcp", "rdma"),
    "host": Field("section", fields=_HOST),
}
PARALLELISM = {
    "tensor": count(MOST_CARDS),
    "pipeline": count(MOST_CARDS),
    "replicas": count(MOST_CARDS),
    "split_mode": word(*SPLIT_MODES),
}
_WORKLOAD = {
    "model": TEXT,
    "quantization": TEXT,
    "kv_quantization": TEXT,
    "engine": TEXT,
    "engine_version": TEXT,
    "engine_flags": Field("flags"),
    "parallelism": Field("layout", fields=PARALLELISM),
    "offload": word("none", "experts_cpu", "some_experts_cpu", "layers_cpu"),
    "prompt_tokens": tokens(10**8),
    "output_tokens": tokens(10**8),
    "context_tokens": tokens(10**8),
    "users": count(10**5),
}
_GOAL = {
    "optimize": word("latency", "throughput", "prefill", "capacity", "efficiency"),
    "budget_usd": Field("money", 0, 1e9, unit="USD"),
    "max_watts": amount("W", 1e7),
    "unasked_purchase_usd": Field("money", 0, 1e9, unit="USD"),
}
SCENARIO = {
    "schema": count(1),
    "name": TEXT,
    "rig": Field("section", fields=_RIG, needed=True),
    "workload": Field("section", fields=_WORKLOAD),
    "goal": Field("section", fields=_GOAL),
    "allow": Field("waivers"),
    "prices": Field("prices"),
}

ALIASES: dict[str, dict[str, str]] = {
    "": {"price": "prices", "waivers": "allow", "hardware": "rig", "goals": "goal"},
    "rig": {
        "gpu": "gpus", "cards": "gpus", "nvlinks": "nvlink", "bridges": "nvlink", "slots": "pcie", "numa": "numa_nodes",
        "psu": "psu_w", "psu_watts": "psu_w", "bar1": "bar1_mb", "acs": "acs_enabled", "network": "network_gbit_s",
        "transport": "network_transport",
        "peer_to_peer": "p2p", "machines": "nodes",
    },
    "rig.gpus": {
        "name": "gpu", "model": "gpu", "key": "gpu", "n": "count", "number": "count", "power_limit": "power_limit_w",
    },
    "rig.host": {
        "ram": "ram_gb", "memory_gb": "ram_gb", "channels": "ram_channels", "ram_bandwidth": "ram_bandwidth_gb_s",
        "board": "platform", "socket": "platform",
    },
    "workload": {
        "quant": "quantization", "kv": "kv_quantization", "kv_cache": "kv_quantization", "flags": "engine_flags",
        "version": "engine_version", "prompt": "prompt_tokens", "input_tokens": "prompt_tokens",
        "output": "output_tokens", "context": "context_tokens", "ctx": "context_tokens",
        "context_length": "context_tokens",
        "concurrency": "users", "concurrent_requests": "users",
    },
    "workload.parallelism": {"tp": "tensor", "pp": "pipeline", "dp": "replicas", "tensor_parallel": "tensor"},
    "goal": {"budget": "budget_usd", "watts": "max_watts", "max_w": "max_watts", "objective": "optimize"},
}  # fmt: skip
"""Other names of fields, by section."""

UNITS: dict[str, dict[str, float]] = {
    "W": {"w": 1, "watt": 1, "watts": 1, "kw": 1e3, "mw": 1e6},
    "GB": {"gb": 1, "g": 1, "tb": 1e3, "mb": 1e-3, "gib": 1.073741824, "tib": 1099.511627776, "mib": 0.001048576},
    "MB": {"mb": 1, "m": 1, "gb": 1e3, "mib": 1.048576, "gib": 1073.741824, "kb": 1e-3},
    "GB/s": {"gb/s": 1, "gbps": 1, "tb/s": 1e3, "mb/s": 1e-3, "gib/s": 1.073741824},
    "Gbit/s": {"gbit/s": 1, "gbit": 1, "gb/s": 8, "mbit/s": 1e-3, "g": 1, "gbe": 1, "tbit/s": 1e3},
    "USD": {"usd": 1, "$": 1, "dollars": 1, "dollar": 1, "k": 1e3, "kusd": 1e3},
    "tokens": {"tokens": 1, "token": 1, "tok": 1, "t": 1, "k": 1024, "m": 1048576, "ktokens": 1024},
    "": {},
}
"""Units that are understood beside a number, with the factor to the unit of the field."""

YES = frozenset({"yes", "true", "on", "y"})
NO = frozenset({"no", "false", "off", "n"})
