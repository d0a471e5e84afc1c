"""Slices of cards in MIG mode, `mig: 3g.40gb` of a group: each is lent to the knowledge as a card of its own.

Its memory and bandwidth are the memory slices that its profile holds, its speed the SM slices, as NVIDIA's guide has
it; its power is taken to go by the SMs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import BadInput

if TYPE_CHECKING:
    from ..reading import Knowledge

Scenario = dict[str, Any]
PROFILE = re.compile(r"([1-7])g\.(\d{1,3})gb")
_KEY = re.compile(r"(\w+)_(\dg)_(\d{1,3}gb)")
BY_UUID = "MIG-UUID"
"""A slice has no number among the cards: its maker's setting takes its UUID, which the scenario does not know."""
ORIGIN = "the MIG profile of the rig"
_OF_SMS = ("fp32_tflops", "fp16_tflops", "fp16_fast_accumulate_tflops", "fp8_tflops", "fp8_fast_accumulate_tflops",
           "fp4_tflops", "int8_tops", "dp4a_tops", "tdp_w")  # fmt: skip
_OF_WHOLE_CARDS = (
    "aliases", "power", "memory_bus_bits", "memory_rate_gbit_s", "launch_price_usd", "bar1_max_gib",
)  # fmt: skip


def with_slices(asked: Scenario, knowledge: Knowledge) -> tuple[Scenario, Knowledge]:
    """The scenario with the key of a slice in place of each card that is given as one, and the knowledge with it.

    Raises BadInput for a profile that a card has not.
    """
    rig = asked.get("rig")
    groups = rig.get("gpus") if isinstance(rig, Mapping) else None
    if not isinstance(groups, list) or not any(isinstance(one.get("mig"), str) for one in groups):
        return asked, knowledge
    fresh = []
    for number, group in enumerate(groups):
        if isinstance(group.get("mig"), str):
            key, entry = _slice(group, knowledge, f"rig.gpus[{number}].mig")
            knowledge = knowledge.lent("gpus", key, entry, ORIGIN)
            group = {"gpu": key, "count": group["count"]}
        fresh.append(group)
    return {**asked, "rig": {**asked["rig"], "gpus": fresh}}, knowledge


def with_slices_of(resolved: Any, knowledge: Knowledge) -> Knowledge:
    """The knowledge with the slices that a resolved scenario names by their keys."""
    rig = resolved.get("rig") if isinstance(resolved, Mapping) else None
    groups = rig.get("gpus") if isinstance(rig, Mapping) else None
    for group in groups if isinstance(groups, list) else ():
        key = str(group.get("gpu")) if isinstance(group, Mapping) else ""
        match = _KEY.fullmatch(key)
        if match and match[1] in knowledge.entries["gpus"] and key not in knowledge.entries["gpus"]:
            one = {"gpu": match[1], "mig": f"{match[2]}.{match[3]}"}
            knowledge = knowledge.lent("gpus", *_slice(one, knowledge, "scenario.rig.gpus"), ORIGIN)
    return knowledge


def _slice(group: Mapping[str, Any], knowledge: Knowledge, where: str) -> tuple[str, dict[str, Any]]:
    """Key and entry of one slice of a card."""
    own = knowledge.names("gpus").find(str(group["gpu"]))
    card, profile = knowledge.entries["gpus"][own], str(group["mig"])
    sms, memory = _shares(card, profile, where)
    entry = {name: value for name, value in card.items() if name not in _OF_WHOLE_CARDS}
    entry |= {name: card[name] * sms for name in _OF_SMS if isinstance(card.get(name), int | float)}
    return f"{own}_{profile.replace('.', '_')}", entry | {
        "name": f"{card['name']}, slice {profile}",
        "vram_gib": card["vram_gib"] * memory,
        "memory_bandwidth_gb_s": card["memory_bandwidth_gb_s"] * memory,
        "nvlink": {"reach": "none"},
        "pcie_p2p_stock_driver": False,
        "mig": {"sm_slices": 1, "memory_slices": 1},
        "visible_as": BY_UUID,
        "listed_by": "nvidia-smi -L",
    }


def _shares(card: Mapping[str, Any], profile: str, where: str) -> tuple[float, float]:
    """The parts of the SMs and of the memory that a profile holds."""
    cut, match = card.get("mig"), PROFILE.fullmatch(profile)
    if not isinstance(cut, Mapping) or match is None:
        known = f"of {card['name']} no slices are known" if match else f"'{profile}' is no profile of a slice"
        raise BadInput(known, where=where, hint="write it as `nvidia-smi -L` does: 3g.40gb; or `true`")
    sms, memory = int(match[1]), round(cut["memory_slices"] * int(match[2]) / card["vram_gib"])
    if not 0 < sms <= cut["sm_slices"] or not 0 < memory <= cut["memory_slices"]:
        raise BadInput(f"{card['name']} has no slice {profile}", where=where, hint="`nvidia-smi mig -lgip` lists them")
    return sms / cut["sm_slices"], memory / cut["memory_slices"]
