"""The front: against brute force, and as the answer tells it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.reading import Knowledge
from engine.search import evaluate
from engine.search.build import Host, outdone
from engine.search.evaluate import Evaluator
from engine.search.front import EASE, Front, apart
from engine.search.prices import Price, PriceList
from engine.search.question import asked
from engine.search.searching import Search
from engine.search.space import Space


def brute(points: list[tuple[float, float, float]]) -> set[tuple[float, float, float]]:
    """(money, speed, power) that no other one beats or equals."""
    return {
        one for one in points
        if not any(two != one and two[0] <= one[0] and two[1] >= one[1] and two[2] <= one[2] for two in points)
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_the_front_is_complete_and_holds_nothing_else(seed: int) -> None:
    """In chunks of any size, with many ties."""
    rng = np.random.default_rng(seed)
    points = [tuple(map(float, row)) for row in rng.integers(0, 4 + 6 * seed, size=(300, 3))]
    front = Front()
    for start in range(0, 300, 37):
        part = np.array(points[start : start + 37])
        front.add(part[:, 0], part[:, 1], part[:, 2], lambda at, start=start: start + at)
    found = [row for row, _ in front.ordered()]
    assert set(found) == brute(points)
    assert len(found) == len(set(found))
    assert all(points[tag] == row for row, tag in front.ordered())


@pytest.mark.parametrize("users", [1, 4])
def test_a_search_finds_the_front_of_all_its_candidates(
    users: int, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is evaluated together, sorted out ahead or left to the gates: against every candidate by itself."""
    monkeypatch.setattr(evaluate, "MOST_AT_ONCE", 600)
    flags = {"model": "llama-3.1-70b", "users": users, "gpu": ["rtx_3090", "rtx_5090"], "slots": 3, "budget": 6000,
             "max_watts": 900, "min_bits": 4.5}  # fmt: skip
    question = asked(flags, knowledge)
    blocks = list(Space(question, knowledge, PriceList(knowledge)).blocks())
    evaluator = Evaluator(question, knowledge, blocks)
    points = []
    for numbers in (evaluator.evaluate(block) for block in blocks):
        for place in np.flatnonzero(numbers.runs).tolist():
            build, software, _ = candidate = numbers.block.candidate(place)
            if sum(build.cost) / 2 <= 6000 and build.watts <= 900:
                speed = numbers.at(question.speed, place) * (1 - candidate.qualms)
                watts = numbers.at("power", place) if users == 1 else build.watts
                points.append((sum(build.cost) / 2, speed, watts))
    found = Search(question, evaluator).over(blocks)
    assert found.feasible == len(points) > 1000
    wanted = sorted(brute(sorted(set(points))))
    assert len(wanted) > 5
    assert sorted(row for row, _ in found.front) == [pytest.approx(row, rel=1e-12) for row in wanted]
    assert found.best is not None
    assert found.best.worth(question.speed) == pytest.approx(max(speed for _, speed, _ in points))


def test_rows_that_are_shown_stand_for_all() -> None:
    rng = np.random.default_rng(5)
    front = Front()
    part = rng.random((500, 3)) + 0.2
    front.add(part[:, 0] * 5e3, part[:, 1], part[:, 2], int)
    rows = front.ordered()
    chosen = [rows[at][0] for at in apart([row for row, _ in rows])]
    assert len(chosen) < len(rows)
    for (money, speed, power), _ in rows:
        assert any(
            a <= money + max(0.05 * money, EASE) and b >= speed * 0.95 and c <= power * 1.2 + 30 for a, b, c in chosen
        )


def test_a_host_is_left_out_only_for_one_that_has_no_less_and_costs_no_more() -> None:
    def host(name: str, usd: float, lanes: int = 8, bandwidth: float = 90, roomy: bool = False) -> Host:
        return Host(name, 4, lanes, bandwidth, 32, ((Price(name, usd, usd, "own", None, (), False), 1),), roomy)

    best, slower, alike, wide = host("a", 700), host("b", 700, bandwidth=50), host("c", 700), host("d", 900, lanes=16)
    narrow, roomy = host("e", 950, lanes=8, bandwidth=95), host("f", 1000, roomy=True)
    assert list(outdone([best, slower, alike, wide, narrow, roomy])) == [slower, alike]
    assert list(outdone([alike, best])) == [best]
