"""The checker: recomputes a saved answer from its JSON alone, with the formulas but without the inference engine."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..costs import FORMULAS
from ..errors import BadInput, RigwiseError

SCHEMAS = ("rigwise/recommendation/1", "rigwise/estimate/1")
TOLERANCE = 1e-9
FACTORS = {"_ms": 1e3, "_us": 1e6, "_gb": 1e-9}
Fault = dict[str, str]


def _divides(left: Any, right: Any) -> bool:
    return bool(right) and left % right == 0


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


def verify(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every step of a saved answer checked again. Raises BadInput where the document is no answer of rigwise."""
    if document.get("schema") not in SCHEMAS or not isinstance(document.get("proofs"), Mapping):
        raise BadInput(
            "is no recommendation or estimate of rigwise", hint=f"its `schema` must be one of {', '.join(SCHEMAS)}"
        )
    checker = Checker(document["proofs"])
    faults = [*checker.nodes(), *_numbers(document, checker), *_ranking(document), *_references(document, checker)]
    return {
        "schema": "rigwise/verification/1",
        "checked": len(document["proofs"]),
        "holds": not faults,
        "faults": faults,
    }


class Checker:
    """The proofs of a document, each node checked against those it rests on."""

    def __init__(self, proofs: Mapping[str, Any]) -> None:
        self.proofs = proofs

    def nodes(self) -> Iterator[Fault]:
        yield from self._cycles()
        for name, node in self.proofs.items():
            if not isinstance(node, Mapping) or node.get("kind") not in ("given", "assumed", "computed", "derived"):
                yield _fault(name, "is no node of a proof")
                continue
            yield from self._parents(name, node)
            yield from self._formula(name, node)
            yield from (_fault(name, f"'{text}' does not hold") for text in node.get("checks", []) if not holds(text))

    def below(self, node: Mapping[str, Any]) -> list[str]:
        """Names of the nodes that a node rests on."""
        found = list(node.get("premises") or [])
        for value in (node.get("inputs") or {}).values():
            found += value if isinstance(value, list) else [value]
        return [name for name in found if isinstance(name, str)] + list((node.get("computed") or {}).values())

    def _parents(self, name: str, node: Mapping[str, Any]) -> Iterator[Fault]:
        for parent in self.below(node):
            if parent not in self.proofs:
                yield _fault(name, f"rests on {parent}, which is not there")
        if node["kind"] == "derived" and not node.get("rule"):
            yield _fault(name, "is derived by no rule")

    def _formula(self, name: str, node: Mapping[str, Any]) -> Iterator[Fault]:
        if node["kind"] != "computed":
            return
        formula = FORMULAS.get(str(node.get("formula")))
        if formula is None:
            yield _fault(name, f"the formula {node.get('formula')} is not known")
            return
        try:
            value = formula(**{key: self._value(inner) for key, inner in (node.get("inputs") or {}).items()})
        except (RigwiseError, TypeError, ValueError, KeyError, ArithmeticError) as error:
            yield _fault(name, f"{node['formula']} cannot be recomputed: {error}")
            return
        if not same(value, node.get("value")):
            yield _fault(name, f"{node['formula']} gives {value!r}, the answer says {node.get('value')!r}")

    def _value(self, name: Any) -> Any:
        if isinstance(name, list):
            return tuple(self._value(one) for one in name)
        return self.proofs[name]["value"]

    def _cycles(self) -> Iterator[Fault]:
        state: dict[str, int] = {}
        for start in self.proofs:
            stack = [(start, iter(self.below(self.proofs[start]) if isinstance(self.proofs[start], Mapping) else []))]
            if state.get(start):
                continue
            state[start] = 1
            while stack:
                name, rest = stack[-1]
                following = next(rest, None)
                if following is None:
                    state[name] = 2
                    stack.pop()
                elif state.get(following) == 1:
                    yield _fault(following, "rests on itself")
                elif following in self.proofs and not state.get(following):
                    state[following] = 1
                    node = self.proofs[following]
                    stack.append((following, iter(self.below(node) if isinstance(node, Mapping) else [])))


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
        return bool(one == other)
    return isinstance(one, int | float) and math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-300)


def _numbers(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    """Every number with a proof equals what its proof says, in its unit, and lies within its interval."""
    for path, quantity in _quantities(document.get("estimate"), "estimate"):
        yield from _number(path, quantity, checker)
    for row in document.get("options", []):
        for effect in row.get("effects", []):
            yield from _effect(f"options.{row['id']}.{effect['metric']}", effect, checker)


def _quantities(section: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in (section or {}).items():
        if isinstance(value, Mapping) and "value" in value:
            yield f"{path}.{name}", value


def _number(path: str, quantity: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    node = checker.proofs.get(str(quantity.get("proof")))
    if node is None:
        yield _fault(path, "has no proof")
        return
    factor = next((factor for suffix, factor in FACTORS.items() if path.endswith(suffix)), 1.0)
    if not same(quantity["value"], node["value"] * factor):
        yield _fault(path, f"says {quantity['value']}, its proof {quantity['proof']} says {node['value'] * factor}")
    if not quantity["low"] <= quantity["value"] <= quantity["high"]:
        yield _fault(path, "its value lies outside its interval")


def _effect(path: str, effect: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    before, after, relative = effect["before"], effect["after"], effect["relative"]
    for quantity in (before, after):
        yield from _number(path, quantity, checker)
    if not same(after["value"] / before["value"] - 1 + 1, relative["value"] + 1):
        yield _fault(
            path, f"the relative change is {after['value'] / before['value'] - 1}, the answer says {relative['value']}"
        )
    if not relative["low"] <= relative["value"] <= relative["high"]:
        yield _fault(path, "its relative change lies outside its interval")


def _ranking(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Recommended before optional before rejected, ranks counted through, free recommended options before paid ones."""
    order = {"recommended": 0, "optional": 1, "rejected": 2}
    rows = document.get("options", [])
    if [row.get("rank") for row in rows] != list(range(1, len(rows) + 1)):
        yield _fault("options", "the ranks are not counted through")
    places = [order.get(str(row.get("status")), 3) for row in rows]
    if places != sorted(places) or 3 in places:
        yield _fault("options", "the options are not in the order of their status")
    paid = [bool(row["cost_usd"] and row["cost_usd"]["high"] > 0) for row in rows if row.get("status") == "recommended"]
    if paid != sorted(paid):
        yield _fault("options", "a paid option is recommended before a free one")


def _references(document: Mapping[str, Any], checker: Checker) -> Iterator[Fault]:
    for section in ("options", "conclusions", "bottlenecks", "assumptions"):
        for row in document.get(section, []):
            name = row.get("proof")
            if name is not None and name not in checker.proofs:
                yield _fault(
                    f"{section}.{row.get('id', row.get('path'))}", f"names the proof {name}, which is not there"
                )
    for row in document.get("bottlenecks", []):
        node = checker.proofs.get(row["proof"], {})
        if not same(row["share"], node.get("value")):
            yield _fault(f"bottlenecks.{row['id']}", f"says {row['share']}, its proof says {node.get('value')}")
    for row in document.get("conclusions", []):
        node = checker.proofs.get(row["proof"], {})
        if (node.get("fact") or {}).get("id") != row["id"]:
            yield _fault(f"conclusions.{row['id']}", "its proof concludes something else")


def _fault(place: str, says: str) -> Fault:
    return {"at": place, "says": says}
