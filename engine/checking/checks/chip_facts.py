"""P324: a value that no chip of the architecture has, or no memory of the type (knowledge/chips.yaml)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...reading.diagnostic import Diagnostic
from ..document import Document, Library
from ..sense import words_by

_LISTED = ("compute_capability", "gfx")
_KERNELS = "native_kernels"


def check(library: Library) -> Iterator[Diagnostic]:
    """GPUs against their architecture, rates of pins against the memory, kernels of engines against what there is."""
    chips = library.values("chips").get("chips") or {}
    architectures = chips.get("architectures") or {}
    types = (chips.get("memory") or {}).get("types") or {}
    for document in library.asked("gpus"):
        gpu = library.values("gpus")[document.key]
        yield from _chip(document, gpu, architectures)
        yield from _rate(document, gpu, gpu.get("memory_rate_gbit_s"), "memory_rate_gbit_s", types)
    for document in library.asked("platforms"):
        platform = library.values("platforms")[document.key]
        transfers = platform.get("memory_rate_mt_s")
        rate = transfers / 1e3 if isinstance(transfers, int | float) else None
        yield from _rate(document, platform, rate, "memory_rate_mt_s", types)
    for document in library.asked("engines"):
        engine = library.values("engines")[document.key]
        there = sorted(value for one in architectures.values() for value in one.get("compute_capability", ()))
        yield from _kernels(document, engine, there)
        yield from _too_early(document, engine, there)


def _chip(document: Document, gpu: Mapping[str, Any], architectures: Mapping[str, Any]) -> Iterator[Diagnostic]:
    name = gpu.get("architecture")
    known = architectures.get(str(name))
    if not known:
        if architectures and any(name in words for words in words_by("gpus", "architecture").values()):
            message = (
                f"knowledge/chips.yaml says nothing of the architecture `{name}`, so that nothing is held against it"
            )
            yield document.find("P324", message, ["architecture"], f"add a row to it: `{name}: {{since: 2026}}`")
        return
    for field in _LISTED:
        value = gpu.get(field)
        if value is not None and field in known and value not in known[field]:
            owners = [other for other, one in architectures.items() if value in one.get(field, ())]
            hint = f"{value} is {owners[0]}; " if owners else ""
            message = f"`{field}` is {value}, and chips of {name} have {_or(known[field])}"
            yield document.find("P324", message, [field], f"{hint}one of `{field}` and `architecture` is wrong")
    launched = str(gpu.get("launch_date") or "")[:4]
    if launched.isdigit() and int(launched) < known["since"]:
        message = f"launched in {launched}, and the first chip of {name} came in {known['since']}"
        yield document.find("P324", message, ["launch_date"], "one of `launch_date` and `architecture` is wrong")


def _rate(
    document: Document, entry: Mapping[str, Any], rate: float | None, field: str, types: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    memory = entry.get("memory_type")
    known = types.get(str(memory))
    if known and rate and not known["least_gbit_s"] <= rate <= known["most_gbit_s"]:
        span = f"{known['least_gbit_s']:g} to {known['most_gbit_s']:g} Gbit/s a pin"
        message = f"{memory} at {rate:g} Gbit/s a pin; it is sold with {span}"
        yield document.find("P324", message, [field], f"one of `{field}` and `memory_type` is wrong")


def _kernels(document: Document, engine: Mapping[str, Any], there: list[float]) -> Iterator[Diagnostic]:
    least = engine.get("min_compute_capability")
    named = {"min_compute_capability": least, **{f"{_KERNELS}.{name}": v for name, v in _kernels_of(engine).items()}}
    for path, value in named.items() if there else ():
        if value is not None and value not in there:
            message = f"`{path.rpartition('.')[2]}` is {value}, and no chip has that compute capability"
            yield document.find("P324", message, path.split("."), f"known are {', '.join(map(str, there))}")


def _too_early(document: Document, engine: Mapping[str, Any], there: list[float]) -> Iterator[Diagnostic]:
    """Kernels for chips on which the engine does not run; where they are several, the engine's number is at fault."""
    least = engine.get("min_compute_capability")
    early = [
        name for name, value in _kernels_of(engine).items() if least is not None and value < least and value in there
    ]
    if early:
        message = f"the engine runs from {least} up, and its kernels {', '.join(early)} from less"
        path = [_KERNELS, early[0]] if len(early) == 1 else ["min_compute_capability"]
        yield document.find("P324", message, path, "one of the two is wrong")


def _kernels_of(engine: Mapping[str, Any]) -> Mapping[str, Any]:
    found = engine.get(_KERNELS)
    return found if isinstance(found, Mapping) else {}


def _or(values: list[Any]) -> str:
    return " or ".join(map(str, values))
