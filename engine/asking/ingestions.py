"""From benchmark outputs to measurements: recognised, checked, held against predictions, laid into an overlay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..reading import Knowledge, load_knowledge
from . import inputs, readings
from .flags import with_flags

if TYPE_CHECKING:
    from ..measuring.ingest import Ingested, Measurement


def ingestion(
    sources: Sequence[str],
    overlays: Iterable[Path],
    rig: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    into: Path | None = None,
    matcher: str | None = None,
) -> dict[str, Any]:
    """The document of `ingest`: measurements, what was refused and why, and each against its prediction.

    rig: a scenario that says what the outputs leave open; flags: the same in short form, over it. Outputs of rig tools
    among the sources stand for a rig where none is given. into: directory of an overlay that takes the measurements.
    """
    layers = list(overlays)
    knowledge = load_knowledge(layers)
    inputs.refuse_broken(layers, knowledge)
    texts = readings.texts_of(sources)
    benchmarks, described = _apart(texts, knowledge)
    scenario = _scenario(rig, _with_cards(flags or {}, benchmarks, rig, described, knowledge), described, knowledge)
    found = _read(benchmarks, scenario, knowledge)
    document = readings.ingested(found)
    document["refused"] += [{"reason": reason, "tool": "detect", "file": "", "line": 0} for reason in described.refused]
    document["compared"] = _compared(found.measurements, knowledge, matcher)
    if into is not None and found.measurements:
        document |= _laid(found.measurements, into)
    return document


def _laid(found: Sequence[Measurement], into: Path) -> dict[str, Any]:
    """What was written into an overlay, what was left out and why, and the commands that use it."""
    from ..measuring.own_rig import lay_into, left_out

    kept = [one for one in found if left_out(one) is None]
    reasons = sorted({reason for one in found if (reason := left_out(one))})
    if not kept:
        return {"written": {"file": "", "new": 0, "known": 0, "left_out": len(found), "reasons": reasons}, "next": []}
    path, new = lay_into(into, kept)
    counts = {"new": new, "known": len(kept) - new, "left_out": len(found) - len(kept), "reasons": reasons}
    commands = [f"rigwise calibrate --data {path} --into {into}", f"rigwise recommend --knowledge {into} SCENARIO"]
    return {"written": {"file": str(path), **counts}, "next": commands}


class Described:
    """A rig that rig tools described among the sources; empty where none did."""

    def __init__(self) -> None:
        self.rig: dict[str, Any] = {}
        self.refused: list[str] = []


def _apart(texts: list[Any], knowledge: Knowledge) -> tuple[list[Any], Described]:
    """Benchmark outputs, and the rig that the other texts describe."""
    from ..measuring.ingest import ingest

    benchmarks, others, described = [], [], Described()
    for text in texts:
        try:
            ingest([text])
            benchmarks.append(text)
        except BadInput:
            others.append(text)
    if not benchmarks:
        return texts, described
    for text in others:
        try:
            found = readings.detected_in([text], knowledge)
        except BadInput:
            benchmarks.append(text)
            continue
        described.rig |= {name: value for name, value in found.rig.items() if name not in described.rig}
        described.refused += found.refused
    return benchmarks, described


def _with_cards(
    flags: Mapping[str, Any], texts: list[Any], rig: Path | None, described: Described, knowledge: Knowledge
) -> Mapping[str, Any]:
    """Flags that say something of a rig, with the cards of the outputs where nobody names them.

    Raises BadInput where the outputs name none, or several sorts.
    """
    from ..measuring.ingest import ingest
    from ..measuring.recognition import recognised

    told = with_flags({}, flags).get("rig")
    if rig is not None or described.rig.get("gpus") or not told or told.get("gpus"):
        return flags
    found = [recognised(one, knowledge) for one in ingest(texts).measurements]
    cards = {one.gpu: one.gpu_count or 1 for one in sorted(found, key=lambda one: one.gpu_count or 1) if one.gpu}
    if len(cards) != 1 or next(iter(cards)) not in knowledge.entries["gpus"]:
        said = ", ".join(sorted(told))
        raise BadInput(f"{said} of a rig is given, and its cards are not", hint='give --gpu 2x"RTX 3090" with it')
    ((gpu, count),) = cards.items()
    return {**flags, "gpu": [f"{count}x{gpu}"]}


def _scenario(
    path: Path | None, flags: Mapping[str, Any], described: Described, knowledge: Knowledge
) -> dict[str, Any]:
    """What is said of rig and workload, with keys for names; empty where nothing is."""
    from ..checking.scenario import read_scenario
    from ..grounding.resolve import with_keys

    asked = with_flags(inputs.read_file(path) if path else {}, flags)
    given = asked.get("rig") if isinstance(asked.get("rig"), Mapping) else {}
    rig = {**described.rig, **(given or {})}
    unknown = any(group.get("gpu") == "unknown" for group in rig.get("gpus") or [] if isinstance(group, Mapping))
    if not rig.get("gpus") or unknown:
        return {"rig": {}, "workload": dict(asked.get("workload") or {})}
    return with_keys(dict(read_scenario({**asked, "rig": rig})), knowledge)


def _read(texts: list[Any], scenario: Mapping[str, Any], knowledge: Knowledge) -> Ingested:
    from ..measuring.against_rig import applying_to, columns_of, of_rig
    from ..measuring.ingest import Ingested, checked, ingest, physical_limits
    from ..measuring.ingest.pool import consistent
    from ..measuring.ingest.together import together
    from ..measuring.limits import format_bits, gpu_limits, model_caches, model_reads
    from ..measuring.own_memory import more_than_cards_hold
    from ..measuring.own_rig import OF_MANY, SOURCE, faster_than_cards
    from ..measuring.recognition import foreign_format, recognised
    from .row_checks import as_rows_must_be

    rig, workload = scenario["rig"], scenario.get("workload") or {}
    found = ingest(texts)
    known = {"source_id": SOURCE, **columns_of(rig, workload)}
    served = {"batch": workload["users"]} if isinstance(workload.get("users"), int) else {}
    measured = [
        _filled(recognised(one, knowledge), applying_to(one, {**known, **(served if one.metric in OF_MANY else {})}))
        for one in found.measurements
    ]
    limits = physical_limits(gpu_limits(knowledge), model_reads(knowledge))
    sense = (more_than_cards_hold(knowledge), faster_than_cards(knowledge), as_rows_must_be(knowledge))
    foreign = {one.says: one for m in measured if (one := foreign_format(m, knowledge))}
    pooled = Ingested(measured, found.refusals, [*found.remarks, *foreign.values()])
    sound = consistent(pooled, model_caches(knowledge), format_bits(knowledge))
    return together(sound, checked(sound, (*of_rig(rig), *limits, *sense)))


def _filled(found: Measurement, known: Mapping[str, Any]) -> Measurement:
    """A measurement with what its output leaves open; a count of cards only where the output names none."""
    return replace(found, **{name: value for name, value in known.items() if getattr(found, name) is None})


def _compared(found: Sequence[Measurement], knowledge: Knowledge, matcher: str | None) -> list[dict[str, Any]]:
    from ..measuring.own_rig import compared

    return compared(found, knowledge, matcher) if found else []
