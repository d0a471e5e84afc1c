"""What a claim speaks of: the entry that a subject means, the attribute that a name means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import AmbiguousName, UnknownName
from .units import Unit, folded, unit_of

if TYPE_CHECKING:
    from ..reading import Knowledge

SUBJECTS = {
    "gpus": "gpu",
    "models": "model",
    "quantizations": "quantization",
    "engines": "engine",
    "platforms": "platform",
}
_SLOT = re.compile(r"pci_?e(?:xpress)?_(?:gen_?)?([1-6])(?:_0)?(?:_?(?:x_?(\d{1,2})|(\d{1,2})_?(?:x|lanes)))")


class Subject(NamedTuple):
    """What is spoken of: a folder of knowledge (or `slots`) and the key of the entry in it."""

    folder: str
    key: str


class Unsettled(Exception):
    """A claim that cannot be judged, and why."""


def subjects_of(knowledge: Knowledge, text: str) -> list[Subject]:
    """Entries that a name means, of whatever folder. Raises Unsettled where it means none, or several of one folder."""
    slot = _SLOT.fullmatch(folded(text))
    if slot:
        return [Subject("slots", f"{slot[1]}x{int(slot[2] or slot[3])}")]
    found: list[Subject] = []
    several: list[str] = []
    for folder in SUBJECTS:
        try:
            found.append(Subject(folder, knowledge.find(folder, text)))
        except AmbiguousName as error:
            several += error.candidates
        except UnknownName:
            continue
    if not found:
        raise Unsettled(_nothing(knowledge, text, several))
    return found


def key_of(knowledge: Knowledge, folder: str, text: str) -> str:
    """Key of the entry that a name means. Raises Unsettled."""
    try:
        return knowledge.find(folder, text)
    except AmbiguousName as error:
        raise Unsettled(f"'{text}' could be {', '.join(error.candidates)}") from None
    except UnknownName as error:
        near = f"; the nearest names are {', '.join(error.nearest[:3])}" if error.nearest else ""
        raise Unsettled(f"the knowledge has no {error.message.removeprefix('unknown ')}{near}") from None


def _nothing(knowledge: Knowledge, text: str, several: list[str]) -> str:
    if several:
        return f"'{text}' could be {', '.join(several[:6])}"
    near: dict[str, None] = {}
    for folder in SUBJECTS:
        try:
            knowledge.find(folder, text)
        except UnknownName as error:
            near |= dict.fromkeys(error.nearest[:2])
        except AmbiguousName:
            continue
    told = f"; the nearest names are {', '.join(list(near)[:4])}" if near else ""
    return f"the knowledge has no entry '{text}'{told}"


class Attribute(NamedTuple):
    """An attribute by its name in facts. unit: as the claim's name or the table gives it. number: behind the name."""

    name: str
    sort: str
    dimension: str | None
    unit: str
    exact: bool
    told: str
    counts_in_gib: bool = False
    condition: str | None = None
    number: int | None = None


def attribute_of(knowledge: Knowledge, folder: str, text: str, value: object) -> Attribute | None:
    """The attribute of a folder's entries that a name means for a value of this type; None where it means none."""
    wanted = folded(text)
    sorts = _sorts(value)
    best: tuple[int, Attribute] | None = None
    for name, entry in knowledge.entries["attributes"]["attributes"]["attributes"].items():
        if folder not in entry["of"] or entry["sort"] not in sorts:
            continue
        units: Mapping[str, str] = entry.get("named_units") or {}
        for spelling in (name, *(entry.get("names") or ()), *units):
            found = _matched(wanted, spelling, name, {**entry, "unit": units.get(spelling, entry.get("unit", ""))})
            if found and (best is None or len(spelling) + (spelling == name) > best[0]):
                best = len(spelling) + (spelling == name), found
    return best[1] if best else None


def nearest_attributes(knowledge: Knowledge, folder: str, text: str) -> list[str]:
    """Names of attributes of a folder's entries that are spelt nearly so."""
    table = knowledge.entries["attributes"]["attributes"]["attributes"]
    names = [name for name, entry in table.items() if folder in entry["of"]]
    return get_close_matches(folded(text), names, 3, 0.6)


def _sorts(value: object) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset({"flag", "size_flag"})
    return frozenset({"number", "price", "size_flag"} if isinstance(value, int | float) else {"text", "member"})


def _matched(wanted: str, spelling: str, name: str, entry: Mapping[str, Any]) -> Attribute | None:
    rest = wanted[len(spelling) :].lstrip("_") if wanted.startswith(spelling) else None
    if rest is None or (rest and wanted[len(spelling)] != "_"):
        return None
    dimension, size = entry.get("dimension"), None
    if entry["sort"] == "size_flag":
        if rest and not rest.isdigit():
            return None
        size, rest = int(rest[:6]) if rest else None, ""
    elif rest and (dimension is None or unit_of(dimension, rest) is None):
        return None
    return Attribute(
        name,
        entry["sort"],
        dimension,
        rest or entry.get("unit", ""),
        bool(entry.get("exact")),
        entry.get("told", name.replace("_", " ")),
        bool(entry.get("counts_in_gib")),
        entry.get("condition"),
        size,
    )


def sold_as(attribute: Attribute, unit: Unit) -> Unit:
    """The unit that is meant: memory that is sold by the GB has GiB."""
    gib = unit_of("bytes", "gib")
    assert gib is not None
    return unit._replace(factor=gib.factor) if attribute.counts_in_gib and unit.shown == "GB" else unit
