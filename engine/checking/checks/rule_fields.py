"""R502 and R503: a field or a kind of fact that nothing gives and nothing concludes."""

from __future__ import annotations

from collections.abc import Iterator

from ...inference.rule import Pattern, Rule
from ...reading.diagnostic import Diagnostic
from ..document import Document, Library
from ..nearest import did_you_mean
from ..program_facts import OPEN
from ..rulebook import Rulebook, rulebook


def check(library: Library) -> Iterator[Diagnostic]:
    """Every pattern asks for facts that entries, scenarios, examples or other rules can give."""
    book = rulebook(library)
    for rule in book.rules:
        document, index = book.home[rule.id]
        if document.asked:
            for path, pattern in _patterns(rule):
                yield from _pattern(book, document, [index, *path], pattern, rule)


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
