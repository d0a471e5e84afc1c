"""What the knowledge says of cards and models, as facts in SI that bound what can be measured on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..costs.kv_cache import kv_bytes_per_token_layer
from ..errors import AmbiguousName, BadInput
from .names import known_key

if TYPE_CHECKING:
    from ..reading import Knowledge


def finder(knowledge: Knowledge) -> Any:
    """A GPU's name to its key, None where there is no entry. It raises AmbiguousName where there are several."""

    names = knowledge.names("gpus")

    def find(name: str) -> str | None:
        meant = names.meant(name)
        if len(meant) > 1:
            raise AmbiguousName("gpus", name, sorted(meant))
        return next(iter(meant), None)

    return find


def _entry(knowledge: Knowledge, name: str) -> Mapping[str, Any] | None:
    key = known_key(name, finder(knowledge))
    return knowledge.entries["gpus"][key] if key else None


def entry_by_name(knowledge: Knowledge) -> Any:
    """A GPU's name to its entry, None where there is none."""
    return lambda name: _entry(knowledge, name)


def gpu_limits(knowledge: Knowledge) -> Any:
    """Facts of a GPU by its name, in SI, that limit what can be measured on it."""

    def facts(name: str) -> Mapping[str, Any] | None:
        entry = _entry(knowledge, name)
        if entry is None:
            return None
        pcie, nvlink = entry.get("pcie") or {}, entry.get("nvlink") or {}
        bandwidth, links = entry.get("memory_bandwidth_gb_s"), nvlink.get("gb_s_per_direction")
        return {
            "memory": entry["vram_gib"] * 2**30 if entry.get("vram_gib") else None,
            "memory_bandwidth": bandwidth * 1e9 if bandwidth else None,
            "nvlink_reach": nvlink.get("reach", "none"),
            "nvlink": links * 1e9 if links else None,
            "pcie_gen": pcie.get("gen"),
            "pcie_lanes": pcie.get("lanes"),
        }

    return facts


def model_reads(knowledge: Knowledge) -> Any:
    """Facts of a model in a format, both by key: what one request reads for a token at least [B]."""

    def facts(model: str, quantization: str | None) -> Mapping[str, Any] | None:
        entry = knowledge.entries["models"].get(model)
        form = knowledge.entries["quantizations"].get(quantization or "")
        if entry is None:
            return None
        parameters = entry.get("parameters") or {}
        read, bits = parameters.get("active"), (form or {}).get("bits_per_weight")
        bytes_read = (read - parameters.get("embedding", 0)) * bits / 8 if read and bits else None
        return {"arch": entry.get("architecture"), "read_bytes": bytes_read, "bits_per_weight": bits}

    return facts


def model_caches(knowledge: Knowledge) -> Any:
    """Facts of a model by key: the cache of one token in 16 bit over all layers [B]; None where its layers differ."""

    def facts(model: str) -> Mapping[str, Any] | None:
        entry = knowledge.entries["models"].get(model) or {}
        layers, heads, dim = (entry.get(name) for name in ("layers", "kv_heads", "head_dim"))
        if not (layers and heads and dim) or entry.get("mla") or entry.get("attention"):
            return None
        return {"bytes": layers * kv_bytes_per_token_layer(heads, dim, 16), "kv_heads": heads}

    return facts


def weights_bytes(knowledge: Knowledge, model: str, quantization: str | None) -> float:
    """What the weights of a model take in a format at least, both by key [B]; 0 where it is not known."""
    parameters = (knowledge.entries["models"].get(model) or {}).get("parameters") or {}
    bits = (knowledge.entries["quantizations"].get(quantization or "") or {}).get("bits_per_weight")
    return float(parameters.get("total") or 0) * float(bits or 0) / 8


def format_bits(knowledge: Knowledge) -> Callable[[str], float | None]:
    """Bits of a value by the name that an engine gives its format; None where the knowledge has no such format.

    Both 8-bit floats are of one width; a name such as `fp8_e5m2` that is no entry's is looked up without its exponent.
    """

    def bits(name: str) -> float | None:
        for told in (name, name.partition("_e")[0]):
            with suppress(BadInput):
                return float(
                    knowledge.entries["quantizations"][knowledge.find("quantizations", told)]["bits_per_weight"]
                )
        return None

    return bits
