"""The constants of one rig: a user's own runs shift the published fit as far as they can tell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import BadInput
from ..rows import Row
from .calibrate import Calibration, newest, placed
from .families import families, joined
from .fit import Fitted, Problem
from .free import Free, Place, free_constants
from .recording import Recording, record
from .scatter import scatters

if TYPE_CHECKING:
    from ...reading import Knowledge

# Runs on one rig repeat better than published ones from rig to rig.
OWN_NOISE = 0.5
# A constant is told by the runs if they take at least this share of its spread away.
TOLD = 0.05


def refitted(rows: Iterable[Row], knowledge: Knowledge, date: str | None, matcher: str | None = None) -> Calibration:
    """The calibration with the constants of a rig: what the runs do not speak of stays as it was published.

    Each free constant starts from its published value and spread; so does what setups of a kind scatter by, which on
    one rig is a fixed factor. Raises BadInput where no run can be predicted.
    """
    known = knowledge.calibration
    rows = list(rows)
    recording = record(rows, knowledge, matcher)
    if not recording.rows:
        raise BadInput("none of the measurements can be predicted", hint="`rigwise backtest --data` says why")
    free = tuple(_published(known)) + tuple(_factors(known, recording))
    noise = {metric: OWN_NOISE * error for metric, error in known["noise"].items()}
    fitted = Problem(recording, free, noise).fit()
    entry = _entry(known, free, fitted)
    entry["measured"] = joined(known.get("measured") or [], families(rows, knowledge))
    entry["fitted"] = date or newest(recording.rows)
    entry["method"] = f"the published fit of {known['fitted']}, shifted by {len(recording.rows)} runs on one rig"
    return Calibration(entry, recording, fitted, fitted.predicted)


def _published(known: Mapping[str, Any]) -> Iterator[Free]:
    for one, entry in zip(free_constants(known), known["free"], strict=True):
        yield Free(one.name, entry.get("value", one.prior), entry.get("sd", one.prior_sd), one.places)


def _factors(known: Mapping[str, Any], recording: Recording) -> Iterator[Free]:
    """Of this rig against others of its kind, for each kind that was measured."""
    for one in scatters(known, recording):
        constant = known["constants"][one.number]
        if one.rows.any() and (spread := constant.get(f"{one.attribute}_sd")):
            yield Free(one.path, constant[one.attribute], spread, (Place(one.number, one.attribute),))


def _entry(known: Mapping[str, Any], free: Sequence[Free], fitted: Fitted) -> dict[str, Any]:
    constants = [dict(one) for one in known["constants"]]
    told = [dict(one) for one in known["free"]]
    for number, one in enumerate(free):
        log, sd = float(fitted.logs[number]), float(fitted.deviations[number])
        if sd > (1 - TOLD) * one.prior_sd:
            continue
        placed(constants, one, log, sd)
        if number < len(told):
            told[number] |= {"value": math.exp(log), "sd": round(sd, 3)}
    return {**known, "free": told, "constants": constants}
