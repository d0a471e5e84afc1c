"""Bounds of what tools print stand in data, each with its reason, and each is asked for."""

from __future__ import annotations

import json
import re

from engine.measuring.believable import bound
from engine.paths import HOME, SCHEMAS

BOUNDS = json.loads((SCHEMAS / "believable.json").read_text("utf-8"))


def test_each_bound_says_why_and_is_used() -> None:
    groups = {name: group for name, group in BOUNDS.items() if name != "about"}
    for group in groups.values():
        for row in group.values():
            assert row.keys() == {"value", "because", "source"} and len(row["because"]) > 20 and row["source"]
    code = "\n".join(path.read_text("utf-8") for path in sorted((HOME / "engine" / "measuring").rglob("*.py")))
    asked = set(re.findall(r'bound\("(\w+)", "(\w+)"\)', code))
    assert asked == {(name, key) for name, group in groups.items() for key in group}
    assert bound("cards", "most_memory") == groups["cards"]["most_memory"]["value"]
