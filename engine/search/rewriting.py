"""The source of a formula rewritten so that every choice is made for each element of an array by itself.

`if` and `x if c else y` pick by mask, `min` and `max` compare element by element, functions of `math` become those of
NumPy, `return` gives a result to the elements that have none yet, `raise` marks the elements that are refused.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any

import numpy as np

from . import elements

Formula = Callable[..., Any]
# Result and the elements that the formula refuses.
Outcome = tuple[Any, Any]
OURS = f"{__name__.split('.search')[0]}.costs"
METHODS = frozenset({"items", "values", "keys"})
BUILTINS: dict[str, Any] = {
    "min": elements.least, "max": elements.most, "abs": np.abs, "round": np.round, "float": elements.number,
    "int": elements.whole, "sum": elements.total, "any": elements.any_of, "all": elements.all_of,
    "bool": elements.truth, "len": len, "zip": zip, "range": range, "tuple": tuple, "list": list,
    "isinstance": elements.of_type, "enumerate": enumerate,
}  # fmt: skip
MATHS: dict[Any, Any] = {
    math.sqrt: np.sqrt, math.exp: np.exp, math.log: np.log, math.log2: np.log2, math.log10: np.log10,
    math.log1p: np.log1p, math.expm1: np.expm1, math.ceil: np.ceil, math.floor: np.floor, math.fsum: elements.total,
    math.isfinite: elements.finite, math.pow: np.power, math.prod: elements.product_of,
}  # fmt: skip


_END = ast.parse("_s.end()", mode="eval").body


class Unliftable(Exception):
    """The source holds something that has no counterpart over arrays."""


class State:
    """What a lifted call has come to: the result so far, elements that are done, elements refused. The result of a
    refused element means nothing."""

    def __init__(self) -> None:
        self.out: Any = None
        self.done: Any = False
        self.refused: Any = False

    def give(self, mask: Any, value: Any) -> None:
        """`return value` for the elements of the mask that are not done."""
        active = elements.land(mask, elements.lnot(self.done))
        self.out = value if self.out is None else elements.pick(active, value, self.out)
        self.done = elements.lor(self.done, active)

    def refuse(self, mask: Any) -> None:
        """`raise` for the elements of the mask that are not done."""
        active = elements.land(mask, elements.lnot(self.done))
        self.refused = elements.lor(self.refused, active)
        self.done = elements.lor(self.done, active)

    def call(self, mask: Any, formula: Callable[..., Outcome], *given: Any, **named: Any) -> Any:
        """Another lifted formula: what it refuses is refused here."""
        result, refused = formula(*given, **named)
        if refused is not False:
            self.refuse(elements.land(mask, refused))
        return result

    def end(self) -> Outcome:
        return math.nan if self.out is None else self.out, self.refused


def both(first: Any, second: Callable[[], Any]) -> Any:
    """`first and second()`, element by element."""
    return first if first is False else elements.land(elements.truth(first), elements.truth(second()))


def either(first: Any, second: Callable[[], Any]) -> Any:
    """`first or second()`, element by element."""
    return first if first is True else elements.lor(elements.truth(first), elements.truth(second()))


def neither(value: Any) -> Any:
    """`not value`, element by element."""
    return elements.lnot(elements.truth(value))


class Writer(ast.NodeTransformer):
    """Writes the body of a formula anew. `mask`: name of the elements that take the present path."""

    def __init__(self, formula: Formula, inner: Callable[[Formula], Callable[..., Outcome]]) -> None:
        """inner: another function of ours for arrays. Raises Unliftable where there is none."""
        self.globals, self.inner = formula.__globals__, inner
        self.names: dict[str, Any] = {}
        self.mask: ast.expr = ast.Constant(True)
        self.known: set[str] = set()
        self.depth = 0

    def function(self, node: ast.FunctionDef) -> ast.FunctionDef:
        given = node.args
        self.known = {one.arg for one in (*given.args, *given.kwonlyargs)}
        self.known |= {one.arg for one in (given.vararg, given.kwarg) if one}
        for one in (*given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            if one is not None:
                one.annotation = None
        body = [*ast.parse("_s = _State()").body, *self._block(node.body), ast.Return(_END)]
        node.body, node.decorator_list, node.returns = body, [], None
        return node

    def _block(self, body: Iterable[ast.stmt]) -> list[ast.stmt]:
        return [fresh for one in body for fresh in self._statement(one)]

    def _statement(self, node: ast.stmt) -> Iterator[ast.stmt]:
        if isinstance(node, ast.Return):
            yield self._state("give", self.visit(node.value) if node.value else ast.Constant(None))
        elif isinstance(node, ast.Raise):
            yield self._state("refuse")
        elif isinstance(node, ast.Expr):
            if not isinstance(node.value, ast.Constant):
                yield ast.Expr(self.visit(node.value))
        elif isinstance(node, ast.If):
            yield from self._if(node)
        elif isinstance(node, ast.For) and not node.orelse:
            self.known |= {one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)}
            yield ast.For(node.target, self.visit(node.iter), self._block(node.body) or [ast.Pass()], [], None)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            yield self._assign(node)
        else:
            raise Unliftable(ast.dump(node))

    def _assign(self, node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> ast.stmt:
        if isinstance(node, ast.AugAssign):
            if not isinstance(node.target, ast.Name):
                raise Unliftable("augmented assignment to no name")
            target: ast.expr = node.target
            value: ast.expr = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        else:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if node.value is None or (isinstance(node, ast.Assign) and len(node.targets) > 1):
                raise Unliftable("assignment")
            value = node.value
        value = self.visit(value)
        own = {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}
        if self.depth and own & self.known:
            if not isinstance(target, ast.Name):
                raise Unliftable("several names in a branch")
            value = _called("_pick", self.mask, value, ast.Name(target.id, ast.Load()))
        self.known |= own
        return ast.Assign([target], value, None)

    def _if(self, node: ast.If) -> Iterator[ast.stmt]:
        self.depth += 1
        above, number = self.mask, self.depth
        names = [f"_c{number}_{node.lineno}", f"_y{number}_{node.lineno}", f"_n{number}_{node.lineno}"]
        condition, yes, no = (ast.Name(name, ast.Load()) for name in names)
        yield _set(names[0], _called("_and", self.visit(node.test), _later(ast.Constant(True))))
        yield _set(names[1], _called("_and", above, _later(condition)))
        if node.orelse:
            yield _set(names[2], _called("_and", above, _later(_called("_not", condition))))
        for name, body in ((yes, node.body), (no, node.orelse)):
            self.mask = name
            fresh = self._block(body)
            if fresh:
                yield ast.If(ast.Compare(name, [ast.IsNot()], [ast.Constant(False)]), fresh, [])
        self.mask = above
        self.depth -= 1

    def _state(self, method: str, *given: ast.expr) -> ast.stmt:
        call = ast.Attribute(ast.Name("_s", ast.Load()), method, ast.Load())
        return ast.Expr(ast.Call(call, [self.mask, *given], []))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        name = "_and" if isinstance(node.op, ast.And) else "_or"
        values: list[ast.expr] = [self.visit(value) for value in node.values]
        return reduce(lambda first, second: _called(name, first, _later(second)), values)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        inner: ast.expr = self.visit(node.operand)
        return _called("_not", inner) if isinstance(node.op, ast.Not) else ast.UnaryOp(node.op, inner)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        sides: list[ast.expr] = [self.visit(one) for one in (node.left, *node.comparators)]
        if not all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.Eq | ast.NotEq) for op in node.ops):
            raise Unliftable("comparison")
        pairs: list[ast.expr] = [
            ast.Compare(left, [op], [right]) for left, op, right in zip(sides, node.ops, sides[1:], strict=False)
        ]
        return reduce(lambda first, second: _called("_and", first, _later(second)), pairs)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Pow):
            return _called("_power", left, right)
        return ast.BinOp(left, node.op, right)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        above, test = self.mask, self.visit(node.test)
        self.mask = _called("_and", above, _later(test))
        yes = self.visit(node.body)
        self.mask = _called("_and", above, _later(_called("_not", test)))
        no = self.visit(node.orelse)
        self.mask = above
        return _called("_pick", test, yes, no)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        given = [self.visit(one) for one in node.args]
        named = [ast.keyword(one.arg, self.visit(one.value)) for one in node.keywords]
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, given, named)
        if not isinstance(node.func, ast.Name):
            raise Unliftable("call")
        own = self._ours(node.func.id)
        if own is not None:
            self.names[f"_f_{node.func.id}"] = self.inner(own)
            call = ast.Attribute(ast.Name("_s", ast.Load()), "call", ast.Load())
            return ast.Call(call, [self.mask, ast.Name(f"_f_{node.func.id}", ast.Load()), *given], named)
        self.names[f"_g_{node.func.id}"] = self._known_function(node.func.id)
        return ast.Call(ast.Name(f"_g_{node.func.id}", ast.Load()), given, named)

    def _method(self, func: ast.Attribute, given: list[ast.expr], named: list[ast.keyword]) -> ast.expr:
        if isinstance(func.value, ast.Name) and self.globals.get(func.value.id) is math:
            target = MATHS.get(getattr(math, func.attr))
            if target is None:
                raise Unliftable(func.attr)
            self.names[f"_m_{func.attr}"] = target
            return ast.Call(ast.Name(f"_m_{func.attr}", ast.Load()), given, named)
        if func.attr not in METHODS:
            raise Unliftable(func.attr)
        return ast.Call(ast.Attribute(self.visit(func.value), func.attr, ast.Load()), given, named)

    def _ours(self, name: str) -> Formula | None:
        found = self.globals.get(name)
        return found if inspect.isfunction(found) and found.__module__.startswith(OURS) else None

    def _known_function(self, name: str) -> Any:
        found = MATHS.get(self.globals[name]) if name in self.globals else BUILTINS.get(name)
        if found is None:
            raise Unliftable(name)
        return found

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.known and node.id in self.globals:
            found = self.globals[node.id]
            if not isinstance(found, int | float):
                raise Unliftable(node.id)
            return ast.Constant(found) if math.isfinite(found) else self._constant(node.id, found)
        return node

    def _constant(self, name: str, value: Any) -> ast.expr:
        self.names[f"_v_{name}"] = value
        return ast.Name(f"_v_{name}", ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and self.globals.get(node.value.id) is math:
            return self._constant(node.attr, getattr(math, node.attr))
        raise Unliftable(node.attr)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        raise Unliftable("a name given within an expression")

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        self.known |= {one.id for part in node.generators for one in ast.walk(part.target) if isinstance(one, ast.Name)}
        parts = [ast.comprehension(one.target, self.visit(one.iter), list(map(self.visit, one.ifs)), 0)
                 for one in node.generators]  # fmt: skip
        return ast.GeneratorExp(self.visit(node.elt), parts)


def _called(name: str, *given: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(given), [])


def _later(value: ast.expr) -> ast.expr:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(nothing, value)


def _set(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value, None)


WORDS: dict[str, Any] = {
    "_State": State, "_and": both, "_or": either, "_not": neither, "_pick": elements.pick, "_power": elements.power,
}  # fmt: skip
