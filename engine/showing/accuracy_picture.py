"""Predicted against measured as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from math import log10

NAMES = {
    "decode_tok_s": "decode, one user",
    "prefill_tok_s": "prefill",
    "output_throughput_tok_s": "output of all users",
    "tpot_ms": "each further token",
    "ttft_ms": "first token",
    "allreduce_latency_us": "all-reduce latency",
    "allreduce_busbw_gb_s": "all-reduce bandwidth",
}
COLOURS = ("#1b6ca8", "#d1495b", "#2e933c", "#8e44ad", "#e08e0b", "#444444", "#17a2a2")
DECADE = 62


def svg(points: Iterable[tuple[str, float, float]]) -> str:
    """Every row on logarithmic axes: on the diagonal nothing is wrong. points: metric, measured and predicted value."""
    colours = dict(zip(NAMES, COLOURS, strict=True))
    dots = "".join(
        f'<circle cx="{_along(measured):.1f}" cy="{600 - _along(predicted):.1f}" r="1.8" fill="{colours[metric]}"/>'
        for metric, measured, predicted in points
        if metric in colours
    )
    legend = "".join(
        f'<text x="52" y="{26 + 16 * place}" fill="{colours[metric]}">{name}</text>'
        for place, (metric, name) in enumerate(NAMES.items())
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600" font-family="sans-serif" font-size="12">'
        '<rect width="600" height="600" fill="white"/><path d="M40 560 L560 40" stroke="#999"/>'
        f'{dots}{legend}<text x="300" y="590">measured</text>'
        '<text x="14" y="320" transform="rotate(-90 14 320)">predicted</text></svg>\n'
    )


def _along(value: float) -> float:
    """Place on an axis that begins at a hundredth."""
    return 40 + DECADE * (log10(value) + 2)
