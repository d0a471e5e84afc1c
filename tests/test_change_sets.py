"""The search for the cheapest set of changes, against brute force over all sets."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from engine.advice.change_sets import POINTS, Chosen, Search, how, weight
from engine.advice.changes import Change

SORTS = tuple(POINTS)


def some_changes(chance: random.Random, count: int) -> list[Change]:
    found = []
    for number in range(count):
        sort = chance.choice(SORTS)
        usd = chance.choice((100.0, 250.0, 900.0)) if sort == "money" else 0.0
        found.append(Change(sort, f"c{number}", {f"path{number}": 1}, usd))
    return sorted(found, key=lambda change: change.weight)


def turning(goals: list[frozenset[str]], chosen: Chosen) -> bool:
    """Whether a set holds one of the sets that turn the target."""
    return any(goal <= {change.says for change in chosen} for goal in goals)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_found_first_is_the_cheapest_of_all_sets(seed: int) -> None:
    chance = random.Random(seed)
    known = some_changes(chance, 9)
    goals = [frozenset(change.says for change in chance.sample(known, chance.choice((1, 2, 2, 3, 4)))) for _ in "ab"]
    search = Search(known, "as it was", lambda one: "turned" if turning(goals, one) else "as it was", 10_000, 3)
    search.run()
    every = [one for size in range(1, 6) for one in combinations(known, size) if turning(goals, one)]
    small = [one for one in every if len(one) <= 3]
    assert search.complete
    assert bool(search.found) == bool(small)
    if small:
        assert weight(search.found[0][0]) == min(map(weight, small))
    if search.found and search.proved is None:
        assert weight(search.found[0][0]) == min(map(weight, every))
        assert "proved minimal: no cheaper set" in how(search)


@pytest.mark.parametrize("tries", [0, 3, 9, 20])
def test_a_search_that_is_cut_short_says_what_it_tried(tries: int) -> None:
    known = some_changes(random.Random(1), 9)
    asked: list[Chosen] = []
    search = Search(known, "as it was", lambda one: asked.append(one) or "as it was", tries, 2)
    search.run()
    assert len(asked) == search.tried == tries
    assert not search.complete and "--tries looks further" in how(search)
    assert search.proved == (1 if tries >= 9 else 0)
    assert ("no single change of the 9" in how(search)) == (tries >= 9)


def test_a_set_that_no_rig_can_have_turns_nothing() -> None:
    search = Search(some_changes(random.Random(2), 4), "as it was", lambda _: None, 100, 2)
    search.run()
    assert search.found == [] and search.complete
    assert search.refused == search.tried == 10


def test_what_is_found_before_the_tries_end_is_proved_among_single_changes() -> None:
    known = some_changes(random.Random(3), 9)
    free = sorted(((one,) for one in known), key=weight)
    search = Search(known, "as it was", lambda one: "turned" if one == free[1] else "as it was", 4, 2)
    search.run()
    assert search.tried == 4 and search.found[0][0] == free[1]
    assert search.proved in (1, 2, None) and "nothing is proved" not in how(search)
