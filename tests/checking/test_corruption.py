"""Files of the real knowledge damaged at random: what is told, on which line, with which hint.

The short run holds the shares below; with RIGWISE_SOAK it makes as many damages and prints the table.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Iterable
from itertools import count
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


def drawn(names: Iterable[str], lot: str) -> str:
    """The name with the lowest number in this lot: one name more takes its own draws and leaves the others alone."""
    return min(names, key=lambda name: random.Random(f"{lot} {name}").random())


def shelves_of(root: Path) -> dict[str, dict[str, Path]]:
    """Files of the knowledge by folder, those of the root each alone, by their path below the root."""
    shelves: dict[str, dict[str, Path]] = defaultdict(dict)
    for path in root.rglob("*.*"):
        if path.suffix in (".yaml", ".csv"):
            shelves[path.parent.name if path.parent != root else path.stem][path.relative_to(root).as_posix()] = path
    return shelves


def campaign(knowledge: OneFile, size: int, seed: int) -> list[corruption.Outcome]:
    """Outcomes of damages to files of all folders alike; a file that comes to the knowledge changes few of them."""
    shelves = shelves_of(KNOWLEDGE)
    outcomes: list[corruption.Outcome] = []
    before: dict[str, set[tuple[str, str]]] = {}
    draws = (f"{seed} {number}" for number in count())
    while len(outcomes) < size:
        lot = next(draws)
        shelf = shelves[drawn(shelves, lot)]
        name, kind = drawn(shelf, lot), drawn(corruption.DAMAGES, lot)
        raw, chance = shelf[name].read_bytes(), random.Random(f"{lot} {kind} {name}")
        table = name.endswith(".csv")
        damage = corruption.spoil_table(raw.decode(), chance) if table else corruption.spoil(raw.decode(), kind, chance)
        if damage is None:
            continue
        if name not in before:
            before[name] = {(one.code, one.message) for one in knowledge.check(name, raw)}
        found = [
            one for one in knowledge.check(name, damage.text.encode()) if (one.code, one.message) not in before[name]
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
