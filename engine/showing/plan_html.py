"""A plan as one HTML file: the front drawn and sorted in the browser, no network, no library."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from ..model.quantity import number
from .plan_picture import title
from .plan_text import BASES, LIMITED, columns, label, place, short
from .plan_words import in_words

Document = Mapping[str, Any]
LAST = {"ttft_ms": "first token ms", "power_w": "W for one user", "power_limits_w": "W at limits"}


def text(document: Document, **_: Any) -> str:
    """The page."""
    return "\n".join(_page(in_words(document))) + "\n"


def _page(document: Document) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield f"<title>rigwise plan: {escape(title(document))}</title><style>{STYLE}</style></head><body>"
    yield f"<h1>{escape(title(document))}</h1><p class=verdict>{escape(document['verdict']['text'])}</p>"
    if document["verdict"]["includes"]:
        yield f"<p>{escape(document['verdict']['includes'])}.</p>"
    yield from (f"<p>But {escape(one)}</p>" for one in document["verdict"]["cautions"])
    yield from (f"<p>{escape(one)}</p>" for one in document["verdict"]["unless"])
    if document["near"]:
        yield f"<p>Near miss: {escape(document['near']['says'])}: {escape(document['near']['misses'])}</p>"
    if document["now"]:
        now = document["now"]
        stopped = f": it does not run: {'; '.join(now['stopped'])}" if now["stopped"] else ""
        yield f"<p>Now: {escape(now['says'] + stopped)}</p>"
    if document["front"]:
        yield from _chart(document)
    yield from _list("What is often asked for", [(one["build"], one["says"]) for one in document["popular"]])
    yield from _list("Nearest", [
        *((LIMITED[one["limit"]], f"{one['enough']} instead of {number(one['asked'])}: {one['says']}")
          for one in document["misses"]),
        *((f"with {one['by']}", one["says"]) for one in document["relaxed"]),
    ])  # fmt: skip
    yield from _prices(document)
    yield from _list("Assumed", [(one["about"], one["says"]) for one in document["assumptions"]])
    found = document["searched"]
    yield (
        f"<p class=faint>{found['candidates']:,} candidates searched, {found['running']:,} run, "
        f"{found['feasible']:,} keep the limits, {found['front']:,} on the front, {len(document['front'])} shown. "
        f"Knowledge of {escape(document['knowledge']['version'])}, {escape(document['knowledge']['digest'])}.</p>"
        "</body></html>"
    )


def _chart(document: Document) -> Iterator[str]:
    numbers = _numbers(document)
    choices = "".join(f'<option value="{key}">{told}</option>' for key, told in numbers.items())
    yield f'<p class=asks>across <select id="across">{choices}</select> up <select id="up">{choices}</select>'
    yield '<label><input type="checkbox" id="whiskers" checked> intervals (80 %)</label></p>'
    yield '<div class=wide><svg id="plot" viewBox="0 0 960 480" role="img" aria-label="the front"></svg></div>'
    yield '<div id="told"></div>'
    shown = {"id": "row", "says": "build", **numbers}
    heads = "".join(f"<th data-key={key} tabindex=0>{told}</th>" for key, told in shown.items())
    yield f'<div class=wide><table id="front"><thead><tr>{heads}</tr></thead><tbody>'
    yield from (_line(row, document["best"], numbers) for row in document["front"])
    yield "</tbody></table></div>"
    more = {"against", "over_now", "other_limits", "doubts", "estimate", "parts", "gpu", "count"}
    names = sorted(more | shown.keys())
    rows = [{name: row[name] for name in names if name in row} | {name: interval(row[name]) for name in numbers}
            for row in document["front"]]  # fmt: skip
    data = json.dumps({"rows": rows, "best": document["best"], "up": columns(document)[0]})
    yield f'<script id="data" type="application/json">{data.replace("<", chr(92) + "u003c")}</script>'
    yield f"<script>{SCRIPT}</script>"


def _numbers(document: Document) -> dict[str, str]:
    """The numbers of a row by key, each with its name."""
    return {name: label(document, name) for name in ("cost_usd", *columns(document))} | LAST


def interval(value: Mapping[str, float] | float) -> Mapping[str, float]:
    """A number as one with ends, where it has none of its own."""
    return {"value": value, "low": value, "high": value} if isinstance(value, int | float) else value


def _line(row: Mapping[str, Any], best: str | None, numbers: Iterable[str]) -> str:
    cells = [f"<td>{escape(row['id'])}</td><td>{escape(row['says'])} <small>{escape(place(row))}</small></td>"]
    for key in numbers:
        value = interval(row[key])
        reach = (
            f"<small> [{short(value['low'])}, {short(value['high'])}]</small>" if value["low"] < value["high"] else ""
        )
        cells.append(f'<td data-value="{value["value"]:.6g}">{short(value["value"])}{reach}</td>')
    return f'<tr data-id="{escape(row["id"])}"{" class=best" if row["id"] == best else ""}>{"".join(cells)}</tr>'


def _list(head: str, items: list[tuple[str, str]]) -> Iterator[str]:
    if items:
        yield f"<h2>{head}</h2><dl>"
        yield from (f"<dt>{escape(one)}</dt><dd>{escape(told)}</dd>" for one, told in items)
        yield "</dl>"


def _prices(document: Document) -> Iterator[str]:
    if not document["prices"]:
        return
    pages = {one.get("publisher") or one.get("title"): one.get("url") for one in document["references"].values()}
    yield "<h2>Prices</h2><div class=wide><table><thead>"
    yield "<tr><th>item<th>low<th>high<th>date<th>basis<th>sources</tr></thead><tbody>"
    for one in document["prices"]:
        marks = [BASES[one["basis"]] or "listed", *(name for name in ("stale", "uncertain") if one[name])]
        cells = [one["item"], f"{one['low']:,.0f}", f"{one['high']:,.0f}", one["date"] or "none", ", ".join(marks)]
        told = ", ".join(_link(source, pages.get(source)) for source in one["sources"])
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}<td>{told}</td></tr>"
    yield "</tbody></table></div>"


def _link(name: str, address: str | None) -> str:
    """A publisher, with the way to its page where it has one; nothing is fetched until somebody follows it."""
    web = address and address.startswith("https://")
    return f'<a href="{escape(address or "")}" rel=noreferrer>{escape(name)}</a>' if web else escape(name)


STYLE = """
:root { color-scheme: light dark; --line: #8885; --best: #0a7d33; --dot: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --best: #46c878; --dot: #78aaff; } }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1100px; margin: 2em auto; padding: 0 1em; }
.verdict { font-size: 1.15em; font-weight: 600; } .faint, small { opacity: .7; } .wide { overflow-x: auto; }
svg { width: 100%; box-sizing: border-box; border: 1px solid var(--line); }
svg text { fill: currentColor; font-size: 12px; }
table { border-collapse: collapse; width: 100%; } td, th { padding: .25em .5em; text-align: left; }
tbody tr { border-top: 1px solid var(--line); } th[data-key] { cursor: pointer; } tr.best td { font-weight: 600; }
tr.on, tr:hover { background: #8882; } circle { cursor: pointer; }
#told { min-height: 5em; white-space: pre-wrap; } #told, .faint { overflow-wrap: anywhere; }
td[data-value] { min-width: 5em; } dt { font-weight: 600; } label { margin-left: 1em; }
@media print { .asks { display: none; } .wide { overflow: visible; }
  svg, tr, dt, dd { break-inside: avoid; } body { font-size: 12px; margin: 0; max-width: none; } }
"""
SCRIPT = """
const { rows, best, up: first } = JSON.parse(document.getElementById('data').textContent);
const pick = id => document.getElementById(id), svg = pick('plot'), space = 'http://www.w3.org/2000/svg';
pick('across').value = 'cost_usd'; pick('up').value = first;
const add = (name, set, words, parent = svg) => {
  const made = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(set)) made.setAttribute(key, value);
  if (words !== undefined) made.textContent = words;
  return parent.appendChild(made);
};
const short = value => Math.abs(value) >= 1000 ? value.toLocaleString('en', { maximumFractionDigits: 0 })
  : value.toLocaleString('en', { maximumSignificantDigits: 3 });
function tell(row) {
  document.querySelectorAll('#front tbody tr').forEach(line => line.classList.toggle('on', line.dataset.id === row.id));
  const parts = row.parts.map(part => `${part.count} x ${part.item}: ${short(part.low)} to ${short(part.high)}` +
    ` (${part.date ?? 'no date'}${part.stale ? ', stale' : ''})`);
  pick('told').textContent = [`Row ${row.id}: ${row.says}`, row.over_now, row.against, row.other_limits,
    ...row.doubts, ...parts, row.estimate].filter(Boolean).join('\\n');
}
function draw() {
  svg.replaceChildren();
  const width = Math.max(300, Math.min(svg.clientWidth, 960)), height = Math.max(width / 2, 300), foot = height - 50;
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);  // words are as large on a phone
  const a = pick('across').value, b = pick('up').value, wide = pick('whiskers').checked;
  const span = key => {
    const all = rows.flatMap(row => wide ? [row[key].low, row[key].high] : [row[key].value]);
    const low = Math.min(...all), high = Math.max(...all), extent = high - low || Math.abs(high) || 1;
    const scale = 10 ** Math.floor(Math.log10(extent));
    const steps = [.1, .2, .25, .5, 1, 2, 2.5, 5].map(part => part * scale);
    const step = steps.find(one => Math.ceil(high / one) - Math.floor(low / one) < 7 && high / one !== low / one);
    const first = Math.floor(low / step), last = Math.max(Math.ceil(high / step), first + 1);
    return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
  };
  const across = span(a), upward = span(b);
  const [left, right, bottom, top] = [across[0], across.at(-1), upward[0], upward.at(-1)];
  const x = value => 70 + (value - left) / (right - left) * (width - 100);
  const y = value => foot - (value - bottom) / (top - bottom) * (foot - 30);
  for (const tick of across) {
    add('path', { d: `M${x(tick)} 30V${foot}`, stroke: 'var(--line)' });
    add('text', { x: x(tick), y: foot + 20, 'text-anchor': 'middle' }, short(tick));
  }
  for (const tick of upward) {
    add('path', { d: `M70 ${y(tick)}H${width - 30}`, stroke: 'var(--line)' });
    add('text', { x: 64, y: y(tick) + 4, 'text-anchor': 'end' }, short(tick));
  }
  const placed = rows.map(row => [x(row[a].value) - 8, y(row[b].value) + 6, 12]);  // where no label goes: on dots
  const name = key => pick('up').querySelector(`[value=${key}]`).textContent;
  add('text', { x: (width + 40) / 2, y: height - 8, 'text-anchor': 'middle' }, name(a));
  add('text', { x: 70, y: 20 }, name(b));
  for (const row of rows) {
    const one = row[a], two = row[b];
    const reach = `M${x(one.low)} ${y(two.value)}H${x(one.high)}M${x(one.value)} ${y(two.low)}V${y(two.high)}`;
    if (wide) add('path', { d: reach, stroke: 'var(--dot)', opacity: .35 });
    const dot = add('circle', { cx: x(one.value), cy: y(two.value), r: Math.max(4, Math.sqrt(row.power_w.value / 10)),
      fill: row.id === best ? 'var(--best)' : 'var(--dot)', tabindex: 0 });
    add('title', {}, row.says, dot);
    for (const event of ['mouseenter', 'focus', 'click']) dot.addEventListener(event, () => tell(row));
  }
  for (const row of rows) {
    const words = add('text', {}, width < 600 ? row.id : `${row.id} ${row.gpu} x${row.count}`);
    const long = words.getComputedTextLength(), [here, there] = [x(row[a].value), y(row[b].value)];
    const free = ([from, at]) => from > 0 && from + long < width && at > 12 && placed.every(other =>
      Math.abs(other[1] - at) >= 13 || from >= other[0] + other[2] + 4 || other[0] >= from + long + 4);
    const sides = [-6, 16, -20, 30, -34, 44, -48, 58].flatMap(off =>
      [here + 9, here - 13 - long].map(side => [side, there + off]));  // the nearest first
    const at = sides.find(free) ?? sides[0];
    placed.push([...at, long]);
    words.setAttribute('x', at[0]); words.setAttribute('y', at[1]);
  }
}
addEventListener('resize', draw);
for (const id of ['across', 'up', 'whiskers']) pick(id).addEventListener('change', draw);
document.querySelectorAll('#front tbody tr').forEach(line =>
  line.addEventListener('click', () => tell(rows.find(row => row.id === line.dataset.id))));
document.querySelectorAll('#front th').forEach((head, at) => head.addEventListener('click', () => {
  document.querySelectorAll('#front th').forEach(other => other.removeAttribute('aria-sort'));
  const body = document.querySelector('#front tbody'), turn = head.dataset.turn = -(head.dataset.turn ?? -1);
  const of = line => Number(line.cells[at].dataset.value ?? line.cells[at].textContent);
  [...body.rows].sort((one, two) => turn * (Number.isNaN(of(one))
    ? one.cells[at].textContent.localeCompare(two.cells[at].textContent) : of(one) - of(two)))
    .forEach(line => body.append(line));
  head.setAttribute('aria-sort', turn > 0 ? 'ascending' : 'descending');
}));
document.querySelectorAll('#front th').forEach(head =>
  head.addEventListener('keydown', event => event.key === 'Enter' && head.click()));
draw(); tell(rows.find(row => row.id === best) ?? rows[0]);
"""
