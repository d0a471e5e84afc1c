"""R502, R503, R516: a field or a kind of fact that nothing gives, nothing concludes, or nothing reads."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ...inference.rule import Pattern, Rule
from ...inference.term import Field
from ...model.sentence import placeholders
from ...reading.diagnostic import Diagnostic
from ..document import Document, Library
from ..nearest import did_you_mean
from ..program_facts import OPEN
from ..rulebook import Rulebook, rulebook

MISSPELT = 0.85


def check(library: Library) -> Iterator[Diagnostic]:
    """Every pattern asks for facts that entries, scenarios, examples or other rules can give."""
    book = rulebook(library)
    read = {pattern.kind for rule in book.rules for _, pattern in _patterns(rule)}
    for rule in book.rules:
        document, index = book.home[rule.id]
        if document.asked:
            for path, pattern in _patterns(rule):
                yield from _pattern(book, document, [index, *path], pattern, rule)
            yield from _readings(book, document, index, rule)
            yield from _concluded(book, document, index, rule, read)


def _patterns(rule: Rule) -> Iterator[tuple[list[str | int], Pattern]]:
    for pattern in rule.when:
        yield ["when", pattern.name], pattern
    for index, pattern in enumerate(rule.unless):
        yield ["unless", index], pattern
    for part in rule.collect:
        yield ["collect", part.name], part.pattern


def _pattern(
    book: Rulebook, document: Document, path: list[str | int], pattern: Pattern, rule: Rule
) -> Iterator[Diagnostic]:
    known = book.vocabulary.get(pattern.kind)
    if known is None:
        hint = did_you_mean(pattern.kind, book.vocabulary, "conclude it in a rule, or give it in an example")
        so = "the condition always holds" if path[1] == "unless" else "the rule cannot be reached"
        message = f"nothing gives or concludes a fact of kind `{pattern.kind}`, so {so}"
        yield document.find("R503", message, [*path, "kind"], hint)
        return
    for name in pattern.attributes:
        if name not in known and OPEN not in known:
            hint = did_you_mean(name, known, f"known: {', '.join(sorted(known)[:15])}")
            yield document.find(
                "R502", f"no fact of kind `{pattern.kind}` has a field `{name}`", [*path, name], hint, on_key=True
            )


def _concluded(book: Rulebook, document: Document, index: int, rule: Rule, read: set[str]) -> Iterator[Diagnostic]:
    """What a rule concludes and none reads is for the answer, unless it is one letter away from another kind."""
    several = isinstance(document.node[index]["then"], list)
    for number, template in enumerate(rule.then):
        if template.kind in read:
            continue
        for meant in get_close_matches(template.kind, sorted(book.vocabulary.keys() - {template.kind}), 1, MISSPELT):
            path: list[str | int] = [index, "then", *([number] if several else []), "kind"]
            message = f"nothing reads a fact of kind `{template.kind}`"
            yield document.find("R516", message, path, f"did you mean `{meant}`?")


def _readings(book: Rulebook, document: Document, index: int, rule: Rule) -> Iterator[Diagnostic]:
    """`$name.attribute` and `{name[attribute]}`, wherever they stand, name a field that facts of that kind have."""
    kinds = {pattern.name: pattern.kind for pattern in rule.when}
    told: set[tuple[str, str]] = set()
    for path, name, attribute in _read(rule):
        known = book.vocabulary.get(kinds.get(name, ""))
        if known is None or attribute in known or OPEN in known or (name, attribute) in told:
            continue
        told.add((name, attribute))
        hint = did_you_mean(attribute, known, f"known: {', '.join(sorted(known)[:15])}")
        message = f"`{name}` is a fact of kind `{kinds[name]}`, which has no field `{attribute}`"
        within = f"{name}[{attribute}]" if path[0] in ("says", "says_not") else ""
        yield document.find("R502", message, [index, *path], hint, within=within)


def _read(rule: Rule) -> Iterator[tuple[list[str | int], str, str]]:
    """Place, name and attribute of every value that a rule reads off its facts."""
    parts: list[tuple[list[str | int], object]] = []
    for path, pattern in _patterns(rule):
        parts += [([*path, key], term) for key, term in pattern.attributes.items()]
    for number, part in enumerate(rule.where):
        parts += [(["where", number, 0], part.left), (["where", number, 2], part.right)]
    for computation in rule.compute:
        parts += [(["compute", computation.name, key], term) for key, term in computation.arguments.items()]
    for template in rule.then:
        parts += [(["then", key], term) for key, term in template.attributes.items()]
    yield from ((path, term.name, term.attribute) for path, term in parts if isinstance(term, Field))
    for sentence in ("says", "says_not"):
        for name, attribute, _ in placeholders(getattr(rule, sentence), rule.origin):
            if attribute is not None:
                yield [sentence], name, attribute
