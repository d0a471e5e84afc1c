"""X201 for rules: evidence that is no entry of knowledge/sources; R511: a rule without evidence."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..nearest import did_you_mean


def check(library: Library) -> Iterator[Diagnostic]:
    """Every key under `evidence` is a source."""
    known = library.of("sources")
    for document in library.asked("rules"):
        for index, rule in enumerate(document.node):
            for position, key in enumerate(rule.get("evidence") or ()):
                if key not in known:
                    hint = did_you_mean(str(key), known, f"add knowledge/sources/{key}.yaml")
                    yield document.find("X201", f"no source is called `{key}`", [index, "evidence", position], hint)
