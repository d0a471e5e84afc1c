"""The answer on a terminal: the first screen, then what it rests on; all of it where asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..model.turning import STAYS, UNASKED, UNTRIED
from .first_screen import first_screen
from .paper import Paper, cut
from .reasons import reasons
from .tree import tree
from .words import (
    METRICS,
    REMARKS,
    STATUS,
    Row,
    Words,
    beside,
    change,
    columns,
    effect,
    failed,
    fit,
    interval,
    model_file,
    money,
    money_apart,
    named_metrics,
    setup,
    shares,
    spent,
    steps,
    value_of,
)

Document = Mapping[str, Any]
INDENT = 9
NARROWEST = 31
"""Columns of an option's name, at least."""


def recommendation(document: Document, paper: Paper, detail: str = "usual") -> str:
    """The recommendation. detail: brief, the first screen alone; usual; full, every rejected option and conclusion."""
    words, full = Words(document), detail == "full"
    parts: list[Iterator[str]] = [first_screen(document, paper, words)]
    if detail != "brief":
        parts += [
            _path(document, paper, words), _numbers(document, paper, words, full),
            _options(document, paper, words, full),
            _rejected(document, paper, words, full), _reasons(document, paper, words, full),
            _assumed(document, paper, words, full), _conflicts(document, paper, words),
            _conclusions(document, paper, words) if full else iter(()),
        ]  # fmt: skip
        parts.append(_foot(document, paper, full))
    return "\n".join(line for part in parts for line in part) + "\n"


def estimate(document: Document, paper: Paper) -> str:
    """The numbers only."""
    words = Words(document)
    lines = [*_numbers(document, paper, words, True, whole=True), *_memory(document, paper, words)]
    lines += _assumed(document, paper, words, True)
    lines += _foot(document, paper, True)
    return "\n".join(lines[1:]) + "\n"


def _path(document: Document, paper: Paper, words: Words) -> Iterator[str]:
    """The steps one on top of the other, what they cost so far, and where to stop; nothing without a path."""
    path = document.get("path")
    if not path or not path["steps"]:
        return
    yield ""
    told = []
    for step in steps(document):
        gains = [f"{METRICS[metric][0]} {change(relative)}" for metric in columns(document)
                 if (relative := effect(step, metric)) is not None]  # fmt: skip
        told.append(f"{step['step']} {words.option(step)}: {'; '.join([spent(step), *gains])}")
    yield from paper.block("PATH", [*told, words.say(path["stop"]["says"])])
    if path["command"]:
        yield from paper.wrap("The engine after these steps:", INDENT)
        yield from paper.command(path["command"], INDENT)


def _numbers(document: Document, paper: Paper, words: Words, full: bool, whole: bool = False) -> Iterator[str]:
    """All numbers of the rig as it stands, each with its interval; with their proofs where all is told."""
    numbers = document["estimate"]
    yield ""
    rig = list(setup(document, words))
    yield from paper.block("NUMBERS", ["; ".join(rig if whole else rig[2:])])
    for one in model_file(document):
        yield from paper.wrap(one, INDENT)
    if numbers.get("lacks"):
        yield from paper.wrap(f"no speed can be told; not known: {', '.join(numbers['lacks'])}", indent=9)
    for why in numbers["cannot_run"]:
        told = f"{words.say(why['condition'])}: no, {words.say(why['observed'])}; needed {words.say(why['needed'])}"
        yield from paper.wrap(f"CANNOT RUN; {told}   ({why['proof']})", INDENT)
    yield from paper.wrap(fit(numbers), INDENT)
    for name, (_, label, unit) in named_metrics(document).items():
        if name in numbers:
            parts = shares(numbers, name, 9) or REMARKS.get(name)
            told = f"{label:<22}{interval(numbers[name], unit)}" + (f"   ({numbers[name]['proof']})" if full else "")
            yield from paper.wrap(told, INDENT + 22, INDENT)
            if parts:
                yield from paper.wrap(parts, INDENT + 22)
    for one in document.get("bottlenecks", []):
        name = one["id"].replace("_", " ")
        yield from paper.wrap(f"{one['phase']} is bound by {name}: {one['share'] * 100:.0f} % of its time", INDENT)


def _memory(document: Document, paper: Paper, words: Words) -> Iterator[str]:
    """What each card holds, a line a card."""
    yield from ("", paper.style("MEMORY   weights  KV cache  engine    free   [GB]", "head"))
    for row in document["estimate"]["memory"]:
        name = f"{row['gpu']} {words.name('gpus', row['model'])}"
        if row["used"]:
            held = (f"{row['weights_gb']:>16.2f}{row['kv_cache_gb']:>10.2f}{row['overhead_gb']:>8.2f}"
                    f"{row['free_gb']:>8.2f}   ")  # fmt: skip
            yield cut(held + name, paper.width)
        else:
            yield cut(f"{'not used by this layout':<45}{name}", paper.width)


def _options(document: Document, paper: Paper, words: Words, full: bool) -> Iterator[str]:
    """What to do and what could be done, a row each, and how to do what is recommended."""
    rows = [row for row in document["options"] if row["status"] != "rejected"]
    left_out = {row["id"]: row["left_out"] for row in beside(document)}
    price = max([len(money(row["cost_usd"])) for row in rows] + [len("cost")])
    metrics = _metrics_that_fit(rows, columns(document), paper.width - price - 5)
    room = max(NARROWEST, paper.width - price - 5 - sum(metrics.values()))
    heads = "".join(f"{METRICS[metric][0]:<{width}}" for metric, width in metrics.items())
    yield from (
        "",
        paper.style(cut(f"{'OPTIONS':<{room + 3}}{'cost':>{price}}  {heads}", paper.width).rstrip(), "head"),
    )
    for row in rows:
        told = "".join(f"{_change(row, metric):<{width}}" for metric, width in metrics.items())
        name = cut(words.option(row), room - 1)
        line = f"{row['rank']:>2} {name:<{room}}{money(row['cost_usd']):>{price}}  {told}".rstrip()
        yield paper.style(cut(line, paper.width), row["status"])
        if row["status"] == "recommended" or full:
            yield from paper.wrap(f"{STATUS[row['status']]}: {row['do']}", 7, 3)
            yield from paper.wrap(f"risk: {row['risk']} undo: {row['undo']}", 7, 3)
            if row["id"] in left_out:
                yield from paper.wrap(words.say(f"beside the path: {left_out[row['id']]}"), 7, 3)
            if row["status"] == "optional":
                yield from paper.wrap(failed(row, words), 7, 3)


def _metrics_that_fit(rows: Sequence[Row], metrics: Sequence[str], width: int) -> dict[str, int]:
    """The metrics whose changes stand beside a name of at least NARROWEST columns, each with the width of its own."""
    wide = {
        metric: 2 + max([len(METRICS[metric][0]), *(len(_change(row, metric)) for row in rows)]) for metric in metrics
    }
    while len(wide) > 1 and sum(wide.values()) + NARROWEST > width:
        wide.popitem()
    return wide


def _change(row: Row, metric: str) -> str:
    relative = effect(row, metric)
    return "?" if relative is None else change(relative)


def _rejected(document: Document, paper: Paper, words: Words, full: bool) -> Iterator[str]:
    """What is left, and why. Settings that have nothing to act on here are named in one line, unless all is told."""
    rows = [row for row in document["options"] if row["status"] == "rejected"]
    told = [row for row in rows if full or row["kind"] == "hardware" or row["effects"]]
    if rows:
        yield from ("", paper.style("REJECTED", "head"))
    for row in told:
        price = "" if row["cost_usd"] is None or row["cost_usd"]["high"] == 0 else f", {money_apart(row['cost_usd'])}"
        yield from paper.wrap(f"x {words.option(row)} ({row['id']}{price}): {failed(row, words)}", 4, 0)
    rest = [row["id"] for row in rows if row not in told]
    if rest:
        yield from paper.wrap(f"x nothing to gain or to act on here: {', '.join(rest)}", 4, 0)
    if rows:
        yield from paper.wrap("`rigwise why-not ID` tells what held, what failed and what would turn it.", 4)


def _reasons(document: Document, paper: Paper, words: Words, full: bool) -> Iterator[str]:
    first = next((row for row in document["options"] if row["status"] == "recommended"), None)
    if first is None or not document["proofs"]:
        return
    yield from ("", paper.style(f"WHY {words.option(first)}", "head"))
    if full:
        yield from tree(document["proofs"], first["proof"], paper, depth=3, say=words.say)
        return
    for label, said, proof in reasons(document, first, columns(document)[0]):
        yield from paper.wrap(f"{label:<9}{words.say(said)}   ({proof})", 11, 2)
    yield from paper.wrap(f"The whole proof: `rigwise why {first['id']}`", 2)


def _assumed(document: Document, paper: Paper, words: Words, full: bool) -> Iterator[str]:
    """What was not given: each with the value at which the verdict turns; the rest in one line, unless all is told."""
    rows = document["assumptions"]
    if rows:
        yield from ("", paper.style("ASSUMED", "head"))
    told = [row for row in rows if full or row["flips_at"] not in (STAYS, UNASKED)]
    for row in told:
        value = words.say(value_of(row["value"]))
        yield from paper.wrap(f"{row['path']} = {value}: {words.say(row['because'])}; {_turns(row, words)}", 6, 2)
    for lead, turns in (("without turning the verdict", STAYS), ("with no other value tried", UNASKED)):
        rest = [row for row in rows if row not in told and row["flips_at"] == turns]
        if rest:
            named = "; ".join(f"{row['path']} = {words.say(value_of(row['value']))}" for row in rest)
            yield from paper.wrap(f"and, {lead}: {named}", 6, 2)
    if any(row["flips_at"].endswith(UNTRIED) for row in rows):
        yield from paper.wrap("What was not tried is tried with --full.", 6, 2)


def _turns(row: Row, words: Words) -> str:
    """Where the verdict turns, or may turn, or that it does not."""
    told: str = row["flips_at"]
    if told in (STAYS, UNASKED):
        return told
    return (
        f"may turn at {words.say(told.removesuffix(UNTRIED))}"
        if told.endswith(UNTRIED)
        else f"turns at {words.say(told)}"
    )


def _conflicts(document: Document, paper: Paper, words: Words) -> Iterator[str]:
    rows = document["conflicts"]
    if rows:
        yield from ("", paper.style("SOURCES DISAGREE", "head"))
    for row in rows:
        settled = f"; settled by {row['settled_by']}" if row.get("settled_by") else ""
        yield from paper.wrap(f"{words.say(row['about'])}: {'; '.join(map(str, row['evidence']))}{settled}", 6, 2)


def _conclusions(document: Document, paper: Paper, words: Words) -> Iterator[str]:
    if document["conclusions"]:
        yield from ("", paper.style("CONCLUSIONS", "head"))
    for one in document["conclusions"]:
        yield from paper.wrap(f"- {words.say(one['says'])}   ({one['id']})", 4, 2)


def _foot(document: Document, paper: Paper, full: bool) -> Iterator[str]:
    knowledge = document["knowledge"]
    more = "" if full else f"; {len(document['conclusions'])} conclusions and the rest: --full"
    yield ""
    for line in paper.wrap(f"knowledge {knowledge['version']} {knowledge['digest'][:19]}{more}"):
        yield paper.style(line, "dim")
