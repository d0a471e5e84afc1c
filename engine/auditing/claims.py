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


class Problem(NamedTuple):
    """Why a claim cannot be judged as it is written: what, where, and what to write instead."""

    message: str
    place: str
    hint: str


class Claim(NamedTuple):
    """One claim. name: its id, or a number of its own where it has none. place: file, line and column.

    problem: what is wrong with its form; its content says nothing then.
    """

    name: str
    id: str | None
    source: str
    quote: str
    note: str
    content: Mapping[str, Any]
    place: str
    problem: Problem | None = None


def claims_of_files(paths: Iterable[Path]) -> list[Claim]:
    """The claims in files (`-`: standard input); those of a wrong form carry their problem.

    Raises BadInput for a file that holds no list of claims at all.
    """
    found: list[Claim] = []
    for path in paths:
        node = _read(path)
        found += _claims(node, path.as_posix(), len(found))
    return list(_told_apart(found))


def claims_of_knowledge(knowledge: Knowledge) -> list[Claim]:
    """All claims of knowledge/claims, which `validate` has checked."""
    found: list[Claim] = []
    shelf: Mapping[str, Any] = knowledge.entries.get("claims", {})
    for key, items in sorted(shelf.items()):
        for number, item in enumerate(items):
            found.append(_claim(item, knowledge.origin("claims", key, str(number)), len(found)))
    return list(_told_apart(found))


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
    problems = _problems(node, file)
    for number, item in enumerate(plain(node)):
        given = item if isinstance(item, Mapping) else {}
        content = given["claim"] if number not in problems else {}
        claim = _claim({**given, "claim": content}, str(node.place(number)), before + number)
        yield claim._replace(problem=problems.get(number))


def _claim(item: Mapping[str, Any], place: str, number: int) -> Claim:
    given = item.get("id")
    return Claim(
        str(given) if given else f"claim {number + 1}",
        str(given) if given else None,
        str(item.get("source") or ""),
        str(item.get("quote") or ""),
        str(item.get("note") or ""),
        item["claim"],
        place,
    )


def _problems(node: Seq, file: str) -> dict[int, Problem]:
    """What is wrong with the form of each item, the first finding of each. Raises BadInput for a list of no items."""
    from ..checking.document import Document
    from ..checking.shape import check_shape

    found = check_shape(Document("claims", "claims", file, file, node, _text(file), asked=True))
    found += [_no_number(node, number, name) for number, item in enumerate(node) for name in _infinite(item)]
    whole = [one for one in found if not one.at.startswith("[")]
    if whole:
        raise _refusal(whole)
    problems: dict[int, Problem] = {}
    for one in sorted(found, key=lambda one: one.order):
        hint = one.hint or f"see `rigwise explain {one.code}`"
        number = int(one.at[1:].partition("]")[0])
        problems.setdefault(number, Problem(f"{one.code}: {one.message}", str(one.place), hint))
    return problems


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

    place, hint = node.place(number), "write the number as it is stated"
    return Diagnostic("S105", f"`{name}` is not a finite number", place, hint, f"[{number}].claim.{name}")


def _refusal(found: Iterable[Diagnostic]) -> BadInput:
    """One error that lists every finding."""
    first, *others = found
    told = "".join(f"\n{one}" for one in others)
    hint = (first.hint or "see `rigwise explain " + first.code + "`") + told
    return BadInput(f"{first.code}: {first.message}", where=str(first.place), hint=hint)


def _told_apart(claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims, each with a name of its own; a second one of an id has that as its problem."""
    seen: dict[str, Claim] = {}
    for number, claim in enumerate(claims):
        first = seen.setdefault(claim.name, claim)
        if first is claim:
            yield claim
            continue
        problem = Problem(
            f"two claims have the id '{claim.name}'", claim.place, f"rename one; the other is at {first.place}"
        )
        yield claim._replace(name=f"{claim.name} (claim {number + 1})", content={}, problem=claim.problem or problem)
