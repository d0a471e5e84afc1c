"""Every number of the checks for plausibility stands in data, with its reason and source."""

from __future__ import annotations

import json

from engine.checking import checks
from engine.checking.limits import limit
from engine.paths import SCHEMAS

LIMITS = json.loads((SCHEMAS / "plausibility.json").read_text("utf-8"))


def test_each_number_says_why_and_by_whom() -> None:
    groups = {name: group for name, group in LIMITS.items() if name != "about"}
    assert groups.keys() <= vars(checks).keys()
    for group in groups.values():
        for row in group.values():
            assert row.keys() == {"value", "because", "source"}
            assert len(row["because"]) > 20 and (row["source"] == "our choice" or "knowledge/" in row["source"])


def test_the_checks_read_them() -> None:
    assert limit("bandwidth", "tolerance") == checks.bandwidth.TOLERANCE < limit("bandwidth", "impossible")
