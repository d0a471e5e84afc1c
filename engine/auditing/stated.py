"""What a claim states, as facts: a number with the interval that its rounding leaves open, a yes or no, or a word."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..model.quantity import number
from .units import Unit, folded

Values = dict[str, Any]
RELATIONS = {
    "equal": "equal",
    "about": "equal",
    "at_least": "at_least",
    "more_than": "at_least",
    "at_most": "at_most",
    "less_than": "at_most",
    "up_to": "at_most",
}
LARGEST_ROUNDING = 0.03
WORDS = {"at_least": "at least ", "at_most": "at most ", "equal": ""}


def rounding(value: float) -> float:
    """Half of the last digit with which a number is written, but no more than 3 % of it [its unit].

    >>> rounding(936), rounding(1008.5), round(rounding(8), 2)
    (0.5, 0.05, 0.24)
    """
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    half = 0.5 * 10.0 ** (min(int(exponent), 0) if isinstance(exponent, int) else 0)
    return min(half, LARGEST_ROUNDING * abs(value)) if value else half


def stated_number(name: str, claim: Mapping[str, Any], key: str, upper: str, unit: Unit, exact: bool) -> Values:
    """The fact of a stated number or range [SI]; low and high leave room for its rounding unless it is exact."""
    first = float(claim[key])
    last = float(claim.get(upper, first))
    first, last = min(first, last), max(first, last)
    slack = 0.0 if exact else 1.0
    told = number(first) if first == last else f"{number(first)} to {number(last)}"
    relation = RELATIONS[str(claim.get("relation", "equal"))]
    return {
        "kind": "stated",
        "claim": name,
        "value": first * unit.factor,
        "last": last * unit.factor,
        "low": (first - slack * rounding(first)) * unit.factor,
        "high": (last + slack * rounding(last)) * unit.factor,
        "first_high": (first + slack * rounding(first)) * unit.factor,
        "last_low": (last - slack * rounding(last)) * unit.factor,
        "unit": unit.shown,
        "scale": unit.factor,
        "told": f"{WORDS[relation]}{told} {unit.shown}".rstrip(),
        "exact": exact,
        "relation": relation,
    }


def stated_flag(name: str, value: bool) -> Values:
    """The fact of a stated yes or no."""
    return {"kind": "stated_flag", "claim": name, "value": value, "told": "yes" if value else "no"}


def stated_text(name: str, value: str) -> Values:
    """The fact of a stated word; case and punctuation do not count."""
    return {"kind": "stated_text", "claim": name, "value": folded(value), "told": value}
