"""Inference: stratum by stratum, match, fire and add until nothing new comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from contextlib import ExitStack

from ..errors import BadInput, KnowledgeError, RunawayRules
from ..model.fact import Fact
from .alphas import alphas_of, awake
from .crowds import Crowds
from .guards import Fired, Formulas, Guard, Refused, guards_of
from .matching import Match, Matcher, default_matcher, open_matcher
from .ruleset import RuleSet
from .shards import Shard, grouped
from .store import Store
from .trace import Record, Trace

MOST_FIRINGS = 50_000
MOST_CALCULATED_STEPS = 1_000
"""Calculated values in a row, beyond one for each rule, after which rules are taken to count without end."""


def infer(
    rules: RuleSet,
    facts: Iterable[Fact],
    formulas: Formulas,
    matcher: str | None = None,
    most_firings: int = MOST_FIRINGS,
) -> Trace:
    """Everything that follows from the facts.

    formulas: the registry that `compute` may call, by name. matcher: `durable` or `clips`; None takes the default.
    Raises KnowledgeError for a formula that is not in the registry, RunawayRules for rules that do not come to an
    end, InternalFault where a formula fails otherwise than by OutOfRange.
    """
    check_formulas(rules, formulas)
    name = matcher or default_matcher()
    run = Run(rules, facts, formulas, most_firings)
    run.through(open_matcher(name, rules))
    return Trace(rules.rules, run.store, run.given, run.records, run.refused, name)


def check_formulas(rules: RuleSet, formulas: Formulas) -> None:
    """Raise KnowledgeError for the first rule that calls a formula not in the registry."""
    unknown = rules.formulas - formulas.keys()
    if not unknown:
        return
    rule, part = next((rule, part) for rule in rules for part in rule.compute if part.formula in unknown)
    from difflib import get_close_matches

    near = get_close_matches(part.formula, list(formulas), 3)
    raise KnowledgeError(
        f"rule {rule.id}: unknown formula '{part.formula}'",
        where=rule.origin or None,
        hint=f"did you mean {', '.join(near)}?" if near else "formulas are the public functions of engine/costs",
    )


class Run:
    """One inference under way."""

    def __init__(self, rules: RuleSet, facts: Iterable[Fact], formulas: Formulas, most_firings: int) -> None:
        self.rules = rules
        self.formulas = formulas
        self.most_firings = most_firings
        self.most_steps = MOST_CALCULATED_STEPS + len(rules)
        self.guards = guards_of(rules)
        self.store = Store()
        for fact in facts:
            if not isinstance(fact, Fact):
                raise BadInput(f"{fact!r} is no fact", hint="use Fact.of({...})")
            self.store.add(fact)
        self.given = len(self.store.facts)
        self.records: list[Record] = []
        self.refused: list[tuple[int, tuple[int, ...], str, str]] = []
        self.steps = [0] * self.given
        self.reasons: dict[int, Record] = {}
        self.crowds = Crowds(rules, self.store)
        self.alphas = alphas_of(rules)
        self.levels = {rule: level for level, stratum in enumerate(rules.strata) for rule in stratum}
        self.waiting: defaultdict[int, list[Match]] = defaultdict(list)

    def through(self, matcher: Matcher, only: Container[int] | None = None) -> None:
        """Run all strata, of `only` some rules. The engine is told of each fact once, and what it matches waits for the
        rule's stratum."""
        rules = [rule for rule in awake(self.alphas, self.store) if only is None or rule in only]
        with ExitStack() as open_shards:
            shards = []
            for group in grouped(rules, self.alphas, self.store, matcher.most_patterns):
                shards.append(Shard(group, matcher, self.alphas, self.store))
                open_shards.callback(shards[-1].session.close)
            for level in range(len(self.rules.strata)):
                self._stratum(level, shards)

    def _stratum(self, level: int, shards: list[Shard]) -> None:
        self._fire(self.waiting.pop(level, []))
        while self._learn(shards):
            self._fire(self.waiting.pop(level, []))

    def _learn(self, shards: list[Shard]) -> bool:
        """Tell the engine what is new, and lay what it matches by the strata of the rules; whether there was any."""
        self.crowds.refuse()
        taught = [shard for shard in shards if shard.learn()]
        levels, waiting = self.levels, self.waiting
        for shard in taught:
            for match in shard.matches():
                waiting[levels[match[0]]].append(match)
        return bool(taught)

    def _fire(self, matches: list[Match]) -> None:
        facts, maps, store, formulas, guards = self.store.facts, self.store.maps, self.store, self.formulas, self.guards
        for index, numbers in matches:
            guard = guards[index] or self._guard(index)
            matched = [facts[number] for number in numbers]
            bound = [maps[number] for number in numbers]
            if not guard.matches(matched, bound):
                continue
            fired = guard.fire(bound, store, formulas)
            if fired is None:
                continue
            if type(fired) is Refused:
                self.refused.append((index, numbers, fired.formula, fired.message))
                continue
            self.record(index, numbers, fired)  # type: ignore[arg-type]

    def _guard(self, index: int) -> Guard:
        guard = self.guards[index] = Guard(self.rules.rules[index])
        return guard

    def record(self, index: int, matched: tuple[int, ...], fired: Fired) -> None:
        """Note down a firing and take in its conclusions."""
        concluded: list[int] = []
        new: list[int] = []
        store = self.store
        for fact in fired.conclusions:
            number = store.add(fact)
            if number is None:
                number = store.numbers[fact.identity]
            else:
                new.append(number)
            concluded.append(number)
        record = Record(index, matched, fired.collected, fired.computed, tuple(concluded))
        self.records.append(record)
        if new:
            step = max([self.steps[number] for number in record.premises]) + (1 if fired.computed else 0)
            for number in new:
                self.steps.append(step)
                self.reasons[number] = record
            if step > self.most_steps:
                raise self._runaway(record, f"{step} calculated values follow from each other")
        if len(self.records) > self.most_firings:
            raise self._runaway(record, f"more than {self.most_firings} firings")

    def _runaway(self, record: Record, what: str) -> RunawayRules:
        cycle = self._cycle(record)
        rule = self.rules.rules[cycle[0] if cycle else record.rule]
        path = " -> ".join(self.rules.rules[index].id for index in (*cycle, *cycle[:1]))
        return RunawayRules(
            f"the rules do not come to an end: {what}; " + (f"round and round go {path}" if cycle else self._busiest()),
            where=rule.origin or None,
            hint="a rule must not conclude, from a value it calculated, a fact that leads back to itself",
        )

    def _cycle(self, record: Record) -> list[int]:
        """Rules from the last firing back over its newest premises, up to the first that comes again."""
        seen = [record.rule]
        while True:
            newest = max(record.premises, key=lambda number: (self.steps[number], number))
            reason = self.reasons.get(newest)
            if reason is None:
                return []
            if reason.rule in seen:
                return _turned(seen[seen.index(reason.rule) :][::-1])
            seen.append(reason.rule)
            record = reason

    def _busiest(self) -> str:
        counts: dict[int, int] = {}
        for record in self.records:
            counts[record.rule] = counts.get(record.rule, 0) + 1
        busiest = sorted(counts, key=lambda index: (-counts[index], index))[:3]
        return "most often fired " + ", ".join(f"{self.rules.rules[index].id} ({counts[index]})" for index in busiest)


def _turned(cycle: list[int]) -> list[int]:
    """The cycle from its least rule on."""
    start = cycle.index(min(cycle))
    return cycle[start:] + cycle[:start]
