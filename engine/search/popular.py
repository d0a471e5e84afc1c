"""Builds that people ask about whatever they need: on the front, dominated and by what, or why they cannot do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .comparing import dominated, named
from .evaluate import Evaluator, Numbers
from .question import Question
from .searching import SPEED_OF, Chunk, Hit, limits, ranks, shortfall
from .space import Space

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .prices import PriceList

Row = tuple[str, Hit]
SPOKEN = {"decode": "decode [tok/s]", "prefill": "prefill [tok/s]", "throughput": "output of all users [tok/s]",
          "budget": "cost [USD]", "max_watts": "power limits [W]"}  # fmt: skip


def popular(question: Question, knowledge: Knowledge, prices: PriceList, front: Sequence[Row]) -> list[dict[str, Any]]:
    """One entry for each popular build of cards that are asked for."""
    pairs = _asked(question, knowledge)
    if not pairs:
        return []
    open_question = replace(question, budget=None, max_watts=None, gpus=tuple(sorted({gpu for gpu, _ in pairs})))
    space = Space(open_question, knowledge, prices, wanted=frozenset(pairs))
    blocks = [one for one in space.blocks() if one.size]
    told: dict[tuple[str, int], _Best] = {pair: _Best() for pair in pairs}
    if blocks:
        evaluator = Evaluator(open_question, knowledge, [one for block in blocks for one in block.everyone()])
        for block in blocks:
            _look(evaluator.evaluate(block), question, told)
    unpriced = {gpu: reason for reason, gpus in space.left_out.items() for gpu in gpus}
    return [_told(pair, best, unpriced, question, front) for pair, best in told.items()]


class _Best:
    """Of one build the best program and layout: first by limits kept, then by the goal."""

    def __init__(self) -> None:
        self.hit: Hit | None = None
        self.rank: tuple[float, ...] = ()
        self.broken: dict[str, float] = {}
        self.lack = -np.inf


def _asked(question: Question, knowledge: Knowledge) -> list[tuple[str, int]]:
    entries = knowledge.entries["gpus"]
    rows: Sequence[Mapping[str, Any]] = knowledge.vocabulary.get("popular_builds") or ()
    return [
        (one["gpu"], one["count"]) for one in rows
        if one["gpu"] in entries and one["count"] <= question.slots
        and (not question.vendors or entries[one["gpu"]]["vendor"] in question.vendors)
        and (not question.gpus or one["gpu"] in question.gpus)
    ]  # fmt: skip


def _look(numbers: Numbers, question: Question, told: Mapping[tuple[str, int], _Best]) -> None:
    block, chunk = numbers.block, Chunk(numbers)
    builds = block.catalogue.builds
    pairs = sorted({(one.gpu, one.count) for one in builds})
    which = block.of_builds(np.array([pairs.index((one.gpu, one.count)) for one in builds]))
    free = np.where(block.valid & ~(numbers.misfit & numbers.fits), numbers.values["free"], -np.inf)
    for number, pair in enumerate(pairs):
        most = np.max(free, initial=-np.inf, where=(which == number) & ~np.isnan(free))
        told[pair].lack = max(told[pair].lack, float(most))
        own = np.flatnonzero(numbers.runs & (which == number))
        if len(own):
            _better(chunk, own, question, told[pair])


def _better(chunk: Chunk, own: Any, question: Question, best: _Best) -> None:
    kept = {name: chunk.drawn(mask, own) for name, mask in limits(question, chunk).items()}
    columns = {name: chunk.drawn(chunk.column(name), own) for name in kept}
    lacking = sum((shortfall(question, name, column) for name, column in columns.items()), np.zeros(len(own)))
    speed = chunk.drawn(chunk.worth(SPEED_OF[question.optimize]), own)
    first, second = ranks(question.goal, speed, chunk.drawn(chunk.column("budget"), own))
    at = int(np.lexsort((second, first, lacking))[0])
    rank = (float(lacking[at]), float(first[at]), float(second[at]))
    if best.hit is None or rank < best.rank:
        best.hit, best.rank = chunk.hit(int(own[at])), rank
        best.broken = {name: float(columns[name][at]) for name, mask in kept.items() if not mask[at]}


def _told(
    pair: tuple[str, int], best: _Best, unpriced: Mapping[str, str], question: Question, front: Sequence[Row]
) -> dict[str, Any]:
    entry: dict[str, Any] = {"build": f"{pair[1]}× {pair[0]}", "gpu": pair[0], "count": pair[1]}
    if best.hit is None:
        if pair[0] in unpriced:
            return entry | {"status": "unknown", "says": unpriced[pair[0]]}
        short = "no engine runs the model on it" if not np.isfinite(best.lack) or best.lack >= 0 else (
            f"it does not fit: the fullest card lacks {-best.lack / 1e9:.1f} GB at best")  # fmt: skip
        return entry | {"status": "infeasible", "says": short}
    entry |= {"best": named(best.hit), "cost_usd": {"low": best.hit.low, "high": best.hit.high}}
    if best.broken:
        asked = {**question.targets, "budget": question.budget, "max_watts": question.max_watts}
        parts = [f"{SPOKEN[name]} {value:,.4g}, asked {asked[name]:,.4g}" for name, value in best.broken.items()]
        return entry | {"status": "infeasible", "says": "; ".join(parts)}
    return entry | _against(best.hit, question, front)


def _against(hit: Hit, question: Question, front: Sequence[Row]) -> dict[str, Any]:
    for label, row in front:
        if row.candidate == hit.candidate:
            return {"status": "front", "says": f"it is row {label}" if label else "on the front, alike to a row shown"}
    for label, row in front:
        worth = row.worth(question.optimize) >= hit.worth(question.optimize)
        if worth and row.middle <= hit.middle and row.values["power"] <= hit.values["power"]:
            name = f"row {label}" if label else "a build of the front alike to a row shown"
            return {"status": "dominated", "by": label, "says": dominated(hit, row, question.optimize, name)}
    return {"status": "front", "says": "not dominated; alike to a row that is shown"}
