"""What the knowledge says of all that deployments name: entries, prices, constants, measurements, disputes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .entries import Origin, entry_facts
from .lookups import completed, disputes
from .scenario import Scenario

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .ground import Ground


def add_background(found: Ground, knowledge: Knowledge) -> None:
    """The entries that the deployments name, and the constants."""
    _add_used_entries(found, knowledge)
    _add_constants(found, knowledge)


def add_entries(found: Ground, knowledge: Knowledge) -> None:
    """All that an answer rests on beside its deployments: entries, constants, prices, measurements, disputes."""
    _add_used_entries(found, knowledge)
    add_prices(found, knowledge)
    _add_constants(found, knowledge)
    _add_measured(found, knowledge)
    _add_effects(found, knowledge)
    _add_link_disputes(found, knowledge)
    _add_widest_platform(found, knowledge)


def _add_widest_platform(found: Ground, knowledge: Knowledge) -> None:
    """The platform with the most PCIe lanes, where some candidate asks for other slots."""
    if any(fact.kind == "candidate" and "lanes" in fact for fact in found.facts):
        key, lanes = knowledge.derived("widest_platform", lambda: _widest(_folder(knowledge, "platforms")))
        if key:
            origin = Origin("platforms", key, {"lanes": "cpu_pcie_lanes"})
            found.say({"kind": "widest_platform", "key": key, "lanes": lanes}, origin)


def _widest(platforms: Mapping[str, Mapping[str, Any]]) -> tuple[str, int]:
    """Key and PCIe lanes of the platform that has the most; the first by its key of several."""
    lanes = {key: entry.get("cpu_pcie_lanes") or 0 for key, entry in platforms.items()}
    return min(((key, count) for key, count in lanes.items()), key=lambda one: (-one[1], one[0]), default=("", 0))


def _add_link_disputes(found: Ground, knowledge: Knowledge) -> None:
    """What sources say differently of links; rules decide where it matters."""
    for key in _folder(knowledge, "links"):
        for attribute in disputes(knowledge, "links", key):
            found.say(
                {"kind": "told_dispute", "of": "link", "key": key, "attribute": attribute}, Origin("links", key, {})
            )


def _add_used_entries(found: Ground, knowledge: Knowledge) -> None:
    used: dict[str, set[str]] = {name: set() for name in ("gpus", "models", "quantizations", "engines")}
    for scenario in found.deployments.values():
        used["gpus"] |= {group["gpu"] for group in scenario["rig"]["gpus"]}
        used["models"].add(scenario["workload"]["model"])
        used["quantizations"] |= {scenario["workload"][name] for name in ("quantization", "kv_quantization")}
        used["engines"].add(scenario["workload"]["engine"])
    kinds = {"gpus": "gpu", "models": "model", "quantizations": "quantization", "engines": "engine"}
    for folder, keys in used.items():
        for key in sorted(keys):
            for given in entry_facts(folder, kinds[folder], key, completed(knowledge, folder, key)):
                found.add(given)
            for attribute in disputes(knowledge, folder, key):
                found.say(
                    {"kind": "disputed", "of": kinds[folder], "key": key, "attribute": attribute},
                    Origin(folder, key, {}),
                )


def prices_of(scenario: Scenario, knowledge: Knowledge) -> Mapping[str, Any]:
    """Prices by item: those of the scenario in place of those of knowledge/prices."""
    own = {item: {"prices": [price]} for item, price in (scenario.get("prices") or {}).items()}
    return {**_folder(knowledge, "prices"), **own}


def add_prices(found: Ground, knowledge: Knowledge) -> None:
    """The listed prices of all that is bought or sold."""
    items = {str(fact["item"]) for fact in found.facts if fact.kind in ("purchase", "sale")}
    scenario = found.deployments["now"]
    prices, own = prices_of(scenario, knowledge), scenario.get("prices") or {}
    for item in sorted(items):
        for number, price in enumerate((prices.get(item) or {}).get("prices") or []):
            if item in own:
                values = {name: price[name] for name in ("low", "high")}
                origin = Origin("scenario", f"prices.{item}", {name: f"prices.{item}.{name}" for name in values})
                found.say({"kind": "listed_price", "item": item, "condition": "own", **values}, origin)
                continue
            path = f"prices.{number}"
            found.say(
                {"kind": "listed_price", "item": item, "low": price["low"], "high": price["high"],
                 "condition": price.get("condition"), "date": price.get("date"), "source": price.get("source")},
                Origin("prices", item, {"low": f"{path}.low", "high": f"{path}.high"}),
            )  # fmt: skip


def _add_constants(found: Ground, knowledge: Knowledge) -> None:
    for number, values in enumerate(knowledge.calibration["constants"]):
        paths = {name: f"constants.{number}.{name}" for name in values if name != "kind"}
        found.say(values, Origin("calibration", "calibration", paths))


def _add_measured(found: Ground, knowledge: Knowledge) -> None:
    """Which kinds of setup were measured, of the cards of the rig as it stands."""
    cards = {group["gpu"] for group in found.deployments["now"]["rig"]["gpus"]}
    for number, values in enumerate(knowledge.calibration.get("measured") or []):
        if values["gpu"] in cards:
            paths = {name: f"measured.{number}.{name}" for name in values}
            found.say({"kind": "measured_setup", **values}, Origin("calibration", "calibration", paths))


def _add_effects(found: Ground, knowledge: Knowledge) -> None:
    for key, entry in _folder(knowledge, "effects").items():
        shared = {name: value for name, value in entry.items() if isinstance(value, str | int | float | bool)}
        for number, item in enumerate(_iterate(entry.get("measurements"))):
            values = {**shared, **item, "kind": "published_effect", "effect": key}
            for name in ("schema", "name", "note", "summary"):
                values.pop(name, None)
            scalars = {name: value for name, value in values.items() if isinstance(value, str | int | float | bool)}
            found.say(scalars, Origin("effects", key, {name: f"measurements.{number}.{name}" for name in item}))


def _folder(knowledge: Knowledge, folder: str) -> Mapping[str, Any]:
    return knowledge.entries.get(folder, {})


def _iterate(items: Any) -> Iterator[Mapping[str, Any]]:
    yield from items or []
