"""P306: dates in a sensible order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ...reading.diagnostic import Diagnostic
from ..document import Library

AHEAD = timedelta(days=30)


def check(library: Library) -> Iterator[Diagnostic]:
    """Nothing launched more than a month from now, nothing read or paid in the future."""
    latest = (library.today + AHEAD).isoformat()
    tomorrow = (library.today + timedelta(days=1)).isoformat()
    values = library.values("gpus") | library.values("models")
    for document in library.asked("gpus", "models"):
        field = "launch_date" if document.kind == "gpus" else "released"
        day = values[document.key].get(field)
        if isinstance(day, str) and day > latest:
            message = f"`{field}` {day} is more than {AHEAD.days} days ahead"
            yield document.find("P306", message, [field], "add what can be bought; check the year")
    for document in library.asked("sources"):
        for field in ("retrieved", "date"):
            day = document.node.get(field)
            if isinstance(day, str) and day > tomorrow:
                yield document.find("P306", f"`{field}` {day} lies in the future", [field], "check the year")
        if str(document.node.get("retrieved", "9999")) < str(document.node.get("date", "")):
            message = f"retrieved {document.node['retrieved']}, before it was published {document.node['date']}"
            yield document.find("P306", message, ["retrieved"], "swap or correct the dates")
