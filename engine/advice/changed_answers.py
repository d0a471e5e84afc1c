"""What a change of the knowledge does to answers: the same questions asked of both bodies of knowledge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..cores import each
from ..errors import RigwiseError
from .kept_answers import Kept
from .recommend import recommend

if TYPE_CHECKING:
    from ..reading import Knowledge

NUMBERS = (
    "decode_tok_s", "prefill_tok_s", "output_throughput_tok_s", "total_throughput_tok_s", "ttft_ms", "tpot_ms",
    "all_reduce_us", "power_w", "tokens_per_joule",
)  # fmt: skip
LEAST = 0.005
"""Relative change of a number that is told."""
Row = dict[str, Any]


def changed_answers(
    old: Knowledge,
    new: Knowledge,
    questions: Sequence[tuple[str, Mapping[str, Any]]],
    answered: Callable[[str, bool], None] = lambda name, kept: None,
) -> list[Row]:
    """A row for each question whose answer differs. A question that one refuses has the refusal as its verdict.

    Answers that were given before are kept (see kept_answers.py), the others are worked out over the cores.
    answered: called with each name, in order, once both answers are there, and with whether both were kept.
    """
    kept = Kept()
    known = [(kept.get(scenario, old), kept.get(scenario, new)) for _, scenario in questions]
    work = [
        (scenario, knowledge)
        for (_, scenario), pair in zip(questions, known, strict=True)
        for knowledge, answer in zip((old, new), pair, strict=True)
        if answer is None
    ]
    fresh = each(_fresh, work, share=1)
    rows = []
    for (name, scenario), pair in zip(questions, known, strict=True):
        before, after = (
            kept.put(scenario, knowledge, next(fresh)) if answer is None else answer
            for knowledge, answer in zip((old, new), pair, strict=True)
        )
        answered(name, None not in pair)
        row = _difference(before, after)
        if row:
            rows.append({"question": name, "verdict": _turned(before["verdict"], after["verdict"]), **row})
    return rows


_REFUSED = "refused: "


def _fresh(work: tuple[Mapping[str, Any], Knowledge]) -> Row:
    return _answer(*work)


def _answer(scenario: Mapping[str, Any], knowledge: Knowledge) -> Row:
    """What is compared of an answer."""
    try:
        found = recommend(dict(scenario), knowledge)
    except RigwiseError as error:
        return {
            "verdict": f"{_REFUSED}{error.message}",
            "numbers": {},
            "conclusions": [],
            "options": {},
            "order": [],
        }
    estimate = found["estimate"]
    numbers = {name: (estimate.get(name) or {}).get("value") for name in NUMBERS}
    order = [row["id"] for row in found["options"] if row["status"] == "recommended"]
    return {
        "verdict": found["verdict"]["text"],
        "numbers": {**numbers, "fits": estimate["fits"]},
        "conclusions": sorted({one["id"] for one in found["conclusions"]}),
        "options": {row["id"]: row["status"] for row in found["options"]},
        "order": order,
    }


def _difference(before: Row, after: Row) -> Row | None:
    if _REFUSED in (before["verdict"][: len(_REFUSED)], after["verdict"][: len(_REFUSED)]):
        alike = before["verdict"] == after["verdict"]
        return (
            None if alike else {"numbers": [], "options": [], "concluded": [], "no_longer_concluded": [], "order": None}
        )
    numbers = [row for name in (*NUMBERS, "fits") if (row := _number(name, before["numbers"], after["numbers"]))]
    options = [
        {"id": key, "before": before["options"].get(key), "after": after["options"].get(key)}
        for key in sorted({*before["options"], *after["options"]})
        if before["options"].get(key) != after["options"].get(key)
    ]
    found = {
        "numbers": numbers,
        "options": options,
        "concluded": sorted({*after["conclusions"]} - {*before["conclusions"]}),
        "no_longer_concluded": sorted({*before["conclusions"]} - {*after["conclusions"]}),
        "order": _turned(before["order"], after["order"]),
    }
    same = not any(found.values()) and (before["verdict"] == after["verdict"])
    return None if same else found


def _number(name: str, before: Row, after: Row) -> Row | None:
    one, other = before.get(name), after.get(name)
    if one == other:
        return None
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return {"metric": name, "before": one, "after": other, "relative": None}
    relative = other / one - 1 if one else None
    if relative is not None and abs(relative) < LEAST:
        return None
    return {"metric": name, "before": one, "after": other, "relative": relative}


def _turned(before: Any, after: Any) -> Row | None:
    return {"before": before, "after": after} if before != after else None
