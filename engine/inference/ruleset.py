"""A set of rules, ordered, checked and ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from ..errors import KnowledgeError
from .rule import Rule
from .strata import stratify


class RuleSet:
    """Rules sorted by id, with their strata; what matchers and guards compile is kept on it.

    rules: in any order. strata: rule ids stratum by stratum as an earlier `strata_ids` gave them for the same rules,
    to save the analysis; absent, they are computed.
    Raises KnowledgeError for two rules of one id, and for a rule that depends on its own absence.
    """

    def __init__(self, rules: Iterable[Rule], strata: Iterable[Iterable[str]] | None = None) -> None:
        self.rules: tuple[Rule, ...] = tuple(sorted(rules, key=_by_id))
        self._refuse_twins()
        self.by_id: dict[str, Rule] = {rule.id: rule for rule in self.rules}
        self.strata = stratify(self.rules) if strata is None else self._known(strata)
        self.compiled: dict[str, Any] = {}
        self.patterns = tuple(len(rule.when) for rule in self.rules)
        self.formulas = frozenset(part.formula for rule in self.rules for part in rule.compute)

    @classmethod
    def parse(cls, mappings: Iterable[Mapping[str, Any]], strata: Iterable[Iterable[str]] | None = None) -> RuleSet:
        """From mappings, each of which may name its place under `origin`."""
        return cls([Rule.parse(mapping) for mapping in mappings], strata)

    @property
    def strata_ids(self) -> tuple[tuple[str, ...], ...]:
        """The strata as rule ids."""
        return tuple(tuple(self.rules[index].id for index in stratum) for stratum in self.strata)

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """What follows from these rules alone, made once."""
        if name not in self.compiled:
            self.compiled[name] = make()
        return self.compiled[name]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __getitem__(self, rule_id: str) -> Rule:
        return self.by_id[rule_id]

    def _refuse_twins(self) -> None:
        for one, other in pairwise(self.rules):
            if one.id == other.id:
                raise KnowledgeError(
                    f"two rules have the id '{one.id}'",
                    where=other.origin or None,
                    hint=f"rename one; the other is at {one.origin}" if one.origin else "rename one",
                )

    def _known(self, strata: Iterable[Iterable[str]]) -> tuple[tuple[int, ...], ...]:
        position = {rule.id: index for index, rule in enumerate(self.rules)}
        try:
            known = tuple(tuple(position[rule_id] for rule_id in stratum) for stratum in strata)
        except KeyError as missing:
            raise KnowledgeError(f"the strata name a rule {missing} that is not there") from None
        if sorted(index for stratum in known for index in stratum) != list(range(len(self.rules))):
            raise KnowledgeError("the strata given are not those of these rules")
        return known


def _by_id(rule: Rule) -> tuple[str, str]:
    return rule.id, rule.origin
