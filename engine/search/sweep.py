"""The rules of the answer, evaluated for all candidates at once.

Rules that speak of no deployment are fired by the inference engine, once. All others are evaluated here on columns, in
an order in which whatever a rule reads is concluded before: patterns join rows, `where`, `unless` and refused formulas
narrow the mask, conclusions are new rows. The rules and the formulas are those of `recommend`; nothing is said twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from math import prod
from typing import Any

import numpy as np

from ..errors import InternalFault
from ..inference import Rule
from ..inference.rule import Collection as Collected
from ..inference.rule import Comparison, Computation, Pattern
from ..inference.term import PRESENT, Constant, Constants, Field, Term, Variable
from ..model.fact import canonical
from .elements import Mask, Words, finite, forget, land, lnot, lor, plain, settled, somewhere
from .facts import AnyRow, Board, Cell, Gathered, Row, equal, family
from .lifting import lifted
from .ordering import reads, used

Binding = dict[str, AnyRow]
Known = dict[str, Cell | tuple[Cell, ...]]
Formulas = Mapping[str, Callable[..., Any]]


class Sweep:
    """One pass of the rules over one block of candidates."""

    def __init__(self, rules: list[Rule], formulas: Formulas, board: Board) -> None:
        self.rules, self.formulas, self.board = rules, formulas, board

    def run(self, wanted: frozenset[str]) -> Board:
        """All rules, in order; the board with what they conclude of the wanted kinds.

        A fact is dropped behind the last rule that reads it: its memory is at hand for the next, and in the cache.
        """
        forget()
        last = {kind: number for number, rule in enumerate(self.rules) for kind in reads(rule)}
        for number, rule in enumerate(self.rules):
            self._all(rule)
            for kind in reads(rule):
                if last[kind] == number and kind not in wanted:
                    self.board.rows.pop(kind, None)
        return self.board

    def begin(self, most: int, first: Collection[Rule]) -> list[Rule]:
        """Those rules that read at most so many values of each fact, and the `first` ones; the others, in order."""
        forget()
        late: list[Rule] = []
        kinds: set[str] = set()
        always = {rule.id for rule in first}
        for rule in self.rules:
            if rule.id in always or not (kinds & reads(rule) or self._extent(rule) > most):
                self._all(rule)
            else:
                late.append(rule)
                kinds |= {template.kind for template in rule.then}
        return late

    def _extent(self, rule: Rule) -> int:
        """Number of combinations of all that a rule reads of the rows."""
        shapes = set()
        for kind, names in used(rule).items():
            for row in self.board.rows.get(kind, ()):
                cells = (row.cell(name) for name in names)
                shapes |= {own.shape for cell in cells for own in (row.mask, *cell) if hasattr(own, "shape")}
        return prod(map(max, zip(*shapes, strict=True)))

    def _all(self, rule: Rule) -> None:
        with np.errstate(all="ignore"):
            for binding, mask in self._bound(rule, 0, {}, True):
                self._fire(rule, binding, mask)

    def _bound(self, rule: Rule, place: int, binding: Binding, mask: Mask) -> Iterator[tuple[Binding, Mask]]:
        if place == len(rule.when):
            yield binding, mask
            return
        pattern = rule.when[place]
        for row, there in self._matches(pattern, binding):
            both = settled(land(mask, there))
            if both is not False:
                yield from self._bound(rule, place + 1, {**binding, pattern.name: row}, both)

    def _matches(self, pattern: Pattern, binding: Binding) -> Iterator[tuple[AnyRow, Mask]]:
        for row in self.board.rows.get(pattern.kind, ()):
            there = row.mask
            for name, term in pattern.attributes.items():
                value, known = row.cell(name)
                there = land(there, known)
                if term is not PRESENT and there is not False:
                    wanted, given = self._value(term, binding, {})
                    there = land(there, land(given, equal(value, wanted)))
            yield row, there
        yield from self._in_table(pattern, binding)

    def _in_table(self, pattern: Pattern, binding: Binding) -> Iterator[tuple[AnyRow, Mask]]:
        table = self.board.tables.get(pattern.kind)
        if table is None:
            return
        fixed, keys, columns, mask = [], [], [], True
        for name, term in pattern.attributes.items():
            if term is PRESENT:
                continue
            wanted, given = self._value(term, binding, {})
            mask = land(mask, given)
            if isinstance(wanted, np.ndarray | Words):
                keys.append(name)
                columns.append(wanted)
            else:
                fixed.append((name, wanted))
        if mask is False:
            return
        present = tuple(name for name, term in pattern.attributes.items() if term is PRESENT)
        index = table.index(tuple(fixed), present, tuple(keys))
        if not keys:
            yield from ((Gathered(table, place, mask), mask) for place in index.places)
            return
        for places, there in index.find(columns):
            yield Gathered(table, places, there), land(mask, there)

    def _fire(self, rule: Rule, binding: Binding, mask: Mask) -> None:
        late = {part.name for part in rule.compute}
        for part in rule.where:
            if not _uses(part, late):
                mask = land(mask, self._holds(part, binding, {}))
        for pattern in rule.unless:
            mask = land(mask, self._absent(pattern, binding))
        mask = settled(mask)
        if mask is not False:
            for known, there in self._collected(rule.collect, binding, {}, mask):
                self._conclude(rule, binding, known, there, late)

    def _conclude(self, rule: Rule, binding: Binding, known: Known, mask: Mask, late: set[str]) -> None:
        for call in rule.compute:
            mask = self._computed(call, binding, known, mask)
            if mask is False:
                return
        for part in rule.where:
            if _uses(part, late):
                mask = land(mask, self._holds(part, binding, known))
        mask = settled(mask)
        if mask is False:
            return
        for template in rule.then:
            cells = {name: self._value(term, binding, known) for name, term in template.attributes.items()}
            self.board.add(template.kind, Row(mask, cells))

    def _absent(self, pattern: Pattern, binding: Binding) -> Mask:
        """Where no fact matches; nowhere a reference has no value."""
        known: Mask = True
        for term in pattern.attributes.values():
            if isinstance(term, Field):
                known = land(known, self._value(term, binding, {})[1])
        found: Mask = False
        for _, there in self._matches(pattern, binding):
            found = lor(found, there)
        return land(known, lnot(found))

    def _collected(
        self, parts: tuple[Collected, ...], binding: Binding, known: Known, mask: Mask
    ) -> Iterator[tuple[Known, Mask]]:
        """The values of each collection, apart for candidates that have unlike numbers of facts."""
        if not parts:
            yield dict(known), mask
            return
        part, rest = parts[0], parts[1:]
        found = [(row.cell(part.take), there) for row, there in self._matches(part.pattern, binding)]
        for (_, given), there in found:
            mask = land(mask, lor(lnot(there), given))
        for values, there in _present(found, mask):
            if values:
                yield from self._collected(rest, binding, {**known, part.name: values}, there)

    def _computed(self, call: Computation, binding: Binding, known: Known, mask: Mask) -> Mask:
        given: dict[str, Any] = {}
        for name, term in call.arguments.items():
            if isinstance(term, Variable) and isinstance(known.get(term.name, ((),))[0], tuple):
                given[name] = tuple(value for value, _ in known[term.name])
                continue
            given[name], there = self._value(term, binding, known)
            mask = land(mask, there)
        if mask is False:
            return False
        result, refused = lifted(self.formulas[call.formula])(**given)
        if isinstance(result, np.ndarray):
            mask = land(land(mask, lnot(refused)), finite(result))
        elif refused is True or not math.isfinite(result):
            return False
        else:
            result = canonical(result)
            mask = land(mask, lnot(refused))
        known[call.name] = (result, True)
        return mask

    def _holds(self, part: Comparison, binding: Binding, known: Known) -> Mask:
        left, left_known = self._value(part.left, binding, known)
        if isinstance(part.right, Constants):
            inside: Mask = False
            for one in part.right.values:
                inside = lor(inside, equal(left, one))
            return land(left_known, inside if part.op == "in" else lnot(inside))
        right, right_known = self._value(part.right, binding, known)
        return land(land(left_known, right_known), compared(part.op, left, right))

    def _value(self, term: Term, binding: Binding, known: Known) -> Cell:
        if isinstance(term, Field):
            return binding[term.name].cell(term.attribute)
        if isinstance(term, Variable):
            return known[term.name]  # type: ignore[return-value]
        if isinstance(term, Constant):
            return term.value, True
        raise InternalFault(f"{term} has no value")


def _present(found: list[tuple[Cell, Mask]], mask: Mask) -> Iterator[tuple[tuple[Cell, ...], Mask]]:
    """The cells that are there, for each combination of them that occurs."""
    if not somewhere(mask):
        return
    if not found:
        yield (), mask
        return
    (cell, there), rest = found[0], found[1:]
    for values, own in _present(rest, land(mask, there)):
        yield (cell, *values), own
    yield from _present(rest, land(mask, lnot(there)))


def compared(op: str, left: Any, right: Any) -> Mask:
    """A comparison of `where`, element by element; values of unlike families compare false."""
    if family(left) != family(right):
        return False
    if op in ("==", "!="):
        return equal(left, right) if op == "==" else lnot(equal(left, right))
    if family(left) == "text":
        raise InternalFault("texts are not ordered in a search")
    one, other = plain(left), plain(right)
    if op.endswith("divisible by"):
        return _divisible(one, other, op.startswith("not"))
    if family(left) == "truth":
        return False
    results = {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}
    found = results[op]
    return found if isinstance(found, np.ndarray) else bool(found)


def _divisible(one: Any, other: Any, inverted: bool) -> Mask:
    """Whole numbers only, and none by zero."""
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    whole = (one == np.floor(one)) & (other == np.floor(other)) & (other != 0)
    rest = np.mod(one, np.where(other == 0, 1, other))
    found = whole & ((rest != 0) if inverted else (rest == 0))
    return found if found.ndim else bool(found)


def _uses(part: Comparison, names: set[str]) -> bool:
    return any(isinstance(term, Variable) and term.name in names for term in (part.left, part.right))
