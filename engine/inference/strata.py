"""Strata: the order in which rules may be run so that absence is only ever asked of finished kinds of facts."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from ..errors import KnowledgeError
from .rule import Pattern, Rule, Template, can_match

Edges = list[dict[int, bool]]
"""For each rule the rules it reads from, and whether it does so through `unless` or `collect`."""


def stratify(rules: Sequence[Rule]) -> tuple[tuple[int, ...], ...]:
    """The rules' indices, stratum by stratum, as few strata as there can be.

    Raises KnowledgeError where a rule depends on its own absence, naming the path.
    """
    reads = dependencies(rules)
    levels = [0] * len(rules)
    waiting = deque(range(len(rules)))
    readers = _readers(reads)
    while waiting:
        written = waiting.popleft()
        for reader, negative in readers[written]:
            level = levels[written] + negative
            if level > levels[reader]:
                if level > len(rules):
                    raise _negative_cycle(rules, reads)
                levels[reader] = level
                waiting.append(reader)
    return tuple(
        tuple(index for index, level in enumerate(levels) if level == wanted) for wanted in sorted(set(levels))
    )


def dependencies(rules: Sequence[Rule]) -> Edges:
    """Rule A reads from rule B if a conclusion of B could be a fact that a pattern of A matches."""
    writers: dict[str, list[tuple[int, Template]]] = {}
    for index, rule in enumerate(rules):
        for template in rule.then:
            writers.setdefault(template.kind, []).append((index, template))
    return [_reads(rule, writers) for rule in rules]


def _reads(rule: Rule, writers: dict[str, list[tuple[int, Template]]]) -> dict[int, bool]:
    reads: dict[int, bool] = {}
    for pattern in rule.when:
        for index, template in writers.get(pattern.kind, ()):
            if index not in reads and can_match(template, pattern):
                reads[index] = False
    for pattern in denied(rule):
        for index, template in writers.get(pattern.kind, ()):
            if can_match(template, pattern):
                reads[index] = True
    return reads


def denied(rule: Rule) -> tuple[Pattern, ...]:
    """The patterns that need a finished stratum below: of `unless` and of `collect`."""
    return (*rule.unless, *(part.pattern for part in rule.collect))


def _readers(reads: Edges) -> list[list[tuple[int, bool]]]:
    readers: list[list[tuple[int, bool]]] = [[] for _ in reads]
    for reader, written in enumerate(reads):
        for index, negative in written.items():
            readers[index].append((reader, negative))
    return readers


def _negative_cycle(rules: Sequence[Rule], reads: Edges) -> KnowledgeError:
    for reader, written in enumerate(reads):
        for index, negative in written.items():
            path = _path(reads, index, reader) if negative else None
            if path is not None:
                return _refusal(rules, reads, [reader, *path])
    raise AssertionError("levels rise without end only where there is a negative cycle")


def _path(reads: Edges, start: int, goal: int) -> list[int] | None:
    """The shortest way from `start` to `goal` along what is read from what."""
    before: dict[int, int] = {start: start}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here == goal:
            return _walked(before, start, goal)
        for there in reads[here]:
            if there not in before:
                before[there] = here
                waiting.append(there)
    return None


def _walked(before: dict[int, int], start: int, goal: int) -> list[int]:
    path = [goal]
    while path[-1] != start:
        path.append(before[path[-1]])
    return path[::-1]


def _refusal(rules: Sequence[Rule], reads: Edges, path: list[int]) -> KnowledgeError:
    steps = [rules[path[0]].id]
    for reader, written in pairwise(path):
        way = "through unless or collect" if reads[reader][written] else "through when"
        steps.append(f"reads from {rules[written].id} ({way})")
    first = rules[path[0]]
    return KnowledgeError(
        f"rule {first.id} depends on its own absence: {', '.join(steps)}",
        where=first.origin or None,
        hint="take one of these conditions out, or let one conclusion be of another kind",
    )
