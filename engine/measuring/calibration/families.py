"""Which kinds of setup have been measured: a card under an engine of a class in a layout, with the number of rows.

An answer about a kind of setup that nobody measured is a prediction from other cards, engines or layouts, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import RigwiseError
from ...grounding.resolve import with_keys
from ..rows import Row, Unknown, scenario_of

if TYPE_CHECKING:
    from ...reading import Knowledge

METRICS = ("decode_tok_s", "tpot_ms")
"""Metrics that say how fast tokens are generated, on which most answers rest."""
Family = tuple[str, str, str]


def families(rows: Iterable[Row], knowledge: Knowledge) -> list[dict[str, Any]]:
    """Each kind of setup with its rows and how many sources tell them, as calibration.yaml lists them."""
    found: dict[Family, list[Row]] = {}
    for row in rows:
        if row.metric in METRICS and not row.cell("spec_decode"):
            for family in _families_of(row, knowledge):
                found.setdefault(family, []).append(row)
    return [
        {"gpu": gpu, "class": engine, "stratum": stratum, "rows": len(told),
         "told_by": len({row.cell("source_id") for row in told})}
        for (gpu, engine, stratum), told in sorted(found.items())
    ]  # fmt: skip


def joined(known: Iterable[Mapping[str, Any]], own: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The kinds of setup of both lists, rows and sources added up."""
    found: dict[Family, dict[str, Any]] = {}
    for one in (*known, *own):
        family = (str(one["gpu"]), str(one["class"]), str(one["stratum"]))
        told = found.get(family)
        more = {name: (told[name] if told else 0) + one[name] for name in ("rows", "told_by")}
        found[family] = {**one, **more}
    return [told for _, told in sorted(found.items())]


def _families_of(row: Row, knowledge: Knowledge) -> list[Family]:
    """The kind of setup of a row, one for each sort of card; none where the row cannot be told."""
    try:
        scenario = with_keys(scenario_of(row, knowledge), knowledge)
    except (Unknown, RigwiseError):
        return []
    workload, entries = scenario["workload"], knowledge.entries
    sizes = workload.get("parallelism") or {}
    layout = "tensor" if (sizes.get("tensor") or 1) > 1 else "layer" if (sizes.get("pipeline") or 1) > 1 else "single"
    stratum = f"{layout}_{entries['models'][workload['model']]['architecture']}"
    engine = str(entries["engines"][workload["engine"]].get("class") or "unknown")
    return [(gpu, engine, stratum) for gpu in dict.fromkeys(group["gpu"] for group in scenario["rig"]["gpus"])]
