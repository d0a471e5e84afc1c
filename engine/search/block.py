"""The facts of many candidates as columns: grounding asked once for each layout, program and host.

Axis 0: placements, a build with a layout each; axis 1: programs. What grounding says of a layout is gathered along the
first; what it says otherwise of another program or host replaces that along theirs; the card, its slot and its limit
come from the builds. Where few places are left, they stand in one line instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import InternalFault
from ..grounding.ground import Ground, only_deployments
from ..inference import Fact
from .build import Build, Layout, Software, layouts
from .candidate import Candidate, scenario
from .elements import Words
from .facts import Cell, Row, column_of
from .question import Question

if TYPE_CHECKING:
    from ..reading import Knowledge

# Facts that are given for each deployment; what else grounding says holds for all candidates.
MOVING = frozenset({"deployment", "member", "tensor_group", "chain", "engine_flag", "use"})
Place = tuple[int, ...]


class Kind(NamedTuple):
    """What placements have in common for grounding: number of cards, links, layout; or one build, in one layout."""

    cards: int
    links: str
    layout: Layout
    build: int | None = None


class Catalogue:
    """Builds, programs and kinds of placement of one block, and what grounding says of each of them."""

    def __init__(
        self, builds: Sequence[Build], programs: Sequence[Software], kinds: Sequence[Kind], question: Question,
        knowledge: Knowledge,
    ) -> None:  # fmt: skip
        self.builds, self.programs, self.kinds = builds, programs, kinds
        self.question, self.knowledge = question, knowledge
        self.exact = bool(kinds) and kinds[0].build is not None

    @cached_property
    def by_kind(self) -> list[tuple[str, int, Row]]:
        """Facts along the kinds of placement."""
        told, found = (
            self._facts([Candidate(self._example(one), self.programs[0], one.layout) for one in self.kinds]),
            [],
        )
        for kind in sorted({kind for own in told for kind in own}):
            for number in range(max(len(own.get(kind, ())) for own in told)):
                facts = [own[kind][number] if len(own.get(kind, ())) > number else None for own in told]
                found.append((kind, number, _row(facts)))
        return found

    @cached_property
    def by_program(self) -> list[tuple[str, int, str, Cell]]:
        """Attributes that differ among programs."""
        kind = max(self.kinds, key=lambda one: len(self._example(one).cards))
        return self._differing([Candidate(self._example(kind), one, kind.layout) for one in self.programs])

    @cached_property
    def _first(self) -> dict[tuple[int, str], Build]:
        first: dict[tuple[int, str], Build] = {}
        for build in self.builds:
            first.setdefault((build.count, build.links), build)
        return first

    def _example(self, kind: Kind) -> Build:
        return self._first[kind.cards, kind.links] if kind.build is None else self.builds[kind.build]

    @cached_property
    def by_host(self) -> tuple[list[tuple[str, int, str, Cell]], Any]:
        """Attributes of the deployment that differ among hosts, and the host of each build."""
        kinds: dict[Any, int] = {}
        which = [kinds.setdefault((one.host.bandwidth, one.host.ram, one.driver), len(kinds)) for one in self.builds]
        sample = [
            Candidate(self.builds[which.index(number)], self.programs[0], Layout(1, 1, 1, "none"))
            for number in range(len(kinds))
        ]
        differing = self._differing(sample)
        cells = [one for one in differing if one[0] == "deployment" and one[2] != "cards"]
        return cells, np.array(which)

    @cached_property
    def columns(self) -> dict[str, Any]:
        """What the builds say of themselves, a value for each build."""
        entries = self.knowledge.entries["gpus"]
        read: dict[str, Callable[[Build], Any]] = {
            "gpu": lambda one: one.gpu, "gen": lambda one: one.gen, "lanes": lambda one: one.lanes,
            "power": lambda one: one.power, "vendor": lambda one: entries[one.gpu]["vendor"],
            "architecture": lambda one: entries[one.gpu]["architecture"],
        }  # fmt: skip
        return {name: column_of([value(one) for one in self.builds])[0] for name, value in read.items()}

    @cached_property
    def money(self) -> tuple[Any, Any]:
        """Lowest and highest cost of each build [USD]."""
        return np.array([one.low for one in self.builds]), np.array([one.high for one in self.builds])

    @cached_property
    def patched(self) -> Any:
        """Which builds ask for another driver."""
        return np.array([one.driver != "stock" for one in self.builds])

    @cached_property
    def tinkered(self) -> Any:
        """Which programs keep a cache of few bits."""
        return np.array([one.tinkered for one in self.programs])

    @cached_property
    def watts(self) -> Any:
        """Limits of all cards of each build together [W]."""
        return np.array([one.watts for one in self.builds])

    def _facts(self, sample: Sequence[Candidate]) -> list[dict[str, list[Fact]]]:
        """The moving facts of some candidates, by kind."""
        told: list[dict[str, list[Fact]]] = [{} for _ in sample]
        uses: dict[tuple[str, str], Fact] = {}
        for fact in grounded(sample, self.question, self.knowledge).facts:
            if fact.kind == "use":
                uses[str(fact["deployment_use"]), str(fact["gpu"])] = fact
            elif fact.kind in MOVING:
                number = int(str(fact["id" if fact.kind == "deployment" else "deployment"]))
                told[number].setdefault(fact.kind, []).append(fact)
        for own, one in zip(told, sample, strict=True):
            own["use"] = [uses[str(own["deployment"][0]["use"]), gpu] for gpu in sorted(one.build.cards)]
        return told

    def _differing(self, sample: Sequence[Candidate]) -> list[tuple[str, int, str, Cell]]:
        told, found = self._facts(sample), []
        for kind in told[0]:
            for number in range(len(told[0][kind])):
                facts = [own[kind][number] for own in told]
                for name in sorted({name for fact in facts for name in fact.attributes}):
                    values = [_renamed(fact, name) for fact in facts]
                    if any(value != values[0] for value in values):
                        found.append((kind, number, name, _cell(values)))
        return found


class Block:
    """Some placements of a catalogue against all its programs, or each against one of them."""

    def __init__(self, catalogue: Catalogue, build_of: Any, kind_of: Any, valid: Any, program_of: Any = None) -> None:
        """build_of, kind_of: of each placement. valid: kinds by programs, whether the program knows the layout.

        program_of: of each placement, where the block is a line.
        """
        self.catalogue, self.build_of, self.kind_of, self.known = catalogue, build_of, kind_of, valid
        self.program_of = program_of

    @staticmethod
    def of(
        builds: Sequence[Build], programs: Sequence[Software], modes: Sequence[str], question: Question,
        knowledge: Knowledge,
    ) -> Block:  # fmt: skip
        """Every build in every layout that uses all of its cards."""
        if any(len(one.cards) > 1 or one.links == "as it is" for one in builds):
            return _each(builds, programs, modes, question, knowledge)
        kinds: list[Kind] = []
        own: dict[tuple[int, str], list[int]] = {}
        for pair in sorted({(one.count, one.links) for one in builds}):
            fresh = [Kind(*pair, one) for one in layouts(pair[0], modes, exactly=True)]
            own[pair] = list(range(len(kinds), len(kinds) + len(fresh)))
            kinds += fresh
        places = [(number, kind) for number, one in enumerate(builds) for kind in own[one.count, one.links]]
        pairs = np.array(places, dtype=int).reshape(-1, 2)
        catalogue = Catalogue(builds, programs, kinds, question, knowledge)
        return Block(catalogue, pairs[:, 0], pairs[:, 1], _valid(catalogue, modes))

    @property
    def shape(self) -> tuple[int, ...]:
        line = (len(self.build_of),)
        return line if self.program_of is not None else (*line, len(self.catalogue.programs))

    @property
    def size(self) -> int:
        """Number of candidates."""
        return int(self.valid.sum())

    @property
    def valid(self) -> Any:
        """Whether a place holds a candidate."""
        return self.known[self.kind_of] if self.program_of is None else self.known[self.kind_of, self.program_of]

    def chunks(self, most: int) -> Iterator[Block]:
        """The block in parts of about so many places."""
        each = max(1, most // max(1, len(self.catalogue.programs)))
        for start in range(0, len(self.build_of), each):
            part = slice(start, start + each)
            yield Block(self.catalogue, self.build_of[part], self.kind_of[part], self.known)

    def of_builds(self, wanted: Callable[[Build], bool]) -> Block:
        """The placements of some builds."""
        own = np.array([wanted(one) for one in self.catalogue.builds], dtype=bool)
        return self.only(own[self.build_of])

    def everyone(self) -> list[Candidate]:
        """Candidates that name each card and each program of the block."""
        own = self.catalogue
        first = {build.cards: build for build in own.builds}
        layout = Layout(1, 1, 1, "none")
        builds = list(first.values())
        return [
            *(Candidate(build, own.programs[0], layout) for build in builds),
            *(Candidate(builds[0], one, layout) for one in own.programs),
        ]

    def only(self, mask: Any) -> Block:
        """The placements of a mask."""
        return (
            self
            if len(mask) and mask.all()
            else Block(self.catalogue, self.build_of[mask], self.kind_of[mask], self.known)
        )

    def line(self, mask: Any) -> Block:
        """The places of a mask, one behind the other."""
        rows, programs = np.nonzero(mask)
        return Block(self.catalogue, self.build_of[rows], self.kind_of[rows], self.known, programs)

    def joined(self, other: Block) -> Block:
        """Two lines of one catalogue as one."""
        builds = np.concatenate((self.build_of, other.build_of))
        kinds = np.concatenate((self.kind_of, other.kind_of))
        programs = np.concatenate((self.program_of, other.program_of))
        return Block(self.catalogue, builds, kinds, self.known, programs)

    def candidate(self, place: Place) -> Candidate:
        """The candidate at a place."""
        own = self.catalogue
        layout = own.kinds[self.kind_of[place[0]]].layout
        program = place[1] if self.program_of is None else self.program_of[place[0]]
        return Candidate(own.builds[self.build_of[place[0]]], own.programs[program], layout)

    def rows(self) -> Iterator[tuple[str, Row]]:
        """The facts of all candidates, by kind."""
        own = self.catalogue
        rows = {(kind, number): self._gathered(row) for kind, number, row in own.by_kind}
        for kind, number, name, cell in own.by_program:
            rows[kind, number].cells[name] = self._of_programs(cell)
        if not own.exact:
            hosts, which = own.by_host
            for kind, number, name, cell in hosts:
                rows[kind, number].cells[name] = _placed(cell, which[self.build_of], self._down)
            for (kind, _), row in rows.items():
                row.cells.update(self._of_builds(kind, row))
        yield from ((kind, row) for (kind, _), row in rows.items())

    def _gathered(self, row: Row) -> Row:
        mask = row.mask if row.mask is True else row.mask[self.kind_of].reshape(self._down)
        return Row(mask, {name: _placed(cell, self.kind_of, self._down) for name, cell in row.cells.items()})

    @property
    def _down(self) -> tuple[int, ...]:
        """The shape of a column along the placements."""
        return (-1, 1) if self.program_of is None else (-1,)

    def _of_programs(self, cell: Cell) -> Cell:
        if self.program_of is None:
            return _placed(cell, slice(None), (1, -1))
        return _placed(cell, self.program_of, (-1,))

    def _of_builds(self, kind: str, row: Row) -> dict[str, Cell]:
        """What the builds say: the card, its slot, its limit."""
        wanted = FROM_BUILDS.get(kind, {})
        cells = {name: (self._column(source), True) for name, source in wanted.items()}
        if "bonded_gpu" in row.cells:
            cells["bonded_gpu"] = (self._column("gpu"), row.cells["bonded_gpu"][1])
        return cells

    def _column(self, name: str) -> Any:
        return _placed((self.catalogue.columns[name], True), self.build_of, self._down)[0]


def _each(
    builds: Sequence[Build], programs: Sequence[Software], modes: Sequence[str], question: Question,
    knowledge: Knowledge,
) -> Block:  # fmt: skip
    """Every build in every layout, cards left idle included, each pair grounded by itself: for rigs of any kind."""
    kinds = [
        Kind(one.count, one.links, layout, number)
        for number, one in enumerate(builds) for layout in layouts(one.count, modes, exactly=False)
    ]  # fmt: skip
    catalogue = Catalogue(builds, programs, kinds, question, knowledge)
    build_of = np.array([kind.build for kind in kinds], dtype=int)
    return Block(catalogue, build_of, np.arange(len(kinds)), _valid(catalogue, modes))


def _valid(catalogue: Catalogue, modes: Sequence[str]) -> Any:
    """Kinds of placement by programs: whether the program knows the layout."""
    engines = catalogue.knowledge.entries["engines"]
    known = [
        [knows(kind.layout, modes and engines[one.engine].get("split_modes") or ()) for one in catalogue.programs]
        for kind in catalogue.kinds
    ]
    return np.array(known, dtype=bool).reshape(len(catalogue.kinds), len(catalogue.programs))


FROM_BUILDS = {
    "member": {"gpu": "gpu", "gen": "gen", "lanes": "lanes", "power_limit": "power"},
    "tensor_group": {"slot_gen": "gen", "slot_lanes": "lanes"},
    "chain": {"slot_gen": "gen", "slot_lanes": "lanes"},
    "use": {"id": "gpu", "gpu": "gpu", "vendor": "vendor", "architecture": "architecture"},
}


def grounded(sample: Sequence[Candidate], question: Question, knowledge: Knowledge) -> Ground:
    """What grounding says of some candidates, each a deployment named by its number."""
    return only_deployments({str(number): scenario(one, question) for number, one in enumerate(sample)}, knowledge)


def knows(layout: Layout, modes: Sequence[str]) -> bool:
    """Whether an engine with these split modes lays a model out so; an engine without modes takes any layout."""
    return not modes or layout.split_mode in modes or layout.tensor * layout.pipeline == 1


def _row(facts: list[Fact | None]) -> Row:
    """Facts of some candidates; None where one has none."""
    there = np.array([fact is not None for fact in facts])
    names = sorted({name for fact in facts if fact is not None for name in fact.attributes})
    cells = {name: _cell([None if fact is None else _renamed(fact, name) for fact in facts]) for name in names}
    return Row(True if there.all() else there, cells)


def _renamed(fact: Fact, name: str) -> Any:
    """An attribute, with one name for the deployment of every candidate."""
    value = fact.get(name)
    if name == "deployment" or (fact.kind == "deployment" and name == "id"):
        return "now"
    if fact.kind in ("tensor_group", "chain") and name == "id":
        return f"now/{str(value).rpartition('/')[2]}"
    if fact.kind == "use" and name == "id":
        return f"card/{fact['gpu']}"
    return value


def _cell(values: list[Any]) -> Cell:
    given = [value for value in values if value is not None]
    if len({isinstance(value, str) for value in given}) > 1:
        raise InternalFault(f"an attribute of the candidates is a text here and a number there: {given[:3]}")
    if len(given) == len(values) and all(value == given[0] and type(value) is type(given[0]) for value in given):
        return given[0], True
    column, known = column_of(values)
    return column, True if known.all() else known


def _placed(cell: Cell, places: Any, shape: tuple[int, ...]) -> Cell:
    """A cell gathered at places, along an axis."""
    column, known = cell
    mask = known[places].reshape(shape) if isinstance(known, np.ndarray) else known
    if isinstance(column, Words):
        return Words(column.codes[places].reshape(shape)), mask
    return column[places].reshape(shape) if isinstance(column, np.ndarray) else column, mask
