"""P325: a number in the name of an entry that its values do not bear out: "80GB", "32B", "A3B", "4.0bpw", "Q4"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...reading.diagnostic import Diagnostic
from ...reading.knowledge import value_at
from ..document import Library
from ..limits import table


class Sign(NamedTuple):
    """A number in names: of which entries, how it is written, which field tells it [unit].

    below, above: how far off the number in the name the field may be, as a share of it; bits: how far in bits.
    """

    kind: str
    pattern: str
    path: str
    unit: float = 1.0
    below: float = 0.0
    above: float = 0.0
    bits: Sequence[float] = (0.0, 0.0)


_SIGNS = [Sign(**sign) for sign in table("name_numbers", "signs")]


def check(library: Library) -> Iterator[Diagnostic]:
    """Where a name holds several such numbers, one of them is enough."""
    for sign in _SIGNS:
        for document in library.asked(sign.kind):
            entry = library.values(sign.kind)[document.key]
            told = [float(number) for number in re.findall(sign.pattern, str(entry.get("name", "")))]
            found = value_at(entry, sign.path)
            if told and isinstance(found, int | float) and not any(_fits(sign, one, found) for one in told):
                message = f"the name says {_written(sign, entry)}, and `{sign.path}` is {found:,}"
                yield document.find("P325", message, sign.path.split("."), "one of the two is wrong")


def _fits(sign: Sign, told: float, found: float) -> bool:
    below, above = sign.bits
    return told * (1 - sign.below) - below <= found / sign.unit <= told * (1 + sign.above) + above


def _written(sign: Sign, entry: Mapping[str, Any]) -> str:
    first = re.search(sign.pattern, str(entry["name"]))
    return first.group() if first else ""
