"""Quantities as people read them: SI values with the prefix that suits their size."""

from __future__ import annotations

from collections.abc import Sequence

SCALES: dict[str, Sequence[tuple[float, str]]] = {
    "B": ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (1.0, "B")),
    "B/s": ((1e12, "TB/s"), (1e9, "GB/s"), (1e6, "MB/s"), (1.0, "B/s")),
    "FLOP/s": ((1e12, "TFLOP/s"), (1e9, "GFLOP/s"), (1.0, "FLOP/s")),
    "FLOP": ((1e12, "TFLOP"), (1e9, "GFLOP"), (1.0, "FLOP")),
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
}


def spoken(value: bool | int | float | str, unit: str = "") -> str:
    """A value with its unit, in three or four significant digits.

    `%` is for a change and shows its sign, `part` for a share; a compute capability has one digit after the point;
    `digits` is a whole number as a command takes it.

    >>> spoken(32.76e9, "B"), spoken(9.6e-3, "s"), spoken(0.042, "%"), spoken(0.042, "part"), spoken(500, "USD")
    ('32.8 GB', '9.6 ms', '+4.2 %', '4.2 %', '$500')
    >>> spoken(1200.0), spoken(1200.0, "digits"), spoken(1, "cards"), spoken(2, "cards"), spoken(1, "copies")
    ('1,200', '1200', '1 card', '2 cards', '1 copy')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if unit == "%":
        return percent(value)
    if unit == "part":
        return percent(value).lstrip("+")
    if unit == "USD":
        return dollars(value)
    if unit == "digits":
        return f"{value:.0f}"
    if unit == "compute capability":
        return f"{unit} {float(value):.1f}"
    if unit in SCALES:
        return _scaled(float(value), SCALES[unit])
    if value == 1 and len(unit) > 2 and unit.isalpha():
        unit = f"{unit.removesuffix('ies')}y" if unit.endswith("ies") else unit.removesuffix("s")
    return f"{number(value)} {unit}".rstrip()


def dollars(low: float, high: float | None = None) -> str:
    """An amount of money, or what it lies between; what is got back has a minus.

    >>> dollars(-880), dollars(3362.4, 4122), dollars(749, 749)
    ('-$880', '$3,362 to $4,122', '$749')
    """
    told = [f"{'-' if round(usd) < 0 else ''}${abs(usd):,.0f}" for usd in (low, low if high is None else high)]
    return " to ".join(dict.fromkeys(told))


def number(value: float) -> str:
    """Three significant digits, thousands apart, no exponent between a thousandth and a billion.

    >>> number(1234567), number(54.04), number(0.0123), number(3)
    ('1,234,567', '54.0', '0.0123', '3')
    """
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}" if size < 1e12 else f"{value:.3g}"
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.3g}" if size < 1e-3 else f"{value:.{3 if size < 1 else 2}g}" if size < 1 else f"{value:.2f}"


def percent(value: float) -> str:
    """A relative change, with its sign.

    >>> percent(0.325), percent(-0.004), percent(4.2)
    ('+32 %', '-0.4 %', '+420 %')
    """
    part = value * 100
    return f"{part:+.1f} %" if 0.05 <= abs(part) < 9.95 else f"{part:+.0f} %" if abs(part) >= 0.05 else "0 %"


def _scaled(value: float, scale: Sequence[tuple[float, str]]) -> str:
    for factor, unit in scale:
        if abs(value) >= factor:
            return f"{_digits(value / factor)} {unit}"
    factor, unit = scale[-1]
    return f"{_digits(value / factor)} {unit}"


def _digits(value: float) -> str:
    size = abs(value)
    if value == int(value) and size < 1000:
        return str(int(value))
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}"
