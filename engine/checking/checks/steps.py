"""X209: a step of an option or comparison that the program does not know."""

from __future__ import annotations

from collections.abc import Iterator

from ...grounding.moves import MOVES
from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..nearest import did_you_mean


def check(library: Library) -> Iterator[Diagnostic]:
    """Every step under `change` is a move."""
    for document in library.asked("options", "comparisons"):
        for index, step in enumerate(document.node.get("change", ())):
            for name in step:
                if name not in MOVES:
                    hint = did_you_mean(name, MOVES, f"known: {', '.join(MOVES)}")
                    path = ["change", index, name]
                    yield document.find("X209", f"no step is called `{name}`", path, hint, on_key=True)
