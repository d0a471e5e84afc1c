"""Facts in the codes that the plan of the rules gave to kinds, attributes and values."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.fact import Fact, typed

Tables = tuple[dict[str, str], dict[str, dict[str, str]], dict[object, str]]
"""Codes of kinds, of attributes by kind, of values."""


class Encoding:
    """Facts of one inference in codes."""

    def __init__(self, kinds: dict[str, str], attributes: dict[str, dict[str, str]], values: dict[object, str]) -> None:
        self.kinds = kinds
        self.attributes = attributes
        self.values = dict(values)

    def pairs(self, fact: Fact) -> Iterable[tuple[str, str]]:
        """(attribute code, value code) of all that rules test of a fact of this kind."""
        values, given = self.values, fact.attributes
        for name, code in self.attributes.get(fact.kind, {}).items():
            value = given.get(name)
            if value is not None:
                key = typed(value)
                known = values.get(key)
                if known is None:
                    known = values[key] = f"v{len(values)}"
                yield code, known
