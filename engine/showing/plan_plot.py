"""A scatter plot in letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10

Point = tuple[float, float, str]


def plotted(points: Sequence[Point], title: str, width: int, height: int) -> Iterator[str]:
    """Points (x, y, label) in a frame with round ends; of labels on one place the first is drawn."""
    (left, right), (bottom, top) = ends([x for x, _, _ in points]), ends([y for _, y, _ in points])
    highest, lowest, first, last = map(_end, (top, bottom, left, right))
    margin = max(len(highest), len(lowest)) + 2
    across = max(width - margin - 4, 20)
    grid = [[" "] * (across + 3) for _ in range(height)]
    for x, y, label in points:
        column = round((x - left) / (right - left) * (across - 1))
        line = height - 1 - round((y - bottom) / (top - bottom) * (height - 1))
        if all(cell == " " for cell in grid[line][column : column + len(label)]):
            grid[line][column : column + len(label)] = label
    yield f"{'':{margin}}{title}"
    for number, cells in enumerate(grid):
        mark = highest if number == 0 else lowest if number == height - 1 else ""
        yield f"{mark:>{margin - 1}} |{''.join(cells).rstrip()}"
    yield f"{'':{margin}}+{'-' * across}"
    yield f"{'':{margin}} {first}{last:>{max(across - len(first), 1)}}"


def _end(value: float) -> str:
    """A round end of an axis, with as many digits as it has.

    >>> _end(2100.0), _end(0.30000000000000004)
    ('2,100', '0.3')
    """
    return f"{value:,.10g}"


def ends(values: Sequence[float]) -> tuple[float, float]:
    """Round ends of an axis that holds all values.

    >>> ends([412.0, 1830.0]), ends([5.0])
    ((400.0, 1900.0), (4.0, 6.0))
    """
    low, high = min(values), max(values)
    if low == high:
        low, high = low * 0.9, high * 1.1 or 1.0
    step = 10.0 ** floor(log10(high - low)) if high - low < 10 else 10.0 ** floor(log10((high - low) / 2))
    return floor(low / step) * step, ceil(high / step) * step


def ticks(values: Sequence[float], most: int = 7) -> list[float]:
    """Round values, evenly spaced, that hold all of some others between the first and the last.

    >>> ticks([1271.0, 9305.0])
    [0.0, 2000.0, 4000.0, 6000.0, 8000.0, 10000.0]
    """
    low, high = min(values), max(values)
    span = high - low or abs(high) or 1.0
    scale = 10.0 ** floor(log10(span))
    for step in (scale * part for part in (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5)):
        first, last = floor(low / step), ceil(high / step)
        if first < last < first + most:
            break
    return [step * number for number in range(first, last + 1)]


def apart(labels: Sequence[tuple[float, float, str]], line: float = 13.0, letter: float = 6.6) -> list[float]:
    """Height of each label (x, y, text), moved down as far as it takes to stand clear of those before it [px].

    >>> apart([(0, 50, "one"), (5, 52, "two"), (90, 52, "three")])
    [50, 63.0, 52]
    """
    placed: list[tuple[float, float, float]] = []
    for x, y, text in labels:
        wide = len(text) * letter
        for left, height, other in sorted(placed, key=lambda one: one[1]):
            if abs(height - y) < line and x < left + other and left < x + wide:
                y = height + line
        placed.append((x, y, wide))
    return [y for _, y, _ in placed]
