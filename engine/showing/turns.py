"""Pages on what changes: before and after of a changed scenario, and what would turn a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .paper import Paper
from .words import METRICS, Words, change, interval, money

Document = Mapping[str, Any]
STANDING = {"recommended": "+", "optional": "~", "rejected": "x"}


def flip(document: Document, paper: Paper) -> str:
    """What turns it, the cheapest first."""
    lines = [*paper.wrap(document["says"], 4, 0)]
    for number, row in enumerate(document["flips"], 1):
        price = f", from ${row['usd']:,.0f}" if row["usd"] else ""
        says = " and ".join(one["says"] for one in row["changes"])
        lines += paper.wrap(f"{number} {says}   [{row['class']}{price}]  => {row['then']}", 6, 2)
    return "\n".join(lines)


def what_if(document: Document, paper: Paper) -> str:
    """Like a plan: what was set, what follows of it, numbers, options and conclusions."""
    words = Words(document)
    parts = (_set(document, paper), _numbers(document, paper), _options(document, paper, words),
             _conclusions(document, paper, words), _verdicts(document, paper, words))  # fmt: skip
    return "\n".join(line for part in parts for line in part)


def _set(document: Document, paper: Paper) -> Iterator[str]:
    asked = set(document["set"])
    for row in document["changed"]:
        told = any(f"{row['path']}.".startswith(f"{path}.") or path.startswith(f"{row['path']}.") for path in asked)
        mark = "" if told else "  (follows)"
        yield from paper.wrap(f"~ {row['path']}: {_short(row['before'])} -> {_short(row['after'])}{mark}", 4, 0)
    if not document["changed"]:
        yield "nothing changes: the scenario is that already"
    yield ""


def _numbers(document: Document, paper: Paper) -> Iterator[str]:
    fits = document["fits"]
    if fits["before"] != fits["after"]:
        yield paper.style(f"~ {'fits':<22}{_short(fits['before'])} -> {_short(fits['after'])}", "head")
    for why in document["cannot_run"]["after"]:
        yield from paper.wrap(f"- cannot run: {why['condition']}: {why['observed']}, needed {why['needed']}", 4, 0)
    for row in document["numbers"]:
        _, label, unit = METRICS.get(row["metric"], ("", row["metric"].replace("_", " "), ""))
        before = interval(row["before"], unit) if row["before"] else "unknown"
        after = interval(row["after"], unit) if row["after"] else "unknown"
        same = before == after
        told = before if same else f"{before} -> {after}   {change(row['relative']) if row['relative'] else ''}"
        yield from paper.wrap(f"{' ' if same else '~'} {label:<22}{told}", 24, 0)
    yield ""


def _options(document: Document, paper: Paper, words: Words) -> Iterator[str]:
    for row in document["options"]:
        before, after = row["before"], row["after"]
        mark = STANDING[after["status"]] if before["status"] != after["status"] else "~"
        name = words.name("options", row["id"])
        variant = f" ({words.say(after['variant'])})" if after["variant"] else ""
        moved = f"{before['status']} {before['rank']} -> {after['status']} {after['rank']}"
        yield from paper.wrap(
            f"{mark} {name}{variant}: {moved}, {money(after['cost_usd'])}: {words.say(after['says'])}", 4, 0
        )
    yield ""


def _conclusions(document: Document, paper: Paper, words: Words) -> Iterator[str]:
    told = document["conclusions"]
    for row in told["gained"]:
        yield from paper.wrap(f"+ {words.say(row['says'])}   ({row['id']})", 4, 0)
    for row in told["lost"]:
        yield from paper.wrap(f"- {words.say(row['says'])}   (no longer {row['id']})", 4, 0)
    for row in told["changed"]:
        yield from paper.wrap(f"~ {words.say(row['after'])}   ({row['id']})", 4, 0)
    yield ""


def _verdicts(document: Document, paper: Paper, words: Words) -> Iterator[str]:
    yield from paper.wrap(f"BEFORE   {words.say(document['verdict']['before'])}", 9, 0)
    yield from paper.wrap(f"AFTER    {words.say(document['verdict']['after'])}", 9, 0)


def _short(value: Any) -> str:
    """A value as a scenario file would have it."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_short(one)}' for name, one in value.items())}}}"
    if isinstance(value, list):
        told = list(map(_short, value))
        alike = len(told) > 1 and len(set(told)) == 1
        return f"{len(told)}x {told[0]}" if alike else f"[{', '.join(told)}]"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
