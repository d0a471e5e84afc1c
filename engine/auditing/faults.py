"""What in a file of claims cannot be judged as it is written: found by asking each claim, without judging any.

A fault of form is an error (N413); a name that the knowledge does not have leaves the claim open, a warning (X214).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..checking.document import Document, Library
from ..errors import BadInput, RigwiseError
from ..inference import default_matcher
from ..reading.diagnostic import Diagnostic
from ..reading.place import plain
from .answers import Answers
from .bench import Bench
from .claims import Claim
from .kinds import READ
from .naming import Unsettled
from .predictions import Impossible, Predictions

if TYPE_CHECKING:
    from ..reading import Knowledge

OPEN_HINT = "the claim stays open; write the name of an entry (`rigwise search` finds them), or add the entry first"


def claim_check(load: Callable[[], Knowledge]) -> Callable[[Library], Iterator[Diagnostic]]:
    """A check for `validate`. load: the knowledge that the claims speak of, loaded where there are claims to check."""

    def check(library: Library) -> Iterator[Diagnostic]:
        documents = list(library.asked("claims"))
        try:
            knowledge = load() if documents else None
        except RigwiseError:
            return  # what is wrong with the knowledge is told by other checks
        for document in documents if knowledge else ():
            assert knowledge is not None
            yield from faults(document, knowledge)

    return check


def faults(document: Document, knowledge: Knowledge) -> Iterator[Diagnostic]:
    """Findings about the claims of one file."""
    for number, item in enumerate(plain(document.node)):
        content = item["claim"]
        claim = Claim(f"claim {number + 1}", None, str(item.get("source") or ""), "", "", content, "")
        path: list[str | int] = [number, "claim"]
        try:
            READ[str(content["kind"])](claim, _bench(knowledge))
        except BadInput as error:
            hint = error.hint or "write it as the other claims of this kind are written"
            yield document.find("N413", error.message, [*path, *_field(content, error.message)], hint)
        except Unsettled as reason:
            words, _, near = str(reason).partition("; the nearest names are ")
            hint = f"did you mean {near.replace(', ', ' or ')}?" if near else OPEN_HINT
            yield document.find("X214", words, [*path, *_field(content, words)], hint)
        except Impossible:
            continue


def _bench(knowledge: Knowledge) -> Bench:
    matcher = default_matcher()
    return Bench(knowledge, Predictions(knowledge, matcher), Answers(knowledge, matcher))


def _field(content: Mapping[str, Any], message: str) -> list[str]:
    """The field of a claim that a message speaks of: by its name, or by the value that it quotes."""
    for name, value in content.items():
        if isinstance(value, str) and f"'{value}'" in message:
            return [name]
    return next(([name] for name in content if f"`{name}`" in message), [])
