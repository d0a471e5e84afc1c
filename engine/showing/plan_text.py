"""A plan on a terminal: the verdict, the front as a table and a plot, what others would do, what was assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..model.quantity import dollars, number
from .paper import Paper
from .plan_plot import plotted

Document = Mapping[str, Any]
SPEEDS = {
    "latency": "decode_tok_s", "throughput": "output_throughput_tok_s", "prefill": "prefill_tok_s",
    "efficiency": "decode_tok_s", "capacity": "decode_tok_s",
}  # fmt: skip
LABELS = {
    "decode_tok_s": "decode tok/s",
    "prefill_tok_s": "prefill tok/s",
    "output_throughput_tok_s": "all users tok/s",
}
BASES = {"launch": "widened list price of its launch", "list": "widened list price", "own": "yours", "listed": ""}
NAMED = 24
WIDTHS = (22, 21, 21, 21)


def plan(document: Document, paper: Paper) -> str:
    """The whole plan."""
    makers = (_verdict, _now, _front, _plot, _popular, _nearest, _prices, _assumed, _searched)
    parts = [make(document, paper) for make in makers]
    return "\n".join("\n".join(lines) for lines in map(list, parts) if lines) + "\n"


def plan_row(document: Document, paper: Paper) -> Iterator[str]:
    """One row with its parts and the commands that compute it again."""
    yield from _row(document["row"], paper)
    yield from _details(document["row"], paper)
    yield ""


def _verdict(document: Document, paper: Paper) -> Iterator[str]:
    yield from paper.wrap(f"VERDICT  {document['verdict']['text']}", indent=9, first=0)
    for one in document["verdict"]["unless"]:
        yield from paper.wrap(one, indent=9)
    near = document["near"]
    if near is not None:
        told = f"near miss: {near['says']}, {_cost(near)}: {near['misses']}; within what a price or an estimate is off"
        yield from paper.wrap(told, indent=9)
    best = next((row for row in document["front"] if row["id"] == document["best"]), None)
    if best is not None:
        yield from paper.wrap(f"again:   {best['estimate']}", indent=9, first=0)
        yield from paper.wrap("proof:   this command with `why decode_tok_s` for `estimate`, or --row of any row", 9, 0)
    yield ""


def _now(document: Document, paper: Paper) -> Iterator[str]:
    now = document["now"]
    if now is None:
        return
    told = [f"{LABELS[name]} {_interval(now[name])}" for name in columns(document) if name in now]
    yield from paper.wrap(f"NOW      {now['says']}: {'; '.join(told) or 'it does not run'}", indent=9, first=0)
    if now["doubts"]:
        yield from paper.wrap("; ".join(now["doubts"]), indent=9)
    yield ""


def _front(document: Document, paper: Paper) -> Iterator[str]:
    if not document["front"]:
        return
    names = columns(document)
    heads = ("cost USD", *(LABELS[name] for name in names), "W decoding")
    widths = WIDTHS[: len(names) + 1] + (0,)
    head = "FRONT    " + "".join(f"{name:<{width}}" for name, width in zip(heads, widths, strict=True))
    yield paper.style(head.rstrip(), "head")
    for row in document["front"]:
        mark = "*" if row["id"] == document["best"] else " "
        yield from paper.wrap(f"{mark}{row['id']:>3}  {row['says']}, {_place(row)}", indent=6, first=0)
        cells = [_interval(row["cost_usd"]), *(_interval(row[name]) for name in names), _interval(row["power_w"])]
        yield (" " * 9 + "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))).rstrip()
        for line in (row.get("over_now"), row.get("against"), "; ".join(row["doubts"])):
            if line:
                yield from paper.wrap(line, indent=9)
    yield ""


def columns(document: Document) -> list[str]:
    """The speed asked for first, then the others that matter with these users."""
    first = SPEEDS[document["question"]["optimize"]]
    rest = ["decode_tok_s", "prefill_tok_s"] if document["question"]["users"] == 1 else list(LABELS)
    return [first, *(name for name in rest if name != first)][:3]


def _place(row: Mapping[str, Any]) -> str:
    lanes = f"PCIe {row['pcie']['gen']}.0 x{row['pcie']['lanes']}"
    where = f"{row['platform']}, {lanes}" if row["platform"] else lanes if row["links"] == "as it is" else "one machine"
    return f"{where}, {row['power_limit_w']:g} W a card"


def _row(row: Mapping[str, Any], paper: Paper) -> Iterator[str]:
    yield from paper.wrap(f"ROW {row['id']}    {row['says']}, {_place(row)}", indent=9, first=0)
    for name, label in (("cost_usd", "cost USD"), *LABELS.items(), ("ttft_ms", "first token ms"), ("power_w", "W")):
        yield f"         {label:<18}{_interval(row[name])}"


def _details(row: Mapping[str, Any], paper: Paper) -> Iterator[str]:
    for part in row["parts"]:
        yield from paper.wrap(f"{part['count']:g}× {_price(part)}", indent=13, first=9)
    yield from paper.wrap(f"again:   {row['estimate']}", indent=9, first=0)


def _cost(one: Mapping[str, Any]) -> str:
    return dollars(one["cost_usd"]["low"], one["cost_usd"]["high"])


def _interval(value: Mapping[str, float]) -> str:
    low, high = _short(value["low"]), _short(value["high"])
    return f"{_short(value['value'])} [{low}, {high}]" if low != high else _short(value["value"])


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else number(round(value, 1))


def _plot(document: Document, paper: Paper) -> Iterator[str]:
    if len(document["front"]) < 2:
        return
    name = columns(document)[0]
    points = [(row["cost_usd"]["value"], row[name]["value"], row["id"]) for row in document["front"]]
    yield from plotted(points, f"{LABELS[name]} over cost USD; numbers are rows", min(paper.width, 90), 12)
    yield ""


def _popular(document: Document, paper: Paper) -> Iterator[str]:
    if not document["popular"]:
        return
    yield paper.style("OTHERS   what is often asked for", "head")
    for one in document["popular"]:
        lead = {"front": "+", "near": "~", "dominated": "-", "infeasible": "x", "unknown": "?"}[one["status"]]
        yield from paper.wrap(f"{lead} {one['build']:<16} {one['says']}", indent=21, first=2)
    yield ""


def _nearest(document: Document, paper: Paper) -> Iterator[str]:
    rows = [*document["misses"], *document["relaxed"]]
    if not rows:
        return
    yield paper.style("NEAREST  with one limit let go, and nothing else", "head")
    for one in document["misses"]:
        told = f"{one['limit']}: {_short(one['needed'])} instead of {_short(one['asked'])}: {one['says']}"
        yield from paper.wrap(f"{told}, {_cost(one)}", 11, 9)
    for one in document["relaxed"]:
        yield from paper.wrap(f"with {one['by']}: {one['says']}, {_cost(one)}", indent=11, first=9)
    yield ""


def _prices(document: Document, paper: Paper) -> Iterator[str]:
    if not document["prices"]:
        return
    yield paper.style("PRICES   the weak point of any plan: look before you buy, give your own with --prices", "head")
    for price in document["prices"]:
        yield from paper.wrap(_price(price), indent=13, first=9)
    yield ""


def _price(price: Mapping[str, Any]) -> str:
    marks = [BASES[price["basis"]], price["date"] or "no date", "stale" if price["stale"] else "",
             "uncertain" if price["uncertain"] else "", ", ".join(price["sources"])]  # fmt: skip
    return f"{price['item']} {dollars(price['low'], price['high'])} ({'; '.join(one for one in marks if one)})"


def _assumed(document: Document, paper: Paper) -> Iterator[str]:
    yield paper.style("ASSUMED", "head")
    for one in document["assumptions"]:
        yield from paper.wrap(f"{one['about']}: {one['says']}", indent=11, first=9)
    yield ""


def _searched(document: Document, paper: Paper) -> Iterator[str]:
    found = document["searched"]
    text = (
        f"SEARCHED {found['candidates']:,} candidates: {found['evaluated']:,} pass the gates and are evaluated, "
        f"{found['running']:,} run, {found['feasible']:,} keep limits, "
        f"{found['front']:,} on the front of money, speed and power, of which {found['shown']:,} that differ are shown"
    )
    yield from paper.wrap(text, indent=9, first=0)
    for limit, count in found["beyond"].items():
        yield from paper.wrap(f"{count:,} are beyond the {limit} whatever runs on them", indent=9)
    for reason, gpus in found["left_out"].items():
        others = f" and {len(gpus) - NAMED} more (named in --format json)" if len(gpus) > NAMED else ""
        yield from paper.wrap(f"not planned, {reason}: {', '.join(gpus[:NAMED])}{others}", indent=9)
