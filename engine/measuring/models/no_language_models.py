"""What lies beside the config.json of a language model, or is one of another sort: told apart before it is read.

Source: huggingface/transformers, models/auto/modeling_auto.py; huggingface/peft and diffusers for their configs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ...errors import BadInput

_SORTS = {
    "an encoder, which turns a text into vectors and writes none": (
        "albert", "bert", "camembert", "deberta", "deberta_v2", "distilbert", "electra", "eurobert", "longformer",
        "modernbert", "mpnet", "nomic_bert", "roberta", "xlm_roberta",
    ),
    "a model of pictures": (
        "beit", "clip", "clip_text_model", "clip_vision_model", "convnext", "deit", "detr", "dinov2", "sam", "siglip",
        "siglip_vision_model", "swin", "vit",
    ),
    "a model of sound": ("clap", "encodec", "hubert", "moonshine", "wav2vec2", "whisper"),
}  # fmt: skip
_SORT_OF = {model_type: sort for sort, types in _SORTS.items() for model_type in types}
_SIZES = ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "hidden_size", "num_attention_heads")


def refuse_other_models(root: Mapping[str, Any], where: str) -> None:
    """Raise BadInput for adapters, encoders, models of pictures and of sound, and settings of other files."""
    model_type = str(root.get("model_type") or "")
    if "peft_type" in root:
        base = root.get("base_model_name_or_path")
        hint = f"give the config.json of {base}" if base else "give the config.json of the model that it changes"
        raise BadInput(f"an adapter ({root['peft_type']}), no model of its own", where=where, hint=hint)
    if "_class_name" in root:
        hint = "give the config.json of a language model"
        raise BadInput(f"a part of an image or video generator ({root['_class_name']})", where=where, hint=hint)
    sort = _SORT_OF.get(model_type.lower().replace("-", "_"))
    if sort is None and root.get("is_encoder_decoder") is True:
        sort = "a translator of one text into another, with an encoder of its own"
    if sort is not None:
        hint = "speed and fit are told of models that go on with a text"
        raise BadInput(
            f"no language model of the sort that is estimated here: {model_type} is {sort}", where=where, hint=hint
        )


def refuse_without_layers(root: Mapping[str, Any], config: Mapping[str, Any], where: str) -> NoReturn:
    """Raise BadInput for a config that names no number of layers, with the likeliest reason."""
    quoted = next((name for name in _SIZES if _is_number_in_quotes(config.get(name))), None)
    if quoted is not None:
        told = f"{quoted} is {config[quoted]!r}, a text in place of a number"
        raise BadInput(f"{told}: sizes in quotes are not read", where=where, hint=f"write {quoted} as {config[quoted]}")
    named = config.get("_name_or_path")
    if config is not root and isinstance(named, str) and named:
        told = f"it leaves the shape of its language model to {named}"
        raise BadInput(told, where=where, hint=f"give the config.json of {named}")
    if "_from_model_config" in root or ("eos_token_id" in root and "model_type" not in root):
        hint = "give the config.json beside it"
        raise BadInput("settings of how answers are drawn, not the shape of a model", where=where, hint=hint)
    names = ", ".join(sorted(map(str, config))[:12]) or "nothing"
    told = "no config of a language model: it does not say how many layers"
    raise BadInput(told, where=where, hint=f"it has: {names}")


def _is_number_in_quotes(value: object) -> bool:
    return isinstance(value, str) and value.strip().isdigit()
