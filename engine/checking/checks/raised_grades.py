"""N406: a claim that grades itself above its source."""

from __future__ import annotations

from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library, claims_in


def check(library: Library) -> Iterator[Diagnostic]:
    """A claim can only lower the grade of the source that it names."""
    for document in library.asked():
        if document.kind in ("rules", "claims") or "grade:" not in document.text:
            continue
        for path, claim in claims_in(document.node):
            own = library.policy.grade({}, [claim["source"]]) if "grade" in claim and "source" in claim else "A"
            if "grade" in claim and claim["grade"] < own:
                message = f"grade {claim['grade']} for a source of grade {own}"
                hint = f"a claim can only lower the grade: {own} or below"
                yield document.find("N406", message, [*path, "grade"], hint)
