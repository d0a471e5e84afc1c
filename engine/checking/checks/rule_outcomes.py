"""R512: an example that does not come out as it says; R513: an example with a fact that its rule cannot read.

Rules are evaluated by the plain reading of their form (inference/naive), so that this needs no matcher.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...costs import FORMULAS
from ...errors import RigwiseError
from ...inference.naive import evaluate, sentences
from ...inference.rule import Rule
from ...model.agreement import agrees
from ...model.fact import Fact
from ...model.quantity import spoken
from ...reading.diagnostic import Diagnostic
from ...reading.examples import VariantError, in_full
from ..document import Document, Library
from ..nearest import did_you_mean
from ..rulebook import rulebook


def check(library: Library) -> Iterator[Diagnostic]:
    """Every example of every rule fires as often as it says, and concludes what it says."""
    book = rulebook(library)
    for rule in book.rules:
        document, index = book.home[rule.id]
        if not document.asked or any(part.formula not in FORMULAS for part in rule.compute):
            continue
        kinds = {pattern.kind for pattern in rule.when} | {pattern.kind for pattern in rule.unless}
        kinds |= {part.pattern.kind for part in rule.collect}
        for number, example in _examples(document, index):
            path: list[str | int] = [index, "examples", number]
            strange = list(_strange(document, [*path, "given"], example["given"], kinds))
            yield from strange or _faults(document, path, rule, example)


def _examples(document: Document, index: int) -> list[tuple[int, dict[str, Any]]]:
    """The examples in full, each with the position of its entry; none where one differs from nothing (R509)."""
    try:
        return in_full(document.node[index])
    except VariantError:
        return []


def _strange(document: Document, path: list[str | int], given: Any, kinds: set[str]) -> Iterator[Diagnostic]:
    for place, fact in enumerate(given):
        if fact["kind"] not in kinds:
            hint = did_you_mean(str(fact["kind"]), kinds, f"the rule reads facts of kind {', '.join(sorted(kinds))}")
            message = f"the rule reads no fact of kind `{fact['kind']}`, so that the example shows nothing of it"
            yield document.find("R513", message, [*path, place, "kind"], hint)


def _faults(document: Document, path: list[str | int], rule: Rule, example: Mapping[str, Any]) -> Iterator[Diagnostic]:
    expected, at = example["expect"], [*path, "expect"]
    try:
        closure = evaluate([rule], [Fact.of(fact) for fact in example["given"]], FORMULAS)
        found = closure.derivations
    except (RigwiseError, ArithmeticError, TypeError, ValueError) as error:
        message = f"the example cannot be evaluated: {getattr(error, 'message', error)}"
        yield document.find(
            "R512", message, [*path, "given"], "give values of the type and unit that the formula takes"
        )
        return
    fired, wanted = len(found), expected["fires"]
    if fired != wanted:
        message = f"the example fires {_times(fired)}, and should fire {_times(wanted)}"
        hint = f"a condition of the rule or a value of the example is wrong; if the rule is right, write fires: {fired}"
        yield document.find("R512", message, [*at, "fires"], hint)
        return
    concluded = [fact for one in found for fact in one[3]]
    for place, partial in enumerate(expected.get("concludes", ())):
        if not any(agrees(partial, fact) for fact in concluded):
            shown = "; ".join(map(str, concluded[:3])) or "nothing"
            hint = f"the rule concludes {shown[:300]}"
            message = "the example does not conclude this"
            yield document.find("R512", message, [*at, "concludes", place], hint)
    if "says" in expected and not any(expected["says"] in one for one in sentences(rule, closure, spoken)):
        hint = f"the rule says {'; '.join(sorted(sentences(rule, closure, spoken)))[:300] or 'nothing'}"
        yield document.find("R512", "the example does not say this", [*at, "says"], hint)


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")
