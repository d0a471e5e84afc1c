"""What tools call GPUs, models and formats, as keys of the knowledge. What is not known keeps its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .ingest import Measurement, Remark
from .names import known_key

if TYPE_CHECKING:
    from ..reading import Knowledge

NAMED_COUNT = 0.015
"""The same for a model that is named as well: vision parts and padded vocabularies are counted or not."""
SAME_COUNT = 0.01
"""Largest relative difference of the parameters of one shape as llama.cpp counts them and as entries do."""
_FILE = re.compile(r"\bfile ([^;]+?)(?:;|$)")
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
_FORMATS = (
    (re.compile(r"(?:[-_.]int4)?[-_.]auto-?round(?:[-_.](?:int4|4bit|gptq|awq))*\b", re.IGNORECASE), "autoround_int4"),
    (re.compile(r"[-_.](?:awq(?:[-_]?(?:w4a16|4bit|int4|marlin))?)\b", re.IGNORECASE), "awq_int4"),
    (re.compile(r"[-_.]gptq(?:[-_]?(?:int4|4bit|w4a16))?(?![-_]?(?:int8|8bit))\b", re.IGNORECASE), "gptq_int4"),
    (re.compile(r"[-_.](?:gptq[-_]?(?:int8|8bit)|w8a16)\b", re.IGNORECASE), "int8_weight_only"),
    (re.compile(r"[-_.](?:nvfp4|fp4)\b", re.IGNORECASE), "nvfp4"),
    (re.compile(r"[-_.]mxfp4\b", re.IGNORECASE), "mxfp4"),
    (re.compile(r"[-_.]fp8(?:[-_](?:dynamic|static|block|e4m3|kv))*\b", re.IGNORECASE), "fp8"),
    (re.compile(r"[-_.](?:int8|w8a8)\b", re.IGNORECASE), "int8_w8a8"),
    (re.compile(r"[-_.](?:bnb[-_]4bit|nf4|4bit)\b", re.IGNORECASE), "nf4"),
    (re.compile(r"[-_.](?:int4|w4a16)\b", re.IGNORECASE), "gptq_int4"),
    (re.compile(r"[-_.](?:bf16|bfloat16)\b", re.IGNORECASE), "bf16"),
)  # fmt: skip
_GGUF = re.compile(r"[-_.]((?:UD-)?(?:I?Q\d_\w+|TQ\d_\d|MXFP4(?:_MOE)?|BF16|F16))$", re.IGNORECASE)
_CACHED = re.compile(r"models--[^/\\]+?--([^/\\]+)[/\\]snapshots[/\\][0-9a-f]+[/\\]?$")
"""A folder of the download cache of Hugging Face, which is named by its commit."""
_MLX = re.compile(r"[-_](?:mlx[-_]?)?(\d(?:\.\d)?)[-_]?bits?(?:[-_](?:dwq|mlx|gs?\d+))*$", re.IGNORECASE)
"""How names of checkpoints of MLX end, whose formats are its own."""
_TAIL = re.compile(r"[-_ ](?:gguf|hf|instruct|it|chat|unsloth)$", re.IGNORECASE)


def recognised(found: Measurement, knowledge: Knowledge) -> Measurement:
    """A measurement with keys in place of the names that the knowledge knows.

    What an engine calls its kernels is often no format; then the name of the model tells the format.
    """
    model, form = _model(found, knowledge)
    own = _find(knowledge, "quantizations", found.quantization) if found.quantization else None
    engine = _find(knowledge, "engines", found.engine) if found.engine else None
    return replace(
        found,
        gpu=_cards(found.gpu, knowledge) if found.gpu else None,
        model=model or found.model,
        in_host=found.in_host or _left_in_host(found, knowledge.entries["models"].get(model or "")),
        quantization=own or form or _mlx_form(found.model or "") or found.quantization,
        engine=engine or found.engine,
        aside=found.aside or _other_backend(found, engine, knowledge),
    )


def _other_backend(found: Measurement, engine: str | None, knowledge: Knowledge) -> str | None:
    """Why a measurement is not of the kernels whose speed the rules tell; None where it is, or nothing is said."""
    known = knowledge.entries["engines"].get(engine or "", {}).get("backends")
    if not found.backend or not known:
        return None
    vendors = {
        knowledge.entries["gpus"][key]["vendor"]
        for name in (found.gpu or "").split(" + ")
        if (key := known_key(name, lambda one: _find(knowledge, "gpus", one)))
    }
    ran = set(found.backend.split("|"))
    own = {name for vendor in vendors or known for name in known.get(vendor, ())}
    if ran <= own:
        return None
    if ran & own:
        return f"{' and '.join(sorted(ran))} are built in, and which of them ran is not told"
    told = f"it ran on {' and '.join(sorted(ran))}"
    if not own or not vendors:
        return f"{told}, of which the rules know no speed"
    return f"{told}; the rules tell the speed of {' and '.join(sorted(own))} on such cards"


def foreign_format(found: Measurement, knowledge: Knowledge) -> Remark | None:
    """A word on a format that is not the engine's own, such as a GGUF file under an engine of safetensors."""
    entry = knowledge.entries["engines"].get(found.engine or "", {})
    form = knowledge.entries["quantizations"].get(found.quantization or "", {})
    own, container = entry.get("containers") or [], form.get("container")
    if not own or container in (None, own[0]) or own[0] in (form.get("also_in") or ()):
        return None
    reads = "is not its own: its kernels for it are others" if container in own else "is none that it reads"
    says = f"{found.model or 'the model'} ran in {form['name']} under {entry['name']}: {container} {reads}"
    return Remark("foreign_format", says, found.provenance.file, found.provenance.line)


def _cards(label: str, knowledge: Knowledge) -> str:
    """The key of each kind of card of a group, joined as they were; names that are not known stay."""
    names = [name.strip() for name in label.split(" + ")]
    return " + ".join(known_key(name, lambda one: _find(knowledge, "gpus", one)) or name for name in names)


def _left_in_host(found: Measurement, entry: Mapping[str, Any] | None) -> str | None:
    """How many layers a run left to the processor; None where it left none or does not say."""
    layers = (entry or {}).get("layers")
    if found.gpu_layers is None or layers is None or not 0 <= found.gpu_layers < layers:
        return None
    return f"{found.gpu_layers} of {layers} layers on the GPUs"


def _model(found: Measurement, knowledge: Knowledge) -> tuple[str | None, str | None]:
    """Key of the model, and of the format that its name tells; None where not known."""
    for name in _names(found):
        key, form = known_model(name, knowledge)
        if key and _counted_alike(knowledge.entries["models"][key], found):
            return key, form
    return _by_count(found, knowledge), None


def _counted_alike(entry: Mapping[str, Any], found: Measurement) -> bool:
    """Whether the parameters that a tool counted can be those of an entry: old names mean several sizes."""
    return found.params_b is None or _close(entry, found.params_b * 1e9, NAMED_COUNT)


def _names(found: Measurement) -> Iterator[str]:
    if found.notes and (match := _FILE.search(found.notes)):
        yield _SHARD.sub("", match[1].strip().removesuffix(".gguf"))
    if found.model:
        yield found.model


def known_model(name: str, knowledge: Knowledge) -> tuple[str | None, str | None]:
    """Key of a model by the name of a repository, folder or file, and the format that the name ends in."""
    cached = _CACHED.search(name)
    base = cached[1] if cached else re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    base = re.sub(r"\.gguf$", "", base)
    form: str | None = None
    if "mlx" in name.lower():
        base = _MLX.sub("", base)
    if match := _GGUF.search(base):
        form = _find(knowledge, "quantizations", match[1])
        base = base[: match.start()]
    for pattern, named in _FORMATS:
        if form is None and (match := pattern.search(base)):
            form, base = named, base[: match.start()] + base[match.end() :]
    for spelling in _shorter(base):
        if key := _find(knowledge, "models", spelling):
            return key, form
    return None, form


def _mlx_form(name: str) -> str | None:
    """What the name of a checkpoint of MLX says of its format; None where it says nothing."""
    match = _MLX.search(name.rstrip("/")) if "mlx" in name.lower() else None
    return f"MLX {match[1]} bit" if match else None


def _shorter(base: str) -> Iterator[str]:
    """A name, and what is left when words that do not tell models apart are taken off its end."""
    yield base
    while (shorter := _TAIL.sub("", base)) != base:
        base = shorter
        yield base


def _by_count(found: Measurement, knowledge: Knowledge) -> str | None:
    """The one shape that has as many parameters as the tool counted, within the family that it names."""
    family = re.match(r"[a-z]+", (found.model or "").lower())
    if not found.params_b or family is None:
        return None
    wanted = found.params_b * 1e9
    like = {
        key: entry
        for key, entry in knowledge.entries["models"].items()
        if _close(entry, wanted) and str(entry.get("family", "")).startswith(family[0])
    }
    shapes = {
        repr({name: entry.get(name) for name in ("layers", "hidden", "kv_heads", "moe")}) for entry in like.values()
    }
    return min(like) if len(shapes) == 1 else None


def _close(entry: Mapping[str, Any], wanted: float, share: float = SAME_COUNT) -> bool:
    total = (entry.get("parameters") or {}).get("total")
    return total is not None and abs(float(total) - wanted) <= share * wanted


def _find(knowledge: Knowledge, kind: str, name: str) -> str | None:
    meant = knowledge.names(kind).meant(name)
    return next(iter(meant)) if len(meant) == 1 else None
