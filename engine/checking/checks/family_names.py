"""P335: a model of a family that its name does not say, where its name says another family."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library


def check(library: Library) -> Iterator[Diagnostic]:
    """By the letters of the family before its first digit."""
    values = library.values("models")
    stems = {_stem(str(model["family"])) for model in values.values() if model.get("family")}
    for document in library.asked("models"):
        model = values[document.key]
        own, name = _stem(str(model.get("family", ""))), re.sub(r"[\W_]", "", str(model.get("name", "")).lower())
        other = next((stem for stem in sorted(stems, key=len) if len(stem) > 2 and stem in name), None)
        if own and other and own not in name:
            message = f"`family` is {model['family']}, and the name says {other}"
            hint = "the family tells the shape of its layers; if it is right, `accept` the finding with the reason"
            yield document.find("P335", message, ["family"], hint)


def _stem(family: str) -> str:
    found = re.match(r"[a-z]+", family)
    return found.group() if found else ""
