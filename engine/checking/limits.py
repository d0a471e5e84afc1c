"""How far is too far: the numbers of the checks for plausibility, from schemas/plausibility.json with their reasons."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from ..paths import SCHEMAS


def limit(check: str, name: str) -> float:
    """A number of a check, by the name of the check's file."""
    return float(_all()[check][name]["value"])


def count(check: str, name: str) -> int:
    """A whole number of a check."""
    return int(_all()[check][name]["value"])


def table(check: str, name: str) -> Any:
    """A table of a check, as it is written."""
    return _all()[check][name]["value"]


@cache
def _all() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / "plausibility.json").read_text("utf-8"))
    return found
