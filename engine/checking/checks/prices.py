"""P308, P332: prices the right way round, and near the others for the same thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from statistics import median

from ...reading.diagnostic import Diagnostic
from ..document import Document, Library
from ..limits import count, limit

SPREAD = limit("prices", "spread")
LEAST_PRICES = count("prices", "least_prices")
_ANNOUNCED = timedelta(days=count("prices", "announced_days"))


def check(library: Library) -> Iterator[Diagnostic]:
    """low <= high; each price within a factor of five of the median of its item and condition; dates not ahead."""
    yield from _launch_prices(library)
    for document in library.asked("prices"):
        prices = document.node.get("prices", ())
        known = library.values("prices")[document.key].get("prices") or prices
        for index, price in enumerate(prices):
            if price["low"] > price["high"]:
                message = f"`low` {price['low']:g} is above `high` {price['high']:g}"
                yield document.find("P332", message, ["prices", index, "low"], "swap the two")
            if 0 < price["low"] * SPREAD < price["high"]:
                message = f"`high` {price['high']:g} is more than {SPREAD:g} times `low` {price['low']:g}"
                yield document.find("P308", message, ["prices", index, "high"], "check the digits")
            if str(price.get("date", "")) > library.today.isoformat():
                message = f"a price of {price['date']}, which is in the future"
                yield document.find("P306", message, ["prices", index, "date"], "check the year")
            yield from _too_early(library, document, index, str(price.get("date") or ""))
            same = [other["low"] + other["high"] for other in known if other["condition"] == price["condition"]]
            middle = (price["low"] + price["high"]) / max(median(same), 1e-9)
            if len(same) >= LEAST_PRICES and not 1 / SPREAD <= middle <= SPREAD:
                message = f"{price['low']:g} to {price['high']:g} is {middle:.2g} times the median of its condition"
                yield document.find("P308", message, ["prices", index, "low"], "check the digits and the unit")


def _too_early(library: Library, document: Document, index: int, day: str) -> Iterator[Diagnostic]:
    """A price from long before the card came out."""
    launch = str(library.values("gpus").get(document.key, {}).get("launch_date") or "")
    with suppress(ValueError):
        if day and launch and date.fromisoformat(launch) - date.fromisoformat(day) > _ANNOUNCED:
            message = f"a price of {day}, and the card came out on {launch}"
            yield document.find("P306", message, ["prices", index, "date"], "check the year")


def _launch_prices(library: Library) -> Iterator[Diagnostic]:
    """What a card cost when it came out, against what it is sold for."""
    for document in library.asked("gpus"):
        launch = library.values("gpus")[document.key].get("launch_price_usd")
        sold = library.values("prices").get(document.key) or {}
        asked = [price["low"] + price["high"] for price in sold.get("prices") or ()]
        if launch and asked and not 1 / SPREAD <= 2 * launch / median(asked) <= SPREAD:
            message = f"came out at {launch:,.0f} USD, and is sold for {median(asked) / 2:,.0f} USD"
            yield document.find("P308", message, ["launch_price_usd"], "check the digits and the unit")
