"""Facts: flat, typed, immutable; what rules read and conclude."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from ..errors import BadInput

Scalar = bool | int | float | str
Values = tuple[tuple[str, Scalar], ...]

RESIDUAL = "residual"
"""The kind of the constants that stand for what one setup differs by from others of its kind."""
_LARGEST = int(sys.float_info.max)
_ORDINARY = 1e300
_TRUE, _FALSE = ("bool", True), ("bool", False)


def typed(value: Scalar) -> Any:
    """A hashable stand-in of `value` that is equal only for equal values of like type: True is not 1."""
    if value is True:
        return _TRUE
    return _FALSE if value is False else value


def plainly(value: Any) -> Scalar | None:
    """The one representation of an ordinary scalar, found at a glance; None for what needs a closer look."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if kind is str:
        return str(value) if value.isascii() and "\0" not in value else None
    if (kind is float or kind is int) and -_ORDINARY < value < _ORDINARY:
        return int(value) if kind is int or value.is_integer() else float(value)
    return None


def canonical(value: object, what: str = "a value") -> Scalar:
    """The one representation of a scalar: whole floats become integers (1.0 -> 1), subclasses their base type.

    Raises BadInput for NaN, infinities, numbers beyond the range of a double, NUL, lone surrogates, and anything
    that is no scalar.
    """
    if value is True or value is False:
        return value
    if isinstance(value, str):
        return _canonical_text(str.__str__(value), what)
    if isinstance(value, int):
        return _canonical_integer(int(value), what)
    if isinstance(value, float):
        return _canonical_float(float(value), what)
    raise BadInput(
        f"{what} is {value!r}, a {type(value).__name__}", hint="a fact holds true or false, numbers and texts only"
    )


def _canonical_text(value: str, what: str) -> str:
    if value.isascii():
        if "\0" not in value:
            return value
        raise BadInput(f"{what} holds a NUL character: {value!r}", hint="remove it")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput(f"{what} holds a lone surrogate: {value!r}", hint="the text was decoded wrongly") from None
    if "\0" in value:
        raise BadInput(f"{what} holds a NUL character: {value!r}", hint="remove it")
    return value


def _canonical_integer(value: int, what: str) -> int:
    if -_LARGEST <= value <= _LARGEST:
        return value
    raise BadInput(f"{what} is an integer of {value.bit_length()} bits", hint="the largest magnitude is 1.8e308")


def _canonical_float(value: float, what: str) -> Scalar:
    if not math.isfinite(value):
        raise BadInput(f"{what} is {value!r}", hint="numbers must be finite; leave an unknown value out")
    return int(value) if value.is_integer() else value


class Fact:
    """A statement of one kind with named values, sorted by name.

    Two facts are equal when kind, names and values are, types included: 1 equals 1.0, but neither True nor "1".
    """

    __slots__ = ("_order", "attributes", "identity", "kind", "values")

    kind: str
    values: Values
    attributes: dict[str, Scalar]
    identity: tuple[str, tuple[tuple[str, Any], ...]]
    _order: tuple[Any, ...] | None

    def __init__(self, kind: str, values: Iterable[tuple[str, Scalar]] = ()) -> None:
        if not isinstance(kind, str) or not kind:
            raise BadInput(f"a fact needs a kind, given {kind!r}", hint='such as {"kind": "gpu", "key": "rtx_3090"}')
        checked: dict[str, Scalar] = {}
        for name, value in values:
            _check_name(kind, name, checked)
            ordinary = plainly(value)
            checked[name] = canonical(value, f"{kind}.{name}") if ordinary is None else ordinary
        _fill(self, _canonical_text(kind, "a kind"), tuple(sorted(checked.items())))

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> Fact:
        """From `{"kind": …, name: value, …}`; names whose value is None are left out."""
        pairs = [(name, value) for name, value in mapping.items() if value is not None and name != "kind"]
        return cls(mapping.get("kind", ""), pairs)

    def get(self, name: str, default: Scalar | None = None) -> Scalar | None:
        """The value of that name, or the default."""
        return self.attributes.get(name, default)

    def __getitem__(self, name: str) -> Scalar:
        return self.attributes[name]

    def __contains__(self, name: object) -> bool:
        return name in self.attributes

    def as_dict(self) -> dict[str, Scalar]:
        """`{"kind": …, name: value, …}`, names sorted."""
        return {"kind": self.kind, **self.attributes}

    @property
    def order(self) -> tuple[Any, ...]:
        """Sort key of the canonical order: kind, then name by name; bools before numbers before texts."""
        if self._order is None:
            ranked = tuple([(name, _rank(value), value) for name, value in self.values])
            object.__setattr__(self, "_order", (self.kind, ranked))
        return self._order  # type: ignore[return-value]

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Fact) and self.identity == other.identity)

    def __hash__(self) -> int:
        return hash(self.identity)

    def __lt__(self, other: Fact) -> bool:
        return self.order < other.order

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}={value!r}' for name, value in self.values)})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a fact does not change: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a fact does not change: {name}")

    def __reduce__(self) -> tuple[type[Fact], tuple[str, Values]]:
        return Fact, (self.kind, self.values)


_put = object.__setattr__


def identity(kind: str, values: Values) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """What tells facts apart: kind and values, with bools set apart from 0 and 1."""
    for _, value in values:
        if value is True or value is False:
            return kind, tuple([(name, typed(value)) for name, value in values])
    return kind, values


def concluded(kind: str, values: Values) -> Fact:
    """A fact of values that are canonical and sorted by name already; nothing is checked."""
    fact = Fact.__new__(Fact)
    _fill(fact, kind, values)
    return fact


def _fill(fact: Fact, kind: str, values: Values) -> None:
    _put(fact, "kind", kind)
    _put(fact, "values", values)
    _put(fact, "attributes", dict(values))
    _put(fact, "identity", identity(kind, values))
    _put(fact, "_order", None)


def _rank(value: Scalar) -> int:
    if isinstance(value, str):
        return 2
    return 0 if isinstance(value, bool) else 1


def _check_name(kind: str, name: object, seen: Mapping[str, Scalar]) -> None:
    if not isinstance(name, str) or not name or name == "kind":
        raise BadInput(f"{kind} has a value named {name!r}", hint="names are texts, and 'kind' is the fact's own")
    if name in seen:
        raise BadInput(f"{kind}.{name} is given twice", hint="a fact has one value of each name")
