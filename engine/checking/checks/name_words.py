"""P335: the beginning of a name says what a field denies: `IQ4_XS` another family, `AMD AM5` another maker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...reading.diagnostic import Diagnostic
from ..document import Library
from ..limits import table


class Sign(NamedTuple):
    """Names of which entries, how they are written, and what a field of theirs then is."""

    kind: str
    pattern: str
    field: str
    value: str


_SIGNS = [Sign(*sign) for sign in table("name_words", "signs")]


def check(library: Library) -> Iterator[Diagnostic]:
    """By the table of signs."""
    for sign in _SIGNS:
        for document in library.asked(sign.kind):
            entry = library.values(sign.kind)[document.key]
            name, found = str(entry.get("name", "")), entry.get(sign.field)
            if found is not None and found != sign.value and re.search(sign.pattern, name):
                message = f"`{sign.field}` is {found}, and the name says {sign.value}"
                hint = "one of the two is wrong; if both are right, `accept` the finding with the reason"
                yield document.find("P335", message, [sign.field], hint)
