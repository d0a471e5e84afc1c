"""The quick look at an entry and Cerberus agree on what is sensible."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from engine.checking.sense import Canonical, _plainly_sensible, _rules, _validator
from engine.reading import parse
from engine.reading.place import Map

ROOT = Path(__file__).resolve().parents[2]
KINDS = [kind for kind, rules in _rules().items() if isinstance(rules, dict) and rules]


@pytest.mark.parametrize("kind", KINDS)
def test_a_quick_yes_is_a_yes_of_cerberus(kind: str) -> None:
    chance = random.Random(kind)
    files = sorted((ROOT / "knowledge" / kind).glob("*.yaml"))
    rules, validator = _rules()[kind], _validator(kind)
    assert validator is not None
    for _ in range(200 if files else 0):
        node = parse(chance.choice(files).read_bytes(), "x")[0]
        assert isinstance(node, Map)
        canonical = Canonical(node)
        for field in chance.sample(sorted(rules), min(2, len(rules))):
            if field in canonical.claims and chance.random() < 0.7:
                chance.choice(canonical.claims[field])["value"] = other(chance, rules[field])
        if _plainly_sensible(kind, canonical):
            assert validator.validate(canonical.claims, normalize=False), validator.errors


def other(chance: random.Random, rule: dict[str, Any]) -> Any:
    near = [rule[name] * factor for name in ("min", "max") if name in rule for factor in (0.99, 1, 1.01)]
    return chance.choice([*near, *rule.get("allowed", ()), -1, 0, 1e12, "x", "2026-02-30", "2026-02-28"])


def test_canonical_form() -> None:
    text = "a: 1\nb: {value: 2, source: s}\nc:\n  - {value: 3}\n  - {value: 4}\nd: {e: {value: 5}}\nf: [6, 7]"
    found = Canonical(parse(text, "x")[0])
    assert {name: [claim["value"] for claim in claims] for name, claims in found.claims.items()} == {
        "a": [1],
        "b": [2],
        "c": [3, 4],
        "d.e": [5],
        "f": [6, 7],
    }
    assert found.paths["c"] == [("c", 0, "value"), ("c", 1, "value")] and found.paths["d.e"] == [("d", "e", "value")]
