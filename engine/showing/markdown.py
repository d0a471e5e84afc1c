"""Documents as Markdown, to paste into an issue or a pull request: short first, the rest folded away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..model.quantity import number
from . import audited, changes, pages
from .doctor import as_markdown
from .paper import plain
from .reasons import reasons
from .tree import describe, parents
from .words import (
    METRICS,
    REMARKS,
    Row,
    Words,
    beside,
    change,
    columns,
    doubt,
    effect,
    failed,
    fit,
    instruction,
    money,
    named_metrics,
    not_to_buy,
    sentences,
    setup,
    shares,
    steps,
    value_of,
)

Document = Mapping[str, Any]
SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
CALLS = re.compile(r"@(?=\w)|(?<!\w)#(?=\d)")


def text(kind: str, document: Document, **settings: Any) -> str:
    """The document as Markdown; kinds without a form of their own come as a block of text."""
    if kind in FORMS:
        return "\n".join(FORMS[kind](document)) + "\n"
    return "\n".join(fence(pages.text(kind, document, **settings))) + "\n"


def recommendation(document: Document) -> Iterator[str]:
    """Verdict, steps, what not to buy, where it stands, what to measure; all else behind folds."""
    words, verdict = Words(document), document["verdict"]
    first, *others = sentences(words.say(verdict["text"]))
    yield from (f"### {safe(first)}", "")
    if others:
        yield from (safe(" ".join(others)), "")
    yield from (f"Confidence: **{verdict['confidence']}**" + _because(words, verdict["factors"]), "")
    yield from _steps(document, words)
    yield from _beside(document, words)
    yield from _left(document, words)
    yield from ("#### Where the rig stands", "")
    yield from _standing(document, words)
    yield from _measure(document, words)
    yield from fold(f"Every option ({len(document['options'])})", _options(document, words))
    yield from fold("Why not", _rejected(document, words))
    yield from fold(f"Assumed ({len(document['assumptions'])})", _assumed(document, words))
    yield from fold(f"Conclusions ({len(document['conclusions'])})", _conclusions(document, words))
    yield from fold("Where sources disagree", _conflicts(document, words))
    yield from fold("Proof of the first step", _proof(document, words))
    yield f"<sub>rigwise, knowledge {document['knowledge']['version']}, {document['knowledge']['digest']}</sub>"


def estimate(document: Document) -> Iterator[str]:
    """The numbers, and what was assumed for them."""
    words = Words(document)
    yield from _standing(document, words)
    yield from fold(f"Assumed ({len(document['assumptions'])})", _assumed(document, words))


def safe(value: Any) -> str:
    """Text that Markdown leaves alone, that calls nobody and links to nothing.

    >>> safe("a|b <i> @me #1 x_y")
    'a\\\\|b \\\\<i\\\\> &#64;me &#35;1 x\\\\_y'
    """
    told = SPECIAL.sub(r"\\\1", " ".join(plain(str(value)).split()))
    return CALLS.sub(lambda found: f"&#{ord(found[0])};", told)


def fence(content: str) -> Iterator[str]:
    """A block of code whose fence is longer than any in it."""
    longest = max([2, *(len(found) for found in re.findall(r"`+", content))])
    marks = "`" * (longest + 1)
    yield from (marks, plain(content).rstrip("\n"), marks)


def fold(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines behind a fold; nothing where there are none."""
    inner = list(lines)
    if inner:
        yield from (f"<details><summary>{title}</summary>", "", *inner, "", "</details>", "")


def _because(words: Words, factors: Iterable[str]) -> str:
    told = "; ".join(safe(words.say(one)) for one in factors)
    return f" (against it: {told})" if told else ""


def _steps(document: Document, words: Words) -> Iterator[str]:
    rows = steps(document)
    for place, row in enumerate(rows, 1):
        gains = [f"{METRICS[metric][0]} **{change(relative)}**" for metric in columns(document)
                 if (relative := effect(row, metric)) is not None]  # fmt: skip
        yield from (f"{place}. **{safe(words.option(row))}**: {'; '.join([money(row['cost_usd']), *gains])}", "")
        told, command = instruction(row["do"])
        yield from (f"   {safe(told)}", *([""] if command else [])) if told else ()
        yield from (f"   {line}" for line in (fence(command) if command else ()))
        yield from ("", f"   {doubt(row, document)}Risk: {safe(row['risk'])} Undo: {safe(row['undo'])}", "")
    stop = (document.get("path") or {}).get("stop")
    if stop:
        yield from (f"> {safe(words.say(stop['says']))}", "")


def _beside(document: Document, words: Words) -> Iterator[str]:
    told = [(row, words.say(row["left_out"])) for row in beside(document)]
    yield from _listed("Worth it alone, and no step of the path", told, words)


def _left(document: Document, words: Words) -> Iterator[str]:
    yield from _listed("Do not buy for this", [(row, failed(row, words)) for row in not_to_buy(document)], words)


def _listed(title: str, told: Sequence[tuple[Mapping[str, Any], str]], words: Words) -> Iterator[str]:
    """Options with their prices, and what is told of each."""
    if told:
        yield from (f"**{title}**", "")
        yield from (f"- {safe(words.option(row))}, {money(row['cost_usd'])}: {safe(says)}" for row, says in told)
        yield ""


def _standing(document: Document, words: Words) -> Iterator[str]:
    numbers = document["estimate"]
    yield from (safe("; ".join(setup(document, words))) + ".", "")
    for why in numbers["cannot_run"]:
        told = f"{words.say(why['condition'])}: no, {words.say(why['observed'])}; needed {words.say(why['needed'])}"
        yield from (f"**Cannot run.** {safe(told)} (`{why['proof']}`)", "")
    yield from (f"{safe(fit(numbers))}.", "")
    rows = list(_numbers(document))
    if rows:
        yield from (
            "| number | value | 80 % interval | where the time goes | proof |",
            "|---|--:|--:|---|---|",
            *rows,
            "",
        )


def _numbers(document: Document) -> Iterator[str]:
    """A row of the table for each number that is told."""
    numbers = document["estimate"]
    for name, (_, label, unit) in named_metrics(document).items():
        if name in numbers:
            value, low, high = (number(numbers[name][part]) for part in ("value", "low", "high"))
            goes, spread = (
                shares(numbers, name) or REMARKS.get(name, ""),
                "exact" if low == high else f"{low} to {high}",
            )
            yield f"| {label} | **{value}** {unit} | {spread} | {goes} | `{numbers[name]['proof']}` |"


def _measure(document: Document, words: Words) -> Iterator[str]:
    following = document["next_measurement"]
    if following:
        yield from (f"#### Measure next ({following['minutes']} min; {safe(words.decides(following))})", "")
        yield from (*fence(following["command"]), "")


def _options(document: Document, words: Words) -> Iterator[str]:
    first, second = columns(document)
    yield f"| # | option | verdict | cost | {METRICS[first][0]} | {METRICS[second][0]} | confidence | id |"
    yield "|--:|---|---|--:|--:|--:|---|---|"
    for row in document["options"]:
        told = " | ".join(change(effect(row, metric)) for metric in (first, second))
        yield (f"| {row['rank']} | {safe(words.option(row))} | {row['status']} | {money(row['cost_usd'])} | {told} "
               f"| {row['confidence']} | `{row['id']}` |")  # fmt: skip


def _rejected(document: Document, words: Words) -> Iterator[str]:
    for row in document["options"]:
        if row["status"] == "rejected" and failed(row, words):
            yield f"- **{safe(words.option(row))}**: {safe(failed(row, words))}"


def _assumed(document: Document, words: Words) -> Iterator[str]:
    rows = document["assumptions"]
    if rows:
        yield from ("| setting | value | because | where the verdict turns |", "|---|---|---|---|")
    for row in rows:
        told = (words.say(value_of(row["value"])), words.say(row["because"]), words.say(row["flips_at"]))
        yield f"| `{row['path']}` | {' | '.join(map(safe, told))} |"


def _conclusions(document: Document, words: Words) -> Iterator[str]:
    yield from (
        f"- {safe(words.say(one['says']))} (`{one['id']}`, `{one['proof']}`)" for one in document["conclusions"]
    )


def _conflicts(document: Document, words: Words) -> Iterator[str]:
    for row in document["conflicts"]:
        settled = f"; settled by {safe(row['settled_by'])}" if row.get("settled_by") else ""
        yield f"- **{safe(words.say(row['about']))}**: {'; '.join(map(safe, row['evidence']))}{settled}"


def _proof(document: Document, words: Words) -> Iterator[str]:
    first = next((row for row in document["options"] if row["status"] == "recommended" and row["proof"]), None)
    if first is None:
        return
    for label, said, proof in reasons(document, first, columns(document)[0]):
        yield f"- {label}: {safe(words.say(said))} (`{proof}`)"
    yield ""
    yield from _branch(document["proofs"], first["proof"], 0, set())


def _branch(proofs: Mapping[str, Row], name: str, level: int, seen: set[str]) -> Iterator[str]:
    yield f"{'  ' * level}- `{name}` {safe(describe(proofs[name]))}"
    if name in seen or level > 5:
        return
    seen.add(name)
    for parent in parents(proofs[name]):
        yield from _branch(proofs, parent, level + 1, seen)


def plan(document: Document) -> Iterator[str]:
    """What to build or buy."""
    from .plan_markdown import plan as page

    return page(document)


FORMS: dict[str, Callable[[Document], Iterator[str]]] = {
    "recommendation": recommendation,
    "estimate": estimate,
    "audit": audited.markdown,
    "doctor": as_markdown,
    "explanation": lambda document: iter([str(document["page"]).rstrip("\n")]),
    "diff": changes.markdown,
    "plan": plan,
}
