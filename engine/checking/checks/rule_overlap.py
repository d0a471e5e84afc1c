"""R504: a rule that says what another says already, under the same or narrower conditions."""

from __future__ import annotations

from collections.abc import Iterator

from ...inference.rule import Pattern, Rule
from ...reading.diagnostic import Diagnostic, Note
from ..document import Library
from ..rulebook import rulebook


def check(library: Library) -> Iterator[Diagnostic]:
    """Same conclusions, and every condition of the wider rule is a condition of the narrower one."""
    book = rulebook(library)
    groups: dict[str, list[Rule]] = {}
    for rule in book.rules:
        groups.setdefault(" ".join(map(str, rule.then)), []).append(rule)
    for same in groups.values():
        for rule in same if len(same) > 1 else ():
            document, index = book.home[rule.id]
            wider = next((other for other in same if other is not rule and _covers(other, rule)), None)
            if wider is None or not document.asked or (_covers(rule, wider) and rule.id < wider.id):
                continue
            there, position = book.home[wider.id]
            message = f"rule `{rule.id}` concludes nothing that `{wider.id}` does not conclude already"
            note = Note(there.place([position, "id"]), "the wider rule")
            yield document.find("R504", message, [index, "id"], "delete it, or change a condition", notes=(note,))


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether `wide` fires wherever `narrow` does, as far as can be seen from the text."""
    if wide.collect or narrow.collect or wide.compute != narrow.compute:
        return False
    patterns = {pattern.name: pattern for pattern in narrow.when}
    return (
        all(pattern.name in patterns and _wider(pattern, patterns[pattern.name]) for pattern in wide.when)
        and {str(part) for part in wide.where} <= {str(part) for part in narrow.where}
        and {str(part) for part in wide.unless} <= {str(part) for part in narrow.unless}
    )


def _wider(wide: Pattern, narrow: Pattern) -> bool:
    return wide.kind == narrow.kind and wide.attributes.items() <= narrow.attributes.items()
