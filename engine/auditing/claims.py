"""Claims read: from files of a user, and from knowledge/claims, each with its place."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import BadInput
from ..reading.place import Seq, plain

if TYPE_CHECKING:
    from ..reading import Knowledge
    from ..reading.diagnostic import Diagnostic

MOST_BYTES = 1 << 20


class Claim(NamedTuple):
    """One claim. name: its id, or a number of its own where it has none. place: file, line and column."""

    name: str
    id: str | None
    source: str
    quote: str
    note: str
    content: Mapping[str, Any]
    place: str


def claims_of_files(paths: Iterable[Path]) -> list[Claim]:
    """The claims in files (`-`: standard input). Raises BadInput with everything that is wrong with their form."""
    found: list[Claim] = []
    for path in paths:
        node = _read(path)
        found += _claims(node, path.as_posix(), len(found))
    _refuse_twins(found)
    return found


def claims_of_knowledge(knowledge: Knowledge) -> list[Claim]:
    """All claims of knowledge/claims, which `validate` has checked."""
    found: list[Claim] = []
    shelf: Mapping[str, Any] = knowledge.entries.get("claims", {})
    for key, items in sorted(shelf.items()):
        for number, item in enumerate(items):
            found.append(_claim(item, knowledge.origin("claims", key, str(number)), len(found)))
    _refuse_twins(found)
    return found


def _read(path: Path) -> Any:
    from ..reading.yaml_text import read_yaml

    text = sys.stdin.buffer.read(MOST_BYTES + 1) if path.as_posix() == "-" else path
    from ..reading.diagnostic import ReadingErrors

    try:
        return read_yaml(text, "standard input" if path.as_posix() == "-" else None)
    except ReadingErrors as error:
        raise _refusal(error.diagnostics) from None


def _claims(node: Any, file: str, before: int) -> Iterator[Claim]:
    if not isinstance(node, Seq):
        raise BadInput(
            "a file of claims is a list",
            where=file,
            hint="start each item with `- claim: {kind: attribute, subject: rtx_3090, attribute: nvlink, value: true}`",
        )
    _refuse_bad_shape(node, file)
    for number, item in enumerate(plain(node)):
        yield _claim(item, str(node.place(number)), before + number)


def _claim(item: Mapping[str, Any], place: str, number: int) -> Claim:
    given = item.get("id")
    return Claim(
        str(given) if given else f"claim {number + 1}",
        given,
        str(item.get("source") or ""),
        str(item.get("quote") or ""),
        str(item.get("note") or ""),
        item["claim"],
        place,
    )


def _refuse_bad_shape(node: Seq, file: str) -> None:
    from ..checking.document import Document
    from ..checking.shape import check_shape

    found = check_shape(Document("claims", "claims", file, file, node, _text(file), asked=True))
    found += [_no_number(node, number, name) for number, item in enumerate(node) for name in _infinite(item)]
    if found:
        raise _refusal(tuple(sorted(found, key=lambda one: one.order)))


def _text(file: str) -> str:
    try:
        return Path(file).read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def _infinite(node: Any) -> Iterator[str]:
    """Names of the fields that hold an infinity or no number."""
    for name, value in node.items() if isinstance(node, Mapping) else ():
        if isinstance(value, float) and not isfinite(value):
            yield str(name)
        elif isinstance(value, Mapping):
            yield from _infinite(value)


def _no_number(node: Seq, number: int, name: str) -> Diagnostic:
    from ..reading.diagnostic import Diagnostic

    return Diagnostic(
        "S105", f"`{name}` is not a finite number", node.place(number), "write the number as it is stated"
    )


def _refusal(found: Iterable[Diagnostic]) -> BadInput:
    """One error that lists every finding."""
    first, *others = found
    told = "".join(f"\n{one}" for one in others)
    hint = (first.hint or "see `rigwise explain " + first.code + "`") + told
    return BadInput(f"{first.code}: {first.message}", where=str(first.place), hint=hint)


def _refuse_twins(claims: Iterable[Claim]) -> None:
    seen: dict[str, Claim] = {}
    for claim in claims:
        first = seen.setdefault(claim.name, claim)
        if first is not claim:
            hint = f"rename one; the other is at {first.place}"
            raise BadInput(f"two claims have the id '{claim.name}'", where=claim.place, hint=hint)
