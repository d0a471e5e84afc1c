"""Inference of facts that differ little from those of a former inference: only what could be touched is done again.

A rule is touched if one of its patterns could match a fact that came or went, or a conclusion of a touched rule. What
the other rules found stands: every fact that their patterns could match is there in both inferences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..model.fact import Fact
from .fixpoint import MOST_FIRINGS, Run, check_formulas
from .guards import Fired, Formulas
from .matching import open_matcher
from .rule import Pattern, Rule
from .ruleset import RuleSet
from .strata import denied, dependencies
from .term import Constant
from .trace import Trace


def infer_again(
    rules: RuleSet, facts: Iterable[Fact], formulas: Formulas, former: Trace, most_firings: int = MOST_FIRINGS
) -> Trace:
    """What `infer` would find with the matcher of `former`, an inference of these rules.

    Raises what `infer` raises.
    """
    check_formulas(rules, formulas)
    run = Run(rules, facts, formulas, most_firings)
    again = touched(rules, former, run.store.facts)
    _keep(run, former, again)
    run.through(open_matcher(former.matcher, rules), again)
    return Trace(rules.rules, run.store, run.given, run.records, run.refused, former.matcher)


def touched(rules: RuleSet, former: Trace, facts: Sequence[Fact]) -> frozenset[int]:
    """The rules that could find anything else of these facts than of those of a former inference, by index."""
    now = set(facts)
    kinds: dict[str, list[Fact]] = {}
    for fact in now.symmetric_difference(former.given):
        kinds.setdefault(fact.kind, []).append(fact)
    waiting = [
        index
        for index, patterns in enumerate(_patterns(rules))
        if any(_could_match(pattern, fact) for pattern in patterns for fact in kinds.get(pattern.kind, ()))
    ]
    found = set(waiting)
    readers = _readers(rules)
    while waiting:
        for reader in readers[waiting.pop()]:
            if reader not in found:
                found.add(reader)
                waiting.append(reader)
    return frozenset(found)


def _could_match(pattern: Pattern, fact: Fact) -> bool:
    given = fact.attributes
    return all(given.get(name) == term.value for name, term in pattern.attributes.items() if type(term) is Constant)


def _patterns(rules: RuleSet) -> list[tuple[Pattern, ...]]:
    found: list[tuple[Pattern, ...]] = rules.compiled("read", lambda: [_read(rule) for rule in rules])
    return found


def _read(rule: Rule) -> tuple[Pattern, ...]:
    return (*rule.when, *denied(rule))


def _readers(rules: RuleSet) -> Sequence[Sequence[int]]:
    """For each rule the rules that could match its conclusions."""
    found: Sequence[Sequence[int]] = rules.kept("again", lambda: _reading(dependencies(list(rules))))
    return found


def _reading(reads: Sequence[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    readers: list[list[int]] = [[] for _ in reads]
    for reader, written in enumerate(reads):
        for index in written:
            readers[index].append(reader)
    return tuple(map(tuple, readers))


def _keep(run: Run, former: Trace, again: frozenset[int]) -> None:
    """Take over the firings and refusals of the rules that are not touched."""
    facts, numbers = former.store.facts, run.store.numbers

    def moved(old: Iterable[int]) -> tuple[int, ...]:
        return tuple([numbers[facts[number].identity] for number in old])

    for record in former.records:
        if record.rule not in again:
            fired = Fired(
                tuple([moved(part) for part in record.collected]),
                record.computed,
                [facts[number] for number in record.conclusions],
            )
            run.record(record.rule, moved(record.matched), fired)
    for rule, matched, formula, message in former.refused:
        if rule not in again:
            run.refused.append((rule, moved(matched), formula, message))
