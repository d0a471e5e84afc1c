"""A GGUF header as a model entry, with exact parameters and bytes. Source of the key names: ggml docs/gguf.md."""

from __future__ import annotations

import re
from typing import Any

from ...errors import BadInput
from .ggml_types import FILE_TYPES
from .gguf import Header, Tensor
from .gguf_architectures import ARCHITECTURES, OTHERS
from .gguf_layers import BLOCK, kv_heads_of, layers_of
from .model_read import ModelRead, TensorBytes, lacking, parameters_of, without_gaps

_EXPERT = re.compile(r"_exps\.|_exps$|\bffn_\w+\.\d+\.weight$")
_UPCOMING = re.compile(r"\bnextn\b|\.mtp\.")


def model_of(header: Header, where: str) -> ModelRead:
    """A model entry out of a header. Raises BadInput where it is of no language model."""
    architecture = header.metadata.get("general.architecture")
    part = header.metadata.get("split.no")
    if not architecture and isinstance(part, int) and header.shards > 1:
        raise BadInput(
            f"this is part {part + 1} of {header.shards}, without the model's description", where=where,
            hint="name part 1, with the other parts beside it",
        )  # fmt: skip
    if not isinstance(architecture, str) or not architecture:
        raise BadInput("the header names no architecture (general.architecture)", where=where)
    if architecture in {"clip", "mmproj"}:
        raise BadInput("this is the vision part of a model (mmproj), not the language model", where=where)
    if architecture in OTHERS:
        raise BadInput(f"'{architecture}' is no model that writes text token by token", where=where)
    found = ModelRead({}, known=architecture in ARCHITECTURES)
    values = _Values(header, architecture)
    _shape(found, values, header)
    _experts(found, values)
    _attention(found, values, header)
    _quantization(found, header)
    _weights(found, header)
    found.read.append(
        f"{len(header.metadata)} metadata keys, {len(header.tensors)} tensors, architecture {architecture}"
    )
    if not found.known:
        found.unread.append(
            f"the architecture {architecture} is not known: its keys and tensors are read by the names that all files "
            "share; what else its layers do is not told"
        )
    if header.shards > header.shards_read:
        found.unread.append(f"sizes: the model has {header.shards} files, {header.shards_read} were read")
    found.unread += [f"{name}: not in the header" for name in lacking(found.entry)]
    found.complete = not found.unread and "parameters" in found.entry
    if header.lost:
        found.unread.append(
            f"the last {header.lost} bytes of its weights: the file ends before them, as a download that is not whole"
        )
    return found


class _Values:
    """Numbers of one architecture's keys; of a value per layer, what the layers have in common."""

    def __init__(self, header: Header, architecture: str) -> None:
        self.header, self.architecture = header, architecture

    def raw(self, name: str) -> Any:
        return self.header.metadata.get(f"{self.architecture}.{name}")

    def number(self, *names: str) -> int | None:
        for name in names:
            value = self.raw(name)
            if isinstance(value, list):
                value = max((v for v in value if _is_count(v)), default=None)
            if _is_count(value) and value > 0:
                return int(value)
        return None

    def zero_layers(self, name: str) -> int:
        value = self.raw(name)
        return sum(v == 0 for v in value) if isinstance(value, list) else 0


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _shape(found: ModelRead, values: _Values, header: Header) -> None:
    blocks = values.number("block_count")
    upcoming = values.number("nextn_predict_layers") or 0
    hidden, heads = values.number("embedding_length"), values.number("attention.head_count")
    head_dim = values.number("attention.key_length_mla", "attention.key_length")
    if head_dim is None and hidden and heads and hidden % heads == 0:
        head_dim = hidden // heads
    vocabulary = (
        values.number("vocab_size") or header.lengths.get("tokenizer.ggml.tokens") or _rows(header, "token_embd.weight")
    )
    name = header.metadata.get("general.name") or header.metadata.get("general.basename")
    found.entry |= without_gaps(
        {
            "name": str(name) if name else None,
            "family": values.architecture,
            "architecture": "dense",
            "layers": blocks - upcoming if blocks else None,
            "hidden": hidden,
            "query_heads": heads,
            "kv_heads": _kv_heads(found, values, header, heads, head_dim),
            "head_dim": head_dim,
            "intermediate": values.number("feed_forward_length"),
            "vocabulary": vocabulary,
            "tied_embeddings": _rows(header, "output.weight") is None if _all_layers(header, blocks) else None,
            "max_context": values.number("context_length"),
        }
    )


def _kv_heads(found: ModelRead, values: _Values, header: Header, heads: int | None, head_dim: int | None) -> int | None:
    """Heads of keys: of the header; else of the tensors; else as many as of queries, as ggml's gguf.md says."""
    told = values.number("attention.head_count_kv")
    shown = kv_heads_of(header.tensors, heads, head_dim)
    if told is None and heads is not None:
        source = "the rows of its keys" if shown else "the query heads, as the format's page says"
        found.read.append(f"kv_heads: not in the header, taken from {source}")
    elif told is not None and shown is not None and told != shown and not values.raw("attention.kv_lora_rank"):
        found.unread.append(f"kv_heads: the header says {told}, its tensors have {shown}; the header is taken")
    return told or shown or heads


def _rows(header: Header, name: str) -> int | None:
    tensor = next((t for t in header.tensors if t.name == name), None)
    return tensor.shape[1] if tensor is not None and len(tensor.shape) > 1 else None


def _experts(found: ModelRead, values: _Values) -> None:
    experts, used = values.number("expert_count"), values.number("expert_used_count")
    if not experts or experts < 2:
        return
    found.entry["architecture"] = "moe"
    inner = values.number("expert_feed_forward_length", "feed_forward_length")
    if used is None or inner is None:
        found.unread.append("experts: " + ("how many a token uses" if used is None else "their size"))
        return
    shared = values.number("expert_shared_feed_forward_length") or (values.number("expert_shared_count") or 0) * inner
    dense = values.number("leading_dense_block_count") or 0
    found.entry["moe"] = {
        "experts": experts, "experts_per_token": used, "intermediate": inner, "shared_intermediate": shared,
        "first_dense_layers": dense,
    }  # fmt: skip


def _attention(found: ModelRead, values: _Values, header: Header) -> None:
    entry = found.entry
    kv_lora, rope = values.number("attention.kv_lora_rank"), values.number("rope.dimension_count")
    key = values.number("attention.key_length_mla", "attention.key_length")
    value = values.number("attention.value_length_mla", "attention.value_length")
    if kv_lora and rope and key and value and key > rope:
        q_lora = values.number("attention.q_lora_rank") or 0
        entry["mla"] = {"q_lora": q_lora, "kv_lora": kv_lora, "nope": key - rope, "rope": rope, "value": value}
        entry["kv_heads"] = entry["query_heads"]
    layers = entry.get("layers")
    if not isinstance(layers, int):
        return
    state, others = _without_cache(found, values, header, layers)
    windowed = min(_window_layers(values, layers), layers - state - others)
    if state or windowed or others:
        full = layers - state - others - windowed
        attention = {"full_layers": full, "window_layers": windowed, "linear_layers": state}
        if windowed:
            attention["window"] = values.number("attention.sliding_window") or 0
        if state:
            size = _state_bytes(values)
            if size is None:
                found.unread.append("the state of its recurrent layers")
            else:
                attention["state_bytes_per_layer"] = size
        entry["attention"] = attention


def _without_cache(found: ModelRead, values: _Values, header: Header, layers: int) -> tuple[int, int]:
    """Layers that keep a state instead of keys and values, and layers that keep nothing.

    By the tensors where these tell them apart, else by the header, which gives such layers no heads or an interval.
    """
    seen, told = layers_of(header.tensors, layers), _state_layers(values, layers)
    whole = seen.listed >= layers
    apart = seen.state - seen.both
    if whole and apart:
        return apart, layers - seen.attending - apart
    if values.number("ssm.state_size") and not told:
        what = (
            "layers have tensors of a state beside their attention" if seen.both else "no layer with a state is found"
        )
        found.unread.append(f"the header has ssm keys, and {what}: the bytes of a state are not counted")
    others = layers - seen.attending if whole and seen.attending and not told else 0
    return told, others


def _state_layers(values: _Values, layers: int) -> int:
    interval = values.number("full_attention_interval")
    if interval and values.number("ssm.state_size"):
        return layers - layers // interval
    return values.zero_layers("attention.head_count_kv") if values.number("ssm.state_size") else 0


def _state_bytes(values: _Values) -> int | None:
    inner, state = values.number("ssm.inner_size"), values.number("ssm.state_size")
    if not inner or not state:
        return None
    kernel, groups = values.number("ssm.conv_kernel") or 4, values.number("ssm.group_count") or 1
    return inner * state * 4 + (kernel - 1) * (inner + 2 * groups * state) * 4


_EVERY = {"gemma2": 2, "gemma3": 6, "cohere2": 4, "gpt-oss": 2}


def _window_layers(values: _Values, layers: int) -> int:
    window, context = values.number("attention.sliding_window"), values.number("context_length")
    if window is None or (context is not None and window >= context):
        return 0
    pattern = values.raw("attention.sliding_window_pattern")
    if isinstance(pattern, list) and len(pattern) >= layers:
        return sum(bool(flag) for flag in pattern[:layers])
    every = pattern if isinstance(pattern, int) and not isinstance(pattern, bool) and pattern > 0 else None
    every = every or _EVERY.get(values.architecture)
    if every:
        return layers - layers // every
    return 0 if values.architecture in {"qwen2", "qwen3", "qwen2moe", "qwen3moe"} else layers


def _quantization(found: ModelRead, header: Header) -> None:
    kind = header.metadata.get("general.file_type")
    found.quantization = FILE_TYPES.get(kind) if isinstance(kind, int) and not isinstance(kind, bool) else None


def _weights(found: ModelRead, header: Header) -> None:
    """Parameters and bytes, part by part, of the tensors listed."""
    if not header.tensors:
        return
    layers = found.entry.get("layers")
    listed = [tensor for tensor in header.tensors if not _upcoming(tensor, layers)]
    tied = found.entry.get("tied_embeddings") is True
    found.bytes = _bytes(listed, tied, found.unread)
    if not _all_layers(header, layers) or header.missing or header.shards > header.shards_read:
        lost = f": {header.missing} of its tensors are in other files" if header.missing else ""
        found.unread.append(f"parameters and bytes: the file does not hold the whole model{lost}")
        found.bytes = None
        return
    found.entry["parameters"] = parameters_of(_counts(listed, tied), found.entry.get("moe"))


def _bytes(tensors: list[Tensor], tied: bool, unread: list[str]) -> TensorBytes | None:
    """Bytes of each part; None, and a word in `unread`, where the size of a tensor's type is not known."""
    unsized = sorted({tensor.type for tensor in tensors if tensor.size is None})
    if unsized:
        unread.append(f"bytes of tensors of {', '.join(unsized[:6])}")
        return None
    sizes = TensorBytes()
    for tensor in tensors:
        size = tensor.size or 0
        sizes.add(_part(tensor, tied), size, tensor.type)
    return sizes


def _counts(tensors: list[Tensor], tied: bool) -> dict[str, int]:
    counts = dict.fromkeys(("body", "experts", "head", "embedding"), 0)
    for tensor in tensors:
        counts[_part(tensor, tied)] += tensor.elements
    return counts


def _upcoming(tensor: Tensor, layers: object) -> bool:
    """Whether a tensor is of a layer that predicts further tokens, which engines leave out by default."""
    block = BLOCK.match(tensor.name)
    beyond = block is not None and isinstance(layers, int) and int(block[1][:9]) >= layers
    return beyond or _UPCOMING.search(tensor.name) is not None


def _part(tensor: Tensor, tied: bool) -> str:
    """Part of the model a tensor belongs to. A matrix that is embedding and head counts as head."""
    if tensor.name.startswith("token_embd."):
        return "head" if tied else "embedding"
    if tensor.name.startswith("output."):
        return "head"
    return "experts" if _EXPERT.search(tensor.name) else "body"


def _all_layers(header: Header, layers: object) -> bool:
    present = {match[1] for t in header.tensors if (match := BLOCK.match(t.name))}
    return isinstance(layers, int) and len(present) >= layers
