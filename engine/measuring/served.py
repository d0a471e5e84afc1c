"""Servers that run, as the workload section of a scenario."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from .detect.seen import Served
from .pasted import whole
from .recognition import known_model

if TYPE_CHECKING:
    from ..reading import Knowledge

SIZES = ("tensor", "pipeline", "replicas")
MODES = ("none", "layer", "row", "tensor", "graph")
LARGEST = 1024
LONGEST = 100_000_000


def workload_of(served: Sequence[Served], knowledge: Knowledge, here: bool) -> tuple[dict[str, Any], list[str]]:
    """The workload of the first engine that runs, and remarks on what is left out.

    here: the servers run on this machine, so that a path of a model may be looked at.
    """
    engine = next((one.engine for one in served if one.engine), None)
    if engine is None:
        return {}, []
    own = [one for one in served if one.engine == engine]
    others = sorted({one.engine for one in served} - {engine, ""})
    remarks = [f"{other} runs too; the checks are of {engine}" for other in others]
    values: dict[str, str] = {}
    for one in own:
        values = {**one.values, **values}
    names = list(dict.fromkeys(one.values["model"] for one in own if "model" in one.values))
    if len(names) > 1:
        remarks.append(f"{engine} runs {len(names)} models; the checks are of {_base(names[0])}")
    flags = list(dict.fromkeys(flag for one in own for flag in one.flags))
    model, told = _model(values.get("model"), knowledge, here)
    workload = {
        "engine": engine,
        **model,
        **_formats(values, knowledge, bool(model.get("quantization"))),
        **_sizes(values),
        **_context(values, knowledge.entries["engines"][engine]),
        **({"engine_flags": flags} if flags else {}),
    }
    return workload, [*remarks, *told]


def _model(name: str | None, knowledge: Knowledge, here: bool) -> tuple[dict[str, Any], list[str]]:
    if not name:
        return {}, []
    key, form = known_model(re.sub(r"\.gguf$", "", name).replace(":", "-"), knowledge)
    if key is not None:
        return {"model": key, **({"quantization": form} if form else {})}, []
    if here and re.match(r"[/~.]", name) and Path(name).expanduser().exists():
        return {"model": str(Path(name).expanduser())}, []
    return {}, [f"the model {_base(name)} has no entry: give its config.json or .gguf file with --model"]


def _base(name: str) -> str:
    return re.split(r"[/\\]", name.rstrip("/\\"))[-1]


def _formats(values: Mapping[str, str], knowledge: Knowledge, told: bool) -> dict[str, str]:
    """The format of weights, where the model's name does not tell it, and of the cache."""
    found = {
        "quantization": None if told else _form(values.get("quantization"), knowledge),
        "kv_quantization": _form(values.get("kv") or values.get("kv_k"), knowledge),
    }
    return {name: key for name, key in found.items() if key}


def _form(name: str | None, knowledge: Knowledge) -> str | None:
    """Key of a format; of one that is named with its exponent, such as `fp8_e5m2`, without that too."""
    for told in (name, name.partition("_e")[0]) if name and name != "auto" else ():
        with suppress(BadInput):
            return knowledge.find("quantizations", told)
    return None


def _sizes(values: Mapping[str, str]) -> dict[str, Any]:
    sizes: dict[str, Any] = {name: size for name in SIZES if 1 <= (size := whole(values.get(name)) or 0) <= LARGEST}
    if values.get("split_mode") in MODES:
        sizes["split_mode"] = values["split_mode"]
    return {"parallelism": sizes} if sizes else {}


def _context(values: Mapping[str, str], engine: Mapping[str, Any]) -> dict[str, int]:
    """Tokens of context of one request; where those of all requests are named, its share of them."""
    flag = (engine.get("flags") or {}).get("context", "")
    shared = f"{flag} {{cache}}" in str(engine.get("launch", "")) or "context_of_all" in values
    match = re.fullmatch(r"(\d{1,9})([kK]?)", values.get("context_of_all", values.get("context", "")))
    if match is None:
        return {}
    tokens = int(match[1]) * (1024 if match[2] == "K" else 1000 if match[2] else 1)
    tokens //= max(whole(values.get("users")) or 1, 1) if shared else 1
    return {"context_tokens": tokens} if 1 <= tokens <= LONGEST else {}
