"""Errors of a backtest in letters: a bar for each stratum, and what each term of the model buys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any

Row = Mapping[str, Any]
# Ratios of prediction to measurement at the ends of a bar, and those that are marked.
WIDEST = 4.0
MARKS = {0.25: "1/4", 0.5: "1/2", 1.0: "1", 2.0: "2", 4.0: "4"}
LABEL = 54
KEY = "predicted / measured: from the tenth to the ninetieth per cent -, middle half =, median |"


def drawn(rows: Sequence[Row], width: int) -> Iterator[str]:
    """A line for each stratum on one logarithmic axis."""
    across = min(max(width - LABEL - 2, 21), 81)
    yield from ("", KEY, f"{'':{LABEL}}{_axis(across)}")
    for row in rows:
        name = " ".join(str(row[part]) for part in ("metric", "layout", "architecture", "link") if row.get(part))
        yield f"{name:<{LABEL}}{bar(row['quantiles_log_ratio'], across)}".rstrip()


def bar(quantiles: Sequence[float], across: int) -> str:
    """Five quantiles of the logarithm of a ratio, on an axis of so many letters; a dot where nothing is wrong.

    >>> bar([-0.7, -0.35, 0.0, 0.35, 0.7], 21)
    '     ---==|==---     '
    """
    low, first, middle, third, high = (_place(value, across) for value in quantiles)
    cells = [" "] * across
    cells[across // 2] = "."
    cells[low : high + 1] = "-" * (high + 1 - low)
    cells[first : third + 1] = "=" * (third + 1 - first)
    cells[middle] = "|"
    return "".join(cells)


def _axis(across: int) -> str:
    cells = [" "] * (across + 2)
    for ratio, text in MARKS.items():
        start = min(max(_place(log(ratio), across) - len(text) // 2, 0), across - len(text))
        cells[start : start + len(text)] = text
    return "".join(cells).rstrip()


def _place(logarithm: float, across: int) -> int:
    share = (logarithm / log(WIDEST) + 1) / 2
    return round(min(max(share, 0.0), 1.0) * (across - 1))


def terms(ablation: Row) -> Iterator[str]:
    """Median errors of the whole model, and of the model without each of its terms."""
    metrics = list(ablation["whole"])
    yield from ("", "median error without a term, all else fitted anew")
    yield f"{'':<34}" + "".join(f"{metric.rsplit('_tok_s', 1)[0][:20]:>22}" for metric in metrics)
    for row in [{"term": "(the whole model)", "error": ablation["whole"]}, *ablation["without"]]:
        yield f"{row['term']:<34}" + "".join(f"{row['error'][metric]:>22.3f}" for metric in metrics)
