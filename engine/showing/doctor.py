"""The checks of a rig: a line for each area, with what fixes or tells under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .paper import plain

if TYPE_CHECKING:
    from .paper import Paper

Document = Mapping[str, Any]
STYLES = {"ok": "recommended", "warn": "optional", "bad": "rejected", "unknown": "dim"}
INDENT, LOW = 31, 10
WORDS = "# "
"""Begins what is no command at all: pasted, it does nothing."""


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
            yield from _step(check, paper)
        if area["status"] in ("bad", "warn"):
            yield from paper.wrap(f"why: {check['because']}   ({check['proof']})", indent=INDENT + 5, first=INDENT)


def _step(check: Document, paper: Paper) -> Iterator[str]:
    """What fixes or tells: a command on lines that can be pasted, or words where all of it is a remark."""
    command, label = check["command"], f"{_verb(check)}:"
    if command.startswith(WORDS):
        yield from paper.wrap(f"{label} {command.removeprefix(WORDS)}", indent=INDENT + 5, first=INDENT)
    elif INDENT + len(label) + 1 + len(command) <= paper.width:
        yield " " * INDENT + f"{label} {plain(command)}"
    else:
        yield " " * INDENT + label
        yield from paper.command(command, LOW)


def _shown(area: Document) -> list[Document]:
    """Troubles where there are any; of what is sound, one line."""
    troubles = [one for one in area["checks"] if one["status"] in ("bad", "warn")]
    return troubles or list(area["checks"][:1])


def _verb(check: Document) -> str:
    return "fix" if check["does"] == "fixes" else "ask"


def _told(counts: Mapping[str, int]) -> str:
    parts = [f"{counts[status]} {status}" for status in ("bad", "warn", "ok", "unknown") if counts[status]]
    return f"{sum(counts.values())} areas: {', '.join(parts)}. Nothing here costs anything."


def _quoted(command: str) -> str:
    """A command as code, words as words."""
    if command.startswith(WORDS):
        return command.removeprefix(WORDS)
    return f"`` {command} ``" if "`" in command else f"`{command}`"


def as_markdown(document: Document) -> Iterator[str]:
    """A table to paste into an issue."""
    yield from ("| | area | says | command |", "|---|---|---|---|")
    for area in document["areas"]:
        for check in _shown(area):
            command = _quoted(check["command"]) if check["command"] else ""
            cells = (check["status"], area["title"], check["says"], command)
            yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
    yield from ("", _told(document["counts"]))
    yield from (f"- {remark}" for remark in document["remarks"])
