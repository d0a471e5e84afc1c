"""Inference of facts that differ little from those of a former inference: only what could be touched is done again.

A rule is touched if one of its patterns could match a fact that came or went, or a conclusion of a touched rule. A fact
that came in place of another touches only rules that read what differs between them. What the other rules found stands:
every fact that their patterns could match is there in both inferences, with all that they read of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..model.fact import Fact
from .fixpoint import MOST_FIRINGS, Run, check_formulas
from .guards import Fired, Formulas
from .matching import open_matcher
from .reads import Read, reads
from .rule import Pattern
from .ruleset import RuleSet
from .strata import dependencies
from .term import Constant
from .trace import Trace

Changed = dict[str, list[tuple[Fact, frozenset[str] | None]]]
"""By kind the facts that came or went; of one in whose place another came the attributes in which they differ."""


def infer_again(
    rules: RuleSet, facts: Iterable[Fact], formulas: Formulas, former: Trace, most_firings: int = MOST_FIRINGS
) -> Trace:
    """What `infer` would find with the matcher of `former`, an inference of these rules.

    Raises what `infer` raises.
    """
    check_formulas(rules, formulas)
    run = Run(rules, facts, formulas, most_firings)
    again = keep_untouched(run, former)
    run.through(open_matcher(former.matcher, rules), again)
    return Trace(rules.rules, run.store, run.given, run.records, run.refused, former.matcher)


def keep_untouched(run: Run, former: Trace) -> frozenset[int]:
    """Take over what a former inference found by rules that are not touched; the rules that are, by index."""
    replaced = _replaced(former, run.store.facts)
    again = _touched(run.rules, former, run.store.facts, replaced)
    _keep(run, former, again, replaced)
    return again


def touched(rules: RuleSet, former: Trace, facts: Sequence[Fact]) -> frozenset[int]:
    """The rules that could find anything else of these facts than of those of a former inference, by index."""
    return _touched(rules, former, facts, _replaced(former, facts))


def _touched(rules: RuleSet, former: Trace, facts: Sequence[Fact], replaced: Mapping[Fact, Fact]) -> frozenset[int]:
    kinds: Changed = {}
    for old, new in replaced.items():
        kinds.setdefault(old.kind, []).append((old, frozenset(_differing(old, new))))
    for fact in set(facts).symmetric_difference(former.given) - {*replaced, *replaced.values()}:
        kinds.setdefault(fact.kind, []).append((fact, None))
    waiting = [index for index, parts in enumerate(_reads(rules)) if any(_concerned(part, kinds) for part in parts)]
    found = set(waiting)
    readers = _readers(rules)
    while waiting:
        for reader in readers[waiting.pop()]:
            if reader not in found:
                found.add(reader)
                waiting.append(reader)
    return frozenset(found)


def _replaced(former: Trace, facts: Iterable[Fact]) -> dict[Fact, Fact]:
    """For each fact that went the one that came in its place: of the same kind, and the only one known by its name.

    What rules concluded, too, is neither: it may be there in both.
    """
    now, before = set(facts), set(former.given)
    concluded = {number for record in former.records for number in record.conclusions}
    known = former.store.numbers
    came = _by_name(fact for fact in now - before if fact.identity not in known)
    went = _by_name(fact for fact in before - now if known[fact.identity] not in concluded)
    return {facts[0]: came[name][0] for name, facts in went.items() if len(facts) == len(came.get(name, ())) == 1}


def _by_name(facts: Iterable[Fact]) -> dict[tuple[Any, ...], list[Fact]]:
    """By kind and what names a fact: its id, or all its texts."""
    found: dict[tuple[Any, ...], list[Fact]] = {}
    for fact in facts:
        name = fact.get("id")
        texts = (name,) if name is not None else tuple([one for one in fact.values if isinstance(one[1], str)])
        found.setdefault((fact.kind, texts), []).append(fact)
    return found


def _differing(old: Fact, new: Fact) -> Iterator[str]:
    one, other = dict(old.identity[1]), dict(new.identity[1])
    for name in one.keys() | other.keys():
        if one.get(name) != other.get(name):
            yield name


def _concerned(read: Read, kinds: Changed) -> bool:
    """Whether a pattern could match a fact that came or went, and its rule reads what differs."""
    pattern, names = read
    return any(
        not names.isdisjoint(differing) if differing is not None else _could_match(pattern, fact)
        for fact, differing in kinds.get(pattern.kind, ())
    )


def _could_match(pattern: Pattern, fact: Fact) -> bool:
    given = fact.attributes
    return all(given.get(name) == term.value for name, term in pattern.attributes.items() if type(term) is Constant)


def _reads(rules: RuleSet) -> list[tuple[Read, ...]]:
    found: list[tuple[Read, ...]] = rules.compiled("read", lambda: [reads(rule) for rule in rules])
    return found


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


def _keep(run: Run, former: Trace, again: frozenset[int], replaced: Mapping[Fact, Fact]) -> None:
    """Take over the firings and refusals of rules that are not touched, with the facts that came in place of others."""
    facts, numbers = former.store.facts, run.store.numbers
    here = {former.store.numbers[old.identity]: numbers[new.identity] for old, new in replaced.items()}

    def moved(old: Iterable[int]) -> tuple[int, ...]:
        return tuple([here[one] if one in here else numbers[facts[one].identity] for one in old])

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
