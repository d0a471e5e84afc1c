"""A plan as Markdown, to paste into an issue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..model.quantity import dollars, number
from .plan_text import BASES, LIMITED, columns, label
from .plan_words import in_words

Document = Mapping[str, Any]


def plan(document: Document) -> Iterator[str]:
    """Verdict, front, popular builds, nearest misses, prices, assumptions."""
    document = in_words(document)
    yield f"**{document['verdict']['text']}**"
    includes = document["verdict"]["includes"]
    yield from (
        "",
        *([f"- {includes}"] if includes else []),
        *(f"- but {one}" for one in document["verdict"]["cautions"]),
    )
    yield from (f"- {one}" for one in document["verdict"]["unless"])
    if document["near"]:
        yield f"- near miss: {document['near']['says']}: {document['near']['misses']}"
    yield ""
    names = columns(document)
    if document["front"]:
        yield f"| row | build | cost USD | {' | '.join(label(document, name) for name in names)} | W |"
        yield f"|---|---|---:|{'---:|' * len(names)}---:|"
    for row in document["front"]:
        mark = "**" if row["id"] == document["best"] else ""
        cells = [_interval(row[name]) for name in ("cost_usd", *names, document["question"]["draws"])]
        yield f"| {mark}{row['id']}{mark} | {row['says']} | {' | '.join(cells)} |"
    yield ""
    yield from (f"- {one['build']}: {one['says']}" for one in document["popular"])
    for one in document["misses"]:
        yield f"- {LIMITED[one['limit']]}: {one['enough']} instead of {number(one['asked'])}: {one['says']}"
    yield from (f"- with {one['by']}: {one['says']}" for one in document["relaxed"])
    yield from ("", "Prices:", "")
    for one in document["prices"]:
        stale = ", stale" if one["stale"] else ""
        told = f"{BASES[one['basis']] or 'listed'}, {one['date'] or 'no date'}{stale}"
        yield f"- {one['item']} {dollars(one['low'], one['high'])} ({told})"
    yield from ("", "Assumed:", "", *(f"- {one['about']}: {one['says']}" for one in document["assumptions"]))
    best = next((row for row in document["front"] if row["id"] == document["best"]), None)
    if best:
        yield from ("", "```", best["estimate"], "```")


def _interval(value: Mapping[str, float] | float) -> str:
    if isinstance(value, int | float):
        return f"{value:,.0f}"
    return f"{value['value']:,.0f} [{value['low']:,.0f}, {value['high']:,.0f}]"
