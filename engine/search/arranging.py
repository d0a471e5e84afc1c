"""Builds arranged as boxes: what is bought along four axes, what runs on it along the fifth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .block import Block
from .build import Build, Layout, Software, layouts
from .catalogue import Catalogue, Kind
from .measured import Measured
from .question import Question

if TYPE_CHECKING:
    from ..reading import Knowledge

# Asking all rules once more costs as much as so many empty places.
WORTH = 2**18


def blocks(
    builds: Sequence[Build], programs: Sequence[Software], modes: Sequence[str], question: Question,
    knowledge: Knowledge, measured: Measured,
) -> Iterator[Block]:  # fmt: skip
    """Every build in every layout that uses all of its cards; one block for numbers of cards that go on the same hosts.

    modes: split modes of the programs. Cards that are there come in layouts that leave some of them idle, too.
    """
    if any(len(one.cards) > 1 or one.links == "as it is" for one in builds):
        yield _each(builds, programs, modes, question, knowledge, measured)
        return
    spread = {count: list(layouts(count, modes, exactly=True)) for count in sorted({one.count for one in builds})}
    kinds = [Kind(count, links, one) for count, links in sorted({(one.count, one.links) for one in builds})
             for one in spread[count]]  # fmt: skip
    catalogue = Catalogue(builds, programs, kinds, question, knowledge)
    known = {count: _known(own, programs, modes, knowledge) for count, own in spread.items()}
    for counts in _alike(builds, {count: len(own) for count, own in spread.items()}, len(programs)):
        yield _box(catalogue, counts, np.concatenate([known[count] for count in counts]), measured)


def _alike(builds: Sequence[Build], layouts: Mapping[int, int], programs: int) -> Iterator[list[int]]:
    """Numbers of cards that share a box, fewest first: as long as that leaves few places empty.

    layouts: how many there are for each number of cards. programs: how many.
    """
    sizes = {count: _Sizes.of(one for one in builds if one.count == count) for count in sorted(layouts)}
    own, box = [next(iter(sizes))], sizes[next(iter(sizes))]
    for count in list(sizes)[1:]:
        joined = box | sizes[count]
        empty = joined.places * (sum(layouts[one] for one in own) + layouts[count])
        empty -= box.places * sum(layouts[one] for one in own) + sizes[count].places * layouts[count]
        if empty * programs > WORTH:
            yield own
            own, box = [], sizes[count]
        own, box = [*own, count], box | sizes[count]
    yield own


class _Sizes(NamedTuple):
    """What stands along the axes of a box: cards, hosts, and how many power limits."""

    cards: frozenset[Any]
    hosts: frozenset[Any]
    powers: int

    @staticmethod
    def of(builds: Iterable[Build]) -> _Sizes:
        own = list(builds)
        powers = max(map(len, _powers(own).values()))
        return _Sizes(frozenset(map(_card, own)), frozenset(map(_host, own)), powers)

    @property
    def places(self) -> int:
        return len(self.cards) * len(self.hosts) * self.powers

    def __or__(self, other: _Sizes) -> _Sizes:
        return _Sizes(self.cards | other.cards, self.hosts | other.hosts, max(self.powers, other.powers))


def _each(
    builds: Sequence[Build], programs: Sequence[Software], modes: Sequence[str], question: Question,
    knowledge: Knowledge, measured: Measured,
) -> Block:  # fmt: skip
    """Every build in every layout along one axis, each pair grounded by itself: for rigs of any kind."""
    kinds = [
        Kind(one.count, one.links, layout, number)
        for number, one in enumerate(builds) for layout in layouts(one.count, modes, exactly=not one.spare)
        if measured.tried(one, layout)
    ]  # fmt: skip
    at = np.array([kind.build for kind in kinds], dtype=int).reshape(-1, 1, 1, 1)
    kind_of = np.arange(len(kinds)).reshape(-1, 1)
    known = _known([kind.layout for kind in kinds], programs, modes, knowledge).reshape(-1, 1, 1, 1, len(programs))
    return _block(Catalogue(builds, programs, kinds, question, knowledge), at, kind_of, known)


def _box(catalogue: Catalogue, counts: Sequence[int], known: Any, measured: Measured) -> Block:
    """The builds of some numbers of cards side by side: cards of like memory are neighbours, so that what runs on them
    is too."""
    entries = catalogue.knowledge.entries["gpus"]
    builds = {number: one for number, one in enumerate(catalogue.builds) if one.count in counts}
    cards = _numbered((float(entries[one.gpu]["vram_gib"]), *_card(one)) for one in builds.values())
    card_of, host_of = {key[1:]: number for key, number in cards.items()}, _numbered(map(_host, builds.values()))
    powers, kinds = _powers(builds.values()), {kind: number for number, kind in enumerate(catalogue.kinds)}
    places = [(kind.cards, kind.layout) for kind in dict.fromkeys(one._replace(links="") for one in kinds)
              if kind.cards in counts]  # fmt: skip
    taken = {count: [at for at, (own, _) in enumerate(places) if own == count] for count in counts}
    at = np.full((len(cards), len(places), len(host_of), max(map(len, powers.values()))), -1)
    for number, one in builds.items():
        power = powers[one.gpu, one.count].index(one.power)
        at[card_of[_card(one)], taken[one.count], host_of[_host(one)], power] = number
    kind_of = np.array([[kinds.get(Kind(count, links, one), 0) for count, one in places] for _, _, links, _ in cards])
    examples = {_card(one): one for one in builds.values()}
    tried = np.array([[measured.tried(examples[key[1:]], one) for _, one in places] for key in cards])
    own = known.reshape(1, -1, 1, 1, len(catalogue.programs)) & tried.reshape(*tried.shape, 1, 1, 1)
    return _block(catalogue, at, kind_of, own)


def _block(catalogue: Catalogue, at: Any, kind_of: Any, known: Any) -> Block:
    rows = list(catalogue.rows(at, kind_of))
    programs = np.arange(len(catalogue.programs)).reshape(1, 1, 1, 1, -1)
    return Block(catalogue, at, kind_of, known, programs, rows)


def _card(one: Build) -> tuple[str, str, str]:
    return one.gpu, one.links, one.driver


def _host(one: Build) -> tuple[str, int]:
    """Machines that have their GPU built in stand at one place: there is one of them for each of these cards."""
    return (one.host.platform, one.host.ram) if one.host.platform else ("", 0)


def _powers(builds: Iterable[Build]) -> dict[tuple[str, int], list[float]]:
    """The power limits of each card at each number of them, highest first [W]."""
    found: dict[tuple[str, int], set[float]] = {}
    for one in builds:
        found.setdefault((one.gpu, one.count), set()).add(one.power)
    return {key: sorted(own, reverse=True) for key, own in found.items()}


def _numbered(keys: Iterable[Any]) -> dict[Any, int]:
    return {key: number for number, key in enumerate(sorted(set(keys)))}


def _known(layouts: Sequence[Layout], programs: Sequence[Software], modes: Sequence[str], knowledge: Knowledge) -> Any:
    """Layouts by programs: whether the program knows the layout."""
    engines = knowledge.entries["engines"]
    known = [[knows(layout, modes and engines[one.engine].get("split_modes") or ()) for one in programs]
             for layout in layouts]  # fmt: skip
    return np.array(known, dtype=bool)


def knows(layout: Layout, modes: Sequence[str]) -> bool:
    """Whether an engine with these split modes lays a model out so; an engine without modes takes any layout."""
    return not modes or layout.split_mode in modes or layout.tensor * layout.pipeline == 1
