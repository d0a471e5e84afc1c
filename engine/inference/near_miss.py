"""Why a rule did not fire: which conditions held, which was the first to fail, what was seen and what was needed.

Conditions are taken in the order of their evaluation (patterns as written, comparisons, absences, collections,
formulas, comparisons of their results). Of all ways to bind the rule's names, the one that gets furthest is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..model.fact import Fact, Scalar, canonical
from .comparing import equal
from .conditions import Condition, Evaluation, NearMiss, pattern_condition, seen
from .firing import shown
from .guards import Formulas
from .rule import Pattern, Rule
from .store import Store
from .term import Constant, Field, Term
from .trace import Trace

__all__ = ["Condition", "Hint", "NearMiss", "explain_failure", "hint_from_goal"]

NAMES = frozenset({"id", "key", "deployment", "option", "name"})
"""Attributes by which a fact is known: a fact of another name is not the one that was looked for."""
MOST_BINDINGS = 5_000
"""Partial bindings that are tried before the best so far is told."""

Hint = Mapping[str, Fact | Mapping[str, Scalar]]


def explain_failure(
    rule: Rule,
    facts: Trace | Iterable[Fact],
    bindings_hint: Hint | None = None,
    formulas: Formulas | None = None,
) -> NearMiss:
    """Evaluate the rule over the final facts, for the binding that gets furthest.

    facts: a trace, or all facts. bindings_hint: for a name of `when`, or for a kind where no name is called so, a fact
    or values that its fact must have: `{"deployment": {"id": "as_is"}}`. formulas: the registry; without it a rule
    that gets as far as a formula is told to stop there.
    """
    return _Search(rule, _store(facts), bindings_hint or {}, formulas).furthest()


def hint_from_goal(rule: Rule, goal: Mapping[str, Any]) -> dict[str, dict[str, Scalar]] | None:
    """The hint under which the rule would conclude `{"kind": …, attribute: value, …}`; None where it never does."""
    for template in rule.then:
        if template.kind == goal.get("kind", template.kind):
            hint = _hint(template.attributes, {name: value for name, value in goal.items() if name != "kind"})
            if hint is not None:
                return hint
    return None


def _hint(attributes: Mapping[str, Term], wanted: Mapping[str, Any]) -> dict[str, dict[str, Scalar]] | None:
    hint: dict[str, dict[str, Scalar]] = {}
    for name, given in wanted.items():
        term, value = attributes.get(name), canonical(given)
        if term is None or (isinstance(term, Constant) and not equal(term.value, value)):
            return None
        if isinstance(term, Field):
            asked = hint.setdefault(term.name, {})
            if not equal(asked.setdefault(term.attribute, value), value):
                return None
    return hint


def _store(facts: Trace | Iterable[Fact]) -> Store:
    if isinstance(facts, Trace):
        return facts.store
    store = Store()
    for fact in facts:
        store.add(fact)
    return store


class _Search:
    """Tries bindings, patterns in the author's order, and keeps the one that gets furthest."""

    def __init__(self, rule: Rule, store: Store, hint: Hint, formulas: Formulas | None) -> None:
        self.rule = rule
        self.store = store
        self.hint = hint
        self.formulas = formulas
        self.best: NearMiss | None = None
        self.left = MOST_BINDINGS

    def furthest(self) -> NearMiss:
        self._bind(0, {})
        if self.best is None:
            raise AssertionError("every search ends in a binding that is told")
        return self.best

    def _bind(self, place: int, bound: dict[str, Fact]) -> bool:
        """Bind the patterns from `place` on; True to stop the search."""
        if place == len(self.rule.when):
            return self._tell(Evaluation(self.rule, self.store, bound, self.formulas).outcome())
        pattern = self.rule.when[place]
        stop, empty = False, True
        for fact in self._candidates(pattern, bound):
            empty = False
            self.left -= 1
            if self.left < 0 or self._bind(place + 1, {**bound, pattern.name: fact}):
                stop = True
                break
        if empty:
            return self._tell(self._unmatched(place, bound))
        return stop

    def _tell(self, outcome: NearMiss) -> bool:
        if self.best is None or outcome.fires or len(outcome.held) > len(self.best.held):
            self.best = outcome
        return outcome.fires

    def _candidates(self, pattern: Pattern, bound: dict[str, Fact]) -> Iterable[Fact]:
        if _unknown_source(pattern, bound) is not None:
            return ()
        tests = self._tests(pattern, bound)
        given = {name: value for name, value, _ in tests if value is not None}
        names = tuple(sorted(given))
        index = self.store.index(pattern.kind, names)
        found = [self.store.facts[number] for number in index.numbers.get(index.key(given), ())]
        found.sort(key=lambda fact: fact.order)
        return (fact for fact in found if all(name in fact for name, _, _ in tests))

    def _tests(self, pattern: Pattern, bound: dict[str, Fact]) -> list[tuple[str, Scalar | None, bool]]:
        """(attribute, value or None for any, whether it identifies the fact: a join or a hint)."""
        tests: list[tuple[str, Scalar | None, bool]] = [(*test, True) for test in self._asked(pattern).items()]
        tests += [(*test, True) for test in _joined_from(self.rule, pattern, bound)]
        for name, term in pattern.attributes.items():
            if isinstance(term, Constant):
                tests.append((name, term.value, name in NAMES))
            elif isinstance(term, Field) and term.name in bound:
                tests.append((name, bound[term.name].get(term.attribute), True))
            else:
                tests.append((name, None, False))
        return tests

    def _asked(self, pattern: Pattern) -> Mapping[str, Scalar]:
        named = pattern.name in self.hint
        if not named and any(part.name == pattern.kind for part in self.rule.when):
            return {}
        asked = self.hint.get(pattern.name if named else pattern.kind, {})
        return asked.attributes if isinstance(asked, Fact) else {name: canonical(asked[name]) for name in asked}

    def _unmatched(self, place: int, bound: dict[str, Fact]) -> NearMiss:
        pattern = self.rule.when[place]
        held = tuple(pattern_condition(part, bound) for part in self.rule.when[:place])
        failed = pattern_condition(pattern, bound)
        source = _unknown_source(pattern, bound)
        if source is not None:
            fact, attribute = bound[source.name], source.attribute
            known = f"a known {fact.kind}.{attribute}"
            return NearMiss(
                self.rule, held, failed, seen(fact, attribute), known, fact=fact, attribute=attribute, bindings=bound
            )
        tests = self._tests(pattern, bound)
        nearest = self._nearest(pattern, tests)
        wrong = None if nearest is None else next((test for test in tests if not _passes(nearest, test)), None)
        if nearest is None or wrong is None or wrong[2]:
            none = _none_text(pattern, tests)
            return NearMiss(self.rule, held, failed, none, failed.filled, bindings=bound)
        name, value, _ = wrong
        needed = f"{pattern.kind}.{name} " + ("of any value" if value is None else f"= {shown(value)}")
        return NearMiss(
            self.rule, held, failed, seen(nearest, name), needed, nearest.get(name), value, nearest, name, bound
        )

    def _nearest(self, pattern: Pattern, tests: list[tuple[str, Scalar | None, bool]]) -> Fact | None:
        facts = [self.store.facts[number] for number in self.store.kinds.get(pattern.kind, ())]
        return min(facts, key=lambda fact: (_distance(fact, tests), fact.order), default=None)


def _joined_from(rule: Rule, pattern: Pattern, bound: dict[str, Fact]) -> Iterator[tuple[str, Scalar]]:
    """What facts bound before ask of this one: `{attribute: $this.attribute}` in an earlier pattern."""
    for earlier in rule.when:
        if earlier.name in bound:
            for name, term in earlier.attributes.items():
                if isinstance(term, Field) and term.name == pattern.name:
                    yield term.attribute, bound[earlier.name][name]


def _unknown_source(pattern: Pattern, bound: dict[str, Fact]) -> Field | None:
    """The first reference to a bound fact that lacks the attribute."""
    for term in pattern.attributes.values():
        if isinstance(term, Field) and term.name in bound and term.attribute not in bound[term.name]:
            return term
    return None


def _passes(fact: Fact, test: tuple[str, Scalar | None, bool]) -> bool:
    found = fact.get(test[0])
    return found is not None and (test[1] is None or equal(found, test[1]))


def _distance(fact: Fact, tests: list[tuple[str, Scalar | None, bool]]) -> tuple[int, int]:
    failed = [test for test in tests if not _passes(fact, test)]
    return sum(test[2] for test in failed), len(failed)


def _none_text(pattern: Pattern, tests: list[tuple[str, Scalar | None, bool]]) -> str:
    asked = dict.fromkeys(
        f"{name}={shown(value)}" for name, value, identifies in tests if identifies and value is not None
    )
    return f"no {pattern.kind}" + (f" with {', '.join(asked)}" if asked else "")
