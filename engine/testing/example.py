"""An example of a rule: facts, and what the rule makes of them alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import BadInput, KnowledgeError
from ..model.agreement import agrees
from ..model.fact import Fact

Partial = Mapping[str, Any]


@dataclass(frozen=True)
class Example:
    """One example in full. number: from 1. place: "file:line". says: a part of the rule's sentence, as it is read."""

    rule: str
    number: int
    place: str
    given: Sequence[Mapping[str, Any]]
    fires: int
    concludes: Sequence[Partial]
    says: str = ""
    name: str = ""

    @classmethod
    def read(cls, rule: str, number: int, example: Any) -> Example:
        """From the knowledge. Raises KnowledgeError where it is no example."""
        place = str(example.get("origin", "")) if isinstance(example, dict) else ""
        try:
            expect = example["expect"]
            fires, concludes = int(expect["fires"]), list(expect.get("concludes") or ())
            says, name = str(expect.get("says") or ""), str(example.get("name") or "")
            return cls(rule, number, place, list(example["given"]), fires, concludes, says, name)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise KnowledgeError(
                f"rule {rule}: example {number} is no example ({type(error).__name__}: {error})", where=place or None,
                hint="write {given: [facts], expect: {fires: 1, concludes: [facts]}}; `rigwise validate` says more",
            ) from None  # fmt: skip

    @cached_property
    def facts(self) -> list[Fact]:
        """The given facts. Raises KnowledgeError for one that is none."""
        try:
            return [Fact.of(fact) for fact in self.given]
        except BadInput as error:
            raise KnowledgeError(
                f"rule {self.rule}: example {self.number}: {error.message}", where=self.place or None, hint=error.hint
            ) from None

    def met(self, fired: int, concluded: Iterable[Fact], said: Callable[[], Iterable[str]]) -> bool:
        """Whether so many firings with these conclusions and sentences are what the example expects."""
        if fired != self.fires or (self.concludes and self.missing(concluded)):
            return False
        return not self.says or any(self.says in one for one in said())

    def missing(self, concluded: Iterable[Fact]) -> list[Partial]:
        """The conclusions that are expected and not there."""
        found = list(concluded)
        return [partial for partial in self.concludes if not any(agrees(partial, fact) for fact in found)]
