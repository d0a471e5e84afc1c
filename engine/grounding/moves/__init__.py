"""The steps that options and comparisons are written in: each takes a scenario and gives labelled changed ones.

A step says what is tried, never whether it is possible or pays: that is for the rules. A step that has nothing to
change gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..scenario import Scenario
from . import checkpoint, hardware, layout, model, power, setting
from .checkpoint import readable
from .forms import Entries, Move, Variant
from .hardware import fit_bridges
from .power import shares_within
from .together import combined

__all__ = [
    "MOVES",
    "Entries",
    "Move",
    "Variant",
    "combined",
    "fit_bridges",
    "readable",
    "shares_within",
    "together",
    "variants",
]


def variants(scenario: Scenario, steps: list[Mapping[str, Any]], entries: Entries) -> Iterator[Variant]:
    """Every way through the steps, in order; a step with several outcomes branches."""
    if not steps:
        yield "", scenario
        return
    ((name, argument),) = steps[0].items()
    for label, fresh in MOVES[name](scenario, argument, entries):
        for rest, last in variants(fresh, steps[1:], entries):
            yield ", ".join(part for part in (label, rest) if part), last


def together(scenario: Scenario, combinations: list[list[str]], entries: Entries) -> Iterator[Variant]:
    """`together: [[OPTION, …], …]`: several options as one step."""
    for _, label, fresh in combined(variants, scenario, combinations, entries):
        yield label, fresh


MOVES: dict[str, Move] = {
    "set": setting.put_values,
    "together": together,
    **{
        move.__name__: move
        for move in (
            setting.only_layer_split,
            setting.only_mixture,
            setting.drop_flag,
            setting.add_flag,
            hardware.fit_bridges,
            hardware.remove_bridges,
            power.limit_power,
            power.limit_power_within,
            power.full_power,
            power.fewer_cards,
            checkpoint.smaller_quantization,
            checkpoint.set_quantization,
            checkpoint.switch_engine,
            model.smaller_models,
            layout.tensor_sizes,
            layout.widest_tensor,
            layout.all_tensor,
            layout.all_layers,
            layout.layers_over_cards,
            layout.half_tensor,
            layout.tensor_pair,
            layout.replicas,
            layout.split_modes,
            layout.single_card,
            layout.each_card,
            layout.fast_cards_only,
            hardware.add_cards,
            hardware.more_cards,
            hardware.replace_cards,
            hardware.whole_cards,
            hardware.full_lanes,
            hardware.all_lanes,
            hardware.sixteen_lanes,
            hardware.generation_step,
            hardware.widen_slowest,
            hardware.faster_ram,
            hardware.more_ram,
            hardware.larger_supply,
            setting.shorter_context,
            setting.quantize_kv,
            setting.layers_on_host,
            setting.off_the_host,
            checkpoint.engine_keeping_experts,
        )
    },
}
