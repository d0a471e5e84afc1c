"""Options that are worth nothing alone and belong to the path: the steps before them mend what barred them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .wording import FACTS_ALONE, NO_PREDICTION, walked_sources

ORDER = {"recommended": 0, "optional": 1, "rejected": 2}


def taken_up(
    options: Iterable[dict[str, Any]], path: Mapping[str, Any], proofs: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The options, ranked again: what the path takes on top of other steps is optional, for the step's reason.

    proofs: those of the path. `why_not` stays as it is: it tells what bars the option by itself.
    """
    steps = {step["option"]: step for step in path["steps"]}
    rows = [
        _optional(row, steps[row["id"]], proofs) if row["status"] == "rejected" and row["id"] in steps else row
        for row in options
    ]
    rows.sort(key=lambda row: (ORDER[row["status"]], row["rank"]))
    return [{**row, "rank": number} for number, row in enumerate(rows, 1)]


def _optional(row: dict[str, Any], step: Mapping[str, Any], proofs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    barred = row["confidence_factors"] == [FACTS_ALONE]
    told = {"confidence": "low", "confidence_factors": [NO_PREDICTION]} if barred else {}
    sources = walked_sources(step["proof"], proofs)
    return {**row, "status": "optional", "proof": step["proof"], "says": step["says"], "sources": sources, **told}
