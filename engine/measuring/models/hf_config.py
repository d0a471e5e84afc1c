"""A Hugging Face config.json as a model entry. Parts for pictures and sound are named; what is not read is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import BadInput
from ..pasted import decoded
from .families import Family, family_of
from .hf_experts import read_experts
from .hf_quantization import beside, declared_quantization, method_of, misdeclared, quantization_of
from .layer_kinds import LayerKinds, layer_kinds, whole_of
from .model_read import Entry, ModelRead, lacking, without_gaps
from .native_params import as_config, is_native
from .no_language_models import refuse_other_models, refuse_without_layers
from .parameters import counted
from .state_layers import state_layer

MOST_BYTES = 8 * 1024 * 1024
MOST_LAYERS = 10_000
_NESTED = (
    "text_config",
    "llm_config",
    "language_config",
    "language_model",
    "thinker_config",
    "text_model_config",
    "decoder",
)
_TOWERS = (
    "vision_config",
    "audio_config",
    "visual",
    "vision_tower",
    "speech_config",
    "talker_config",
    "code2wav_config",
)


def read_config(source: Path | str | Mapping[str, Any]) -> ModelRead:
    """A model entry out of a config.json, given as path, text or mapping.

    Raises BadInput when it is no JSON object, or describes no language model.
    """
    root, where = _root(source)
    if isinstance(source, Path) and declared_quantization(root, root) is None and (told := beside(source.parent)):
        root = {**root, "quantization_config": told}
    refuse_other_models(root, where)
    native = is_native(root)
    root = as_config(root) if native else root
    config, through = _language(root)
    model_type = str(config.get("model_type") or root.get("model_type") or "")
    family = family_of(model_type)
    if family is None and through and family_of(str(root.get("model_type") or "")):
        family = family_of(str(root.get("model_type")))
    found = ModelRead({}, quantization_of(root, config), known=family is not None)
    layers = whole_of(config, "num_hidden_layers", "n_layer", "num_layers", "n_layers")
    if layers is None or layers > MOST_LAYERS:
        refuse_without_layers(root, config, where)
    kinds = layer_kinds(config, layers, family)
    _shape(found, root, config, layers, family)
    _refuse_uneven_heads(found.entry, where)
    read_experts(found, config, layers)
    if kinds.feed_forward and kinds.feed_forward == kinds.experts:
        found.entry.pop("intermediate", None)  # single blocks, and none of them a dense MLP
    _latent(found, config)
    _attention(found, config, kinds, layers)
    if native:
        found.read.append("params.json, in the words of its maker")
    _report(found, root, config, model_type, family, kinds, through)
    return found


def _root(source: Path | str | Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    if isinstance(source, Mapping):
        return source, "config"
    where = str(source) if isinstance(source, Path) else "config"
    try:
        text = _text(source) if isinstance(source, Path) else source
        value = json.loads(text)
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror}", where=where) from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not JSON: {str(error)[:120]}", where=where) from error
    if not isinstance(value, Mapping):
        raise BadInput(f"a config.json is an object, this is a {type(value).__name__}", where=where)
    return value, where


def _text(path: Path) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(f"larger than the {MOST_BYTES} bytes that are read", where=str(path))
    return decoded(path.read_bytes())


def _language(root: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """The part that describes the language model, and the name it is nested under."""
    if whole_of(root, "num_hidden_layers", "n_layer", "num_layers", "n_layers"):
        return root, None
    for name in _NESTED:
        inner = root.get(name)
        if isinstance(inner, Mapping):
            deeper, _ = _language(inner) if name != "text_config" else (inner, None)
            return deeper, name
    return root, None


def _shape(
    found: ModelRead, root: Mapping[str, Any], config: Mapping[str, Any], layers: int, family: Family | None
) -> None:
    filled = {**(family.defaults if family else {}), **{k: v for k, v in config.items() if v is not None}}
    hidden = whole_of(filled, *_NAMES["hidden"])
    heads = whole_of(filled, *_NAMES["query_heads"])
    kv_heads = _kv_heads(found, filled, heads if family is not None else None)
    head_dim = whole_of(filled, *_NAMES["head_dim"])
    if head_dim is None and hidden and heads and hidden % heads == 0:
        head_dim = hidden // heads
    found.entry |= without_gaps(
        {
            "name": _name(root, config),
            "family": _family_name(root, config),
            "architecture": "dense",
            "layers": layers,
            "hidden": hidden,
            "query_heads": heads,
            "kv_heads": kv_heads,
            "head_dim": head_dim,
            "intermediate": whole_of(
                filled, "intermediate_size_mlp", "intermediate_size", "ffn_hidden_size", "n_inner"
            ),
            "vocabulary": whole_of(filled, *_NAMES["vocabulary"]),
            "tied_embeddings": _tied(root, config, family),
            "max_context": _longest(filled),
        }
    )


_NAMES = {
    "hidden": ("hidden_size", "n_embd", "d_model", "dim"),
    "query_heads": ("num_attention_heads", "n_head", "n_heads"),
    "head_dim": ("head_dim", "kv_channels", "attention_head_dim"),
    "vocabulary": ("vocab_size", "padded_vocab_size"),
}
"""By value of an entry, what configs call it."""
_MOST_STRETCH = 128
_KV_HEADS = ("num_key_value_heads", "num_kv_heads", "n_kv_heads", "n_head_kv", "multi_query_group_num")


def _longest(filled: Mapping[str, Any]) -> int | None:
    """The longest context [tokens]; with YaRN what it stretches the trained one to, where that is more."""
    told = whole_of(filled, "max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
    scaling = filled.get("rope_scaling") or filled.get("rope_parameters")
    if told is None or not isinstance(scaling, Mapping) or "yarn" not in (
        scaling.get("type"), scaling.get("rope_type")
    ):  # fmt: skip
        return told
    trained, factor = whole_of(scaling, "original_max_position_embeddings") or told, scaling.get("factor")
    stretched = trained * factor if isinstance(factor, int | float) and 1 <= factor <= _MOST_STRETCH else 0
    return max(told, int(stretched))


def _kv_heads(found: ModelRead, filled: Mapping[str, Any], heads: int | None) -> int | None:
    """Heads of keys and values; where nothing is said one for all, or as many as `heads`. What is odd is said."""
    told = whole_of(filled, *_KV_HEADS)
    odd = next((name for name in _KV_HEADS if filled.get(name) is not None), None)
    if told is not None or odd is None:
        return told if told is not None else 1 if filled.get("multi_query") is True else heads
    found.unread.append(f"{odd}: {str(filled[odd])[:40]!r} is no number of heads")
    return None


def _refuse_uneven_heads(entry: Mapping[str, Any], where: str) -> None:
    """Raise BadInput where the key and value heads do not divide the query heads, each of which reads one of them."""
    queries, heads = entry.get("query_heads"), entry.get("kv_heads")
    if isinstance(queries, int) and isinstance(heads, int) and heads > 0 and queries % heads:
        hint = "as many query heads go with each; look up num_key_value_heads and num_attention_heads"
        raise BadInput(f"{heads} key and value heads do not divide {queries} query heads", where=where, hint=hint)


def _family_name(root: Mapping[str, Any], config: Mapping[str, Any]) -> str | None:
    """The model type; of a nested one without the `_text` it has there."""
    own = str(config.get("model_type") or root.get("model_type") or "")
    return own.removesuffix("_text") or None


def _name(root: Mapping[str, Any], config: Mapping[str, Any]) -> str | None:
    name = root.get("_name_or_path") or config.get("_name_or_path")
    return str(name).rstrip("/").rsplit("/", 1)[-1] or None if isinstance(name, str) and name else None


def _tied(root: Mapping[str, Any], config: Mapping[str, Any], family: Family | None) -> bool | None:
    for part in (config, root):
        value = part.get("tie_word_embeddings")
        if isinstance(value, bool):
            return value
    return family.tied if family else None


def _latent(found: ModelRead, config: Mapping[str, Any]) -> None:
    rank = whole_of(config, "kv_lora_rank")
    nope, rope, value = (whole_of(config, name) for name in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"))
    if rank is None:
        return
    if nope is None or rope is None or value is None:
        found.unread.append("latent attention: the dimensions of its heads")
        return
    q_lora = whole_of(config, "q_lora_rank") or 0
    found.entry["mla"] = {"q_lora": q_lora, "kv_lora": rank, "nope": nope, "rope": rope, "value": value}
    found.entry["head_dim"] = nope + rope


def _attention(found: ModelRead, config: Mapping[str, Any], kinds: LayerKinds, layers: int) -> None:
    if kinds.unknown:
        found.unread.append(f"layers of kind {', '.join(kinds.unknown)}")
    if kinds.full == layers and not kinds.state:
        return
    attention: dict[str, Any] = {
        "full_layers": kinds.full,
        "window_layers": kinds.window_layers,
        "linear_layers": kinds.state,
    }
    if kinds.window_layers:
        attention["window"] = kinds.window
        attention |= _window_heads(found.entry, config)
    if kinds.state:
        state = state_layer(config, found.entry.get("hidden", 0))
        if state is None:
            found.unread.append("the state of its linear-attention or Mamba layers")
        else:
            attention["state_bytes_per_layer"] = state.bytes
    found.entry["attention"] = attention


def _window_heads(entry: Entry, config: Mapping[str, Any]) -> dict[str, int]:
    """Head counts of window layers where they differ; the entry's own are those of full layers."""
    own = {
        "window_kv_heads": whole_of(config, "swa_num_key_value_heads"),
        "window_head_dim": whole_of(config, "swa_head_dim"),
    }
    for key, full, field in (
        ("global_head_dim", "head_dim", "window_head_dim"),
        ("num_global_key_value_heads", "kv_heads", "window_kv_heads"),
    ):
        size = whole_of(config, key)
        if size is not None and size != entry.get(full):
            own[field], entry[full] = entry.get(full), size
    return {name: value for name, value in own.items() if value is not None and value != entry.get(name[7:])}


def _why_lacking(name: str, config: Mapping[str, Any]) -> str:
    """Why a size is not known: the file does not tell it, or tells what no size can be."""
    told = next((own for own in _NAMES.get(name, ()) if config.get(own) is not None), None)
    return "not in the file" if told is None else f"{told} is {repr(config[told])[:40]}, which is no size"


def _report(
    found: ModelRead, root: Mapping[str, Any], config: Mapping[str, Any], model_type: str, family: Family | None,
    kinds: LayerKinds, through: str | None,
) -> None:  # fmt: skip
    if through:
        found.read.append(f"the language model under {through}")
    found.towers = [name for name in _TOWERS if isinstance(root.get(name), Mapping)]
    unsaid = {"name"} if family is not None or "moe" in found.entry else {"name", "architecture"}
    found.read.append(f"shape: {', '.join(name for name in found.entry if name not in unsaid)}")
    declared = declared_quantization(root, config)
    if declared is None and (odd := misdeclared(root, config)) is not None:
        found.quantization, found.strange = None, f"what stands under {odd}"
        found.unread.append(f"quantization: {odd} is no object, so what it declares is not read")
    if declared is not None and found.quantization is None:
        found.strange = method_of(declared)[:120]
        found.unread.append(f"quantization: '{found.strange}' in this form is not known")
    missing = lacking(found.entry)
    found.unread += [f"{name}: {_why_lacking(name, config)}" for name in missing]
    if family is None:
        found.unread.append(f"parameters: the layers of model type '{model_type or 'not named'}' are not known")
        return
    if not missing and "tied_embeddings" in found.entry:
        parameters = counted(found.entry, config, family, kinds)
        if parameters is None:
            found.unread.append("parameters: a part of the shape is not known")
        else:
            found.entry["parameters"] = parameters
            found.complete = True
