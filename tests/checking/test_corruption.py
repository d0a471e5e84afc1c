"""Files of the real knowledge damaged at random: what is told, on which line, with which hint.

The short run holds the shares below; with RIGWISE_SOAK it makes as many damages and prints the table.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from pathlib import Path

import corruption
import pytest
from one_file import OneFile

ROOT = Path(__file__).resolve().parents[2]
KNOWLEDGE = ROOT / "knowledge"
SOAK = int(os.environ.get("RIGWISE_SOAK", "0"))
ALWAYS = frozenset(
    {
        "misspelt key", "key twice", "with a unit", "in quotes", "negative", "placeholder", "variable", "operator",
        "table: a comma too many", "table: value not a number", "table: value negative", "table: count wrong",
        "table: misspelt name", "table: quote open",
    }
)  # fmt: skip
"""Damages of which at most one in fifteen may pass; of all damages together, one in four."""


@pytest.fixture(scope="module")
def knowledge() -> OneFile:
    return OneFile(KNOWLEDGE)


def campaign(knowledge: OneFile, count: int, seed: int) -> list[corruption.Outcome]:
    """Outcomes of damages to files of all folders alike."""
    chance = random.Random(seed)
    shelves: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(KNOWLEDGE.rglob("*.*")):
        if path.suffix in (".yaml", ".csv"):
            shelves[path.parent.name if path.parent != KNOWLEDGE else path.stem].append(path)
    outcomes: list[corruption.Outcome] = []
    before: dict[Path, set[tuple[str, str]]] = {}
    while len(outcomes) < count:
        path = chance.choice(shelves[chance.choice(list(shelves))])
        name, raw = path.relative_to(KNOWLEDGE).as_posix(), path.read_bytes()
        kind = chance.choice(list(corruption.DAMAGES))
        text = raw.decode()
        damage = corruption.spoil_table(text, chance) if path.suffix == ".csv" else corruption.spoil(text, kind, chance)
        if damage is None:
            continue
        if path not in before:
            before[path] = {(one.code, one.message) for one in knowledge.check(name, raw)}
        found = [
            one for one in knowledge.check(name, damage.text.encode()) if (one.code, one.message) not in before[path]
        ]
        outcomes.append(corruption.judged(name, damage, found))
    return outcomes


def test_damage_is_told(knowledge: OneFile) -> None:
    outcomes = campaign(knowledge, max(30, SOAK // 10), seed=5)
    table = corruption.table(outcomes)
    print(f"\n{table}")
    certain = [one for one in outcomes if one.damage.kind in ALWAYS]
    silent = [one for one in outcomes if not one.told]
    assert sum(not one.told for one in certain) <= len(certain) / 15 + 1, table
    assert len(silent) <= len(outcomes) / 4, table
    told = [one for one in outcomes if one.told]
    assert sum(not one.placed for one in told) <= len(told) / 12 + 1, [one.said for one in told if not one.placed]
    assert all(one.hinted for one in told), [one.said for one in told if not one.hinted]
