"""What the tensors of a GGUF file tell of its layers: which attend, which keep a state, and with how many heads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .gguf import Tensor

BLOCK = re.compile(r"^blk\.(\d{1,9})\.")
_ATTENDS = re.compile(r"^blk\.\d+\.attn_(?:k|qkv|kv_a_mqa|kv_b|k_b)\.")
_STATE = re.compile(r"^blk\.\d+\.(?:ssm_|time_mix_|shortconv\.)")


@dataclass(frozen=True, slots=True)
class Layers:
    """Numbers of layers: that are listed at all, that have tensors of attention, of a state, of both.

    Of both are layers that do both, and linear ones that call their projections as attention does.
    """

    listed: int
    attending: int
    state: int
    both: int


def layers_of(tensors: Iterable[Tensor], layers: int) -> Layers:
    """The layers of a list of tensors; those beyond `layers` predict further tokens and do not count."""
    listed: set[int] = set()
    attending: set[int] = set()
    state: set[int] = set()
    for tensor in tensors:
        match = BLOCK.match(tensor.name)
        if match is None or int(match[1]) >= layers:
            continue
        number = int(match[1])
        listed.add(number)
        if _ATTENDS.match(tensor.name):
            attending.add(number)
        elif _STATE.match(tensor.name):
            state.add(number)
    return Layers(len(listed), len(attending), len(state), len(state & attending))


def kv_heads_of(tensors: Iterable[Tensor], heads: int | None, head_dim: int | None) -> int | None:
    """Heads of keys by the rows of the first matrix of keys; None where no such matrix tells a whole number."""
    if not heads or not head_dim:
        return None
    for tensor in tensors:
        if len(tensor.shape) != 2 or not BLOCK.match(tensor.name):
            continue
        found = tensor.shape[1] / head_dim
        if tensor.name.endswith(".attn_qkv.weight"):
            found = (found - heads) / 2
        elif not tensor.name.endswith(".attn_k.weight"):
            continue
        return int(found) if found == int(found) and 1 <= found <= heads else None
    return None
