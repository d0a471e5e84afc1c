"""From a scenario, tool outputs or this machine to the checks of `doctor`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..reading import load_knowledge
from . import inputs, readings
from .flags import with_flags

if TYPE_CHECKING:
    from ..measuring.detect import Detection
    from ..reading import Knowledge

_HELD = ("nvlink", "pcie", "p2p", "acs_enabled", "bar1_mb", "numa_nodes")
NOTHING = "no rig is given, and no tool of this machine shows a GPU"
UNNAMED = "the outputs name no card"
UNNAMED_HINT = 'add `nvidia-smi -L` or `rocm-smi --showproductname`, or name them: --gpu 2x"RTX 3090"'
HINT = 'name a scenario, give --gpu 2x"RTX 3090", or paste tool output with --from'


def examination(
    path: Path | None, flags: Mapping[str, Any], sources: Sequence[str], overlays: Iterable[Path], matcher: str | None
) -> dict[str, Any]:
    """The document of `doctor`. Where neither a scenario nor cards nor outputs are given, this machine is looked at.

    Raises BadInput where nothing tells of a GPU.
    """
    layers = list(overlays)
    knowledge = load_knowledge(layers)
    inputs.refuse_broken(layers)
    asked = with_flags(inputs.read_file(path) if path else {}, flags)
    own = (asked.get("rig") or {}) if isinstance(asked.get("rig"), Mapping | None) else {}
    found = readings.detected(sources, knowledge) if sources or not own.get("gpus") else None
    if found is not None:
        asked = with_detected(asked, found)
    if sources and found is not None and not (asked.get("rig") or {}).get("gpus"):
        raise BadInput("; ".join([UNNAMED, *found.failed]), where="--from", hint=UNNAMED_HINT)
    return examined(asked, found, knowledge, matcher, path.parent if path else None)


def examined(
    asked: dict[str, Any],
    found: Detection | None,
    knowledge: Knowledge,
    matcher: str | None,
    beside: Path | None = None,
) -> dict[str, Any]:
    """The checks of a rig, given and seen."""
    from ..advice.doctor import Examination, examine_seen
    from ..checking.scenario import read_scenario
    from ..grounding.observed import told_facts
    from .model_files import with_model_file

    if not (asked.get("rig") or {}).get("gpus"):
        raise BadInput("; ".join([NOTHING, *(found.failed if found else ())]), hint=HINT)
    remarks = {"remarks": found.remarks, "refused": found.refused} if found else {"remarks": [], "refused": []}
    if found is not None and (found.unknown_gpus or any(one["gpu"] == "unknown" for one in asked["rig"]["gpus"])):
        return examine_seen([*told_facts(asked), *_seen(found)], knowledge, remarks, matcher)
    given = dict(read_scenario(asked))
    given, knowledge, told = with_model_file(given, knowledge, beside)
    facts = [*told_facts(given), *(_seen(found) if found else ())]
    return Examination(given, knowledge, matcher, model_file=told, observed=facts).document(remarks)


def with_detected(asked: dict[str, Any], found: Detection) -> dict[str, Any]:
    """A scenario over the rig and the workload that tools showed: what the scenario says stands."""
    rig, work = asked.get("rig"), asked.get("workload")
    own = rig if isinstance(rig, Mapping) else {}
    shown = _of_these_cards(found, own)
    found.remarks += [
        f"the scenario says {name} = {own[name]}, the tools show {shown[name]}: the scenario stands"
        for name in _HELD
        if own.get(name) is not None and shown.get(name) is not None and own[name] != shown[name]
    ]
    host = {**shown.get("host", {}), **(own.get("host") or {})}
    whole = {**shown, **own, **({"host": host} if host else {})}
    workload = {**found.workload, **(work if isinstance(work, Mapping) else {})}
    return {**asked, "rig": whole, **({"workload": workload} if workload else {})}


def _of_these_cards(found: Detection, own: Mapping[str, Any]) -> dict[str, Any]:
    """The rig shown, without what is told card by card where the scenario has another number of them."""
    groups = [group for group in own.get("gpus") or () if isinstance(group, Mapping)]
    given = sum(group.get("count", 1) for group in groups if isinstance(group.get("count", 1), int))
    seen = len(found.gpus)
    if not groups or not seen or given == seen:
        return dict(found.rig)
    left = [name for name in ("pcie", "nvlink", "numa_nodes") if isinstance(found.rig.get(name), list)]
    if left:
        found.remarks.append(f"the tools show {seen} cards, the scenario has {given}: {', '.join(left)} not taken over")
    return {name: value for name, value in found.rig.items() if name not in left}


def _seen(found: Detection) -> list[dict[str, Any]]:
    from ..grounding.observed import seen_facts

    unknown = {index: one.command for one in found.unknown_gpus for index in one.gpus}
    keys = [group["gpu"] for group in found.rig.get("gpus", []) for _ in range(group["count"])]
    if "unknown" in keys:
        keys = []
    return list(
        seen_facts(
            found.gpus,
            unknown,
            found.loud,
            found.driver_version,
            found.iommu,
            keys,
            found.on_host,
            found.unjoined,
            found.failed,
            found.warned,
            found.pool,
            found.redirecting,
            found.stood_in,
        )
    )
