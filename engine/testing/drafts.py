"""Drafts of examples: the first example of a rule with a small change under which a mutant behaves otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..inference.rule import Rule
from ..inference.term import Constant
from ..model.agreement import NEAR, same
from ..model.fact import Fact
from ..reading.examples import VariantError, changed
from .edits import Edit, edits, pairs
from .example import Example
from .lone import Outcome, outcome
from .mutants import Mutant
from .thresholds import meeting
from .vocabulary import Vocabulary

__all__ = ["Draft", "Drafts", "Vocabulary"]


@dataclass(frozen=True)
class Draft:
    """An example yet to be written: the first one with `edit`, and what the rule itself makes of it.

    partial: what the conclusions must have so that the mutant is told from the rule.
    """

    edit: Edit
    fires: int
    concludes: tuple[Mapping[str, Any], ...]
    says: str = ""

    def as_example(self) -> dict[str, Any]:
        """As it is written in the rule file."""
        expect: dict[str, Any] = {"fires": self.fires}
        if self.concludes:
            expect["concludes"] = list(self.concludes)
        if self.says:
            expect["says"] = self.says
        return {**self.edit.changes, "expect": expect}


class Drafts:
    """Candidates for one rule, each evaluated once."""

    def __init__(
        self, rule: Rule, mapping: Mapping[str, Any], examples: Sequence[Example], vocabulary: Vocabulary
    ) -> None:
        self.rule, self.mapping, self.vocabulary = rule, mapping, vocabulary
        self.first = next((example for example in examples if example.fires), None)
        self.tried: dict[int, tuple[list[Fact], Outcome] | None] = {}

    @cached_property
    def candidates(self) -> list[Edit]:
        """Single changes, simplest first, then changes that meet a calculated threshold."""
        if self.first is None:
            return []
        single = list(edits(self.rule, self.mapping, self.first.given, self.vocabulary))
        return [Edit({}, 0), *single, *meeting(self.rule, self.mapping, self.first.given)]

    @cached_property
    def double(self) -> list[Edit]:
        """Two changes at a time."""
        return list(pairs(self.candidates[1:]))

    def killer(self, mutant: Mutant) -> Draft | None:
        """The simplest candidate that tells the mutant from the rule."""
        for group in ("candidates", "double"):
            for edit in getattr(self, group):
                draft = self.draft(edit, mutant)
                if draft is not None:
                    return draft
        return None

    def draft(self, edit: Edit, mutant: Mutant) -> Draft | None:
        """The example of an edit, where it tells the mutant from the rule."""
        tried = self.evaluated(edit)
        if tried is None:
            return None
        facts, rightly = tried
        wrongly = outcome(mutant.rule, facts)
        if wrongly.fault or wrongly.fired != rightly.fired:
            return Draft(edit, rightly.fired, tuple(self._named(rightly.concluded)))
        lost = [fact for fact in rightly.concluded if not any(alike(fact, other) for other in wrongly.concluded)]
        if not lost:
            unsaid = sorted(rightly.said() - wrongly.said())
            named = tuple(self._named(rightly.concluded))
            return Draft(edit, rightly.fired, named, unsaid[0]) if unsaid else None
        return Draft(edit, rightly.fired, tuple(map(shown, sorted(lost))))

    def evaluated(self, edit: Edit) -> tuple[list[Fact], Outcome] | None:
        """Facts of an edit and what the rule makes of them; None where it is no example."""
        key = id(edit)
        if key not in self.tried:
            self.tried[key] = self._evaluate(edit)
        return self.tried[key]

    def _evaluate(self, edit: Edit) -> tuple[list[Fact], Outcome] | None:
        if self.first is None:
            return None
        try:
            facts = [Fact.of(fact) for fact in changed(self.mapping, list(map(dict, self.first.given)), edit.changes)]
        except (VariantError, ValueError):
            return None
        found = outcome(self.rule, facts)
        return None if found.fault else (facts, found)

    def _named(self, concluded: Iterable[Fact]) -> Iterator[Mapping[str, Any]]:
        """Conclusions by what the rule fixes of them: enough to say what fired."""
        fixed: list[dict[str, Any]] = [
            {"kind": template.kind}
            | {name: term.value for name, term in template.attributes.items() if isinstance(term, Constant)}
            for template in self.rule.then
        ]
        seen: list[Mapping[str, Any]] = []
        for fact in sorted(concluded):
            partial = next((one for one in fixed if all(same(v, _value(fact, n)) for n, v in one.items())), None)
            named = partial or {"kind": fact.kind}
            if named not in seen:
                seen.append(named)
                yield named


def _value(fact: Fact, name: str) -> object:
    return fact.kind if name == "kind" else fact.get(name)


def alike(one: Fact, other: Fact) -> bool:
    """Whether an example could not tell two facts apart: the same values, numbers nearly."""
    values = one.as_dict()
    return all(same(value, _value(other, name)) for name, value in values.items())


def shown(fact: Fact) -> dict[str, Any]:
    """A fact as an example writes it, numbers with six digits."""
    return {name: rounded(value) for name, value in fact.as_dict().items()}


def rounded(value: Any) -> Any:
    """A number with as many digits as examples are compared with.

    >>> rounded(0.123456789)
    0.123457
    """
    if isinstance(value, float) and NEAR > 1e-6:
        return float(f"{value:.6g}")
    return value
