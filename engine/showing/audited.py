"""The verdicts on claims, as a page and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .paper import Paper, plain

Document = Mapping[str, Any]
MARKS = {
    "supported": "+",
    "imprecise": "~",
    "unverifiable": "?",
    "inconsistent": "!",
    "contradicted": "x",
    "impossible": "X",
}
STYLES = {"supported": "recommended", "imprecise": "optional", "unverifiable": "dim"}


def page(document: Document, paper: Paper) -> str:
    """A paragraph a claim, findings and all, and the count of each verdict."""
    lines: list[str] = []
    for row in document["claims"]:
        lines += _claim(row, paper)
    return "\n".join([*lines, "", _counted(document), "proofs: --format json, `proof` of each claim"])


def _claim(row: Mapping[str, Any], paper: Paper) -> Iterator[str]:
    verdict = str(row["verdict"])
    name = row["id"] or row["place"]
    yield paper.style(f"{MARKS[verdict]} {name}  {verdict.upper()}", STYLES.get(verdict, "rejected"))
    if row.get("quote"):
        yield from paper.wrap(f"“{row['quote']}”", indent=4)
    if row.get("problem"):
        problem = row["problem"]
        yield f"    {plain(problem['place'])}"  # whole, to be clicked on
        yield from paper.wrap(problem["message"], indent=4)
        yield from paper.wrap(f"hint: {problem['hint']}", indent=10, first=4) if problem["hint"] else ()
        return
    yield from paper.wrap(row["says"], indent=4)
    for also in row["also"]:
        yield from paper.wrap(f"also: {also}", indent=10, first=4)
    for one in row["conflicts"]:
        yield from paper.wrap(f"sources disagree on {one['about']}: {'; '.join(one['evidence'])}", indent=6, first=4)
    if row.get("note"):
        yield from paper.wrap(f"note: {row['note']}", indent=10, first=4)


def _counted(document: Document) -> str:
    counts = document["counts"]
    parts = [f"{count} {verdict}" for verdict, count in counts.items() if count]
    return f"{len(document['claims'])} claim{'s'[: len(document['claims']) != 1]}: {', '.join(parts)}"


def markdown(document: Document) -> Iterator[str]:
    """A table to paste into an issue."""
    yield from ("| claim | verdict | stated | why |", "|---|---|---|---|")
    for row in document["claims"]:
        quote = f"“{_cell(row['quote'])}”<br>" if row.get("quote") else ""
        also = "".join(f"<br>also: {_cell(one)}" for one in [*row["also"], *map(_dispute, row["conflicts"])])
        name = _cell(row["id"] or row["place"])
        yield f"| {name} | **{row['verdict']}** | {_cell(row['stated'])} | {quote}{_cell(row['says'])}{also} |"
    yield from ("", _counted(document))


def _dispute(row: Mapping[str, Any]) -> str:
    return f"sources disagree on {row['about']}: {'; '.join(row['evidence'])}"


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
