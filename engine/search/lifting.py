"""Formulas over arrays, made from the very source of the scalar ones, so that none is written twice.

`lifted(formula)` reads the formula's syntax tree and turns each choice into one that is made for every element: `if`
and `x if c else y` pick by mask, `min` and `max` compare element by element, functions of `math` become those of NumPy,
a range check that raises marks the elements it refuses. What the tree holds beyond that is evaluated once for each
distinct combination of arguments by the scalar formula itself: slower, never different.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import math
import textwrap
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
    function = _tree(formula)
    writer = Writer(formula, inner)
    module = ast.fix_missing_locations(ast.Module(body=[writer.function(function)], type_ignores=[]))
    names = {**writer.names, **WORDS}
    exec(compile(module, f"<lifted {formula.__name__}>", "exec"), names)
    made: Callable[..., Outcome] = names[function.name]
    return made


def _tree(formula: Formula) -> ast.FunctionDef:
    """The syntax tree of a function. Raises Unliftable."""
    try:
        found = ast.parse("".join(_lines(formula))).body
    except SyntaxError:  # it ends with a bracket that belongs to no instruction
        found = ast.parse(textwrap.dedent(inspect.getsource(formula))).body
    if len(found) != 1 or not isinstance(found[0], ast.FunctionDef):
        raise Unliftable("no function")
    return found[0]


def _lines(formula: Formula) -> list[str]:
    """Its lines up to that of its last instruction; `inspect` would take all tokens apart to find the end."""
    code = formula.__code__
    within = [code, *(one for one in code.co_consts if inspect.iscode(one))]
    last = max(end or 0 for own in within for _, end, _, _ in own.co_positions())
    return linecache.getlines(code.co_filename, formula.__globals__)[code.co_firstlineno - 1 : last]


class _Inner:
    """A helper of a formula, lifted when it is first called.

    A range check that looks at each of its values by itself is made once for each array.
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
        found = elements.remembered(key, value)
        if found is None:
            found = elements.settled(self.body(*given, **settings, **{name: value})[1])
            elements.remember(key, value, found)
        return found


def _looks_at_each(formula: Formula) -> tuple[str, ...]:
    """Names of the settings of a check whose body is one loop over its named values; empty for anything else."""
    tree = _tree(formula)
    body = [one for one in tree.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    named = tree.args.kwarg
    if named is None or len(body) != 1 or not isinstance(body[0], ast.For):
        return ()
    loop = body[0]
    alone = ast.unparse(loop.iter) == f"{named.arg}.items()" and not any(
        isinstance(one, ast.Assign | ast.AugAssign | ast.Return) for one in ast.walk(loop)
    )
    return (*(one.arg for one in tree.args.args), "") if alone else ()


@cache
def inner(formula: Formula) -> _Inner:
    """A function that formulas call, lifted. Raises Unliftable."""
    return _Inner(formula)
