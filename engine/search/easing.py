"""What asking for less would let in: fewer users, less context, lighter weights, as programs side by side.

Beside them the usual programs run on builds that are beyond one limit: what it would take to let that one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .evaluate import Evaluator
from .judging import Best, Chunk, limits
from .searching import Miss, Search, all_of

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .block import Block
    from .build import Build, Software
    from .catalogue import Catalogue
    from .question import Question
    from .space import Space


class Ease(NamedTuple):
    """One way to ask for less. users, context: in place of what is asked; lighter: of fewer bits than are asked."""

    users: int | None = None
    context: int | None = None
    lighter: bool = False


@dataclass
class Eased(Best):
    """What one way lets in: the best by the goal, or what comes nearest; builds and programs that do it."""

    builds: dict[int, Build] = field(default_factory=dict)
    programs: set[Software] = field(default_factory=set)


class Easing:
    """Searches over builds and the programs of several ways at once."""

    def __init__(self, question: Question, space: Space, knowledge: Knowledge) -> None:
        self.question, self.space, self.knowledge = question, space, knowledge
        self.misses: dict[str, Miss] = {}
        self._evaluator: Evaluator | None = None

    def over(
        self, ways: Mapping[Ease, Iterable[Software]], within: Sequence[Build], beyond: Sequence[Build] = ()
    ) -> dict[Ease, Eased]:
        """What each way finds. within: builds that keep budget and watts. beyond: others, for the programs as asked."""
        programs = [one._replace(users=way.users, context=way.context) for way, own in ways.items() for one in own]
        usual = self.space.programs if beyond else []
        blocks = [one for one in self.space.blocks([*within, *beyond], [*usual, *programs]) if one.size]
        found, inside = {way: Eased() for way in ways}, set(map(id, within))
        if not blocks:
            return found
        if self._evaluator is None or not self._evaluator.knows(blocks):
            self._evaluator = Evaluator(self.question, self.knowledge, blocks)
        search = Search(self.question, self._evaluator)
        for block in blocks:
            self._look(block, inside, search, found)
        self.misses |= search.found.misses
        return found

    def _look(self, block: Block, inside: set[int], search: Search, found: Mapping[Ease, Eased]) -> None:
        own = block.catalogue
        within, ways = np.array([id(one) in inside for one in own.builds]), self._ways(own)
        kinds = list(dict.fromkeys(ways))
        way_of = np.array([kinds.index(way) for way in ways])
        usual = np.array([way is None for way in ways])
        allowed = block.where(block.of_builds(within) != usual)
        for numbers in search.evaluator.chunks(allowed) if allowed is not None else ():
            chunk = Chunk(numbers)
            for number, way in enumerate(kinds):
                runs = numbers.runs & (way_of[chunk.block.programs] == number)
                if not runs.any():
                    continue
                if way is None:
                    search.remember_misses(limits(self.question, chunk), chunk, runs)
                else:
                    self._choose(found[way], chunk, runs, self._asked(way))

    def _ways(self, own: Catalogue) -> list[Ease | None]:
        """Of each program the way that it is tried for; None: as asked."""
        formats, asked = self.knowledge.entries["quantizations"], self.question
        least = 0.0 if asked.quantizations else asked.min_bits
        lighter = {key: float(one["bits_per_weight"]) < least for key, one in formats.items()}
        ways = [Ease(one.users, one.context, lighter[one.quantization]) for one in own.programs]
        return [None if way == Ease() else way for way in ways]

    def _asked(self, way: Ease) -> Question:
        """The question of one way. What each user gets of one is what one alone gets."""
        if way.users != 1:
            return self.question
        targets = dict(self.question.targets)
        least = max(targets.pop("user_decode", 0.0), targets.get("decode", 0.0))
        return replace(self.question, users=1, targets=targets | {"decode": least} if least else targets)

    def _choose(self, eased: Eased, chunk: Chunk, runs: Any, asked: Question) -> None:
        kept = limits(asked, chunk)
        there = np.flatnonzero(all_of(runs, {name: mask for name, mask in kept.items() if name == "now"}))
        if len(there):
            eased.choose(chunk, there, asked)
        feasible, own = all_of(runs, kept), chunk.block.catalogue
        builds = [own.builds[number] for number in chunk.block.builds_of(feasible)]
        programs = [own.programs[number] for number in chunk.block.programs_of(feasible)]
        eased.builds |= {id(one): one for one in builds}
        eased.programs |= {one._replace(users=None, context=None) for one in programs}
