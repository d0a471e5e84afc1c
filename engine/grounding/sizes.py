"""The group sizes that come up: every number of cards of the rig, what is asked for, and halves of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .scenario import value_at

MOST_LISTED = 64


def size_facts(scenario: Mapping[str, Any], cards: int, tried: Iterable[int] = ()) -> Iterator[dict[str, Any]]:
    """Facts `{size, value, within_rig}` of one to all cards and one more, the sizes asked for and half of them.

    tried: sizes that options bring.
    """
    asked = [value_at(scenario, f"workload.parallelism.{name}") for name in ("tensor", "pipeline")]
    numbers = {one for one in asked if isinstance(one, int) and one > 0}
    sizes = set(range(1, min(cards, MOST_LISTED) + 1)) | {cards, cards + 1} | numbers | {one // 2 for one in numbers}
    sizes |= set(tried)
    for size in sorted(sizes - {0}):
        yield {"kind": "size", "value": size, "within_rig": size <= cards}
