"""The comparisons of `where`. Values of unlike type compare false, whichever the operator, `!=` included.

Numbers are like numbers, texts like texts, bools like bools. Only numbers and texts have an order (texts by code
point). `divisible by` holds between whole numbers, the second not zero; other numbers are neither divisible nor not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..model.fact import Scalar

Compare = Callable[[Any, Any], bool]

_FAMILY = {bool: 0, int: 1, float: 1, str: 2}


def _alike(left: Scalar, right: Scalar) -> bool:
    return _FAMILY[type(left)] == _FAMILY[type(right)]


def _ordered(left: Scalar, right: Scalar) -> bool:
    return type(left) is not bool and _FAMILY[type(left)] == _FAMILY[type(right)]


def equal(left: Scalar, right: Scalar) -> bool:
    """`==`, on canonical values."""
    return type(left) is type(right) and left == right


def _unequal(left: Scalar, right: Scalar) -> bool:
    return _alike(left, right) and left != right


def _less(left: Any, right: Any) -> bool:
    return _ordered(left, right) and left < right


def _at_most(left: Any, right: Any) -> bool:
    return _ordered(left, right) and left <= right


def _within(left: Scalar, right: tuple[Scalar, ...]) -> bool:
    return any(equal(left, value) for value in right)


def _whole(left: object, right: object) -> bool:
    return type(left) is int and type(right) is int and right != 0


def _divisible(left: Any, right: Any) -> bool:
    return _whole(left, right) and left % right == 0


def _indivisible(left: Any, right: Any) -> bool:
    return _whole(left, right) and left % right != 0


COMPARISONS: dict[str, Compare] = {
    "==": equal,
    "!=": _unequal,
    "<": _less,
    "<=": _at_most,
    ">": lambda left, right: _less(right, left),
    ">=": lambda left, right: _at_most(right, left),
    "in": _within,
    "not in": lambda left, right: not _within(left, right),
    "divisible by": _divisible,
    "not divisible by": _indivisible,
}
