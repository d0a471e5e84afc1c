"""The formulas behind some numbers as a flat list of steps, to be run again with other values at the leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import RigwiseError
from ..inference import Fact, Operand
from ..inference.term import Variable
from .proofs import Proofs

Slot = int
Reference = int | tuple[int, ...]
Step = tuple[Callable[..., Any], dict[str, Reference], Slot]
Refused = (RigwiseError, ArithmeticError, TypeError, ValueError)


class Program:
    """Built once from the proofs of some numbers; `run` recomputes all of them.

    leaves: (fact kind, attribute) to the slots of given values, so that a run can change them. given: the fact and
    attribute behind each of these slots.
    """

    def __init__(self, proofs: Proofs, formulas: Mapping[str, Callable[..., Any]]) -> None:
        self.proofs, self.formulas = proofs, formulas
        self.values: list[Any] = []
        self.steps: list[Step] = []
        self.leaves: dict[tuple[str, str], list[Slot]] = {}
        self.given: dict[Slot, tuple[Fact, str]] = {}
        self._slots: dict[object, Slot] = {}
        self._read: list[frozenset[Slot]] = []

    def number(self, fact: Fact, attribute: str) -> Slot:
        """The slot of a number."""
        fact, attribute = self.proofs.settle(fact, attribute)
        key = (id(fact), attribute)
        if key not in self._slots:
            self._slots[key] = self._made(fact, attribute)
        return self._slots[key]

    def run(self, changes: Mapping[Slot, Any], wanted: Iterable[Slot]) -> list[float | None]:
        """The wanted numbers with changed leaves; None where a formula refuses."""
        values = list(self.values)
        for slot, value in changes.items():
            values[slot] = value
        moved = set(changes)
        for (formula, references, slot), read in zip(self.steps, self._read, strict=True):
            if moved.isdisjoint(read):
                continue
            moved.add(slot)
            try:
                values[slot] = formula(**{name: _at(values, reference) for name, reference in references.items()})
            except Refused:
                values[slot] = None
        return [values[slot] for slot in wanted]

    def _made(self, fact: Fact, attribute: str) -> Slot:
        firing = self.proofs.firing_of(fact)
        if firing is None:
            slot = self._leaf(fact.get(attribute))
            self.leaves.setdefault((fact.kind, attribute), []).append(slot)
            self.given[slot] = fact, attribute
            return slot
        term = self.proofs.template(firing, fact).get(attribute)
        return self._step(firing, term.name) if isinstance(term, Variable) else self._leaf(fact.get(attribute))

    def _leaf(self, value: Any) -> Slot:
        self.values.append(value)
        return len(self.values) - 1

    def _step(self, firing: Any, name: str) -> Slot:
        key = (id(firing), name)
        if key not in self._slots:
            part = self.proofs.parts(firing)[name]
            references = {argument: self._reference(firing, operand) for argument, operand in part.inputs.items()}
            self._slots[key] = slot = self._leaf(part.value)
            self.steps.append((self.formulas[part.formula], references, slot))
            self._read.append(_slots(references.values()))
        return self._slots[key]

    def _reference(self, firing: Any, operand: Operand) -> Reference:
        if operand.source == "fact":
            return self.number(self.proofs.bindings(firing)[operand.name], operand.attribute)
        if operand.source == "computed":
            return self._step(firing, operand.name)
        if operand.source == "collected":
            return tuple([self.number(one, operand.attribute) for one in operand.facts])
        return self._leaf(operand.value)


def _slots(references: Iterable[Reference]) -> frozenset[Slot]:
    found: set[Slot] = set()
    for one in references:
        found.update(one if isinstance(one, tuple) else (one,))
    return frozenset(found)


def _at(values: list[Any], reference: Reference) -> Any:
    return tuple([values[slot] for slot in reference]) if isinstance(reference, tuple) else values[reference]
