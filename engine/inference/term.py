"""Terms: what may stand in a pattern, a comparison, a formula's argument or a conclusion."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from ..errors import BadInput, KnowledgeError
from ..model.fact import Scalar, canonical


class Constant(NamedTuple):
    """A value written in the rule."""

    value: Scalar

    def __str__(self) -> str:
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)


class Constants(NamedTuple):
    """A list of values, on the right of `in` and `not in`."""

    values: tuple[Scalar, ...]

    def __str__(self) -> str:
        return "[" + ", ".join(str(Constant(value)) for value in self.values) + "]"


class Field(NamedTuple):
    """`$name.attribute`: a value of the fact that a condition bound."""

    name: str
    attribute: str

    def __str__(self) -> str:
        return f"${self.name}.{self.attribute}"


class Variable(NamedTuple):
    """`$name`: a computed value, or the values that were collected."""

    name: str

    def __str__(self) -> str:
        return f"${self.name}"


class Present:
    """`$_`: any value, as long as there is one. There is but one of it, PRESENT."""

    __slots__ = ()

    def __str__(self) -> str:
        return "$_"

    def __reduce__(self) -> str:
        return "PRESENT"


PRESENT: Final = Present()
Term = Constant | Constants | Field | Variable | Present

_REFERENCE = r"\$([^\W\d]\w*)(?:\.(\w+))?"


def parse_term(value: object, where: str) -> Term:
    """Read one term. Raises KnowledgeError where it is neither a scalar nor a reference."""
    if isinstance(value, str):
        return _text(str(value), where) if value.startswith("$") else _constant(value, where)
    if isinstance(value, (bool, int, float)):
        return _constant(value, where)
    raise KnowledgeError(
        f"{value!r} can stand in no rule", where=where, hint="write a constant, $name.attribute or $computed"
    )


def _text(text: str, where: str) -> Term:
    term = _reference(text)
    if term is None:
        raise KnowledgeError(
            f"'{text}' is no reference", where=where, hint="write $name.attribute, $computed or $_ (any value)"
        )
    return term


@lru_cache(maxsize=4096)
def _reference(text: str) -> Term | None:
    if text == "$_":
        return PRESENT
    found = re.fullmatch(_REFERENCE, text)
    if found is None:
        return None
    name, attribute = found.groups()
    return Variable(name) if attribute is None else Field(name, attribute)


def _constant(value: Scalar, where: str) -> Constant:
    try:
        return _known_constant(value)
    except BadInput as problem:
        raise KnowledgeError(problem.message, where=where, hint=problem.hint) from None


@lru_cache(maxsize=4096, typed=True)
def _known_constant(value: Scalar) -> Constant:
    return Constant(canonical(value, "a constant"))
