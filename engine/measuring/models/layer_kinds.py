"""Which layers attend to everything, which to a window, which keep a state instead: out of a config.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .families import Family

_FULL = {"full_attention", "attention", "global", "full", "*", "global_attention", "hybrid"}
_WINDOW = {"sliding_attention", "chunked_attention", "sliding_window", "local", "local_attention", "swa"}
_STATE = {
    "linear_attention",
    "mamba",
    "mamba2",
    "recurrent",
    "m",
    "conv",
    "kda",
    "gated_delta_net",
    "lightning_attention",
}
_NO_CACHE = {"mlp", "moe", "-", "e"}
_EXPERTS = {"moe", "e"}


@dataclass(frozen=True, slots=True)
class LayerKinds:
    """Numbers of layers by what they keep of the past, and the window in tokens.

    feed_forward: layers that are an MLP or experts and nothing else, of them `experts` with experts.
    """

    full: int
    window_layers: int = 0
    window: int | None = None
    state: int = 0
    feed_forward: int = 0
    experts: int = 0
    unknown: tuple[str, ...] = ()


def whole_of(config: Mapping[str, Any], *names: str) -> int | None:
    """The first of several names that holds a positive whole number below 2**53, or one number for all layers."""
    for name in names:
        value = config.get(name)
        if isinstance(value, list) and value and value.count(value[0]) == len(value):
            value = value[0]
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53:
            return value
    return None


def layer_kinds(config: Mapping[str, Any], layers: int, family: Family | None) -> LayerKinds:
    """Layers by kind. `layers`: num_hidden_layers."""
    window = _window(config, family)
    if family is not None and family.state_beside_attention:
        return LayerKinds(full=layers, state=layers)
    listed = _listed(config, layers)
    if listed is not None:
        return _counted(listed, window)
    if (state := _state_layers(config, layers, family)) is not None:
        return LayerKinds(full=layers - state, state=state)
    windowed = _windowed(config, layers, family) if window else 0
    return LayerKinds(full=layers - windowed, window_layers=windowed, window=window if windowed else None)


def _window(config: Mapping[str, Any], family: Family | None) -> int | None:
    if config.get("use_sliding_window") is False:
        return None
    window = whole_of(config, "sliding_window", "sliding_window_size", "attention_chunk_size", "window_size")
    if window is None and family is not None and "sliding_window" not in config:
        window = family.defaults.get("sliding_window")
    limit = whole_of(config, "max_position_embeddings")
    return None if window is None or (limit is not None and window >= limit) else window


def _listed(config: Mapping[str, Any], layers: int) -> list[str] | None:
    """Kinds of all layers where the config lists them."""
    for name in ("layer_types", "layers_block_type", "block_types", "hybrid_override_pattern"):
        value = config.get(name)
        if isinstance(value, str | list) and value:
            kinds = [str(kind).lower() for kind in value]
            if name == "block_types" and len(kinds) < layers:
                kinds = [kinds[i % len(kinds)] for i in range(layers)]
            if len(kinds) >= layers:
                return kinds[:layers]
    pattern = config.get("hybrid_layer_pattern")
    if isinstance(pattern, list) and len(pattern) >= layers:
        return ["swa" if entry == 1 else "full" for entry in pattern[:layers]]
    types = config.get("attn_type_list")
    if isinstance(types, list) and len(types) >= layers:
        return ["full" if entry == 1 else "linear_attention" for entry in types[:layers]]
    return None


def _counted(kinds: Sequence[str], window: int | None) -> LayerKinds:
    full = sum(kind in _FULL for kind in kinds)
    windowed = sum(kind in _WINDOW for kind in kinds)
    state = sum(kind in _STATE for kind in kinds)
    feed = sum(kind in _NO_CACHE for kind in kinds)
    unknown = tuple(sorted({k for k in kinds if k not in _FULL | _WINDOW | _STATE | _NO_CACHE}))
    if window is None:
        full, windowed = full + windowed, 0
    experts = sum(kind in _EXPERTS for kind in kinds)
    return LayerKinds(full, windowed, window if windowed else None, state, feed, experts, unknown)


def _state_layers(config: Mapping[str, Any], layers: int, family: Family | None) -> int | None:
    """Layers with a state where the config gives an interval, a period or indices."""
    linear = config.get("linear_attn_config")
    if isinstance(linear, Mapping) and isinstance(linear.get("full_attn_layers"), list):
        return layers - len(linear["full_attn_layers"])
    interval = whole_of(config, "full_attention_interval")
    if interval is None and family is not None and "linear_num_value_heads" in config:
        interval = family.defaults.get("full_attention_interval")
    if interval is not None:
        return layers - layers // interval
    period = whole_of(config, "attn_layer_period")
    if period is not None:
        offset = config.get("attn_layer_offset")
        first = offset if isinstance(offset, int) and 0 <= offset < period else 0
        return layers - len(range(first, layers, period))
    indices = config.get("attn_layer_indices")
    return layers - len(set(map(str, indices))) if isinstance(indices, list) else None


def _windowed(config: Mapping[str, Any], layers: int, family: Family | None) -> int:
    pattern = config.get("sliding_window_pattern", config.get("_sliding_window_pattern"))
    if isinstance(pattern, str) and pattern:
        return sum(pattern[i % len(pattern)].upper() == "L" for i in range(layers))
    every = pattern if isinstance(pattern, int) and not isinstance(pattern, bool) and pattern > 0 else None
    if every is None and family is not None:
        every = family.window_every
    if every is not None:
        return layers - layers // every
    rope = config.get("no_rope_layers")
    if "attention_chunk_size" in config:
        listed = isinstance(rope, list) and len(rope) == layers
        return sum(bool(entry) for entry in rope) if listed and rope else layers - layers // 4
    if config.get("use_sliding_window") is True:
        first = config.get("max_window_layers")
        return layers - first if isinstance(first, int) and 0 <= first <= layers else layers
    return layers
