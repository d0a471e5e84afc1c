"""The front of a plan as a picture: SVG written here, PNG drawn by matplotlib where it is installed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from ..errors import BadInput
from ..model.quantity import dollars
from .plan_plot import apart, ticks
from .plan_text import columns, label
from .plan_words import in_words

Document = Mapping[str, Any]
WIDTH, HEIGHT = 960, 560
LEFT, RIGHT, TOP, BOTTOM = 80, 30, 60, 60
BEST, OTHER, FAINT = "#0a7d33", "#1f5fbf", "#9bb3d1"


def svg(document: Document) -> bytes:
    """The front as SVG: cost across, speed up, whiskers for intervals, area of a dot for watts."""
    return ("\n".join(_svg(in_words(document))) + "\n").encode()


def png(document: Document) -> bytes:
    """The same as PNG. Raises BadInput where matplotlib is not installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise BadInput(
            "a PNG needs matplotlib, which is not installed", where="--plot",
            hint="pip install 'rigwise[plot]', or write FILE.svg",
        ) from None  # fmt: skip
    document = in_words(document)
    figure = Figure(figsize=(WIDTH / 96, HEIGHT / 96), dpi=96, layout="constrained")
    axes, name = figure.add_subplot(), columns(document)[0]
    for row in document["front"]:
        cost, speed = row["cost_usd"], row[name]
        colour = BEST if row["id"] == document["best"] else OTHER
        axes.errorbar(
            cost["value"], speed["value"], xerr=_whisker(cost), yerr=_whisker(speed), color=FAINT, linewidth=1
        )
        axes.scatter(cost["value"], speed["value"], s=max(row["power_w"]["value"] / 4, 16), color=colour, zorder=3)
    axes.set_xlabel("cost [USD]")
    axes.set_ylabel(label(document, name))
    axes.set_title(title(document), fontsize=10)
    axes.grid(alpha=0.3)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    points = [axes.transData.transform((row["cost_usd"]["value"], row[name]["value"])) for row in document["front"]]
    heights = apart([(x, -y, _label(row)) for (x, y), row in zip(points, document["front"], strict=True)])
    for (x, y), height, row in zip(points, heights, document["front"], strict=True):
        axes.annotate(_label(row), (x, y), xycoords="figure pixels", xytext=(x + 10, 4 - height),
                      textcoords="figure pixels", fontsize=8)  # fmt: skip
    out = io.BytesIO()
    canvas.print_png(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _label(row: Mapping[str, Any]) -> str:
    return f"{row['id']} {row['gpu']} ×{row['count']}"


def title(document: Document) -> str:
    """What the picture shows, with its date."""
    asked = document["question"]
    users = f"{asked['users']:,} user{'s' if asked['users'] > 1 else ''}"
    return f"{asked['model']}, {users}, context {asked['context_tokens']:,}: {len(document['front'])} builds"


def _whisker(value: Mapping[str, float]) -> list[list[float]]:
    return [[value["value"] - value["low"]], [value["high"] - value["value"]]]


def _svg(document: Document) -> Iterator[str]:
    name = columns(document)[0]
    across = ticks([row["cost_usd"][end] for row in document["front"] for end in ("low", "high")])
    upward = ticks([row[name][end] for row in document["front"] for end in ("low", "high")])

    def x(value: float) -> float:
        return LEFT + (value - across[0]) / (across[-1] - across[0]) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - upward[0]) / (upward[-1] - upward[0]) * (HEIGHT - TOP - BOTTOM)

    frame = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {frame}>'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    yield f'<text x="{LEFT}" y="28" font-size="15">{escape(title(document))}</text>'
    yield from _axes(across, upward, label(document, name), x, y)
    spots = [(x(row["cost_usd"]["value"]), y(row[name]["value"]) - 4, _label(row)) for row in document["front"]]
    for row, height in zip(document["front"], apart(spots), strict=True):
        yield from _dot(row, document, x, y, height)
    yield "</svg>"


def _axes(across: list[float], upward: list[float], name: str, x: Any, y: Any) -> Iterator[str]:
    for money in across:
        yield f'<path d="M{x(money):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e3e7ee"/>'
        yield f'<text x="{x(money):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{money:,.0f}</text>'
    for speed in upward:
        yield f'<path d="M{LEFT} {y(speed):.1f}H{WIDTH - RIGHT}" stroke="#e3e7ee"/>'
        yield f'<text x="{LEFT - 8}" y="{y(speed) + 4:.1f}" text-anchor="end">{speed:,.4g}</text>'
    yield f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 16}" text-anchor="middle">cost [USD]</text>'
    turned = f"translate(18 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)"
    yield f'<text transform="{turned}" text-anchor="middle">{name}</text>'


def _dot(row: Mapping[str, Any], document: Document, x: Any, y: Any, at: float) -> Iterator[str]:
    """A build with its whiskers. at: height of its label."""
    name, best = columns(document)[0], row["id"] == document["best"]
    cost, speed = row["cost_usd"], row[name]
    left, right, middle, height = x(cost["low"]), x(cost["high"]), x(cost["value"]), y(speed["value"])
    low, high = y(speed["low"]), y(speed["high"])
    radius = max((row["power_w"]["value"] / 12) ** 0.5, 3)
    value = f"{speed['value']:,.4g} {label(document, name)}"
    told = f"{row['id']}: {row['says']}; {dollars(cost['low'], cost['high'])}; {value}"
    yield f"<g><title>{escape(told)}; {row['power_w']['value']:,.0f} W</title>"
    yield f'<path d="M{left:.1f} {height:.1f}H{right:.1f}M{middle:.1f} {low:.1f}V{high:.1f}" stroke="{FAINT}"/>'
    yield f'<circle cx="{middle:.1f}" cy="{height:.1f}" r="{radius:.1f}" fill="{BEST if best else OTHER}"/>'
    yield f'<text x="{middle + radius + 3:.1f}" y="{at:.1f}">{escape(_label(row))}</text></g>'
