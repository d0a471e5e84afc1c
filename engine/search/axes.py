"""The axes along which candidates stand, and columns that have no more of them than they vary along.

Cards × kinds of layout × hosts × power limits × programs. What depends on the card alone has the length of the cards
along the first axis and one along the others: NumPy spreads it where it meets what depends on more. So each term of a
formula is computed once for each combination of what it depends on, and no oftener.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .elements import Words, distinct, restored
from .facts import Cell

CARDS, KINDS, HOSTS, POWERS, PROGRAMS = AXES = range(5)
# In which order a block is cut into pieces: what most is computed once for each card.
CUT = (CARDS, POWERS, HOSTS, KINDS)
Ranges = tuple[Any, ...]  # along each axis a slice, or numbers of the places that are kept
EVERYWHERE: Ranges = (slice(None),) * len(AXES)


def spread(cell: Cell, numbers: Any, there: Any) -> Cell:
    """The values of a cell at `numbers`, an array along the first axes; `there`: where a value counts."""
    column, known = cell
    if isinstance(known, np.ndarray):
        known = _narrowed(known.astype(int)[numbers], there).astype(bool)
        known = True if known.all() else _on_all_axes(known)
    if isinstance(column, Words):
        own = _on_all_axes(_narrowed(column.codes[numbers], there))
        return (Words(own) if own.size > 1 else restored(column, float(own.item()))), known
    if not isinstance(column, np.ndarray):
        return column, known
    values = distinct(column)
    own = _on_all_axes(values[_narrowed(np.searchsorted(values, column)[numbers], there)])
    return (own if own.size > 1 else restored(column, float(own.item()))), known


def along(cell: Cell, axis: int) -> Cell:
    """A cell with a value for each place of one axis."""
    shape = tuple(-1 if own == axis else 1 for own in AXES)
    column, known = cell
    known = known.reshape(shape) if isinstance(known, np.ndarray) else known
    if isinstance(column, Words):
        return Words(column.codes.reshape(shape)), known
    return (column.reshape(shape) if isinstance(column, np.ndarray) else column), known


def cut(value: Any, ranges: Ranges) -> Any:
    """A column or mask at some places of each axis."""
    if isinstance(value, Words):
        return Words(cut(value.codes, ranges))
    if not isinstance(value, np.ndarray):
        return value
    for axis, own in enumerate(ranges[: value.ndim]):
        if value.shape[axis] > 1 and not (isinstance(own, slice) and own == slice(None)):
            value = value[(slice(None),) * axis + (own,)]
    return value


def gathered(value: Any, places: tuple[Any, ...]) -> Any:
    """A column or mask at places that are given by their numbers along each axis, one after the other on the first."""
    if isinstance(value, Words):
        return Words(gathered(value.codes, places))
    if not isinstance(value, np.ndarray) or value.size == 1:
        return value
    numbers = tuple(own if value.shape[axis] > 1 else 0 for axis, own in zip(AXES, places, strict=True))
    return value[numbers].reshape(-1, *(1,) * len(AXES[1:]))


def halves(shape: tuple[int, ...]) -> tuple[Ranges, ...]:
    """Both halves of a box along the first axis that is cut and has more than one place; none where no axis has."""
    for axis in CUT:
        if shape[axis] > 1:
            middle = shape[axis] // 2
            return tuple(
                (*EVERYWHERE[:axis], half, *EVERYWHERE[axis + 1 :]) for half in (slice(middle), slice(middle, None))
            )
    return ()


def parted(there: Any) -> tuple[Ranges, Ranges]:
    """The two parts of a box, cut where the smallest boxes around what each of them holds have the fewest places in
    all; there: what the box holds, which is something at each place of each axis."""
    bought, best = there.any(axis=PROGRAMS), (there.size + 1, 0, CARDS, 0)
    for axis in CUT:
        size = there.shape[axis]
        first, last = np.arange(1, size), np.arange(size - 1, 0, -1)
        for other in (one for one in CUT if one != axis):
            pairs = bought.any(axis=tuple(one for one in CUT if one not in (axis, other)))
            pairs = pairs if axis < other else pairs.T
            first = first * np.logical_or.accumulate(pairs)[:-1].sum(axis=1)
            last = last * np.logical_or.accumulate(pairs[::-1])[:-1].sum(axis=1)[::-1]
        places = (first + last) * there.shape[PROGRAMS]
        if size > 1:
            middle = np.abs(np.arange(1, size) - size // 2)
            at = int(np.lexsort((middle, places))[0])
            best = min(best, (int(places[at]), CUT.index(axis), axis, at + 1))
    *_, axis, at = best
    return tuple((*EVERYWHERE[:axis], part, *EVERYWHERE[axis + 1 :]) for part in (slice(at), slice(at, None)))  # type: ignore[return-value]


def hull(there: Any) -> Ranges:
    """Along each axis the places at which a mask holds anywhere."""
    bought = there.any(axis=PROGRAMS)
    others = [tuple(other for other in range(PROGRAMS) if other != axis) for axis in range(PROGRAMS)]
    found = [np.flatnonzero(bought.any(axis=own)) for own in others]
    return (*found, np.flatnonzero(there.any(axis=tuple(range(PROGRAMS)))))


def _narrowed(codes: Any, there: Any) -> Any:
    """Numbers from 0 on, with length 1 along every axis along which they do not vary where they count."""
    low, high = np.where(there, codes, np.iinfo(codes.dtype).max), np.where(there, codes, -1)
    for axis in range(codes.ndim):
        least, most = low.min(axis=axis, keepdims=True), high.max(axis=axis, keepdims=True)
        if (least >= most).all():
            low, high = least, most
    return np.maximum(high, 0)


def _on_all_axes(column: Any) -> Any:
    return column.reshape((*column.shape, *(1,) * (len(AXES) - column.ndim)))
