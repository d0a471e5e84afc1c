"""The headers of the safetensors files of a folder: every tensor's type, shape and bytes, no weights.

Source: huggingface/safetensors README, "Format". Bounded: a hostile header is refused, not believed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from ...errors import BadInput
from .model_read import ModelRead, TensorBytes, parameters_of

MOST_HEADER = 100_000_000
MOST_FILES = 2000
_LAYER = re.compile(r"(?:^|\.)layers\.(\d{1,9})\.")
_UPCOMING = re.compile(r"(?:^|\.)mtp\.|(?:^|\.)nextn\.|eh_proj|(?:^|\.)enorm\.|(?:^|\.)hnorm\.")
_TOWER = re.compile(
    r"(?:^|\.)(?:vision_tower|vision_model|visual|vision_encoder|multi_modal_projector|mm_projector|patch_embed"
    r"|audio_tower|audio_encoder|audio_model|embed_vision|embed_audio|vision_embed\w*)\."
)
_EXPERT = re.compile(r"\.experts?\.|\.experts_|\.block_sparse_moe\.input_linear|\.block_sparse_moe\.output_linear")
_SHARED = re.compile(r"shared_expert")
_WIDE = {"F32", "F16", "BF16", "F64"}


@dataclass(frozen=True, slots=True)
class Weight:
    """One tensor: name, type as the file names it, elements [1] and bytes [B]."""

    name: str
    kind: str
    elements: int
    size: int


def weights_of(folder: Path) -> list[Weight]:
    """The tensors of all safetensors files of a folder; none where it has no whole set.

    Raises BadInput where a file is no sound safetensors file.
    """
    files = sorted(folder.glob("*.safetensors"))[: MOST_FILES + 1]
    if len(files) > MOST_FILES:
        raise BadInput(f"more than {MOST_FILES} files of weights", where=str(folder))
    whole = [file for file in files if not re.match(r"consolidated|adapter_", file.name)] or files
    return [] if _incomplete(folder, whole) else [weight for file in whole for weight in _header(file)]


def _incomplete(folder: Path, files: list[Path]) -> bool:
    """Whether shards are missing, by the count in their names."""
    counts = {int(match[1]) for file in files if (match := re.search(r"-of-(\d{1,6})\.safetensors$", file.name))}
    return bool(counts) and len(files) < max(counts)


def _header(file: Path) -> list[Weight]:
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if not 2 <= length <= min(MOST_HEADER, size - 8):
                raise BadInput(f"no sound safetensors header: {length} bytes are announced", where=str(file))
            listed = json.loads(opened.read(length))
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror}", where=str(file)) from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"no sound safetensors header: {str(error)[:80]}", where=str(file)) from error
    if not isinstance(listed, dict):
        raise BadInput("no sound safetensors header: not an object", where=str(file))
    return [_weight(str(name), told, file) for name, told in listed.items() if name != "__metadata__"]


def _weight(name: str, told: Any, file: Path) -> Weight:
    offsets, shape = _counts(told, "data_offsets"), _counts(told, "shape")
    if offsets is None or shape is None or len(offsets) != 2 or offsets[1] < offsets[0]:
        raise BadInput(f"no sound safetensors header: tensor {name[:60]!r}", where=str(file))
    return Weight(name, str(told.get("dtype")), prod(shape), offsets[1] - offsets[0])


def _counts(told: Any, name: str) -> list[int] | None:
    """A list of whole numbers; None where it is anything else."""
    values = told.get(name) if isinstance(told, dict) else None
    if not isinstance(values, list) or len(values) > 16:
        return None
    sound = all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 2**53 for one in values)
    return values if sound else None


def add_weights(found: ModelRead, weights: list[Weight]) -> None:
    """Bytes by part, and the parameters where the shape did not give them and no tensor is packed."""
    layers, tied = found.entry.get("layers", 0), found.entry.get("tied_embeddings") is True
    sizes, counts = TensorBytes(), dict.fromkeys(("body", "experts", "head", "embedding", "towers"), 0)
    left_out = 0
    for weight in weights:
        if _upcoming(weight.name, layers):
            left_out += weight.size
            continue
        part = _part(weight.name, tied)
        sizes.add(part, weight.size, weight.kind)
        counts[part] += weight.elements
    if sizes.head == 0 and sizes.embedding and "tied_embeddings" not in found.entry:
        found.entry["tied_embeddings"] = True
        sizes.head, sizes.embedding = sizes.embedding, 0
        counts["head"], counts["embedding"] = counts["embedding"], 0
    found.bytes = sizes
    found.read.append(f"{len(weights)} tensors of {len(set(sizes.by_type))} types in safetensors files")
    if left_out:
        found.read.append(f"left out: {left_out / 1e9:.2f} GB of layers that predict further tokens")
    if "parameters" not in found.entry and set(sizes.by_type) <= _WIDE:
        found.entry["parameters"] = parameters_of(counts, found.entry.get("moe"))
        found.unread = [one for one in found.unread if not one.startswith("parameters:")]


def _upcoming(name: str, layers: int) -> bool:
    if _TOWER.search(name):
        return False
    layer = _LAYER.search(name)
    return bool(_UPCOMING.search(name)) or (layer is not None and bool(layers) and int(layer[1]) >= layers)


def _part(name: str, tied: bool) -> str:
    if _TOWER.search(name):
        return "towers"
    if re.search(r"(?:^|\.)(?:embed_tokens|tok_embeddings|word_embeddings|wte|embeddings?)\.\w+$", name):
        return "head" if tied else "embedding"
    if re.search(r"(?:^|\.)(?:lm_head|output_layer|embed_out)\.|^output\.", name):
        return "head"
    return "experts" if _EXPERT.search(name) and not _SHARED.search(name) else "body"
