"""Documents as Markdown, to paste into an issue or a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..model.quantity import number, percent
from . import audited, changes, pages
from .doctor import as_markdown
from .tree import describe, parents

Document = Mapping[str, Any]


def text(kind: str, document: Document, **settings: Any) -> str:
    """The document as Markdown; kinds without a form of their own come as a block of text."""
    if kind in FORMS:
        return "\n".join(FORMS[kind](document)) + "\n"
    return f"```\n{pages.text(kind, document, **settings)}\n```\n"


def recommendation(document: Document) -> Iterator[str]:
    """Verdict, numbers, options, why-nots, assumptions, proof of the first option."""
    verdict = document["verdict"]
    yield from (
        f"**{_plain(verdict['text'])}**",
        "",
        f"Confidence: {verdict['confidence']}" + _because(verdict["factors"]),
        "",
    )
    yield from estimate_table(document)
    yield from _options(document)
    yield from _rejected(document)
    yield from ("### Assumed", "")
    yield from (
        f"- `{row['path']}` = {row['value']}: {_plain(row['because'])} (turns at: {row['flips_at']})"
        for row in document["assumptions"]
    )
    yield from ("", "### Conclusions", "")
    yield from (f"- {_plain(one['says'])} (`{one['id']}`, {one['proof']})" for one in document["conclusions"])
    following = document["next_measurement"]
    yield from (
        "",
        f"### Next measurement ({following['minutes']} min, decides {', '.join(following['decides'])})",
        "",
        "```",
    )
    yield from (following["command"], "```", "")
    yield from _proof(document)
    yield f"<sub>rigwise, knowledge {document['knowledge']['version']}, {document['knowledge']['digest']}</sub>"


def estimate(document: Document) -> Iterator[str]:
    """The numbers, and what was assumed for them."""
    yield from estimate_table(document)
    yield from (
        f"- assumed `{row['path']}` = {row['value']}: {_plain(row['because'])}" for row in document["assumptions"]
    )


def estimate_table(document: Document) -> Iterator[str]:
    """The numbers of the rig as it stands."""
    numbers = document["estimate"]
    fits = {True: "fits", False: "does not fit", None: "cannot be told"}[numbers["fits"]]
    for why in numbers["cannot_run"]:
        yield f"Cannot run: needs that {why['condition']}; observed {why['observed']}, needed {why['needed']}."
    yield from (f"Memory: {fits}.", "", "| number | value | 80 % interval | proof |", "|---|--:|--:|---|")
    for name, quantity in numbers.items():
        if isinstance(quantity, Mapping) and "value" in quantity:
            value, low, high = (number(quantity[part]) for part in ("value", "low", "high"))
            yield f"| {name} | {value} | {low} to {high} | {quantity['proof']} |"
    yield ""


def _options(document: Document) -> Iterator[str]:
    yield from ("| # | option | status | cost (USD) | decode | prefill | confidence |", "|--:|---|---|--:|--:|--:|---|")
    for row in document["options"]:
        effects = {one["metric"]: one["relative"] for one in row["effects"]}
        decode, prefill = (_relative(effects.get(metric)) for metric in ("decode_tok_s", "prefill_tok_s"))
        cost = row["cost_usd"]
        money = (
            "unknown" if cost is None else "free" if cost["high"] == 0 else f"{cost['low']:,.0f} to {cost['high']:,.0f}"
        )
        name = f"`{row['id']}`" + (f" ({_plain(row['variant'])})" if row["variant"] else "")
        yield f"| {row['rank']} | {name} | {row['status']} | {money} | {decode} | {prefill} | {row['confidence']} |"
    yield ""


def _rejected(document: Document) -> Iterator[str]:
    rows = [row for row in document["options"] if row["status"] == "rejected" and row["why_not"]]
    if rows:
        yield from ("### Why not", "")
    for row in rows:
        failed = row["why_not"]["failed"]
        condition, observed, needed = (_plain(failed[part]) for part in ("condition", "observed", "needed"))
        yield f"- `{row['id']}`: {condition}; observed {observed}, needed {needed}"
    yield ""


def _proof(document: Document) -> Iterator[str]:
    first = next((row for row in document["options"] if row["status"] == "recommended" and row["proof"]), None)
    if first is None:
        return
    yield from (f"<details><summary>Proof of {first['id']}</summary>", "")
    yield from _branch(document["proofs"], first["proof"], 0, set())
    yield from ("", "</details>", "")


def _branch(proofs: Mapping[str, Any], name: str, level: int, seen: set[str]) -> Iterator[str]:
    yield f"{'  ' * level}- {name}: {_plain(describe(proofs[name]))}"
    if name in seen or level > 5:
        return
    seen.add(name)
    for parent in parents(proofs[name]):
        yield from _branch(proofs, parent, level + 1, seen)


def _relative(relative: Mapping[str, float] | None) -> str:
    if relative is None:
        return "unknown"
    return f"{percent(relative['value'])} [{percent(relative['low'])}, {percent(relative['high'])}]"


def _because(factors: list[str]) -> str:
    return f" ({'; '.join(map(_plain, factors))})" if factors else ""


def _plain(value: Any) -> str:
    """Text that Markdown leaves alone."""
    return str(value).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def plan(document: Document) -> Iterator[str]:
    """What to build or buy."""
    from .plan_markdown import plan as page

    return page(document)


FORMS: dict[str, Callable[[Document], Iterator[str]]] = {
    "recommendation": recommendation,
    "estimate": estimate,
    "audit": audited.markdown,
    "doctor": as_markdown,
    "diff": changes.markdown,
    "plan": plan,
}
