"""The quantization that a config.json declares, as a key of knowledge/quantizations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLAIN = {"bfloat16": "bf16", "float16": "f16", "float32": "f32", "half": "f16"}


def quantization_of(root: Mapping[str, Any], config: Mapping[str, Any]) -> str | None:
    """Key of the quantization, or None where what is declared is not known."""
    declared = root.get("quantization_config") or config.get("quantization_config") or root.get("compression_config")
    if not isinstance(declared, Mapping):
        dtype = next((p.get(n) for p in (config, root) for n in ("torch_dtype", "dtype") if p.get(n)), None)
        return _PLAIN.get(str(dtype).removeprefix("torch."))
    method = str(declared.get("quant_method") or declared.get("quant_type") or "").lower()
    bits = declared.get("bits", declared.get("w_bit", declared.get("num_bits")))
    if method in {"exl2", "exl3"} and isinstance(bits, int | float):
        return f"{method}_{float(bits):.1f}bpw".replace(".", "_")
    if method in {"compressed-tensors", "compressed_tensors"}:
        return _compressed(declared)
    if method == "modelopt":
        return _modelopt(declared)
    if method == "bitsandbytes":
        return "bnb_nf4" if declared.get("load_in_4bit") else "bnb_int8" if declared.get("load_in_8bit") else None
    if method in {"gptq", "auto-round", "auto_round", "autoround", "intel/auto-round", "gptqmodel"}:
        return {4: "gptq_int4", 8: "gptq_int8"}.get(bits) if isinstance(bits, int) else None
    named = {"awq": "awq_int4", "fp8": "fp8", "fbgemm_fp8": "fp8", "mxfp4": "mxfp4", "nvfp4": "nvfp4"}
    if method == "awq" and isinstance(bits, int) and bits != 4:
        return None
    return named.get(method)


def _modelopt(declared: Mapping[str, Any]) -> str | None:
    inner = declared.get("quantization")
    algorithm = declared.get("quant_algo") or (inner.get("quant_algo") if isinstance(inner, Mapping) else None)
    return {"FP8": "fp8", "NVFP4": "nvfp4", "W4A16_AWQ": "awq_int4", "W4A8_AWQ": "awq_int4"}.get(str(algorithm).upper())


def _compressed(declared: Mapping[str, Any]) -> str | None:
    """compressed-tensors: bits and type of the weights, and whether inputs are quantized too."""
    if "nvfp4" in str(declared.get("format", "")).lower():
        return "nvfp4"
    groups = declared.get("config_groups")
    group = next((g for g in groups.values() if isinstance(g, Mapping)), None) if isinstance(groups, Mapping) else None
    weights = group.get("weights") if group else None
    if group is None or not isinstance(weights, Mapping):
        return None
    bits, kind, inputs = weights.get("num_bits"), weights.get("type"), group.get("input_activations")
    if bits == 8:
        return "fp8" if kind == "float" else "int8_w8a8" if inputs else "gptq_int8"
    if bits == 4:
        return "nvfp4" if kind == "float" else "gptq_int4"
    return None
