"""Sets of changes tried in the order of what they cost, and how far the search went.

The weight of a set is its money, then the points of its changes (a free setting 1, another use or a measurement 2,
another program 3, a purchase 4), then their number. Single changes are tried from light to heavy until enough of them
turn the target, then larger sets that weigh less than the best found. The search is bounded by the number of sets,
never by a clock: it gives the same answer on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from .changes import Change

POINTS = {"setting": 1, "use": 2, "measurement": 2, "software": 3, "money": 4}
SIZE = 2
TRIES = 120
ENOUGH = 4
BATCH = 8
"""Sets that are asked about at a time: over more of them than there are cores, workers pay for their start."""
Chosen = tuple[Change, ...]
Weight = tuple[bool, float, int, int, float, str]
Progress = Callable[[int, int], None]
Outcome = Callable[[Chosen], str | None]
Over = Callable[[Outcome, Sequence[Chosen]], Iterable[str | None]]


@dataclass(slots=True)
class Tried:
    """Of the sets of one size: how many there were to try, how many were tried, how many weigh more than is wanted."""

    size: int
    of: int = 0
    tried: int = 0
    heavier: int = 0

    @property
    def whole(self) -> bool:
        """Whether no set was left out that could have been better than those found."""
        return self.tried + self.heavier == self.of


@dataclass(slots=True)
class Search:
    """outcome: how the target stands after a set of changes, None where no rig can have them.

    before: how it stands now. tries: sets tried at most. size: changes in a set at most. enough: single changes that
    turn it after which no heavier one is tried, each of another sort. alike: whether only those that weigh as much as
    the lightest that turns it, in money and points, are looked for. over: how sets are asked about, in order: one
    after the other, or by several processes.
    """

    changes: Sequence[Change]
    before: str
    outcome: Outcome
    tries: int = TRIES
    size: int = SIZE
    progress: Progress | None = None
    enough: int = ENOUGH
    alike: bool = False
    over: Over = map
    found: list[tuple[Chosen, str]] = field(default_factory=list)
    sizes: list[Tried] = field(default_factory=list)
    refused: int = 0

    def run(self) -> None:
        """Try the sets; what turned the target is in `found`, the cheapest first."""
        for size in range(1, self.size + 1):
            chosen = self._larger(size) if size > 1 else sorted(((change,) for change in self.changes), key=weight)
            self.sizes.append(Tried(size, len(chosen)))
            self._try(chosen, self.sizes[-1])
            self.found.sort(key=lambda pair: weight(pair[0]))

    def _try(self, chosen: Sequence[Chosen], told: Tried) -> None:
        left = list(chosen)
        while left and self.tried < self.tries:
            left = [one for one in left if not self._settled(one)]
            batch = left[: min(BATCH, self.tries - self.tried)]
            for one, after in zip(batch, self.over(self.outcome, batch), strict=True):
                if self._settled(one):
                    continue
                told.tried += 1
                if self._turns(one, after) and told.size > 1:  # the next ones of this size weigh more
                    told.heavier = told.of - told.tried
                    return
            left = left[len(batch) :]
        lightest = told.size == 1 and bool(self.found)  # what is left of single changes weighs more
        told.heavier = told.of - told.tried - (0 if lightest else len(left))

    def _settled(self, chosen: Chosen) -> bool:
        """Whether a single change is not wanted: a lighter one like it turned the target, or enough others did."""
        if len(chosen) > 1:
            return False
        turning = {names(found) for found, _ in self.found}
        if self.alike and self.found and weight(chosen)[:3] > weight(self.found[0][0])[:3]:
            return True
        return len(turning) == self.enough or names(chosen) in turning

    @property
    def tried(self) -> int:
        """Sets tried."""
        return sum(told.tried for told in self.sizes)

    @property
    def complete(self) -> bool:
        """Whether every set of up to `size` changes that weighs less than the best found was tried."""
        return all(told.whole for told in self.sizes)

    @property
    def proved(self) -> int | None:
        """Changes in a set up to which it is proved that no cheaper one turns the target; None: of sets of any size."""
        whole = next((told.size - 1 for told in self.sizes if not told.whole), self.size)
        if self.found and whole == self.size:
            buys, _, points, *_ = weight(self.found[0][0])
            if not buys and points <= self.size + 1:  # a larger set has as many points at least, and more changes
                return None
        return whole

    def _turns(self, chosen: Chosen, after: str | None) -> bool:
        if self.progress:
            self.progress(self.tried, min(self.tries, sum(told.of - told.heavier for told in self.sizes)))
        self.refused += after is None
        if after is None or after == self.before:
            return False
        self.found.append((chosen, after))
        return True

    def _larger(self, size: int) -> list[Chosen]:
        """Sets that weigh less than the best found and hold none that turns the target already, the cheapest first."""
        turning = [frozenset(chosen) for chosen, _ in self.found]
        best = weight(self.found[0][0]) if self.found else None
        light = [change for change in self.changes if best is None or _below(weight((change,)), best)]
        sets = [
            chosen
            for chosen in combinations(light, size)
            if (best is None or weight(chosen) < best)
            and not _clash(chosen)
            and not any(one <= frozenset(chosen) for one in turning)
        ]
        return sorted(sets, key=weight)


def weight(chosen: Chosen) -> Weight:
    """What a set costs, in the order of what counts: if it needs money, how much, points, changes, how far, words."""
    usd = sum(change.usd for change in chosen)
    buys = any(change.sort == "money" for change in chosen)
    points = sum(POINTS[change.sort] for change in chosen)
    far = sum(change.far for change in chosen)
    return buys, usd, points, len(chosen), far, " and ".join(change.says for change in chosen)


def names(chosen: Chosen) -> tuple[str, ...]:
    """What tells sets apart for a reader: the option of each change, or the values that it sets, whatever they are."""
    return tuple(change.option or " ".join(change.values) for change in chosen)


def _below(one: Weight, best: Weight) -> bool:
    """Whether a change could be part of a set that weighs less: its own money and points leave room."""
    return one[:3] < best[:3]


def _clash(chosen: Chosen) -> bool:
    """Whether two changes of a set say different things of one value, or are variants of one option."""
    return any(
        set(one.values) & set(other.values) or (one.option is not None and one.option == other.option)
        for one, other in combinations(chosen, 2)
    )


def how(search: Search) -> str:
    """What was searched, and what that proves, as a sentence."""
    tried = ", ".join(_size(told, bool(search.found)) for told in search.sizes if told.of)
    return f"{search.tried} sets of changes tried: {tried}; {_proof(search)}"


def _size(told: Tried, found: bool) -> str:
    """How many sets of a size were tried, of how many that weigh no more than what was found."""
    name = {1: "single change", 2: "pair", 3: "triple"}.get(told.size, f"set of {told.size}")
    name = f"cheaper {name}" if found and told.size > 1 else name
    of = told.of - told.heavier if told.size > 1 else told.of
    cheapest = "cheapest " if told.size == 1 and told.heavier else ""
    if told.tried == of == 1:
        return f"the only {name}"
    share = (
        f"all {of:,}"
        if told.tried == of
        else f"the {told.tried:,} {cheapest}of {of:,}"
        if cheapest
        else f"{told.tried:,} of {of:,}"
    )
    return f"{share} {name}s"


def _proof(search: Search) -> str:
    """What the search proves, and what it leaves open."""
    whole = search.proved
    cheaper = " cheaper" if search.found else ""
    known = f"of the {len(search.changes)} changes known here does it"
    if whole is None:
        return f"proved minimal: no cheaper set {known}"
    if not whole:
        return "nothing is proved; --tries looks further"
    within = {1: "single change", 2: "single change or pair"}.get(whole, f"set of up to {whole}")
    larger = "--size" if search.complete else "--tries"
    return f"no{cheaper} {within} {known}; of larger sets nothing is proved, {larger} looks further"


def rows(search: Search, most: int) -> Iterator[dict[str, Any]]:
    """What turned the target, for the documents; of several variants of one option the first."""
    told: set[tuple[str, ...]] = set()
    for chosen, after in search.found:
        if names(chosen) not in told and len(told) < most:
            told.add(names(chosen))
            yield {
                "changes": [
                    {"class": change.sort, "says": change.says, "values": dict(change.values),
                     "option": change.option, "usd": change.usd}
                    for change in chosen
                ],
                "class": max((change.sort for change in chosen), key=lambda sort: (POINTS[sort], sort)),
                "usd": sum(change.usd for change in chosen),
                "then": after,
            }  # fmt: skip
