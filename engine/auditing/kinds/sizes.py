"""Claims on bytes: of weights, of a KV cache."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import BadInput
from ...grounding.entries import Origin
from ..bench import Bench
from ..claims import Claim
from ..naming import key_of
from ..stated import stated_number
from ..units import required_unit


def size(claim: Claim, bench: Bench) -> None:
    """`what`: weights of a model in a format, or the KV cache of so many tokens. Raises Unsettled, BadInput."""
    given = claim.content
    model = key_of(bench.knowledge, "models", str(given["model"]))
    unit = required_unit("bytes", str(given.get("unit", "gb")), claim.place)
    if given["what"] == "weights":
        _weights(claim, bench, model)
    else:
        _cache(claim, bench, model)
    bench.entry("models", model)
    bench.say(stated_number(claim.name, given, "value", "upper", unit, exact=False))


def _weights(claim: Claim, bench: Bench, model: str) -> None:
    if "quantization" not in claim.content:
        raise BadInput(
            "the weights of a model in which format?", where=claim.place, hint="add `quantization: q4_k_m`, or another"
        )
    quantization = key_of(bench.knowledge, "quantizations", str(claim.content["quantization"]))
    bench.open_claim(claim, f"weights of {model} in {quantization}")
    bench.entry("quantizations", quantization)
    bench.say({"kind": "pair", "model": model, "quantization": quantization})
    for number, constant in enumerate(bench.knowledge.calibration["constants"]):
        if constant.get("kind") == "kind_constants":
            bench.say(dict(constant), _constant(number, constant))
    bench.say({"kind": "weights_claim", "claim": claim.name, "model": model, "quantization": quantization})


def _constant(number: int, constant: Mapping[str, object]) -> Origin:
    paths = {name: f"constants.{number}.{name}" for name in constant if name != "kind"}
    return Origin("calibration", "calibration", paths)


def _cache(claim: Claim, bench: Bench, model: str) -> None:
    given = claim.content
    if "tokens" not in given:
        raise BadInput(
            "the KV cache of how many tokens?", where=claim.place, hint="add `tokens: 8192`, or another number"
        )
    kept = key_of(bench.knowledge, "quantizations", str(given.get("kv_quantization", "f16")))
    users = int(given.get("users", 1))
    several = f", {users} users" if users > 1 else ""
    bench.open_claim(claim, f"KV cache of {model} for {given['tokens']:,} tokens in {kept}{several}")
    bits = bench.knowledge.entries["quantizations"][kept]["bits_per_weight"]
    bench.say({"kind": "kv_pair", "model": model, "format": kept, "bits": bits})
    bench.say(
        {
            "kind": "cache_claim",
            "claim": claim.name,
            "model": model,
            "format": kept,
            "tokens": given["tokens"],
            "users": users,
        }
    )
