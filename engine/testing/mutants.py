"""Mutants of a rule: the rule with one small change each, as somebody might have got it wrong.

A change that cannot matter is not made: a reference put in place of one that a join holds equal, a presence that
another condition asks for anyway, the exchange of two arguments in which a formula is symmetric.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..errors import KnowledgeError
from ..inference.rule import Comparison, Pattern, Rule
from ..inference.strata import stratify
from ..inference.term import PRESENT, Constant, Constants, Field, Term, Variable
from .calls import changed_calls
from .meaning import Meaning, fields_of
from .values import neighbours, other

OPPOSITE = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in",
    "divisible by": "not divisible by", "not divisible by": "divisible by",
}  # fmt: skip
BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
MOST_REFERENCES = 2
"""Other references that are tried in place of one."""

Change = tuple[str, Rule]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`name` says place and change, such as `where[0]: < to <=`."""

    name: str
    rule: Rule


def mutants(rule: Rule) -> list[Mutant]:
    """All mutants of a rule that are rules themselves, in the order of its parts."""
    meaning = Meaning(rule)
    found: dict[str, Mutant] = {}
    for name, changed in _changes(rule, meaning):
        if name not in found and _sound(changed):
            found[name] = Mutant(name, changed)
    return list(found.values())


def _changes(rule: Rule, meaning: Meaning) -> Iterator[Change]:
    yield from _when(rule, meaning)
    yield from _where(rule, meaning)
    yield from _unless(rule, meaning)
    yield from _collect(rule, meaning)
    yield from changed_calls(rule, meaning)
    yield from _then(rule, meaning)


def _sound(rule: Rule) -> bool:
    """Whether the change left a rule: none that depends on its own absence."""
    try:
        stratify([rule])
    except KnowledgeError:
        return False
    return True


def _when(rule: Rule, meaning: Meaning) -> Iterator[Change]:
    for index, pattern in enumerate(rule.when):
        place = f"when.{pattern.name}"
        rest = (*rule.when[:index], *rule.when[index + 1 :])
        if rest and pattern.name not in meaning.read_names:
            yield f"{place}: dropped", rule._replace(when=rest)
        for change, changed in _pattern(pattern, place, meaning):
            yield change, rule._replace(when=(*rule.when[:index], changed, *rule.when[index + 1 :]))


def _pattern(pattern: Pattern, place: str, meaning: Meaning) -> Iterator[tuple[str, Pattern]]:
    """Each attribute's condition dropped or changed."""
    for name, term in pattern.attributes.items():
        here = f"{place}.{name}"
        rest = {key: value for key, value in pattern.attributes.items() if key != name}
        if term is PRESENT:
            if pattern.name and (pattern.name, name) not in meaning.asked:
                yield f"{here}: dropped", pattern._replace(attributes=rest)
            continue
        if not (isinstance(term, Field) and meaning.idle_join(pattern, name, term)):
            yield f"{here}: dropped", pattern._replace(attributes=rest)
        for changed in _instead(term, meaning, pattern.name):
            yield f"{here}: {term} to {changed}", pattern._replace(attributes={**pattern.attributes, name: changed})


def _instead(term: Term, meaning: Meaning, here: str = "") -> Iterable[Term]:
    """What may stand in place of a term: another constant, another reference, another result."""
    if isinstance(term, Constant):
        return [Constant(other(term.value))]
    if isinstance(term, Field):
        return [one for one in meaning.others(term) if one.name != here][:MOST_REFERENCES]
    if isinstance(term, Variable):
        return meaning.other_results(term)[:1]
    return []


def _where(rule: Rule, meaning: Meaning) -> Iterator[Change]:
    for index, part in enumerate(rule.where):
        place = f"where[{index}]"
        rest = (*rule.where[:index], *rule.where[index + 1 :])
        yield f"{place}: dropped", rule._replace(where=rest)
        for change, changed in _comparison(part, meaning):
            yield f"{place}: {change}", rule._replace(where=(*rule.where[:index], changed, *rule.where[index + 1 :]))


def _comparison(part: Comparison, meaning: Meaning) -> Iterator[tuple[str, Comparison]]:
    for op in filter(None, (OPPOSITE[part.op], BOUNDARY.get(part.op))):
        yield f"{part.op} to {op}", part._replace(op=op)
    if isinstance(part.right, Constants):
        for value in part.right.values:
            kept = tuple(one for one in part.right.values if one is not value)
            yield f"without {Constant(value)}", part._replace(right=Constants(kept))
    for side, term in (("left", part.left), ("right", part.right)):
        if isinstance(term, Constant):
            for value in neighbours(term.value):
                yield f"{term} to {Constant(value)}", _with(part, side, Constant(value))
        elif isinstance(term, Field):
            for changed in [one for one in meaning.others(term) if one not in (part.left, part.right)][:1]:
                yield f"{term} to {changed}", _with(part, side, changed)


def _with(part: Comparison, side: str, term: Term) -> Comparison:
    return part._replace(left=term) if side == "left" else part._replace(right=term)


def _unless(rule: Rule, meaning: Meaning) -> Iterator[Change]:
    for index, pattern in enumerate(rule.unless):
        place = f"unless[{index}]"
        rest = (*rule.unless[:index], *rule.unless[index + 1 :])
        yield f"{place}: dropped", rule._replace(unless=rest)
        for change, changed in _pattern(pattern, place, meaning):
            yield change, rule._replace(unless=(*rule.unless[:index], changed, *rule.unless[index + 1 :]))


def _collect(rule: Rule, meaning: Meaning) -> Iterator[Change]:
    for index, part in enumerate(rule.collect):
        for change, pattern in _pattern(part.pattern, f"collect.{part.name}", meaning):
            changed = part._replace(pattern=pattern)
            yield change, rule._replace(collect=(*rule.collect[:index], changed, *rule.collect[index + 1 :]))


def _then(rule: Rule, meaning: Meaning) -> Iterator[Change]:
    for index, template in enumerate(rule.then):
        place = "then" if len(rule.then) == 1 else f"then[{index}]"
        before, after = rule.then[:index], rule.then[index + 1 :]
        if before or after:
            yield f"{place}: dropped", rule._replace(then=(*before, *after))
        for name, term in template.attributes.items():
            rest = {key: value for key, value in template.attributes.items() if key != name}
            yield f"{place}.{name}: dropped", rule._replace(then=(*before, template._replace(attributes=rest), *after))
            for changed in _instead(term, meaning):
                attributes = {**template.attributes, name: changed}
                whole = template._replace(attributes=attributes)
                yield f"{place}.{name}: {term} to {changed}", rule._replace(then=(*before, whole, *after))


__all__ = ["Mutant", "fields_of", "mutants"]
