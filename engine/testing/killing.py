"""Which mutants of a rule its examples kill, and which facts would kill one that survives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..inference.rule import Rule
from .drafts import Draft, Drafts, Vocabulary
from .example import Example
from .lone import holds, outcome
from .mutants import Mutant, mutants


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that every example lets pass. killer: an example that would kill it, None where none was found."""

    rule: str
    place: str
    mutant: Mutant
    killer: Draft | None


@dataclass(frozen=True, slots=True)
class RuleMutation:
    """What became of the mutants of one rule. claims: entries of `equivalent_mutants` that do not hold."""

    rule: str
    mutants: int
    killed: int
    equivalent: int
    survivors: tuple[Survivor, ...]
    claims: tuple[tuple[str, str], ...]


def mutate(
    mapping: Mapping[str, Any], examples: Sequence[Example], equivalent: Iterable[Mapping[str, Any]],
    vocabulary: Vocabulary,
) -> RuleMutation:  # fmt: skip
    """Try all mutants of a rule against its examples; those said to be equivalent are not searched for a killer."""
    rule = Rule.parse(mapping)
    tried = mutants(rule)
    alive = [mutant for mutant in tried if survives(mutant, examples)]
    claimed = [str(one.get("mutant")) for one in equivalent]
    open_ones = [mutant for mutant in alive if not excused(mutant, claimed)]
    drafts = Drafts(rule, mapping, examples, vocabulary)
    survivors = tuple(Survivor(rule.id, rule.origin, mutant, drafts.killer(mutant)) for mutant in open_ones)
    claims = tuple(_unfounded(claimed, tried, alive))
    equal = len(alive) - len(open_ones)
    return RuleMutation(rule.id, len(tried), len(tried) - len(alive), equal, survivors, claims)


def excused(mutant: Mutant, claimed: Iterable[str]) -> bool:
    """Whether a mutant is said to be equivalent: by its name, or with all others at its place."""
    return any(name in (mutant.name, mutant.name.partition(":")[0]) for name in claimed)


def survives(mutant: Mutant, examples: Iterable[Example]) -> bool:
    """Whether all examples hold of the mutant too."""
    return all(holds(mutant.rule, example) for example in examples)


def _unfounded(claimed: Iterable[str], tried: Sequence[Mutant], alive: Sequence[Mutant]) -> Iterable[tuple[str, str]]:
    for name in claimed:
        if not any(excused(one, [name]) for one in tried):
            yield name, "no mutant of the rule is called so"
        elif not any(excused(one, [name]) for one in alive):
            yield name, "an example kills it"


__all__ = ["RuleMutation", "Survivor", "mutate", "outcome", "survives"]
