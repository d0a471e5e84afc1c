"""The programs that are tried: engines that serve, the formats each reads, the types of its cache, what it offloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..grounding.moves import readable
from .build import PLAIN_CACHE, Software
from .question import Question

if TYPE_CHECKING:
    from ..reading import Knowledge


def software(asked: Question, knowledge: Knowledge) -> list[Software]:
    """Engines that serve, with each format they read and that keeps enough bits."""
    entries = knowledge.entries
    engines = asked.engines or [key for key, one in entries["engines"].items() if one.get("serves") and _known(one)]
    found = []
    for engine in sorted(engines):
        reader = entries["engines"][engine]
        well = {"containers": _containers(engine, knowledge)}
        for key in sorted(asked.quantizations or _formats(asked, knowledge)):
            if not readable(entries["quantizations"][key], reader if key in asked.quantizations else well):
                continue
            found += [Software(engine, key, kv, "none") for kv in _caches(engine, asked, knowledge)]
            if _keeps_experts(reader, asked, knowledge):
                found.append(Software(engine, key, asked.kv or PLAIN_CACHE, "experts_cpu"))
    return found


def published(asked: Question, knowledge: Knowledge) -> list[str]:
    """The format in which its maker publishes the model, and the one that keeps it in another container; none where it
    is published in many, others are named, or more bits are asked for."""
    formats = knowledge.entries["quantizations"]
    key = knowledge.entries["models"][asked.model].get("published_as")
    if not key or asked.quantizations or float(formats[key]["bits_per_weight"]) < asked.min_bits:
        return []
    return [one for one in (key, formats[key].get("counterpart")) if one]


def _formats(asked: Question, knowledge: Knowledge) -> list[str]:
    """Formats that keep enough bits; of a model that is published in one, that one alone."""
    formats = knowledge.entries["quantizations"]
    tried = published(asked, knowledge) or [key for key, one in formats.items() if one.get("ladder")]
    return [key for key in tried if asked.min_bits <= float(formats[key]["bits_per_weight"]) < asked.max_bits]


def _caches(engine: str, asked: Question, knowledge: Knowledge) -> list[str]:
    """Types of KV cache: as asked, else 16 bit and the first 8-bit type of the engine."""
    if asked.kv is not None:
        return [asked.kv]
    entries = knowledge.entries
    kinds = [
        key for key in entries["engines"][engine].get("kv_quantizations") or ()
        if 7 < float(entries["quantizations"][key]["bits_per_weight"]) < 9
    ]  # fmt: skip
    return [PLAIN_CACHE, *kinds[:1]]


def _containers(engine: str, knowledge: Knowledge) -> list[str]:
    """Containers an engine reads well: its first, and those that are no other engine's first."""
    engines = knowledge.entries["engines"]
    own = list(engines[engine]["containers"])
    others = {one["containers"][0] for key, one in engines.items() if key != engine}
    return [one for one in own if one == own[0] or one not in others]


def _keeps_experts(engine: Mapping[str, Any], asked: Question, knowledge: Knowledge) -> bool:
    """Whether the model has experts and the engine keeps them in host memory."""
    mixture = bool(knowledge.entries["models"][asked.model].get("moe"))
    return mixture and "experts_cpu" in (engine.get("offload") or ())


def _known(engine: Mapping[str, Any]) -> bool:
    """Whether the cost model has constants of the engine's own class; others are tried only where they are named."""
    return engine.get("class") not in (None, "unknown")
