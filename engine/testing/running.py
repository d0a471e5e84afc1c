"""Examples through the real matcher: what each expects, what came, and how far the rule got where it stayed silent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..costs import FORMULAS
from ..errors import RigwiseError
from ..inference import Fact, Rule, RuleSet, Trace, infer
from ..inference.near_miss import explain_failure
from ..model.quantity import spoken
from ..model.sentence import render
from ..reading import Knowledge
from .example import Example

Progress = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and what is done now."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that did not hold. subject: rule or scenario. near_miss: how far a rule got that should have fired."""

    kind: str
    subject: str
    name: str
    place: str
    expected: str
    found: str
    near_miss: str = ""


def examples_of(knowledge: Knowledge, rule: str) -> list[Example]:
    """The examples of a rule. Raises KnowledgeError for what is none."""
    return [Example.read(rule, number, one) for number, one in enumerate(knowledge.examples(rule), 1)]


def rule_failures(mapping: Mapping[str, Any], examples: Sequence[Example], matcher: str | None) -> list[Failure]:
    """What fails of one rule: an example, or that it has none that fires or none that stays silent."""
    rule = Rule.parse(mapping)
    rules = RuleSet([rule])
    failures = list(_lacking(rule, examples))
    for example in examples:
        failures += _checked(rule, rules, example, matcher)
    return failures


def _lacking(rule: Rule, examples: Iterable[Example]) -> Iterator[Failure]:
    fires = [example.fires for example in examples]
    for there, words in ((any(fires), "one that fires"), (0 in fires, "one that stays silent")):
        if not there:
            yield Failure("example", rule.id, "examples", rule.origin, f"{words}, at least", "no such example")


def _checked(rule: Rule, rules: RuleSet, example: Example, matcher: str | None) -> Iterator[Failure]:
    try:
        trace = infer(rules, example.facts, FORMULAS, matcher)
    except RigwiseError as error:
        yield _failure(example, f"fires {_times(example.fires)}", f"the rule fails: {error.message}")
        return
    fired = len(trace.firings)
    if fired != example.fires:
        near = _near_miss(rule, trace) if fired < example.fires else _causes(trace)
        yield _failure(example, f"fires {_times(example.fires)}", f"fires {_times(fired)}", near)
        return
    concluded = [fact for firing in trace.firings for fact in firing.concluded]
    for partial in example.missing(concluded):
        came = "; ".join(map(repr, dict.fromkeys(concluded))) or "nothing"
        yield _failure(example, f"concludes {written(partial)}", f"concludes {came}")
    said = [render(rule.says, firing.bindings, firing.results, spoken) for firing in trace.firings]
    if example.says and not any(example.says in one for one in said):
        yield _failure(example, f"says {example.says}", f"says {'; '.join(said) or 'nothing'}")


def _failure(example: Example, expected: str, found: str, near_miss: str = "") -> Failure:
    name = f"example {example.number}" + (f" ({example.name})" if example.name else "")
    return Failure("example", example.rule, name, example.place, expected, found, near_miss)


def _near_miss(rule: Rule, trace: Trace) -> str:
    miss = explain_failure(rule, trace, formulas=FORMULAS)
    if miss.failed is None:
        return ""
    told = "no condition" if not miss.held else f"{len(miss.held)} condition{'s' if len(miss.held) > 1 else ''}"
    return f"{told} held; then {miss.failed.part} {miss.failed.text}: observed {miss.observed}, needed {miss.needed}"


def _causes(trace: Trace) -> str:
    return "fired on " + "; ".join(", ".join(map(repr, firing.premises)) for firing in trace.firings)


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def written(partial: Mapping[str, Any]) -> str:
    """A partial fact as facts are written."""
    values = Fact.of({"kind": str(partial.get("kind", "fact")), **{k: v for k, v in partial.items() if k != "kind"}})
    return repr(values)
