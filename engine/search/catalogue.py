"""What grounding says of many candidates, asked once for each layout, program and host.

What it says of a layout is gathered along the kinds of placement; what it says otherwise of another program or host
replaces that along theirs; the card, its slot and its limit come from the builds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import InternalFault
from ..grounding.ground import Ground, only_deployments
from ..inference import Fact
from .axes import PROGRAMS, along, spread
from .build import Build, Layout, Software
from .candidate import Candidate, scenario
from .elements import Words
from .facts import Cell, Row, column_of
from .question import Question

if TYPE_CHECKING:
    from ..reading import Knowledge

# Facts that are given for each deployment; what else grounding says holds for all candidates.
MOVING = frozenset({"deployment", "member", "tensor_group", "chain", "engine_flag", "use"})
# What the builds say of themselves, by kind and attribute.
FROM_BUILDS = {
    "member": {"gpu": "gpu", "gen": "gen", "lanes": "lanes", "power_limit": "power"},
    "tensor_group": {"slot_gen": "gen", "slot_lanes": "lanes"},
    "chain": {"slot_gen": "gen", "slot_lanes": "lanes"},
    "use": {"id": "gpu", "gpu": "gpu", "vendor": "vendor", "architecture": "architecture"},
}


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

    def rows(self, at: Any, kind_of: Any) -> Iterator[tuple[str, Row]]:
        """The facts of all candidates, by kind. at: build at each card, kind, host and limit, -1 where there is none.

        kind_of: kind of placement at each card and place of the second axis.
        """
        there = at >= 0
        found = {(kind, number): _spread_row(row, kind_of, there.any(axis=(2, 3))) for kind, number, row in self._kinds}
        for kind, number, name, cell in self._programs:
            found[kind, number].cells[name] = along(cell, PROGRAMS)
        _share_users(found["deployment", 0])
        if self.kinds[0].build is None:
            for kind, number, name, cell in self._hosts:
                found[kind, number].cells[name] = spread(cell, at, there)
            columns = {name: spread((column, True), at, there) for name, column in self._columns.items()}
            for (kind, _), row in found.items():
                row.cells |= {name: columns[source] for name, source in FROM_BUILDS.get(kind, {}).items()}
                if "bonded_gpu" in row.cells:
                    row.cells["bonded_gpu"] = (columns["gpu"][0], row.cells["bonded_gpu"][1])
        yield from ((kind, row) for (kind, _), row in found.items())

    @cached_property
    def _kinds(self) -> list[tuple[str, int, Row]]:
        """Facts along the kinds of placement."""
        told = self._facts([Candidate(self._example(one), self.programs[0], one.layout) for one in self.kinds])
        found = []
        for kind in sorted({kind for own in told for kind in own}):
            for number in range(max(len(own.get(kind, ())) for own in told)):
                facts = [own[kind][number] if len(own.get(kind, ())) > number else None for own in told]
                found.append((kind, number, _row(facts)))
        return found

    @cached_property
    def _programs(self) -> list[tuple[str, int, str, Cell]]:
        """Attributes that differ among programs."""
        kind = max(self.kinds, key=lambda one: len(self._example(one).cards))
        return self._differing([Candidate(self._example(kind), one, kind.layout) for one in self.programs])

    @cached_property
    def _hosts(self) -> list[tuple[str, int, str, Cell]]:
        """Attributes of the deployment that differ among hosts and drivers, for each build."""
        kinds: dict[Any, int] = {}
        which = [kinds.setdefault((one.host.bandwidth, one.host.ram, one.driver), len(kinds)) for one in self.builds]
        sample = [
            Candidate(self.builds[which.index(number)], self.programs[0], Layout(1, 1, 1, "none"))
            for number in range(len(kinds))
        ]
        return [
            (kind, number, name, _gathered(cell, np.array(which)))
            for kind, number, name, cell in self._differing(sample)
            if kind == "deployment" and name != "cards"
        ]

    @cached_property
    def _columns(self) -> dict[str, Any]:
        """What the builds say of themselves, a value for each build."""
        entries = self.knowledge.entries["gpus"]
        read: dict[str, Callable[[Build], Any]] = {
            "gpu": lambda one: one.gpu, "gen": lambda one: one.gen, "lanes": lambda one: one.lanes,
            "power": lambda one: one.power, "vendor": lambda one: entries[one.gpu]["vendor"],
            "architecture": lambda one: entries[one.gpu]["architecture"],
        }  # fmt: skip
        return {name: _column([value(one) for one in self.builds]) for name, value in read.items()}

    @cached_property
    def _first(self) -> dict[tuple[int, str], Build]:
        first: dict[tuple[int, str], Build] = {}
        for build in self.builds:
            first.setdefault((build.count, build.links), build)
        return first

    def _example(self, kind: Kind) -> Build:
        return self._first[kind.cards, kind.links] if kind.build is None else self.builds[kind.build]

    def everyone(self) -> list[Candidate]:
        """Candidates that name each card and each program."""
        builds, layout = list({(one.gpu, one.cards): one for one in self.builds}.values()), Layout(1, 1, 1, "none")
        return [
            *(Candidate(build, self.programs[0], layout) for build in builds),
            *(Candidate(builds[0], one, layout) for one in self.programs),
        ]

    @cached_property
    def money(self) -> tuple[Any, Any]:
        """Lowest and highest cost of each build [USD]."""
        low, high = np.array([one.cost for one in self.builds]).T
        return low, high

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


def _share_users(deployment: Row) -> None:
    """What each copy serves follows from the users of the program and the copies of the layout at once."""
    (users, known), (replicas, _) = deployment.cells["users"], deployment.cells["replicas"]
    if isinstance(users, np.ndarray):
        deployment.cells["users_each"] = (np.ceil(users / replicas), known)


def grounded(sample: Sequence[Candidate], question: Question, knowledge: Knowledge) -> Ground:
    """What grounding says of some candidates, each a deployment named by its number."""
    return only_deployments({str(number): scenario(one, question) for number, one in enumerate(sample)}, knowledge)


def _row(facts: list[Fact | None]) -> Row:
    """Facts of some candidates; None where one has none."""
    there = np.array([fact is not None for fact in facts])
    names = sorted({name for fact in facts if fact is not None for name in fact.attributes})
    cells = {name: _cell([None if fact is None else _renamed(fact, name) for fact in facts]) for name in names}
    return Row(True if there.all() else there, cells)


def _spread_row(row: Row, kind_of: Any, there: Any) -> Row:
    mask = spread((0, row.mask), kind_of, there)[1]
    return Row(mask, {name: spread(cell, kind_of, there) for name, cell in row.cells.items()})


def _column(values: list[Any]) -> Any:
    """Values as a column, each distinct one looked at once."""
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return _gathered((column_of(list(numbers))[0], True), [numbers[value] for value in values])[0]


def _gathered(cell: Cell, places: Any) -> Cell:
    column, known = cell
    taken = Words(column.codes[places]) if isinstance(column, Words) else column[places]
    return taken, known[places] if isinstance(known, np.ndarray) else known


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
