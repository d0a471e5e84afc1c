"""Claims that carry their own numbers: a change or a share in per cent, a proportion, a calculation, an amount."""

from __future__ import annotations

from typing import Any

from ...errors import BadInput
from ...model.quantity import number
from ..bench import Bench
from ..claims import Claim
from ..expression import Number, worked_out
from ..stated import stated_flag, stated_number, stated_text
from ..units import Unit

PERCENT = Unit("percent", 0.01, "%")
PLAIN = Unit("count", 1.0, "")


def ratio(claim: Claim, bench: Bench) -> None:
    """`from`, `to`, `states_percent`: the change from the one to the other."""
    given = claim.content
    _refuse_zero(claim, "from")
    bench.open_claim(claim, f"the change from {number(given['from'])} to {number(given['to'])}")
    bench.say({"kind": "change_claim", "claim": claim.name, "before": given["from"], "after": given["to"]})
    bench.say(stated_number(claim.name, given, "states_percent", "upper_percent", PERCENT, exact=False))


def share(claim: Claim, bench: Bench) -> None:
    """`part`, `whole`, `states_percent`: the one as a share of the other."""
    given = claim.content
    _refuse_zero(claim, "whole")
    bench.open_claim(claim, f"the share of {number(given['part'])} in {number(given['whole'])}")
    bench.say({"kind": "share_claim", "claim": claim.name, "part": given["part"], "whole": given["whole"]})
    bench.say(stated_number(claim.name, given, "states_percent", "", PERCENT, exact=False))


def shares(claim: Claim, bench: Bench) -> None:
    """`row`, `bases`, `states_percent`: every column of the row as a share of one and the same base."""
    given = claim.content
    columns = sorted(given["states_percent"])
    bench.open_claim(claim, f"the shares of {' and '.join(columns)} of one base")
    for place, base in enumerate(given["bases"]):
        for column in columns:
            if column not in given["row"] or not base.get(column):
                raise BadInput(
                    f"`{column}` is in `states_percent` and not in every row, or 0 in a base",
                    where=claim.place,
                    hint="give the row and every base the same columns",
                )
            stated = stated_number(claim.name, given["states_percent"], column, "", PERCENT, exact=False)
            bench.say(
                {
                    "kind": "base_claim",
                    "claim": claim.name,
                    "base": place,
                    "column": column,
                    "part": given["row"][column],
                    "whole": base[column],
                    "low": stated["low"],
                    "high": stated["high"],
                    "stated": stated["value"],
                }
            )
        bench.say({"kind": "base", "claim": claim.name, "base": place})


def proportion(claim: Claim, bench: Bench) -> None:
    """`rows` of two numbers in one proportion; with `row`, whether that one stands as the others do."""
    rows, asked = claim.content["rows"], claim.content.get("row")
    if asked is not None and (asked >= len(rows) or len(rows) < 3):
        raise BadInput(
            f"`row` {asked} cannot be held against the others",
            where=claim.place,
            hint="rows count from 0, and a row in question needs two others",
        )
    which = f"row {asked} against the others" if asked is not None else "all rows"
    bench.open_claim(claim, f"one proportion in {len(rows)} rows of two numbers, {which}")
    for place, (first, second) in enumerate(rows):
        asks = asked is None or place == asked
        bench.say(
            {
                "kind": "proportion_row",
                "claim": claim.name,
                "row": place,
                "first": first,
                "second": second,
                "asked": asks,
                "others": asked is None or place != asked,
            }
        )
    bench.say({"kind": "proportion_claim", "claim": claim.name})


def arithmetic(claim: Claim, bench: Bench) -> None:
    """`expression` and what it `states`."""
    given = claim.content
    found = _worked_out(claim)
    if isinstance(given["states"], bool) != isinstance(found, bool):
        wanted = "true or false" if isinstance(found, bool) else "a number"
        raise BadInput("`states` is not what the expression gives", where=claim.place, hint=f"it gives {wanted}")
    bench.open_claim(claim, f"{given['expression']}")
    unit = _shown(claim)
    if isinstance(found, bool):
        bench.say(stated_flag(claim.name, bool(given["states"])))
        bench.say({"kind": "worked_out_flag", "claim": claim.name, "value": found})
        return
    bench.say(stated_number(claim.name, given, "states", "upper", unit, exact=False))
    bench.say({"kind": "worked_out", "claim": claim.name, "value": found})


def amount(claim: Claim, bench: Bench) -> None:
    """`what` and `value`: known to its source alone, and weighed against its other claims of the same."""
    given = claim.content
    bench.open_claim(claim, str(given["what"]))
    value: Any = given["value"]
    if isinstance(value, bool):
        bench.say(stated_flag(claim.name, value))
    elif isinstance(value, str):
        bench.say(stated_text(claim.name, value))
    else:
        bench.say(stated_number(claim.name, given, "value", "upper", _shown(claim), exact=False))
    bench.unknown(claim, "nothing but the source itself speaks of it")


def _worked_out(claim: Claim) -> Number | bool:
    try:
        return worked_out(str(claim.content["expression"]))
    except BadInput as error:
        raise BadInput(error.message, where=claim.place, hint=error.hint) from None


def _shown(claim: Claim) -> Unit:
    """The unit of an amount is for show: nothing is converted."""
    return PLAIN._replace(shown=str(claim.content.get("unit", "")))


def _refuse_zero(claim: Claim, field: str) -> None:
    if claim.content[field] == 0:
        raise BadInput(
            f"`{field}` is 0, and no change or share of it can be told", where=claim.place, hint="name the base"
        )


__all__ = ["amount", "arithmetic", "proportion", "ratio", "share", "shares"]
