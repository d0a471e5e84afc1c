"""Rules that are given to an engine together, and the facts they look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .alphas import Alphas
from .matching import Match, Matcher
from .store import Store

MOST_KINDS = 200
"""Kinds of facts that one group of rules looks at: durable_rules fails at 512 conditions to begin with."""


class Shard:
    """An engine at work on some rules. Facts reach it once each, as far as a pattern of its rules could match them."""

    def __init__(self, rules: Sequence[int], matcher: Matcher, alphas: Alphas, store: Store) -> None:
        self.store = store
        self.memories = [store.memory(*alphas.alphas[number]) for number in _widest(rules, alphas)]
        self.told = [0] * len(self.memories)
        self.session = matcher.open(rules)

    def learn(self) -> bool:
        """Tell the engine of the facts that are new to it; whether there were any."""
        fresh: set[int] = set()
        for place, memory in enumerate(self.memories):
            if len(memory) > self.told[place]:
                fresh.update(memory[self.told[place] :])
                self.told[place] = len(memory)
        facts = self.store.facts
        self.session.add([(number, facts[number]) for number in sorted(fresh)])
        return bool(fresh)

    def matches(self) -> list[Match]:
        """All matches that are new since the last call."""
        return self.session.matches()


def _widest(rules: Iterable[int], alphas: Alphas) -> list[int]:
    """The alphas of some rules, without those whose facts another one has anyway."""
    asked = {number for rule in rules for number in alphas.asked[rule]}
    whole = {alphas.alphas[number][0] for number in asked if not alphas.alphas[number][1]}
    return sorted(n for n in asked if not alphas.alphas[n][1] or alphas.alphas[n][0] not in whole)


def grouped(rules: Iterable[int], alphas: Alphas, store: Store, most_patterns: int) -> list[list[int]]:
    """Rules in as few groups as hold at most so many patterns of one kind each, those that look at the same many facts
    together."""
    groups: list[list[int]] = []
    counts: list[dict[str, int]] = []
    for rule in sorted(rules, key=lambda rule: (_weights(rule, alphas, store), rule)):
        wanted = alphas.patterns[rule]
        place = next((n for n, one in enumerate(counts) if _has_room(one, wanted, most_patterns)), len(groups))
        if place == len(groups):
            groups.append([])
            counts.append({})
        groups[place].append(rule)
        for kind, number in wanted:
            counts[place][kind] = counts[place].get(kind, 0) + number
    return groups


def _has_room(counts: dict[str, int], wanted: Iterable[tuple[str, int]], most_patterns: int) -> bool:
    return len(counts) < MOST_KINDS and all(counts.get(kind, 0) + number <= most_patterns for kind, number in wanted)


def _weights(rule: int, alphas: Alphas, store: Store) -> list[tuple[int, int]]:
    return sorted((-len(store.memory(*alphas.alphas[number])), number) for number in alphas.asked[rule])
