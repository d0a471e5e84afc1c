"""Layers that keep a state instead of keys and values: gated delta net, Kimi delta attention, Mamba 1 and 2.

Source: huggingface/transformers modeling_qwen3_next.py, modeling_nemotron_h.py, modeling_granitemoehybrid.py,
modeling_jamba.py; moonshotai/Kimi-Linear modeling_kimi.py. States are kept in FP32, a convolution's last inputs in
16 bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .layer_kinds import whole_of

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StateLayer:
    """parameters of one layer, without its norm [1]; bytes of its state for one sequence [B]."""

    parameters: int
    bytes: int


def state_layer(config: Config, hidden: int) -> StateLayer | None:
    """The state layers of a config.json; None where it does not give their dimensions."""
    for read in (_gated_delta_net, _kimi_delta, _mamba_2, _mamba_1):
        found = read(config, hidden)
        if found is not None:
            return found
    return None


def _gated_delta_net(config: Config, hidden: int) -> StateLayer | None:
    """Projections of queries, keys, values, gate, decay and step; convolution; norm; output."""
    heads, key, value, key_heads = (
        whole_of(config, f"linear_{name}")
        for name in ("num_value_heads", "key_head_dim", "value_head_dim", "num_key_heads")
    )
    if not heads or not key or not value or not key_heads:
        return None
    kernel = whole_of(config, "linear_conv_kernel_dim") or 4
    keys, values = key_heads * key, heads * value
    through = 2 * keys + values
    parameters = hidden * (through + values + 2 * heads) + values * hidden + through * kernel + 2 * heads + value
    return StateLayer(parameters, heads * key * value * 4 + (kernel - 1) * through * 2)


def _kimi_delta(config: Config, hidden: int) -> StateLayer | None:
    """Three projections with a convolution each, low-rank decay and gate, norm, output."""
    linear = config.get("linear_attn_config")
    if not isinstance(linear, Mapping):
        return None
    heads, dim = whole_of(linear, "num_heads"), whole_of(linear, "head_dim")
    if not heads or not dim:
        return None
    kernel, width = whole_of(linear, "short_conv_kernel_size") or 4, heads * dim
    low_rank = 2 * (hidden * dim + dim * width)
    parameters = 3 * (hidden * width + width * kernel) + low_rank + hidden * heads + width * hidden
    return StateLayer(parameters + heads + width + dim, heads * dim * dim * 4 + 3 * (kernel - 1) * width * 2)


def _mamba_2(config: Config, hidden: int) -> StateLayer | None:
    """One projection in, convolution, decay, step and skip of each head, norm, output."""
    heads = whole_of(config, "mamba_num_heads", "mamba_n_heads")
    dim = whole_of(config, "mamba_head_dim", "mamba_d_head")
    if dim is None and heads and config.get("mamba_d_head") == "auto":
        dim = (whole_of(config, "mamba_expand") or 2) * hidden // heads
    state = whole_of(config, "ssm_state_size", "mamba_d_state")
    if not heads or not dim or not state:
        return None
    groups = whole_of(config, "n_groups", "mamba_n_groups") or 1
    kernel = whole_of(config, "conv_kernel", "mamba_d_conv") or 4
    inner = heads * dim
    through = inner + 2 * groups * state
    bias = through if config.get("use_conv_bias", config.get("mamba_conv_bias", True)) else 0
    norm = 0 if config.get("mamba_rms_norm") is False else inner
    parameters = hidden * (inner + through + heads) + inner * hidden + through * kernel + bias + 3 * heads + norm
    return StateLayer(parameters, inner * state * 4 + (kernel - 1) * through * 2)


def _mamba_1(config: Config, hidden: int) -> StateLayer | None:
    """Projection in, convolution, projections of step and state, decay, skip, output; norms of step and state."""
    state, rank, expand = (whole_of(config, f"mamba_{name}") for name in ("d_state", "dt_rank", "expand"))
    if not state or not rank or not expand:
        return None
    kernel, inner = whole_of(config, "mamba_d_conv") or 4, expand * hidden
    bias = inner if config.get("mamba_conv_bias", True) else 0
    parameters = (
        3 * hidden * inner + inner * kernel + bias + inner * (rank + 2 * state) + rank * inner + inner
        + inner * state + inner + rank + 2 * state
    )  # fmt: skip
    return StateLayer(parameters, inner * state * 4 + (kernel - 1) * inner * 2)
