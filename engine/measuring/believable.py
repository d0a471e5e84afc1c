"""How far is too far for what tools print: numbers of schemas/believable.json, each with its reason there."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from ..paths import SCHEMAS


def bound(group: str, name: str) -> float:
    """A number by its group and name."""
    return float(_all()[group][name]["value"])


@cache
def _all() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / "believable.json").read_text("utf-8"))
    return found
