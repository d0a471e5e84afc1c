"""Arithmetic as people write it, worked out by a walk over a few kinds of nodes; nothing is ever evaluated as code."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

from ..errors import BadInput

MOST_CHARACTERS = 200
LARGEST = 1e30
LARGEST_POWER = 128

Number = int | float
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**"})
_TIMES = re.compile(r"(?<=[\d)])\s*x\s*(?=[\d(])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
HINT = "numbers, + - * / // % ** and brackets, with one comparison at most, as in 4 * 936 or 40 % 6 == 0"


def worked_out(expression: str) -> Number | bool:
    """The value of an expression. Raises BadInput for anything that is not plain arithmetic of moderate size.

    >>> worked_out("4 × 936"), worked_out("40 % 6 == 0"), worked_out("(1,008 - 936) / 936")
    (3744, False, 0.07692307692307693)
    """
    if len(expression) > MOST_CHARACTERS:
        raise BadInput(f"the expression has {len(expression)} characters; at most {MOST_CHARACTERS} are read")
    text = _TIMES.sub("*", _THOUSANDS.sub("", expression.translate(_SIGNS))).strip().replace("$", "")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise BadInput(f"'{expression}' is no arithmetic", hint=HINT) from None
    found: Number | bool = _value(tree.body, expression, top=True)
    return found


def _value(node: ast.expr, whole: str, top: bool = False) -> Any:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return _bounded(node.value, whole)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _value(node.operand, whole)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp):
        return _combined(node, _value(node.left, whole), _value(node.right, whole), whole)
    if top and isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        return _COMPARE[type(node.ops[0])](_value(node.left, whole), _value(node.comparators[0], whole))
    raise BadInput(f"'{whole}' holds more than arithmetic", hint=HINT)


def _combined(node: ast.BinOp, left: Number, right: Number, whole: str) -> Number:
    try:
        if isinstance(node.op, ast.Pow):
            if abs(right) > LARGEST_POWER:
                raise BadInput(f"'{whole}' has a power above {LARGEST_POWER}")
            return _bounded(float(left) ** right if right < 0 or isinstance(right, float) else left**right, whole)
        if type(node.op) not in _BINARY:
            raise BadInput(f"'{whole}' holds more than arithmetic", hint=HINT)
        return _bounded(_BINARY[type(node.op)](left, right), whole)
    except ZeroDivisionError:
        raise BadInput(f"'{whole}' divides by zero") from None
    except OverflowError:
        raise BadInput(f"a number in '{whole}' is too large") from None


def _bounded(value: Any, whole: str) -> Number:
    if isinstance(value, complex) or not -LARGEST <= value <= LARGEST:
        raise BadInput(f"a number in '{whole}' is too large, or no number", hint=f"stay within {LARGEST:g}")
    return int(value) if isinstance(value, int) else float(value)
