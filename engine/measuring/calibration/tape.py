"""Many numbers as one list of steps, each step the same formula for all numbers that need it at that point.

The rules are asked once; then the numbers are worked out again for other constants in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...advice.program import Program, Reference, Slot
from ...errors import RigwiseError
from .vectors import on_arrays, one_by_one

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Argument = Indices | tuple[Indices, ...] | str


@dataclass(frozen=True, slots=True)
class Column:
    """One formula for many numbers: where its arguments lie and where its results go."""

    formula: Callable[..., Any]
    arguments: Mapping[str, Argument]
    results: Indices

    def run(self, values: Array) -> None:
        found = {name: _taken(values, argument) for name, argument in self.arguments.items()}
        values[self.results] = self.formula(**found)

    def part(self, touched: NDArray[np.bool_]) -> Column | None:
        """The numbers of the column that follow from touched slots; their own slots are touched then."""
        rows = np.zeros(len(self.results), bool)
        for argument in self.arguments.values():
            for slots in argument if isinstance(argument, tuple) else (argument,):
                if not isinstance(slots, str):
                    rows |= touched[slots]
        if not rows.any():
            return None
        touched[self.results[rows]] = True
        kept = {name: _kept(argument, rows) for name, argument in self.arguments.items()}
        return Column(self.formula, kept, self.results[rows])

    def agrees(self, values: Array) -> bool:
        """Whether it finds what the rules found."""
        tried = values.copy()
        try:
            with np.errstate(all="ignore"):
                self.run(tried)
        except (TypeError, ValueError, ArithmeticError, RigwiseError):
            return False
        return bool(np.allclose(tried[self.results], values[self.results], rtol=1e-9, equal_nan=True))


@dataclass(slots=True)
class Tape:
    """values: of all slots as the rules found them. constants: the slots of each constant, by its path.

    columns: in an order in which each finds its arguments ready.
    """

    values: Array
    constants: dict[str, Indices]
    columns: list[Column]

    def run(self, changed: Mapping[str, float]) -> Array:
        """All values with some constants changed."""
        return self.changed(self.values, self.columns, changed)

    def part(self, paths: Iterable[str]) -> list[Column]:
        """What has to be worked out again when some constants change."""
        touched = np.zeros(len(self.values), bool)
        for path in paths:
            if path in self.constants:
                touched[self.constants[path]] = True
        parts = (column.part(touched) for column in self.columns)
        return [part for part in parts if part is not None]

    def changed(self, values: Array, part: Sequence[Column], constants: Mapping[str, float]) -> Array:
        """Values with some constants changed, by the part of the steps that these touch."""
        found = values.copy()
        for path, value in constants.items():
            if path in self.constants:
                found[self.constants[path]] = value
        with np.errstate(all="ignore"):
            for column in part:
                column.run(found)
        return found


@dataclass(slots=True)
class Recorder:
    """Joins programs into one tape."""

    values: list[Any] = field(default_factory=list)
    constants: dict[str, list[Slot]] = field(default_factory=dict)
    depth: dict[Slot, int] = field(default_factory=dict)
    steps: dict[tuple[Any, ...], list[tuple[dict[str, Reference], Slot]]] = field(default_factory=dict)
    formulas: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def add(self, program: Program, constants: Mapping[Slot, str]) -> int:
        """Take the steps of a program that follow from constants; the number by which its slots move.

        constants: slots of the program that hold a constant, with its path.
        """
        start = len(self.values)
        self.values += program.values
        for slot, path in constants.items():
            self.constants.setdefault(path, []).append(start + slot)
            self.depth[start + slot] = 0
        for formula, references, slot in program.steps:
            self._add_step(formula, {name: _moved(one, start) for name, one in references.items()}, start + slot)
        return start

    def _add_step(self, formula: Callable[..., Any], references: dict[str, Reference], slot: Slot) -> None:
        behind = [
            self.depth[one] for reference in references.values() for one in _slots(reference) if one in self.depth
        ]
        if not behind:
            return
        self.depth[slot] = max(behind) + 1
        shape = tuple((name, self._shape(one)) for name, one in sorted(references.items()))
        self.formulas[formula.__name__] = formula
        self.steps.setdefault((self.depth[slot], formula.__name__, shape), []).append((references, slot))

    def _shape(self, reference: Reference) -> Any:
        """What sets apart steps that cannot share a column: lengths of tuples, and words."""
        if isinstance(reference, tuple):
            return len(reference)
        value = self.values[reference]
        return value if isinstance(value, str) else None

    def tape(self) -> Tape:
        """The steps in columns; a formula that arrays do not agree with is run number by number."""
        values = np.array([float(one) if isinstance(one, int | float) else np.nan for one in self.values])
        turned = {name: on_arrays(formula) for name, formula in self.formulas.items()}
        columns = []
        for key in sorted(self.steps, key=lambda key: (key[0], key[1], repr(key[2]))):
            column = self._column(turned[key[1]], dict(key[2]), self.steps[key])
            if not column.agrees(values):
                column = replace(column, formula=one_by_one(self.formulas[key[1]]))
            columns.append(column)
        constants = {path: np.array(slots) for path, slots in self.constants.items()}
        return Tape(values, constants, columns)

    def _column(
        self, formula: Callable[..., Any], shape: Mapping[str, Any], steps: Sequence[tuple[dict[str, Reference], Slot]]
    ) -> Column:
        arguments: dict[str, Argument] = {}
        for name, kind in shape.items():
            told = [references[name] for references, _ in steps]
            if isinstance(kind, int):
                arguments[name] = tuple(np.array([one[place] for one in told]) for place in range(kind))  # type: ignore[index]
            else:
                arguments[name] = kind if isinstance(kind, str) else np.array(told)
        return Column(formula, arguments, np.array([slot for _, slot in steps]))


def _taken(values: Array, argument: Argument) -> Any:
    if isinstance(argument, str):
        return argument
    return tuple(values[one] for one in argument) if isinstance(argument, tuple) else values[argument]


def _kept(argument: Argument, rows: NDArray[np.bool_]) -> Argument:
    if isinstance(argument, str):
        return argument
    return tuple(one[rows] for one in argument) if isinstance(argument, tuple) else argument[rows]


def _moved(reference: Reference, start: int) -> Reference:
    return tuple(start + one for one in reference) if isinstance(reference, tuple) else start + reference


def _slots(reference: Reference) -> tuple[Slot, ...]:
    return reference if isinstance(reference, tuple) else (reference,)
