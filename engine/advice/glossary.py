"""What keys are called: names of the cards, models, formats, engines and options of an answer, and its sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..grounding.scenario import Scenario

if TYPE_CHECKING:
    from ..reading import Knowledge

KEPT = ("title", "publisher", "url", "date", "retrieved", "kind")


def names(scenarios: Iterable[Scenario], knowledge: Knowledge) -> dict[str, dict[str, str]]:
    """Names by folder and key, of everything that the scenarios of an answer speak of, and of all options."""
    entries = knowledge.entries
    used: dict[str, set[str]] = {"options": set(entries["options"])}
    for scenario in scenarios:
        for folder, key in _keys(scenario, entries["gpus"]):
            used.setdefault(folder, set()).add(key)
    return {
        folder: {key: str(entries[folder][key].get("name", key)) for key in sorted(keys) if key in entries[folder]}
        for folder, keys in sorted(used.items())
    }


def _keys(scenario: Scenario, gpus: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    rig, workload = scenario["rig"], scenario["workload"]
    for group in rig["gpus"]:
        yield "gpus", group["gpu"]
        link = gpus[group["gpu"]].get("nvlink") or {}
        if link.get("reach", "none") != "none":
            yield "links", link.get("technology", "nvlink")
    yield "models", workload["model"]
    yield "engines", workload["engine"]
    yield from (("quantizations", workload[part]) for part in ("quantization", "kv_quantization"))
    if rig["host"].get("platform"):
        yield "platforms", rig["host"]["platform"]


def references(proofs: Mapping[str, Mapping[str, Any]], knowledge: Knowledge) -> dict[str, dict[str, str]]:
    """Every source that a proof names: title, publisher, link, dates and grade."""
    keys = {key for node in proofs.values() for key in node.get("sources") or ()}
    sources, grades = knowledge.entries["sources"], (knowledge.vocabulary or {}).get("grades", {})
    found = {}
    for key in sorted(keys & set(sources)):
        entry = sources[key]
        grade = grades.get(str(entry.get("kind")))
        found[key] = {part: str(entry[part]) for part in KEPT if entry.get(part)} | ({"grade": grade} if grade else {})
    return found
