"""P336: a source of one value of a card that elsewhere speaks of cards of other makers only."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library, Path
from .sources import named_sources


def check(library: Library) -> Iterator[Diagnostic]:
    """A list of cards of several makers is cited for several cards of each."""
    values = library.values("gpus")
    cited: dict[str, dict[str, list[tuple[str, Path]]]] = {}
    for key, document in library.of("gpus").items():
        maker = str(values[key].get("vendor", ""))
        for path, source in named_sources(document.node) if maker else ():
            cited.setdefault(source, {}).setdefault(maker, []).append((key, path))
    for source, makers in cited.items():
        for maker, places in makers.items():
            others = sorted(makers.keys() - {maker})
            document = library.of("gpus")[places[0][0]]
            path = next((path for _, path in places if path[0] != "sources"), ())
            if source != "recalled" and others and path and len({key for key, _ in places}) == 1 and document.asked:
                message = f"`{source}` is cited here for {maker}, and elsewhere for {', '.join(others)} only"
                hint = "is it the right source? If it is, `accept` the finding with the reason"
                yield document.find("P336", message, path, hint)
