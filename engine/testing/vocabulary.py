"""Values that facts of each kind really have, gathered from all examples and entries: drafts are written with these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..model.fact import Scalar

Slot = tuple[str, str]


class Vocabulary:
    """Values by kind and attribute, plain names before sentences, then the most frequent first.

    facts: of examples. keys: groups of names of one kind each, such as all models.
    """

    def __init__(self, facts: Iterable[Mapping[str, Any]], keys: Iterable[Iterable[str]] = ()) -> None:
        counts: dict[Slot, Counter[tuple[str, Scalar]]] = {}
        for fact in facts:
            for name, value in fact.items():
                if name != "kind" and value is not None:
                    counts.setdefault((str(fact.get("kind")), name), Counter())[type(value).__name__, value] += 1
        self._values = {key: [value for (_, value), _ in sorted(one.items(), key=_rank)] for key, one in counts.items()}
        self._groups = [list(group) for group in keys]
        self._fame = Counter(value for found in self._values.values() for value in found if isinstance(value, str))

    def others(self, kind: str, attribute: str, value: Scalar, most: int) -> list[Scalar]:
        """Other values of the same type: those such facts have, then those of what is called so elsewhere."""
        found = list(self._values.get((kind, attribute), []))
        if isinstance(value, str):
            found += self._called(attribute, value)
        return list(dict.fromkeys(one for one in found if one != value and _alike(one, value)))[:most]

    def _called(self, attribute: str, value: str) -> list[Scalar]:
        """Names of the same group, the best known first; else what other kinds have under the attribute."""
        for group in self._groups:
            if value in group:
                return sorted(group, key=lambda one: (-self._fame[one], one))[:8]  # type: ignore[return-value]
        return [one for (_, name), values in sorted(self._values.items()) if name == attribute for one in values]

    def some(self, kind: str, attribute: str) -> Scalar | None:
        """The most frequent value, None where no fact has one."""
        found = self._values.get((kind, attribute), [])
        return found[0] if found else None


def _rank(one: tuple[tuple[str, Scalar], int]) -> tuple[bool, int, str]:
    (_, value), count = one
    return isinstance(value, str) and not value.isidentifier(), -count, str(value)


def _alike(one: Scalar, other: Scalar) -> bool:
    numbers = [isinstance(value, (int, float)) and not isinstance(value, bool) for value in (one, other)]
    return all(numbers) or type(one) is type(other)
