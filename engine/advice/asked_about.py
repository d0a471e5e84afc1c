"""What somebody asks about by a name: whatever a page prints of an answer may be asked for, in any spelling."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from ..errors import AmbiguousName, BadInput, UnknownName
from ..model.metrics import METRICS, TERMS
from ..reading.names import all_names, fold
from .rulebook import concludable

if TYPE_CHECKING:
    from .recommend import Answer

TURNABLE = ("verdict", "option", "conclusion")
ALL = (*TURNABLE, "number", "part")
WORDS = {"verdict": "the verdict", "option": "an option", "conclusion": "a conclusion", "number": "a number",
         "part": "a part of the time"}  # fmt: skip


class Asked(NamedTuple):
    """sort: one of ALL. key: the exact name."""

    sort: str
    key: str


def asked_about(answer: Answer, text: str, sorts: tuple[str, ...] = ALL) -> Asked:
    """What a name means. sorts: those that can be asked about here.

    Raises UnknownName with the nearest names, AmbiguousName with the candidates, BadInput for a name of another sort.
    """
    named = list(_named(answer))
    found = [one for one, name in named if name == text] or [one for one, name in named if fold(name) == fold(text)]
    fitting = sorted({one for one in found if one.sort in sorts})
    if len(fitting) > 1:
        raise AmbiguousName("things to ask about", text[:120], [one.key for one in fitting])
    if fitting:
        return fitting[0]
    if found:
        told = ", ".join(WORDS[one] for one in sorts)
        raise BadInput(f"{found[0].key} is {WORDS[found[0].sort]}; what can be asked about here is {told}",
                       hint=f"`rigwise why {found[0].key}` shows what it rests on")  # fmt: skip
    raise UnknownName(_any_of(sorts), text[:120], _nearest(named, text, sorts))


def _named(answer: Answer) -> Iterator[tuple[Asked, str]]:
    """All that an answer can tell about, with each of its names."""
    yield Asked("verdict", "verdict"), "verdict"
    for key, entry in answer.knowledge.entries["options"].items():
        for name in all_names(key, entry):
            yield Asked("option", key), name
    for identity in concludable(answer.rules):
        yield Asked("conclusion", identity), identity
    for key, (short, label, _) in METRICS.items():
        for name in (key, short, label):
            yield Asked("number", key), name
    bounds = {str(fact["id"]) for fact in answer.trace.of_kind("bound_share")}
    for key, name in {**{one: one for one in sorted(bounds)}, **TERMS}.items():
        yield Asked("part", key), key
        yield Asked("part", key), name


def _any_of(sorts: tuple[str, ...]) -> str:
    *first, last = [WORDS[one].split(" ", 1)[1] for one in sorts]
    return f"{', '.join(first)} or {last}"


def _nearest(named: list[tuple[Asked, str]], text: str, sorts: tuple[str, ...]) -> list[str]:
    """The exact names of what comes nearest, by any of their names."""
    keys = {fold(name): one.key for one, name in named if one.sort in sorts}
    close = get_close_matches(fold(text)[:80], list(keys), 5, 0.6)
    return list(dict.fromkeys(keys[name] for name in close))[:3]
