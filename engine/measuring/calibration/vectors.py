"""Formulas on arrays: the arithmetic of a formula of `costs`, read from its source and run on many numbers at once.

A formula is written for one set of numbers. Its comparisons, `min`, `max` and early returns are turned into their
element-wise counterparts; range checks are left out, as what is run here was run by the formula before. That makes it
several times faster than `search.lifting`, which has to know what a formula refuses, and a fit runs it ten thousand
times. What cannot be turned is run number by number.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

import numpy as np

Formula = Callable[..., Any]


def on_arrays(formula: Formula) -> Formula:
    """The formula for arrays of equal length in place of single numbers."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(formula)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    try:
        function.body = _Body().turned(function.body)
    except _Loop:
        return one_by_one(formula)
    function.returns, function.decorator_list = None, []
    for argument in function.args.args:
        argument.annotation = None
    tree = ast.fix_missing_locations(_Calls().visit(tree))
    names = {**formula.__globals__, "_least": _least, "_most": _most, "_where": np.where, "_sqrt": np.sqrt}
    exec(compile(tree, f"<{formula.__name__} on arrays>", "exec"), names)  # our own source, not input
    made: Formula = names[formula.__name__]
    return made


class _Loop(Exception):
    """A statement without an element-wise counterpart."""


class _Body:
    """Statements of a function without branches: an early return becomes a choice at the end."""

    def __init__(self) -> None:
        self.choices: list[tuple[str, str]] = []

    def turned(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [made for one in statements for made in self._statement(one)]

    def _statement(self, one: ast.stmt) -> Iterable[ast.stmt]:
        if isinstance(one, ast.Expr | ast.Raise):
            return []
        if isinstance(one, ast.Assign | ast.AnnAssign):
            return [one]
        if isinstance(one, ast.Return) and one.value is not None:
            return [ast.Return(self._chosen(one.value))]
        if isinstance(one, ast.If) and not one.orelse and len(one.body) == 1:
            return self._branch(one)
        raise _Loop

    def _branch(self, one: ast.If) -> Iterable[ast.stmt]:
        only = one.body[0]
        if isinstance(only, ast.Raise):
            return []
        if not isinstance(only, ast.Return) or only.value is None:
            raise _Loop
        test, value = (f"_{name}{len(self.choices)}" for name in ("test", "value"))
        self.choices.append((test, value))
        return [_assigned(test, one.test), _assigned(value, only.value)]

    def _chosen(self, value: ast.expr) -> ast.expr:
        for test, other in reversed(self.choices):
            value = _call("_where", ast.Name(test, ast.Load()), ast.Name(other, ast.Load()), value)
        return value


class _Calls(ast.NodeTransformer):
    """Element-wise counterparts of calls and conditions."""

    NAMES = {"min": "_least", "max": "_most", "sqrt": "_sqrt"}

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name):
            if node.func.id == "float":
                return node.args[0]
            node.func.id = self.NAMES.get(node.func.id, node.func.id)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        return _call("_where", node.test, node.body, node.orelse)


def _assigned(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _least(*values: Any) -> Any:
    return _folded(np.minimum, values)


def _most(*values: Any) -> Any:
    return _folded(np.maximum, values)


def _folded(choose: Any, values: tuple[Any, ...]) -> Any:
    several = list(values[0]) if len(values) == 1 else list(values)
    found = several[0]
    for one in several[1:]:
        found = choose(found, one)
    return found


def one_by_one(formula: Formula) -> Formula:
    """The formula for arrays, run on each set of numbers by itself."""

    def run(**arguments: Any) -> Any:
        names = list(arguments)
        columns = [list(zip(*one, strict=True)) if isinstance(one, tuple) else one for one in arguments.values()]
        columns = [repeat(one) if isinstance(one, str) else one for one in columns]
        return np.array([formula(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=False)])

    return run
