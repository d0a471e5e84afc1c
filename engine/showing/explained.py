"""What codes of findings mean: a list, a page, or all pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .paper import Paper

Document = Mapping[str, Any]


def page(document: Document, paper: Paper) -> str:
    """The list of codes where none was asked for, otherwise their pages."""
    if document["asked"] is not None:
        return "\n".join(markdown(document))
    lines: list[str] = []
    for row in document["codes"]:
        lines += paper.wrap(f"{row['code']}  {row['name']}: {row['what']}", indent=6, first=0)
    return "\n".join(lines)


def markdown(document: Document) -> Iterator[str]:
    """A heading, what and why, layer and level, a bad and a good example, for each code."""
    head = "#" if len(document["codes"]) == 1 else "##"
    if head == "##":
        yield from ("# Codes of `rigwise validate`", "", "Written by `rigwise explain all --format markdown`.", "")
    for number, row in enumerate(document["codes"]):
        yield from [""] if number else []
        yield from (f"{head} {row['code']} {row['name']}", "", f"{row['what']} {row['why']}", "")
        yield from (f"Layer: {row['layer']}. Level: {row['level']}. Since {row['since']}.", "")
        yield from ("Bad:", "", *_block(row["bad"]), "", "Good:", "", *_block(row["good"]))


def _block(example: str) -> list[str]:
    return [f"    {line}".rstrip() for line in example.splitlines() or ["(nothing)"]]
