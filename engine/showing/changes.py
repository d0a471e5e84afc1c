"""What a change of the knowledge changes: as a plan on a terminal, and as one comment of a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .paper import Paper

Document = Mapping[str, Any]
SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_STYLES = {"added": "recommended", "removed": "rejected", "changed": "optional"}
_LARGE = 0.25
"""Relative change from which a fact is pointed out."""
MARK = "<!-- rigwise-diff -->"
"""By which a comment is found again to be replaced."""
_MOST_ROWS = 60


def page(document: Document, paper: Paper) -> str:
    """A listing with `+`, `-` and `~`, facts first, then rules, then answers, and a line that counts."""
    lines = [f"{document['old']['name']} ({document['old']['digest'][:19]}) -> "
             f"{document['new']['name']} ({document['new']['digest'][:19]})", ""]  # fmt: skip
    for row in document["facts"]:
        sign = paper.style(SIGNS[row["change"]], _STYLES[row["change"]])
        lines += _hang(paper, f"{_name(row)}  {_change(row)}{_remark(row)}", sign)
    for row in document["rules"]:
        sign = paper.style(SIGNS[row["change"]], _STYLES[row["change"]])
        parts = f": {', '.join(row['parts'])}" if row["parts"] else ""
        lines += _hang(paper, f"rule {row['id']}{parts}  ({row['title']})", sign)
    for row in document["tables"]:
        lines += _hang(
            paper, f"{row['table']}  {row['added']} rows came, {row['removed']} went", paper.style("~", "optional")
        )
    for row in document["answers"]:
        lines += ["", paper.style(row["question"], "head")]
        for told in _answer(row):
            lines += paper.wrap(told, indent=6, first=4)
    return "\n".join([*lines, "", _summary(document)])


def _hang(paper: Paper, text: str, sign: str) -> Iterator[str]:
    first, *rest = list(paper.wrap(text, indent=6, first=2))
    yield f"{sign} {first.lstrip()}"
    yield from rest


def _name(row: Document) -> str:
    return f"{row['kind']}/{row['key']}" + (f".{row['path']}" if row["path"] else "")


def _change(row: Document) -> str:
    if row["change"] == "added":
        return f"= {_shown(row['after'])}"
    if row["change"] == "removed":
        return f"was {_shown(row['before'])}"
    return f"{_shown(row['before'])} -> {_shown(row['after'])}{_percent(row['relative'])}"


def _remark(row: Document) -> str:
    if row["change"] == "changed" and row["path"] and row["same_sources"]:
        return f"   the sources are the same: {', '.join(row['sources'])}"
    return f"   <= {', '.join(row['sources'])}" if row["sources"] else ""


def _percent(relative: float | None) -> str:
    return "" if relative is None else f"  ({relative:+.3g})" if abs(relative) > 9.99 else f"  ({relative:+.1%})"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "unknown"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 70 else text[:67] + "…"


def _answer(row: Document) -> Iterator[str]:
    """What differs in one answer, a sentence each."""
    if row["verdict"]:
        yield f"verdict: {row['verdict']['before']}"
        yield f"now: {row['verdict']['after']}"
    for number in row["numbers"]:
        turned = f"{_shown(number['before'])} -> {_shown(number['after'])}"
        yield f"{number['metric']}: {turned}{_percent(number['relative'])}"
    for option in row["options"]:
        yield f"{option['id']}: {option['before'] or 'not there'} -> {option['after'] or 'gone'}"
    if row["order"] and not row["options"]:
        yield f"order: {', '.join(row['order']['before'])} -> {', '.join(row['order']['after'])}"
    if row["concluded"]:
        yield f"now concluded: {', '.join(row['concluded'])}"
    if row["no_longer_concluded"]:
        yield f"no longer concluded: {', '.join(row['no_longer_concluded'])}"


def _summary(document: Document) -> str:
    counts = [f"{_count(document['facts'], change)} {change}" for change in SIGNS]
    rules = [f"{_count(document['rules'], change)} {change}" for change in SIGNS]
    asked = document["questions"]
    answers = f"{len(document['answers'])} of {asked} answers change" if asked else "no question was asked"
    if not any(document[part] for part in ("facts", "rules", "tables", "answers")):
        return f"Nothing changes: {answers}." if asked else "Nothing changes."
    return f"Facts: {', '.join(counts)}. Rules: {', '.join(rules)}. {answers[0].upper()}{answers[1:]}."


def _count(rows: Sequence[Document], change: str) -> int:
    return sum(row["change"] == change for row in rows)


def markdown(document: Document) -> Iterator[str]:
    """One comment: what it does to answers first, then facts and rules, long lists folded."""
    yield from (MARK, "### What this change does", "", f"**{_summary(document)}**", "")
    for row in document["answers"][:_MOST_ROWS]:
        yield f"- `{row['question']}`"
        yield from (f"  - {_escaped(told)}" for told in _answer(row))
    if document["answers"]:
        yield ""
    if document["facts"]:
        rows = [_fact_row(row) for row in document["facts"]]
        table = ["| fact | before | after | change | source |", "|---|---|---|---|---|"]
        yield from _folded("facts", table, rows)
    if document["rules"]:
        rows = [f"| `{row['id']}` | {row['change']} | {', '.join(row['parts'])} |" for row in document["rules"]]
        yield from _folded("rules", ["| rule | change | parts |", "|---|---|---|"], rows)
    for row in document["tables"]:
        yield f"`{row['table']}`: {row['added']} rows came, {row['removed']} went"
    yield f"<sub>rigwise diff, {document['old']['digest'][:19]} to {document['new']['digest'][:19]}</sub>"


def _fact_row(row: Document) -> str:
    large = row["relative"] is not None and abs(row["relative"]) >= _LARGE
    same = row["change"] == "changed" and row["path"] and row["same_sources"]
    change = (
        f"{row['change'] if row['relative'] is None else _percent(row['relative']).strip(' ()')}{' ⚠' if large else ''}"
    )
    sources = ", ".join(f"`{one}`" for one in row["sources"]) + (" (unchanged)" if same else "")
    before, after = ("—" if row[name] is None else _escaped(_shown(row[name])) for name in ("before", "after"))
    return f"| `{_name(row)}` | {before} | {after} | {change} | {sources} |"


def _folded(title: str, head: list[str], rows: list[str]) -> Iterator[str]:
    long = len(rows) > 15
    if long:
        yield from ("<details>", f"<summary>{len(rows)} {title}</summary>", "")
    yield from (*head, *rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        yield from ("", f"and {len(rows) - _MOST_ROWS} more; `rigwise diff` lists all")
    yield ""
    if long:
        yield from ("</details>", "")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
