"""The index of a sharded checkpoint: the bytes of all its weights, where the files themselves are not at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import BadInput
from ..pasted import decoded
from .model_read import TensorBytes

NAME = "model.safetensors.index.json"
MOST_BYTES = 64 * 1024 * 1024
ROUNDED = 0.01
"""Share by which what is counted of a shape may exceed what is stored: norms and padding are counted or not."""


def total_of(folder: Path) -> int | None:
    """Bytes of all weights [B] by the index of a folder; None where it has none or it tells no total.

    Raises BadInput where the index cannot be read or is no JSON object.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"larger than the {MOST_BYTES} bytes that are read", where=str(path))
        listed = json.loads(decoded(path.read_bytes()))
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror}", where=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not JSON: {str(error)[:120]}", where=str(path)) from error
    told = listed.get("metadata") if isinstance(listed, Mapping) else None
    total = told.get("total_size") if isinstance(told, Mapping) else None
    if not isinstance(total, int | float) or isinstance(total, bool) or not 0 < total < 2**53:
        return None
    return int(total)


def parted(total: int, parameters: Mapping[str, Any], form: Mapping[str, Any]) -> TensorBytes | None:
    """A total [B] by part: head and embedding in their own bits, the rest body and experts by their parameters.

    Of weights that are not quantized, what is left over is of towers. form: an entry of knowledge/quantizations.
    None where the total is less than the parts it has to hold.
    """
    counts = {name: float(parameters.get(name) or 0) for name in ("total", "head", "embedding", "expert")}
    head = counts["head"] * form["head_bits"] / 8
    embedding = counts["embedding"] * form["embedding_bits"] / 8
    inner = counts["total"] - counts["head"] - counts["embedding"]
    needed, left = inner * form["bits_per_weight"] / 8, total - head - embedding
    if inner <= 0 or left < needed * (1 - ROUNDED):
        return None
    held = min(left, needed) if form["family"] == "float" else left
    experts = held * counts["expert"] / inner
    sizes = TensorBytes(round(held - experts), round(experts), round(head), round(embedding))
    sizes.towers = max(total - sizes.total, 0)
    return sizes
