"""The facts of one inference, numbered, and found by kind and values without a scan."""

from __future__ import annotations

from typing import Any

from ..model.fact import Fact, Scalar, typed

_NONE: list[int] = []


class Index:
    """Facts of one kind by the values of some attributes."""

    __slots__ = ("attributes", "numbers")

    def __init__(self, attributes: tuple[str, ...]) -> None:
        self.attributes = attributes
        self.numbers: dict[tuple[Any, ...], list[int]] = {}

    def key(self, given: dict[str, Scalar]) -> tuple[Any, ...]:
        """The key of facts that have these values."""
        return tuple([typed(given[attribute]) for attribute in self.attributes])

    def add(self, number: int, given: dict[str, Scalar]) -> None:
        """Enter a fact, unless it lacks one of the attributes."""
        key = []
        for attribute in self.attributes:
            value = given.get(attribute)
            if value is None:
                return
            key.append(typed(value))
        self.numbers.setdefault(tuple(key), []).append(number)


class Store:
    """Facts by number; equal facts have one number."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.maps: list[dict[str, Scalar]] = []
        self.numbers: dict[Any, int] = {}
        self.kinds: dict[str, list[int]] = {}
        self._indexes: dict[tuple[str, tuple[str, ...]], Index] = {}
        self._of_kind: dict[str, list[Index]] = {}

    def add(self, fact: Fact) -> int | None:
        """Take in a fact; its number, or None where it is known."""
        number = len(self.facts)
        if self.numbers.setdefault(fact.identity, number) != number:
            return None
        self.facts.append(fact)
        self.maps.append(fact.attributes)
        self.kinds.setdefault(fact.kind, []).append(number)
        for index in self._of_kind.get(fact.kind, ()):
            index.add(number, fact.attributes)
        return number

    def index(self, kind: str, attributes: tuple[str, ...]) -> Index:
        """The index of a kind by these attributes, built when first asked for and kept up to date."""
        found = self._indexes.get((kind, attributes))
        if found is None:
            found = self._indexes[kind, attributes] = Index(attributes)
            self._of_kind.setdefault(kind, []).append(found)
            for number in self.kinds.get(kind, _NONE):
                found.add(number, self.maps[number])
        return found

    def memory(self, kind: str, attributes: tuple[str, ...], values: tuple[Any, ...]) -> list[int]:
        """Numbers of the facts of a kind with these values (as `typed` gives them): a list that goes on growing."""
        if not attributes:
            return self.kinds.setdefault(kind, [])
        return self.index(kind, attributes).numbers.setdefault(values, [])
