"""A box of candidates: cards × kinds of layout × hosts × power limits × programs, with holes where none is."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from .axes import AXES, PROGRAMS, Ranges, cut, gathered, halves, hull, parted
from .candidate import Candidate
from .catalogue import Catalogue
from .elements import Mask, distinct
from .facts import Cell, Row

# Where fewer of the places of a box hold a candidate, the candidates may be listed.
LISTED = 0.25


class Block:
    """Some places of a catalogue.

    at: build at each card, kind, host and limit, -1 where there is none. kind_of: kind of placement at each card and
    place of the second axis. known, programs: on all axes, whether a candidate counts there, and number of its program.
    """

    def __init__(
        self, catalogue: Catalogue, at: Any, kind_of: Any, known: Any, programs: Any, rows: list[tuple[str, Row]]
    ) -> None:
        self.catalogue, self.at, self.kind_of, self.known = catalogue, at, kind_of, known
        self.programs, self.rows = programs, rows

    @property
    def shape(self) -> tuple[int, ...]:
        return np.broadcast_shapes((*self.at.shape, 1), self.programs.shape)

    @property
    def size(self) -> int:
        """Number of candidates."""
        return int(np.count_nonzero(self.valid))

    @property
    def valid(self) -> Any:
        """Whether a place holds a candidate."""
        return (self.at >= 0)[..., np.newaxis] & self.known

    def part(self, ranges: Ranges) -> Block:
        """The places at some numbers of each axis."""
        rows = [
            (kind, Row(cut(row.mask, ranges), {name: _cut(cell, ranges) for name, cell in row.cells.items()}))
            for kind, row in self.rows
        ]
        at, kind_of, known, programs = (cut(own, ranges) for own in (self.at, self.kind_of, self.known, self.programs))
        return Block(self.catalogue, at, kind_of, known, programs, rows)

    def listed(self) -> Block:
        """The candidates of the block one after the other along the first axis, the places between them left out."""
        places = np.nonzero(self.valid)

        def own(value: Any) -> Any:
            return gathered(value, places)

        rows = [
            (kind, Row(own(row.mask), {name: (own(one), own(known)) for name, (one, known) in row.cells.items()}))
            for kind, row in self.rows
        ]
        at, kind_of, programs = self.at[places[:-1]], self.kind_of[places[:2]], own(self.programs)
        there = np.ones((len(at), *(1,) * len(AXES[1:])), dtype=bool)
        return Block(self.catalogue, at.reshape(-1, 1, 1, 1), kind_of.reshape(-1, 1), there, programs, rows)

    def knowing(self, rows: list[tuple[str, Row]]) -> Block:
        """The same places with other facts."""
        return Block(self.catalogue, self.at, self.kind_of, self.known, self.programs, rows)

    def pieces(self, most: int) -> Iterator[Block]:
        """The block in parts of at most so many places, as far as it can be cut."""
        parts = halves(self.shape) if prod(self.shape) > most else ()
        if not parts:
            yield self
        for ranges in parts:
            yield from self.part(ranges).pieces(most)

    def compact(self, most: int, listed: int) -> Iterator[Block]:
        """The candidates of the block in parts of at most so many places, none larger than it has to be to hold them.

        listed: so many candidates at most, with many holes between them, stand one after the other.
        """
        there = self.valid
        size, ranges = int(np.count_nonzero(there)), hull(there)
        places = prod(map(len, ranges))
        if size <= min(LISTED * places, listed):
            if size:
                yield self.listed()
            return
        own = self if places == prod(self.shape) else self.part(ranges)
        if places <= most or max(own.shape[:-1]) == 1:
            yield own
            return
        for part in parted(own.valid):
            yield from own.part(part).compact(most, listed)

    def only(self, mask: Mask) -> Block:
        """The same places, those alone counted as candidates that a mask holds for."""
        return Block(self.catalogue, self.at, self.kind_of, self.known & mask, self.programs, self.rows)

    def where(self, mask: Mask) -> Block | None:
        """The smallest box that holds all places of a mask, the others no candidates; None where it holds nowhere."""
        found = self.only(mask)
        ranges = hull(found.valid)
        if tuple(map(len, ranges)) == self.shape:
            return found
        return found.part(ranges) if len(ranges[0]) else None

    def candidate(self, place: int) -> Candidate:
        """The candidate at a place, counted through the block."""
        own = self.catalogue
        card, kind, host, power, program = np.unravel_index(place, self.shape)
        build = own.builds[self.at[card, kind, host, power]]
        number = int(np.broadcast_to(self.programs, self.shape)[card, kind, host, power, program])
        return Candidate(build, own.programs[number], own.kinds[self.kind_of[card, kind]].layout)

    def builds_of(self, mask: Any) -> list[int]:
        """Numbers of the builds of some candidates; mask: on all axes."""
        found: list[int] = distinct(self.at[np.broadcast_to(mask, self.shape).any(axis=PROGRAMS)]).tolist()
        return found

    def programs_of(self, mask: Any) -> list[int]:
        """Numbers of the programs of some candidates; mask: on all axes."""
        programs, own = np.broadcast_to(self.programs, self.shape), np.broadcast_to(mask, self.shape)
        found: list[int] = distinct(programs[own]).tolist()
        return found

    def of_builds(self, column: Any) -> Any:
        """A value of each build, at all places; what is said of no build counts nowhere."""
        return column[self.at][..., np.newaxis]


def _cut(cell: Cell, ranges: Ranges) -> Cell:
    return cut(cell[0], ranges), cut(cell[1], ranges)
