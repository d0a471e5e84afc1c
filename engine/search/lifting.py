"""Formulas over arrays, made from the very source of the scalar ones, so that none is written twice.

`lifted(formula)` reads the formula's syntax tree and turns each choice into one that is made for every element: `if`
and `x if c else y` pick by mask, `min` and `max` compare element by element, functions of `math` become those of NumPy,
a range check that raises marks the elements it refuses. What the tree holds beyond that is evaluated once for each
distinct combination of arguments by the scalar formula itself: slower, never different.
"""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
import weakref
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from ..errors import RigwiseError
from . import elements
from .rewriting import WORDS, Formula, Outcome, Unliftable, Writer

REFUSALS = (RigwiseError, ArithmeticError, TypeError, ValueError)


class Lifted:
    """One formula over numbers and arrays alike. `whole`: lifted from its source; else evaluated combination-wise."""

    def __init__(self, formula: Formula) -> None:
        self.scalar = formula
        self.whole = True
        try:
            self._body: Callable[..., Outcome] = _compiled(formula)
        except (Unliftable, OSError, TypeError):
            self.whole = False

    def __call__(self, **arguments: Any) -> Outcome:
        """Result and mask of the elements that are refused; numbers alone go through the scalar formula."""
        if not any(map(elements.varies, arguments.values())):
            return _of_numbers(self.scalar, arguments)
        if self.whole:
            try:
                return self._body(**arguments)
            except (TypeError, ValueError):
                self.whole = False
        return _of_combinations(self.scalar, arguments)


@cache
def lifted(formula: Formula) -> Lifted:
    """The formula over arrays."""
    return Lifted(formula)


def _of_numbers(formula: Formula, arguments: Mapping[str, Any]) -> Outcome:
    try:
        result = formula(**arguments)
    except REFUSALS:
        return math.nan, True
    return result, False


def _of_combinations(formula: Formula, arguments: Mapping[str, Any]) -> Outcome:
    """Each distinct combination of arguments once."""
    flat = [part for value in arguments.values() for part in (value if isinstance(value, tuple) else (value,))]
    arrays = np.broadcast_arrays(*[np.asarray(elements.plain(part), dtype=float) for part in flat])
    codes: Any = 0
    for array in arrays:
        distinct, own = np.unique(array.ravel(), return_inverse=True)
        codes = codes * len(distinct) + own
    _, first, places = np.unique(codes, return_index=True, return_inverse=True)
    rows = np.stack([array.ravel()[first] for array in arrays], axis=1)
    results = np.array([_one(formula, arguments, row) for row in rows])
    found = results[places.ravel()].reshape(arrays[0].shape)
    return found, np.isnan(found)


def _one(formula: Formula, arguments: Mapping[str, Any], row: Any) -> float:
    numbers = iter(row.tolist())
    given: dict[str, Any] = {}
    for name, value in arguments.items():
        parts = value if isinstance(value, tuple) else (value,)
        own = [elements.restored(part, next(numbers)) for part in parts]
        given[name] = tuple(own) if isinstance(value, tuple) else own[0]
    result, refused = _of_numbers(formula, given)
    return math.nan if refused else float(result)


def _compiled(formula: Formula) -> Callable[..., Outcome]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(formula)))
    function = tree.body[0]
    if not isinstance(function, ast.FunctionDef):
        raise Unliftable("no function")
    writer = Writer(formula, inner)
    module = ast.fix_missing_locations(ast.Module(body=[writer.function(function)], type_ignores=[]))
    names = {**writer.names, **WORDS}
    exec(compile(module, f"<lifted {formula.__name__}>", "exec"), names)
    made: Callable[..., Outcome] = names[function.name]
    return made


class _Inner:
    """A helper of a formula, lifted when it is first called.

    A range check that looks at each of its values by itself is made once for each array: `checked` remembers what it
    found until the arrays are dropped.
    """

    def __init__(self, formula: Formula) -> None:
        self.formula, self.body = formula, _compiled(formula)
        self.apart = _looks_at_each(formula)

    def __call__(self, *given: Any, **named: Any) -> Outcome:
        if not self.apart:
            return self.body(*given, **named)
        settings = {name: named.pop(name) for name in self.apart if name in named}
        refused: Any = False
        for name, value in named.items():
            refused = elements.lor(refused, self._check(name, value, given, settings))
        return None, refused

    def _check(self, name: str, value: Any, given: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        if not isinstance(value, np.ndarray):
            return elements.settled(self.body(*given, **settings, **{name: value})[1])
        key = (self.formula, id(value), given, tuple(settings.items()))
        if key not in checked:
            checked[key] = elements.settled(self.body(*given, **settings, **{name: value})[1])
            weakref.finalize(value, checked.pop, key, None)  # its number may be another array's next
        return checked[key]


checked: dict[Any, Any] = {}


def _looks_at_each(formula: Formula) -> tuple[str, ...]:
    """Names of the settings of a check whose body is one loop over its named values; empty for anything else."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(formula))).body[0]
    body = [one for one in tree.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]  # type: ignore[attr-defined]
    named = tree.args.kwarg  # type: ignore[attr-defined]
    if named is None or len(body) != 1 or not isinstance(body[0], ast.For):
        return ()
    loop = body[0]
    alone = ast.unparse(loop.iter) == f"{named.arg}.items()" and not any(
        isinstance(one, ast.Assign | ast.AugAssign | ast.Return) for one in ast.walk(loop)
    )
    return (*(one.arg for one in tree.args.args), "") if alone else ()  # type: ignore[attr-defined]


@cache
def inner(formula: Formula) -> _Inner:
    """A function that formulas call, lifted. Raises Unliftable."""
    return _Inner(formula)
