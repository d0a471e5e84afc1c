"""The checks of a rig: a line for each area, with what fixes or tells under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .paper import Paper

Document = Mapping[str, Any]
STYLES = {"ok": "recommended", "warn": "optional", "bad": "rejected", "unknown": "dim"}
INDENT = 31


def doctor(document: Document, paper: Paper) -> str:
    """The page for a terminal."""
    lines: list[str] = []
    for area in document["areas"]:
        lines += _area(area, paper)
    for one in document["refused"]:
        lines += ["", *paper.wrap(f"refused: {one}", indent=4, first=0)]
    lines += ["", *paper.wrap(_told(document["counts"]), indent=0)]
    if document["remarks"]:
        lines += ["", "SEEN"]
        for remark in document["remarks"]:
            lines += paper.wrap(f"- {remark}", indent=4, first=2)
    return "\n".join(lines)


def _area(area: Document, paper: Paper) -> Iterator[str]:
    mark = paper.style(f"[{area['status']:<7}]", STYLES[area["status"]])
    shown = _shown(area)
    first = f"{area['title']:<20} {shown[0]['says']}" if shown else area["title"]
    bare = " " * 10
    head, *rest = list(paper.wrap(f"{bare}{first}".lstrip(), indent=INDENT, first=10))
    yield f"{mark} {head.lstrip()}"
    yield from rest
    for number, check in enumerate(shown):
        if number:
            yield from paper.wrap(f"{check['status']}: {check['says']}", indent=INDENT, first=INDENT)
        if check["command"] and area["status"] != "ok":
            yield from paper.wrap(f"{_verb(check)}: {check['command']}", indent=INDENT + 7, first=INDENT)
        if area["status"] in ("bad", "warn"):
            yield from paper.wrap(f"why: {check['because']}   ({check['proof']})", indent=INDENT + 5, first=INDENT)


def _shown(area: Document) -> list[Document]:
    """Troubles where there are any; of what is sound, one line."""
    troubles = [one for one in area["checks"] if one["status"] in ("bad", "warn")]
    return troubles or list(area["checks"][:1])


def _verb(check: Document) -> str:
    return "fix" if check["does"] == "fixes" else "ask"


def _told(counts: Mapping[str, int]) -> str:
    parts = [f"{counts[status]} {status}" for status in ("bad", "warn", "ok", "unknown") if counts[status]]
    return f"{sum(counts.values())} areas: {', '.join(parts)}. Nothing here costs anything."


def as_markdown(document: Document) -> Iterator[str]:
    """A table to paste into an issue."""
    yield from ("| | area | says | command |", "|---|---|---|---|")
    for area in document["areas"]:
        for check in _shown(area):
            command = f"`{check['command']}`" if check["command"] else ""
            cells = (check["status"], area["title"], check["says"], command)
            yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
    yield from ("", _told(document["counts"]))
    yield from (f"- {remark}" for remark in document["remarks"])
