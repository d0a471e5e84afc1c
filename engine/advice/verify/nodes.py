"""The nodes of a saved answer checked one by one: formulas recomputed, comparisons read, names hashed again."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from ...costs import FORMULAS
from ...errors import RigwiseError
from ..given_nodes import name_of

TOLERANCE = 1e-9
KINDS = ("given", "assumed", "computed", "derived")
# What reading a damaged document can raise.
DAMAGE = (RigwiseError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
Fault = dict[str, str]


def _divides(left: Any, right: Any) -> bool:
    return bool(right) and left % right == 0


__all__ = [
    "COMPARE",
    "DAMAGE",
    "TOLERANCE",
    "Checker",
    "Fault",
    "fault",
    "holds",
    "name_of",
    "safely",
    "same",
    "written",
]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "not divisible by": lambda left, right: not _divides(left, right),
    "divisible by": _divides,
    "not in": lambda left, right: left not in right,
    "in": lambda left, right: left in right,
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def fault(place: str, says: str) -> Fault:
    """One thing that does not hold."""
    return {"at": place, "says": says}


def safely(place: str, faults: Callable[..., Iterable[Fault]], *arguments: Any) -> Iterator[Fault]:
    """The faults that a check finds; where the document cannot be read, that it is malformed."""
    try:
        yield from faults(*arguments)
    except DAMAGE as error:
        yield fault(place, f"is malformed: {type(error).__name__}: {error}")


class Checker:
    """The proofs of a document, each node checked against those it rests on."""

    def __init__(self, proofs: Mapping[str, Any]) -> None:
        self.proofs = proofs

    def nodes(self) -> Iterator[Fault]:
        """Every fault of every node, and the circles among them."""
        if not self.proofs:
            yield fault("proofs", "there are none")
        yield from safely("proofs", self._cycles)
        for name, node in self.proofs.items():
            yield from safely(name, self._node, name, node)

    @cached_property
    def _facts(self) -> dict[str, Mapping[str, Any]]:
        """The fact of every node that has one."""
        facts = ((name, node.get("fact")) for name, node in self.proofs.items() if isinstance(node, Mapping))
        return {name: fact for name, fact in facts if isinstance(fact, Mapping)}

    @cached_property
    def _kinds(self) -> dict[Any, list[str]]:
        """Names of the nodes by the kind of their fact, in the order of the document."""
        found: dict[Any, list[str]] = {}
        for name, fact in self._facts.items():
            found.setdefault(str(fact.get("kind")), []).append(name)
        return found

    def fact(self, name: Any) -> Mapping[str, Any]:
        """The fact that a node concludes or gives; empty where there is none."""
        return self._facts.get(name, {}) if isinstance(name, str) else {}

    def of_kind(self, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The nodes of a kind of fact, each with its name."""
        return [(name, self._facts[name]) for name in self._kinds.get(kind, ())]

    def named(self, kind: str, **values: Any) -> list[str]:
        """Names of the nodes of a kind of fact with these values."""
        return [
            name for name, fact in self.of_kind(kind) if all(fact.get(key) == value for key, value in values.items())
        ]

    def below(self, node: Any) -> list[str]:
        """Names of the nodes that a node rests on."""
        if not isinstance(node, Mapping):
            return []
        inputs, computed, premises = node.get("inputs"), node.get("computed"), node.get("premises")
        found = list(premises) if isinstance(premises, list) else []
        for value in inputs.values() if isinstance(inputs, Mapping) else ():
            found += value if isinstance(value, list) else [value]
        found += computed.values() if isinstance(computed, Mapping) else ()
        return [name for name in found if isinstance(name, str)]

    def _node(self, name: str, node: Any) -> Iterator[Fault]:
        if not isinstance(node, Mapping) or node.get("kind") not in KINDS:
            yield fault(name, "is no node of a proof")
            return
        yield from self._shape(name, node)
        yield from self._parents(name, node)
        yield from self._formula(name, node)
        yield from self._named(name, node)
        yield from (fault(name, f"'{text}' does not hold") for text in node.get("checks", []) if not holds(text))

    def _shape(self, name: str, node: Mapping[str, Any]) -> Iterator[Fault]:
        for field, kind in (("premises", list), ("checks", list), ("inputs", Mapping), ("computed", Mapping)):
            if field in node and not isinstance(node[field], kind):
                yield fault(name, f"is malformed: its {field} are {type(node[field]).__name__}")
        if not all(isinstance(one, str) for one in (*node.get("premises", []), *node.get("computed", {}).values())):
            yield fault(name, "is malformed: it rests on what is no name")

    def _parents(self, name: str, node: Mapping[str, Any]) -> Iterator[Fault]:
        for parent in self.below(node):
            if parent not in self.proofs:
                yield fault(name, f"rests on {parent}, which is not there")
        if node["kind"] in ("derived", "computed") and not node.get("rule"):
            yield fault(name, f"is {node['kind']} by no rule")

    def _formula(self, name: str, node: Mapping[str, Any]) -> Iterator[Fault]:
        if node["kind"] != "computed":
            return
        formula = FORMULAS.get(str(node.get("formula")))
        if formula is None:
            yield fault(name, f"the formula {node.get('formula')} is not known")
            return
        try:
            value = formula(**{key: self._value(inner) for key, inner in (node.get("inputs") or {}).items()})
        except DAMAGE as error:
            yield fault(name, f"{node['formula']} cannot be recomputed: {error}")
            return
        if not same(value, node.get("value")):
            yield fault(name, f"{node['formula']} gives {value!r}, the answer says {node.get('value')!r}")

    def _named(self, name: str, node: Mapping[str, Any]) -> Iterator[Fault]:
        """The name of a node of a fact follows from the fact, that of a constant from its value and rule."""
        if "fact" in node and name_of(written(node["fact"])) != name:
            yield fault(name, "its name is not that of its fact")
        told, constant, rule = str(node.get("says")).partition(" stands in rule ")
        if node["kind"] == "given" and constant and name != name_of(f"{node.get('value')!r} in {rule}"):
            yield fault(name, f"has the value {node.get('value')}, in the rule {rule} stands {told}")

    def _value(self, name: Any) -> Any:
        if isinstance(name, list):
            return tuple(self._value(one) for one in name)
        return self.proofs[name]["value"]

    def _cycles(self) -> Iterator[Fault]:
        """Nodes that rest on themselves; a `None` on the stack says that the walk leaves the node before it."""
        walked: dict[str, bool] = {}  # False while the walk is inside the node
        stack: list[str | None] = list(self.proofs)
        while stack:
            name = stack.pop()
            if name is None:
                walked[str(stack.pop())] = True
            elif walked.get(name) is False:
                yield fault(name, "rests on itself")
            elif name in self.proofs and name not in walked:
                walked[name] = False
                stack += [name, None, *self.below(self.proofs[name])]


def written(fact: Mapping[str, Any]) -> str:
    """A fact as the proofs write it to name its node.

    >>> written({"kind": "fits", "deployment": "now"})
    "fits(deployment='now')"
    """
    pairs = sorted((name, value) for name, value in fact.items() if name != "kind")
    return f"{fact['kind']}({', '.join(f'{name}={value!r}' for name, value in pairs)})"


def holds(text: str) -> bool:
    """Whether a comparison, written as `left op right`, is true.

    >>> holds("3 > 1"), holds("40 divisible by 6"), holds("layer in [layer, row]")
    (True, False, True)
    """
    for sign, compare in COMPARE.items():
        left, found, right = text.partition(f" {sign} ")
        if found:
            try:
                return bool(compare(_read(left), _read(right)))
            except TypeError:
                return False
    return False


def _read(text: str) -> Any:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return [_read(part) for part in text[1:-1].split(",")]
    if re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", text):
        return json.loads(text)
    return {"true": True, "false": False}.get(text, text)


def same(one: Any, other: Any) -> bool:
    """Equal, numbers to rounding."""
    if isinstance(one, bool) or isinstance(other, bool) or not isinstance(other, int | float):
        return type(one) is type(other) and bool(one == other)
    return isinstance(one, int | float) and math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-300)
