"""Range checks of the formulas: a value outside is refused with OutOfRange, never turned into a wrong number."""

from __future__ import annotations

import sys
from math import inf, isfinite

from ..errors import OutOfRange

# A count is refused when it is further than this from a whole number.
WHOLE = 1e-9


def refusal(name: str, value: object, expected: str) -> OutOfRange:
    """The error to raise, with the public formula that was called as its place."""
    frame = sys._getframe(1)
    while frame.f_back and (frame.f_globals is globals() or frame.f_code.co_name.startswith("_")):
        frame = frame.f_back
    return OutOfRange(f"`{name}` is {value!r}; expected {expected}", where=frame.f_code.co_name)


def finite(**values: float) -> None:
    """Refuse NaN and the infinities."""
    for name, value in values.items():
        if not isfinite(value):
            raise refusal(name, value, "a finite number")


def not_negative(**values: float) -> None:
    """Refuse anything but finite numbers from 0 up."""
    for name, value in values.items():
        if not 0 <= value < inf:
            raise refusal(name, value, "a finite number, 0 or more")


def positive(**values: float) -> None:
    """Refuse anything but finite numbers above 0."""
    for name, value in values.items():
        if not 0 < value < inf:
            raise refusal(name, value, "a finite number above 0")


def counts(least: int = 1, **values: float) -> None:
    """Refuse anything but whole numbers from `least` up."""
    for name, value in values.items():
        if not least <= value < inf or abs(value - round(value)) > WHOLE:
            raise refusal(name, value, f"a whole number, {least} or more")


def fractions(**values: float) -> None:
    """Refuse anything but numbers from 0 to 1."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise refusal(name, value, "a share from 0 to 1")


def efficiencies(**values: float) -> None:
    """Refuse anything but numbers above 0, up to 1."""
    for name, value in values.items():
        if not 0 < value <= 1:
            raise refusal(name, value, "a share above 0, up to 1")
