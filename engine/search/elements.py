"""Choices and sums over values that are numbers, or arrays with a number for each candidate."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterable
from functools import reduce
from typing import Any

import numpy as np

Mask = Any  # True, False, or an array of truth values


class Words:
    """A text for each candidate, as its number in the lexicon."""

    __slots__ = ("codes",)

    def __init__(self, codes: Any) -> None:
        self.codes = codes

    @property
    def shape(self) -> tuple[int, ...]:
        found: tuple[int, ...] = self.codes.shape
        return found


_CODES: dict[str, int] = {}
_TEXTS: list[str] = []


def code(text: str) -> int:
    """The number of a text."""
    if text not in _CODES:
        _CODES[text] = len(_TEXTS)
        _TEXTS.append(text)
    return _CODES[text]


def text(number: int) -> str:
    """The text of a number."""
    return _TEXTS[number]


def words(texts: Iterable[str], shape: tuple[int, ...]) -> Words:
    """Texts as a column of some shape."""
    return Words(np.array([code(one) for one in texts]).reshape(shape))


def distinct(values: Any) -> Any:
    """The values of an array, each once, in order: as `np.unique` has them, which asks of each array whether it is a
    masked one, and imports all about those to ask."""
    ranked = np.sort(values, axis=None)
    if not ranked.size:
        return ranked
    fresh = np.empty(ranked.shape, dtype=bool)
    fresh[0] = True
    np.not_equal(ranked[1:], ranked[:-1], out=fresh[1:])
    return ranked[fresh]


def varies(value: Any) -> bool:
    """Whether a value differs among candidates."""
    if isinstance(value, tuple):
        return any(map(varies, value))
    return isinstance(value, np.ndarray | Words)


def plain(value: Any) -> Any:
    """A value as something NumPy can hold: texts as their numbers."""
    if isinstance(value, Words):
        return value.codes
    return code(value) if isinstance(value, str) else value


def restored(like: Any, number: float) -> Any:
    """The inverse of `plain` for one element."""
    if isinstance(like, Words | str):
        return text(int(number))
    if isinstance(like, bool) or (isinstance(like, np.ndarray) and like.dtype == bool):
        return bool(number)
    return int(number) if number.is_integer() else number


def land(one: Mask, other: Mask) -> Mask:
    """Both."""
    if one is True or other is False:
        return other
    if other is True or one is False:
        return one
    return one & other


def lor(one: Mask, other: Mask) -> Mask:
    """Either."""
    if one is False or other is True:
        return other
    if other is False or one is True:
        return one
    return one | other


def lnot(mask: Mask) -> Mask:
    """Not."""
    return ~mask if isinstance(mask, np.ndarray) else not mask


def somewhere(mask: Mask) -> bool:
    """Whether a mask holds for any candidate."""
    return bool(np.count_nonzero(mask)) if isinstance(mask, np.ndarray) else bool(mask)


def settled(mask: Mask) -> Mask:
    """A mask that holds everywhere or nowhere as True or False."""
    if isinstance(mask, np.ndarray):
        number = np.count_nonzero(mask)
        if number in (0, mask.size):
            return bool(number)
    return mask


def truth(value: Any) -> Mask:
    """A value as a condition."""
    if isinstance(value, np.ndarray):
        return value if value.dtype == bool else value != 0
    return bool(value)


def pick(mask: Mask, yes: Any, no: Any) -> Any:
    """`yes` where the mask holds, `no` elsewhere."""
    if mask is True:
        return yes
    if mask is False:
        return no
    if isinstance(yes, Words | str) or isinstance(no, Words | str):
        return Words(np.where(mask, plain(yes), plain(no)))
    if not isinstance(yes, np.ndarray) and not isinstance(no, np.ndarray) and type(yes) is type(no) and yes == no:
        return yes
    return floating(np.where(mask, yes, no))


def floating(column: Any) -> Any:
    """Whole numbers as floats: NumPy's own wrap around beyond 2**63 and have no reciprocals."""
    return column.astype(float) if column.dtype.kind in "iu" else column


def _parts(given: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(given[0]) if len(given) == 1 else given


def least(*given: Any) -> Any:
    """`min` of several values or of one sequence of them."""
    parts = _parts(given)
    return reduce(np.minimum, parts) if varies(parts) else min(parts)


def most(*given: Any) -> Any:
    """`max` of several values or of one sequence of them."""
    parts = _parts(given)
    return reduce(np.maximum, parts) if varies(parts) else max(parts)


def total(values: Iterable[Any]) -> Any:
    """`sum` and `math.fsum`."""
    return sum(values)


def product_of(values: Iterable[Any]) -> Any:
    """`math.prod`."""
    return reduce(lambda one, other: one * other, values, 1)


def number(value: Any) -> Any:
    """`float`."""
    return value if isinstance(value, np.ndarray) else float(value)


def whole(value: Any) -> Any:
    """`int`."""
    return np.trunc(value).astype(float) if isinstance(value, np.ndarray) else int(value)


def power(base: Any, exponent: Any) -> Any:
    """`base ** exponent`; small whole powers and roots of arrays by the quicker ways to the same number."""
    if not isinstance(base, np.ndarray) or isinstance(exponent, np.ndarray):
        return base**exponent
    base = floating(base)
    if exponent in QUICK:
        return QUICK[exponent](base)
    rest = base != 1  # one to any power is one: most limits do not bind
    others = np.count_nonzero(rest)
    if not others:
        return base
    if others > rest.size / 2:
        return base**exponent
    found = np.ones_like(base)
    found[rest] = base[rest] ** exponent
    return found


QUICK: dict[float, Any] = {
    0.5: np.sqrt, 1 / 3: np.cbrt, 2: np.square, 3: lambda base: base * base * base, -1: np.reciprocal,
    -4: lambda base: np.square(np.square(np.reciprocal(base))),
    -0.25: lambda base: np.sqrt(np.sqrt(np.reciprocal(base))),
}  # fmt: skip


def finite(value: Any) -> Mask:
    """`math.isfinite`; the sum of all tells at once where all are, and is made once for each array."""
    if not isinstance(value, np.ndarray):
        return bool(np.isfinite(value))
    if value.dtype == bool or remembered(id(value), value):
        return True
    if not math.isfinite(np.add.reduce(value, axis=None)):
        return np.isfinite(value)
    remember(id(value), value, True)
    return True


_FOUND: dict[Any, tuple[Any, Any]] = {}


def remember(key: Any, array: Any, what: Any) -> None:
    """Keep what was found out of an array, under a key with its number in it."""
    _FOUND[key] = (weakref.ref(array), what)


def remembered(key: Any, array: Any) -> Any:
    """What was found out of this array; None where nothing was, or of another one that had the number before."""
    own = _FOUND.get(key)
    return own[1] if own is not None and own[0]() is array else None


def forget() -> None:
    """Let go of all that was found out of arrays."""
    _FOUND.clear()


def any_of(values: Iterable[Any]) -> Mask:
    """`any`."""
    return reduce(lor, map(truth, values), False)


def all_of(values: Iterable[Any]) -> Mask:
    """`all`."""
    return reduce(land, map(truth, values), True)


def of_type(value: Any, kind: Any) -> bool:
    """`isinstance`; an array is one of floats."""
    return isinstance(0.0, kind) if isinstance(value, np.ndarray) else isinstance(value, kind)
