"""Options that are worth nothing alone and belong to the path: the steps before them mend what barred them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .wording import FACTS_ALONE, NO_PREDICTION, walked_sources

ORDER = {"recommended": 0, "optional": 1, "rejected": 2}
ROOM = frozenset({"runs", "fits"})  # reasons for a step by which it runs
NEEDED = ROOM | {"watts", "supply"}  # reasons that come before any gain


def taken_up(
    options: Iterable[dict[str, Any]], path: Mapping[str, Any], proofs: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The options, ranked again: of one status the steps of the path come first, in its order.

    What the path takes on top of other steps alone is optional, for the step's reason.

    proofs: those of the path. `why_not` stays as it is: it tells what bars the option by itself.
    """
    steps = {step["option"]: step for step in path["steps"]}
    rows = [
        _optional(row, steps[row["id"]], proofs) if row["status"] == "rejected" and row["id"] in steps else row
        for row in options
    ]
    places = {step["option"]: step["step"] for step in path["steps"]}
    last = len(places) + 1
    rows.sort(key=lambda row: (ORDER[row["status"]], places.get(row["id"], last), row["rank"]))
    return [{**row, "rank": number} for number, row in enumerate(rows, 1)]


def _optional(row: dict[str, Any], step: Mapping[str, Any], proofs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    barred = row["confidence_factors"] == [FACTS_ALONE]
    told = {"confidence": "low", "confidence_factors": [NO_PREDICTION]} if barred else {}
    sources = walked_sources(step["proof"], proofs)
    return {**row, "status": "optional", "proof": step["proof"], "says": step["says"], "sources": sources, **told}
