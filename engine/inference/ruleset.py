"""A set of rules, ordered, checked and ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, overload

from ..errors import KnowledgeError
from .rule import Rule
from .strata import stratify

Keep = Callable[[str, Callable[[], Any]], Any]
"""Plain data of a name, made by a function where it is not kept already."""


class RuleSet:
    """Rules sorted by id, with their strata; what matchers and guards compile is kept on it.

    rules: in any order. strata: rule ids stratum by stratum as an earlier `strata_ids` gave them for the same rules,
    to save the analysis; absent, they are computed.
    Raises KnowledgeError for two rules of one id, and for a rule that depends on its own absence.
    """

    strata: tuple[tuple[int, ...], ...]

    def __init__(self, rules: Iterable[Rule], strata: Iterable[Iterable[str]] | None = None) -> None:
        ordered = tuple(sorted(rules, key=_by_id))
        _refuse_twins(ordered)
        self._shelve(ordered, [rule.id for rule in ordered], _made)
        self.strata = stratify(ordered) if strata is None else self._known(strata)

    @classmethod
    def parse(cls, mappings: Iterable[Mapping[str, Any]], strata: Iterable[Iterable[str]] | None = None) -> RuleSet:
        """From mappings, each of which may name its place under `origin`."""
        return cls([Rule.parse(mapping) for mapping in mappings], strata)

    @classmethod
    def shelved(cls, strata: Iterable[Iterable[str]], read: Callable[[str], Rule], keep: Keep) -> RuleSet:
        """Rules that are read one by one as they are asked for, by id; strata: as `strata_ids` gave them.

        keep: where what follows from these rules is kept from one process to the next.
        """
        found = cls.__new__(cls)
        strata = [tuple(stratum) for stratum in strata]
        ids = sorted(rule_id for stratum in strata for rule_id in stratum)
        found._shelve(Shelf(ids, read), ids, keep)
        found.strata = found._known(strata)
        return found

    def _shelve(self, rules: Sequence[Rule], ids: Sequence[str], keep: Keep) -> None:
        self.rules, self._keep = rules, keep
        self._places = {rule_id: index for index, rule_id in enumerate(ids)}
        self._known_data: dict[str, Any] = {}

    @property
    def strata_ids(self) -> tuple[tuple[str, ...], ...]:
        """The strata as rule ids."""
        ids = list(self._places)
        return tuple(tuple(ids[index] for index in stratum) for stratum in self.strata)

    def compiled(self, name: str, make: Callable[[], Any]) -> Any:
        """What this process makes of the rules, made once."""
        if name not in self._known_data:
            self._known_data[name] = make()
        return self._known_data[name]

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """Plain data that follows from the rules and the program alone, made once and kept where there is a place."""
        return self.compiled(name, lambda: self._keep(name, make))

    @property
    def formulas(self) -> frozenset[str]:
        """Names of the formulas that the rules call."""
        found: Iterable[str] = self.kept(
            "formulas", lambda: sorted({one.formula for rule in self for one in rule.compute})
        )
        return frozenset(found)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __getitem__(self, rule_id: str) -> Rule:
        return self.rules[self._places[rule_id]]

    def _known(self, strata: Iterable[Iterable[str]]) -> tuple[tuple[int, ...], ...]:
        try:
            known = tuple(tuple(self._places[rule_id] for rule_id in stratum) for stratum in strata)
        except KeyError as missing:
            raise KnowledgeError(f"the strata name a rule {missing} that is not there") from None
        if sorted(index for stratum in known for index in stratum) != list(range(len(self.rules))):
            raise KnowledgeError("the strata given are not those of these rules")
        return known


class Shelf(Sequence[Rule]):
    """Rules in order of their ids, each read when it is first asked for."""

    def __init__(self, ids: Sequence[str], read: Callable[[str], Rule]) -> None:
        self._ids, self._read = ids, read
        self._rules: list[Rule | None] = [None] * len(ids)

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> Rule: ...

    @overload
    def __getitem__(self, index: slice) -> list[Rule]: ...

    def __getitem__(self, index: int | slice) -> Rule | list[Rule]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        found = self._rules[index]
        if found is None:
            found = self._rules[index] = self._read(self._ids[index])
        return found


def _made(_: str, make: Callable[[], Any]) -> Any:
    """Keeps nothing."""
    return make()


def _refuse_twins(rules: Sequence[Rule]) -> None:
    for one, other in pairwise(rules):
        if one.id == other.id:
            raise KnowledgeError(
                f"two rules have the id '{one.id}'",
                where=other.origin or None,
                hint=f"rename one; the other is at {one.origin}" if one.origin else "rename one",
            )


def _by_id(rule: Rule) -> tuple[str, str]:
    return rule.id, rule.origin
