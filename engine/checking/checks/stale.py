"""F701 to F703: prices and sources that should be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ...reading.diagnostic import Diagnostic
from ..document import Library

_DEFAULTS = {"price": 90, "default": 730}


def check(library: Library) -> Iterator[Diagnostic]:
    """Older than `stale_after_days` of the vocabulary allows, or without a date."""
    limits = {**_DEFAULTS, **(library.vocabulary.get("stale_after_days") or {})}
    for document in library.asked("prices"):
        if "prices" not in document.node:
            continue
        newest = max((str(price.get("date", "")) for price in document.node["prices"]), default="")
        age = _age(newest, library.today)
        if age is None:
            yield document.find(
                "F703", "no price has a date", ["prices"], 'add `date: "2026-11-23"` to each', on_key=True
            )
        elif age > limits["price"]:
            message = f"the newest price is {age} days old"
            yield document.find(
                "F701", message, ["prices"], f"add a price; {limits['price']} days are the limit", on_key=True
            )
    for document in library.asked("sources"):
        age = _age(str(document.node.get("retrieved", "")), library.today)
        if age is not None and age > limits["default"]:
            message = f"read {age} days ago"
            yield document.find(
                "F702", message, ["retrieved"], f"read it again; {limits['default']} days are the limit"
            )


def _age(day: str, today: date) -> int | None:
    parts = [*day.split("-"), "01", "01"][:3]
    try:
        return (today - date(*map(int, parts))) // timedelta(days=1)
    except ValueError:
        return None
