"""A plan on a terminal: the verdict, the front as a table and a plot, what others would do, what was assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..model.quantity import dollars, number
from .paper import Paper
from .plan_plot import plotted
from .plan_words import in_words

Document = Mapping[str, Any]
LABELS = {
    "user_decode_tok_s": "each user tok/s",
    "decode_tok_s": "decode tok/s",
    "prefill_tok_s": "prefill tok/s",
    "output_throughput_tok_s": "all users tok/s",
    "tokens_per_joule": "tokens/J",
    "free_gb": "GB free",
}
ALONE = {"decode_tok_s": "one alone tok/s"}
BASES = {"launch": "widened list price of its launch", "list": "widened list price", "own": "yours", "listed": "",
         "single": "one page, widened"}  # fmt: skip
LIMITED = {
    "budget": "cost USD", "max_watts": "power limits W", "user_decode": "each user tok/s", "decode": "one user tok/s",
    "prefill": "prefill tok/s", "throughput": "all users tok/s",
}  # fmt: skip
BEYOND = {"budget": "budget", "max_watts": "watts that cards may draw"}
NAMED = 12
GAP = 2


def plan(document: Document, paper: Paper) -> str:
    """The whole plan."""
    document = in_words(document)
    makers = (_verdict, _now, _front, _plot, _popular, _nearest, _prices, _assumed, _searched)
    parts = [make(document, paper) for make in makers]
    return "\n".join("\n".join(lines) for lines in map(list, parts) if lines) + "\n"


def plan_row(document: Document, paper: Paper) -> Iterator[str]:
    """One row with its parts and the commands that compute it again."""
    row = in_words(document)["row"]
    yield from _row(row, paper)
    yield from _details(row, paper)
    yield ""


def _verdict(document: Document, paper: Paper) -> Iterator[str]:
    yield from paper.wrap(f"VERDICT  {document['verdict']['text']}", indent=9, first=0)
    if document["verdict"]["includes"]:
        yield from paper.wrap(document["verdict"]["includes"], indent=9)
    for one in document["verdict"]["cautions"]:
        yield from paper.wrap(f"but {one}", indent=9)
    for one in document["verdict"]["unless"]:
        yield from paper.wrap(one, indent=9)
    near = document["near"]
    if near is not None:
        told = f"near miss: {near['says']}, {_cost(near)}: {near['misses']}; within what a price or an estimate is off"
        yield from paper.wrap(told, indent=9)
    best = next((row for row in document["front"] if row["id"] == document["best"]), None)
    if best is not None:
        yield from paper.wrap("again, from a shell (with `why " + best["proves"] + "` for `estimate`: its proof, which "
                              "--row N tells of any row):")  # fmt: skip
        yield from paper.command(best["estimate"], 2)
    yield ""


def _now(document: Document, paper: Paper) -> Iterator[str]:
    now = document["now"]
    if now is None:
        return
    told = [f"{label(document, name)} {_interval(now[name])}" for name in columns(document) if name in now]
    stopped = [f"it does not run: {'; '.join(now['stopped'])}"] if now["stopped"] else told
    yield from paper.wrap(f"NOW      {now['says']}: {'; '.join(stopped)}", indent=9, first=0)
    if now["doubts"]:
        yield from paper.wrap("; ".join(now["doubts"]), indent=9)
    yield ""


def _front(document: Document, paper: Paper) -> Iterator[str]:
    if not document["front"]:
        return
    names = ("cost_usd", *columns(document), document["question"]["draws"])
    cells = [[_interval(row[name]) for name in names] for row in document["front"]]
    heads = [label(document, name) for name in names]
    width = max(map(len, [*heads, *(cell for own in cells for cell in own)])) + GAP
    each_line = max((paper.width - 9 + GAP) // width, 1)
    yield from (paper.style(line, "head") for line in _table(heads, width, each_line, "FRONT    "))
    for row, own in zip(document["front"], cells, strict=True):
        mark = "*" if row["id"] == document["best"] else " "
        yield from paper.wrap(f"{mark}{row['id']:>3}  {row['says']}, {place(row)}", indent=6, first=0)
        yield from _table(own, width, each_line)
        doubts = "" if row["id"] == document["best"] else "; ".join(row["doubts"])  # those of the best are said above
        for line in (row.get("over_now"), row.get("against"), row.get("other_limits"), doubts):
            if line:
                yield from paper.wrap(line, indent=9)
    yield ""


def _table(cells: list[str], width: int, each_line: int, lead: str = " " * 9) -> Iterator[str]:
    """Cells of one width, so many on a line."""
    for start in range(0, len(cells), each_line):
        yield (lead + "".join(f"{cell:<{width}}" for cell in cells[start : start + each_line])).rstrip()
        lead = " " * len(lead)


def label(document: Document, name: str) -> str:
    """What a number is called at the head of its column."""
    alone = ALONE if document["question"]["users"] > 1 else {}
    return {"cost_usd": "cost USD", "power_w": "W decoding", "power_limits_w": "W at limits", **LABELS, **alone}[name]


def columns(document: Document) -> list[str]:
    """The speed asked for first, then the others that matter with these users."""
    first, several = document["question"]["counts"], document["question"]["users"] > 1
    of_many = ["user_decode_tok_s", "output_throughput_tok_s"] if several else []
    return list(dict.fromkeys([first, *of_many, "decode_tok_s", "prefill_tok_s"]))


def place(row: Mapping[str, Any]) -> str:
    """Its board, its slots and what each card may draw."""
    where = [row["platform"]] if row["platform"] else [] if row["links"] == "as it is" else ["one machine"]
    if row["platform"] or row["links"] == "as it is":
        where.append(slots_told(row["slots"]))
    groups = row["scenario"]["rig"]["gpus"]
    limits = list(dict.fromkeys(group["power_limit_w"] for group in groups))
    if len(limits) == 1:
        return ", ".join([*where, f"{limits[0]:g} W a card"])
    return ", ".join([*where, " + ".join(f"{group['count']}× {group['power_limit_w']:g} W" for group in groups)])


def slots_told(slots: Sequence[Mapping[str, int]]) -> str:
    """The slots of all cards; each of them where they are not alike.

    >>> slots_told([{"gen": 4, "lanes": 8}] * 2), slots_told([{"gen": 3, "lanes": 16}, {"gen": 3, "lanes": 1}])
    ('PCIe 4.0 x8', 'PCIe 3.0 x16 + 3.0 x1')
    """
    told = [f"{slot['gen']}.0 x{slot['lanes']}" for slot in slots]
    counts = {one: told.count(one) for one in told}
    if len(counts) == 1:
        return f"PCIe {told[0]}"
    return "PCIe " + " + ".join(f"{number}× {one}" if number > 1 else one for one, number in counts.items())


def _row(row: Mapping[str, Any], paper: Paper) -> Iterator[str]:
    yield from paper.wrap(f"ROW {row['id']}    {row['says']}, {place(row)}", indent=9, first=0)
    labels = LABELS | (ALONE if "user_decode_tok_s" in row else {})
    watts = {"power_w": "W, one user", "power_limits_w": "W at limits"}
    for name, told in ({"cost_usd": "cost USD"} | labels | {"ttft_ms": "first token ms"} | watts).items():
        if name in row:
            yield f"         {told:<18}{_interval(row[name])}"


def _details(row: Mapping[str, Any], paper: Paper) -> Iterator[str]:
    for part in row["parts"]:
        yield from paper.wrap(f"{part['count']:g}× {_price(part)}", indent=13, first=9)
    yield from paper.wrap("again, from a shell, and why:")
    yield from paper.command(row["estimate"], 2)
    yield from paper.command(row["why"], 2)


def _head(text: str, paper: Paper) -> Iterator[str]:
    yield from (paper.style(line, "head") for line in paper.wrap(text, indent=9, first=0))


def _cost(one: Mapping[str, Any]) -> str:
    return dollars(one["cost_usd"]["low"], one["cost_usd"]["high"])


def _interval(value: Mapping[str, float] | float) -> str:
    if isinstance(value, int | float):
        return short(value)
    low, high = short(value["low"]), short(value["high"])
    return f"{short(value['value'])} [{low}, {high}]" if low != high else short(value["value"])


def short(value: float) -> str:
    """A number with as many digits as are read at a glance."""
    return f"{value:,.0f}" if abs(value) >= 100 else number(value)


def _plot(document: Document, paper: Paper) -> Iterator[str]:
    if len(document["front"]) < 2:
        return
    name = columns(document)[0]
    points = [(row["cost_usd"]["value"], row[name]["value"], row["id"]) for row in document["front"]]
    yield from plotted(points, f"{label(document, name)} over cost USD; numbers are rows", min(paper.width, 90), 12)
    yield ""


def _popular(document: Document, paper: Paper) -> Iterator[str]:
    if not document["popular"]:
        return
    yield from _head("OTHERS   what is often asked for", paper)
    widest = max(len(one["build"]) for one in document["popular"])
    for one in document["popular"]:
        lead = {"front": "+", "near": "~", "dominated": "-", "infeasible": "x", "unknown": "?"}[one["status"]]
        yield from paper.wrap(f"{lead} {one['build']:<{widest}}  {one['says']}", indent=widest + 6, first=2)
    yield ""


def _nearest(document: Document, paper: Paper) -> Iterator[str]:
    if not document["misses"] and not document["relaxed"]:
        return
    yield from _head("NEAREST  with one thing let go, and nothing else", paper)
    for one in document["misses"]:
        told = f"{LIMITED[one['limit']]} {one['enough']} instead of {number(one['asked'])}: {one['says']}"
        yield from paper.wrap(f"{told}, {_cost(one)}", 11, 9)
        yield from paper.command(one["estimate"], 11)
    for one in document["relaxed"]:
        still = f"; still {one['lacks']}" if one["lacks"] else ""
        yield from paper.wrap(f"with {one['by']}: {one['says']}, {_cost(one)}{still}", indent=11, first=9)
        yield from paper.command(one["estimate"], 11)
    yield ""


def _prices(document: Document, paper: Paper) -> Iterator[str]:
    if not document["prices"]:
        return
    yield from _head("PRICES   the weak point of any plan: look before you buy, give your own with --prices", paper)
    for price in document["prices"]:
        yield from paper.wrap(_price(price), indent=13, first=9)
    yield ""


def _price(price: Mapping[str, Any]) -> str:
    marks = [BASES[price["basis"]], price["date"] or "no date", "stale" if price["stale"] else "",
             "uncertain" if price["uncertain"] else "", ", ".join(price["sources"])]  # fmt: skip
    return f"{price['item']} {dollars(price['low'], price['high'])} ({'; '.join(one for one in marks if one)})"


def _assumed(document: Document, paper: Paper) -> Iterator[str]:
    yield from _head("ASSUMED", paper)
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
        yield from paper.wrap(f"{count:,} are beyond the {BEYOND[limit]}, whatever runs on them", indent=9)
    for reason, gpus in found["left_out"].items():
        others = f" and {len(gpus) - NAMED} more (named in --format json)" if len(gpus) > NAMED else ""
        yield from paper.wrap(f"not planned, {reason}: {', '.join(gpus[:NAMED])}{others}", indent=9)
