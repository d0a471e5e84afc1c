"""What a calibration tells: each constant before and after, and how far the predictions were off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .calibrate import SCHEMA, Calibration, middle
from .folds import groups_of


def document(found: Calibration, known: Mapping[str, Any], file: Path | None) -> dict[str, Any]:
    """The document of schemas/output/calibration.schema.json. known: the entry before. file: where it was written."""
    recording = found.recording
    return {
        "schema": SCHEMA,
        "written": None if file is None else str(file),
        "fitted": found.entry["fitted"],
        "rows": len(recording.rows),
        "groups": len(groups_of(recording.rows)),
        "skipped": [{"id": one.row.id, "reason": one.reason} for one in recording.skipped],
        "error": middle(recording, found.fitted.predicted),
        "error_unseen": middle(recording, found.unseen),
        "constants": list(_moved(found.entry["constants"], known["constants"])),
    }


def _moved(after: list[Mapping[str, Any]], before: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every constant with a spread, by its place, before and after."""
    for number, (new, old) in enumerate(zip(after, before, strict=True)):
        name = " ".join(str(new[part]) for part in new if isinstance(new[part], str))
        for attribute in new:
            sd = new.get(f"{attribute}_sd")
            if sd is not None:
                yield {
                    "path": f"constants.{number}.{attribute}", "of": name, "attribute": attribute,
                    "before": old[attribute], "before_sd": old.get(f"{attribute}_sd"),
                    "value": new[attribute], "sd": sd,
                }  # fmt: skip
