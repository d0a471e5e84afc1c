"""The quantization that a config.json declares, as a key of knowledge/quantizations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..pasted import decoded

Declared = Mapping[str, Any]
PLAIN = {"bfloat16": "bf16", "float16": "bf16", "half": "bf16", "float32": "f32"}
"""Types of a checkpoint. Both of 16 bit are one class: the same bytes, read by the same engines."""
_NAMED = {
    "fbgemm_fp8": "fp8", "mxfp4": "mxfp4", "nvfp4": "nvfp4", "mxfp8": "mxfp8",
    "eetq": "int8_weight_only",
}  # fmt: skip
_MODELOPT = {
    "FP8": "fp8", "NVFP4": "nvfp4", "NVFP4_AWQ": "nvfp4", "W4A16_NVFP4": "nvfp4_weight_only", "MXFP8": "mxfp8",
    "FP8_PB_WO": "fp8_block", "W4A16_AWQ": "awq_int4", "W4A8_AWQ": "awq_int4", "W4A16": "awq_int4",
}  # fmt: skip
_BESIDE = {
    "hf_quant_config.json": ("modelopt", "quantization"),
    "quantize_config.json": ("gptq", ""),
    "quant_config.json": ("awq", ""),
}  # fmt: skip
"""Files of ModelOpt, AutoGPTQ and AutoAWQ: the method, and the part that declares it."""
_MOST_BESIDE = 1024 * 1024
_GPTQ = {"gptq", "gptqmodel", "gptq_marlin", "marlin"}
_AUTOROUND = {"auto-round", "auto_round", "autoround", "intel/auto-round"}


def quantization_of(root: Mapping[str, Any], config: Mapping[str, Any]) -> str | None:
    """Key of the quantization, or None where what is declared is not known."""
    declared = declared_quantization(root, config)
    if declared is None:
        dtype = next((p.get(n) for p in (config, root) for n in ("torch_dtype", "dtype") if p.get(n)), None)
        return PLAIN.get(str(dtype).removeprefix("torch."))
    return _key(declared)


def declared_quantization(root: Mapping[str, Any], config: Mapping[str, Any]) -> Declared | None:
    """What a config.json declares about its quantization; None where it declares nothing."""
    return next((told for _, told in _declarations(root, config) if isinstance(told, Mapping)), None)


def misdeclared(root: Mapping[str, Any], config: Mapping[str, Any]) -> str | None:
    """The name under which something stands that is no declaration of a quantization."""
    return next((name for name, told in _declarations(root, config) if not isinstance(told, Mapping)), None)


def _declarations(root: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for part in (root, config):
        for name in ("quantization_config", "compression_config", "quantization"):
            if part.get(name) is not None:
                yield name, part[name]


def method_of(declared: Declared) -> str:
    """The name of a declared method, for people."""
    named = next((declared[name] for name in ("quant_method", "quant_type", "format") if declared.get(name)), None)
    bits, group = declared.get("bits"), declared.get("group_size")
    if named is None and isinstance(bits, int | float):
        return _affine(bits, group, declared.get("mode", "affine"))
    if str(named) == "aqlm" and (each := _aqlm_bits(declared)):
        return f"aqlm: codes of {each:g} bits a weight, and codebooks of which the config tells no size"
    inner = _torchao_type(declared) if str(named) == "torchao" else _quark_weight(declared).get("dtype")
    return f"{named}: {inner}" if inner else str(named or "not named")


def _affine(bits: float, group: Any, mode: object) -> str:
    """MLX's own format: each group has a scale and a bias of 16 bit beside its weights."""
    if not isinstance(group, int) or group < 1:
        return f"{bits:g} bits"
    told = f"{bits:g} bits in groups of {group}"
    return f"{told}, as MLX writes it: {bits + 32 / group:g} bits a weight" if mode == "affine" else f"{told}, {mode}"


def _aqlm_bits(declared: Declared) -> float | None:
    sizes = [
        declared.get(f"{name}") for name in ("num_codebooks", "nbits_per_codebook", "in_group_size", "out_group_size")
    ]
    if not all(isinstance(one, int) and not isinstance(one, bool) and 0 < one < 1000 for one in sizes):
        return None
    books, bits, inner, outer = (int(one or 1) for one in sizes)
    return books * bits / (inner * outer)


def beside(folder: Path) -> Declared | None:
    """What older tools declare in a file of their own beside config.json; None where there is none that can be read."""
    for name, (method, inner) in _BESIDE.items():
        with suppress(OSError, ValueError, RecursionError):
            value = json.loads(decoded((folder / name).read_bytes()[:_MOST_BESIDE]))
            told = value.get(inner) if inner and isinstance(value, Mapping) else value
            if isinstance(told, Mapping):
                return {"quant_method": method, **told}
    return None


def _key(declared: Declared) -> str | None:
    method = str(declared.get("quant_method") or declared.get("quant_type") or "").lower()
    bits = declared.get("bits", declared.get("w_bit", declared.get("num_bits")))
    group = declared.get("group_size", declared.get("q_group_size"))
    if method in {"exl2", "exl3"} and isinstance(bits, int | float) and not isinstance(bits, bool):
        return f"{method}_{float(bits):.1f}bpw".replace(".", "_")
    if method in {"compressed-tensors", "compressed_tensors"}:
        return _compressed(declared)
    if method == "modelopt" or "quant_algo" in declared:
        return _modelopt(declared)
    if method == "bitsandbytes" or "load_in_4bit" in declared:
        return "nf4" if declared.get("load_in_4bit") else "int8_weight_only" if declared.get("load_in_8bit") else None
    if method == "fp8":
        return "fp8_block" if declared.get("weight_block_size") else "fp8"
    if method == "awq":
        return "awq_int4" if bits in (4, None) else None
    if method in _GPTQ:
        return _gptq(bits, group)
    if method == "hqq":
        return _hqq(declared)
    if method == "quark":
        return _quark(declared)
    if method == "torchao":
        return _TORCHAO.get(str(_torchao_type(declared)))
    if method in _AUTOROUND:
        return {4: "autoround_int4", 8: "int8_weight_only"}.get(bits) if isinstance(bits, int) else None
    return _NAMED.get(method)


def _hqq(declared: Declared) -> str | None:
    """HQQ: by the bits of its weights; None where they are not 4, or differ from layer to layer."""
    told = declared.get("quant_config")
    weight = told.get("weight_quant_params") if isinstance(told, Mapping) else None
    bits = (weight if isinstance(weight, Mapping) else declared).get("nbits")
    return "hqq_int4" if bits == 4 else None


def _quark_weight(declared: Declared) -> Mapping[str, Any]:
    told = declared.get("global_quant_config")
    weight = told.get("weight") if isinstance(told, Mapping) else None
    return weight if isinstance(weight, Mapping) else {}


def _quark(declared: Declared) -> str | None:
    """AMD Quark: by the type and groups of the weights, and whether inputs are quantized too.

    None where some layers have their own, for no entry is such a mixture. Source: Quark's documentation, exported
    `quantization_config` of `quark.torch`.
    """
    told, weight = declared.get("global_quant_config"), _quark_weight(declared)
    if declared.get("layer_quant_config") or not weight or not isinstance(told, Mapping):
        return None
    kind, group, inputs = str(weight.get("dtype")), weight.get("group_size"), told.get("input_tensors")
    if kind.startswith("fp8") and inputs:
        return "fp8_block" if weight.get("qscheme") == "per_block" else "fp8"
    if kind == "fp4" and group == 32:
        return "mxfp4"
    if kind == "int8":
        return "int8_w8a8" if inputs else "int8_weight_only"
    return _gptq(4, group) if kind in ("int4", "uint4") and group in (32, 128) and not inputs else None


_TORCHAO = {
    "Int8WeightOnlyConfig": "int8_weight_only", "int8_weight_only": "int8_weight_only",
    "Int8DynamicActivationInt8WeightConfig": "int8_w8a8", "int8_dynamic_activation_int8_weight": "int8_w8a8",
    "Float8DynamicActivationFloat8WeightConfig": "fp8", "float8_dynamic_activation_float8_weight": "fp8",
}  # fmt: skip
"""torchao's types that have weights of 8 bit. Source: pytorch/ao torchao/quantization/quant_api.py."""


def _torchao_type(declared: Declared) -> str | None:
    """The name of torchao's configuration, of new checkpoints (`default`, `_type`) and of old."""
    told = declared.get("quant_type")
    if isinstance(told, Mapping):
        told = told.get("default", told)
        told = told.get("_type") if isinstance(told, Mapping) else None
    return str(told) if told else None


def _gptq(bits: Any, group: Any) -> str | None:
    if bits == 4:
        return "gptq_int4_g32" if group == 32 else "gptq_int4"
    return "int8_weight_only" if bits == 8 else None


def _modelopt(declared: Declared) -> str | None:
    inner = declared.get("quantization")
    algorithm = declared.get("quant_algo") or (inner.get("quant_algo") if isinstance(inner, Mapping) else None)
    return _MODELOPT.get(str(algorithm).upper())


def _compressed(declared: Declared) -> str | None:
    """compressed-tensors: bits, type and groups of the weights, and whether inputs are quantized too.

    None where groups of layers have different weights: no entry is such a mixture.
    """
    listed = declared.get("config_groups")
    groups = [one for one in listed.values() if isinstance(one, Mapping)] if isinstance(listed, Mapping) else []
    if any(_weights(one) != _weights(groups[0]) for one in groups):
        return None
    group = groups[0] if groups else None
    weights = group.get("weights") if group else None
    if "mxfp4" in str(declared.get("format", "")).lower():
        return "mxfp4"
    if "nvfp4" in str(declared.get("format", "")).lower():
        return "nvfp4" if group is None or group.get("input_activations") else "nvfp4_weight_only"
    if group is None or not isinstance(weights, Mapping):
        return None
    bits, kind, size = (weights.get(name) for name in ("num_bits", "type", "group_size"))
    inputs = group.get("input_activations")
    if bits == 8:
        blocks = weights.get("strategy") == "block" or weights.get("block_structure")
        return ("fp8_block" if blocks else "fp8") if kind == "float" else "int8_w8a8" if inputs else "int8_weight_only"
    if bits == 4 and kind == "float" and size == 32:
        return "mxfp4"
    if bits == 4 and kind == "float":
        return "nvfp4" if inputs else "nvfp4_weight_only"
    if bits == 4 and not inputs:
        symmetric = weights.get("symmetric", True)
        if size == 32:
            return "int4_g32_symmetric" if symmetric else "gptq_int4_g32"
        return "int4_g128_symmetric" if symmetric and size == 128 else "gptq_int4"
    return None


def _weights(group: Mapping[str, Any]) -> Any:
    """What tells the weights of two groups of layers apart."""
    weights = group.get("weights")
    names = ("num_bits", "type", "group_size", "strategy", "symmetric")
    return {name: weights.get(name) for name in names} if isinstance(weights, Mapping) else weights
