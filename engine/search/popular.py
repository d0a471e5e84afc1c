"""Builds that people ask about whatever they need: on the front, dominated and by what, or why they cannot do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from .comparing import dominated, lacking, named
from .elements import distinct
from .judging import NEAR, Best, Chunk, Hit

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .block import Block
    from .catalogue import Catalogue
    from .evaluate import Evaluator
    from .question import Question
    from .space import Space

Row = tuple[str, Hit]


class Popular:
    """The popular builds of cards that are asked for, and the best program and layout of each."""

    def __init__(self, question: Question, knowledge: Knowledge) -> None:
        self.question = question
        self.best = {pair: Best() for pair in asked_for(question, knowledge)}
        self._which: dict[Catalogue, Any] = {}

    def look(self, chunk: Chunk) -> None:
        """The popular ones of some candidates."""
        pairs, which = list(self.best), chunk.block.of_builds(self._pair_of(chunk.block.catalogue))
        for number in distinct(which[which >= 0]).tolist():
            own = np.flatnonzero(chunk.numbers.runs & (which == number))
            if len(own):
                self.best[pairs[number]].choose(chunk, own, self.question)

    def told(self, space: Space, blocks: Sequence[Block], evaluator: Evaluator | None,
             front: Sequence[Row]) -> list[dict[str, Any]]:  # fmt: skip
        """One entry for each."""
        barred = {gpu: reason for reason, gpus in space.left_out.items() for gpu in gpus}
        stopped = [
            number for number, (pair, best) in enumerate(self.best.items()) if not best.hit and pair[0] not in barred
        ]
        free = self._most_free(stopped, blocks, evaluator) if stopped and evaluator is not None else {}
        return [
            _told(pair, best, barred.get(pair[0]), self.question, front) if best.hit or pair[0] in barred
            else _stopped(pair, free.get(number), space.measured.left_out(*pair))
            for number, (pair, best) in enumerate(self.best.items())
        ]  # fmt: skip

    def _pair_of(self, catalogue: Catalogue) -> Any:
        """For each build the number of the popular one that it is; -1 for any other."""
        if catalogue not in self._which:
            numbers = {pair: number for number, pair in enumerate(self.best)}
            self._which[catalogue] = np.array([numbers.get((one.gpu, one.count), -1) for one in catalogue.builds])
        return self._which[catalogue]

    def _most_free(self, numbers: Sequence[int], blocks: Sequence[Block], evaluator: Evaluator) -> dict[int, float]:
        """Memory that the fullest card of some popular ones has left at best, negative where it is over-full [B]."""
        found: dict[int, float] = {}
        for block in blocks:
            own = block.where(np.isin(block.of_builds(self._pair_of(block.catalogue)), numbers))
            if own is None:
                continue
            (free, stopped), pairs = evaluator.room(own), own.of_builds(self._pair_of(own.catalogue))
            for number in numbers:
                some = free[own.valid & ~stopped & (pairs == number) & ~np.isnan(free)]
                if len(some):
                    found[number] = max(found.get(number, -inf), float(some.max()))
        return found


def asked_for(question: Question, knowledge: Knowledge) -> list[tuple[str, int]]:
    """Card and number of the popular builds that the question does not rule out."""
    entries = knowledge.entries["gpus"]
    rows: Sequence[Mapping[str, Any]] = knowledge.vocabulary.get("popular_builds") or ()
    return [
        (one["gpu"], one["count"]) for one in rows
        if one["gpu"] in entries and one["count"] <= question.slots and (question.links != "nvlink" or one["count"] > 1)
        and (not question.vendors or entries[one["gpu"]]["vendor"] in question.vendors)
        and (not question.gpus or one["gpu"] in question.gpus)
    ]  # fmt: skip


def _told(
    pair: tuple[str, int], best: Best, barred: str | None, question: Question, front: Sequence[Row]
) -> dict[str, Any]:
    if best.hit is None:
        return _entry(pair, "unknown", str(barred))
    told = _entry(pair, "infeasible", "") | {
        "best": named(best.hit), "cost_usd": {"low": best.hit.low, "high": best.hit.high}
    }  # fmt: skip
    if not best.lack:
        return told | _against(best.hit, question, front)
    text = "; ".join(lacking(name, best.hit, question, share) for name, share in best.lack.items())
    return told | {"status": "near" if max(best.lack.values()) <= NEAR else "infeasible", "says": text}


def _stopped(pair: tuple[str, int], free: float | None, untried: str) -> dict[str, Any]:
    if untried:
        return _entry(pair, "unknown", untried)
    if free is None or free >= 0:
        return _entry(pair, "infeasible", "no engine runs the model on it")
    return _entry(pair, "infeasible", f"it does not fit: the fullest card lacks {-free / 1e9:.1f} GB at best")


def _entry(pair: tuple[str, int], status: str, says: str) -> dict[str, Any]:
    return {"build": f"{pair[1]}× {pair[0]}", "gpu": pair[0], "count": pair[1], "status": status, "says": says}


def _against(hit: Hit, question: Question, front: Sequence[Row]) -> dict[str, Any]:
    for label, row in front:
        if row.candidate == hit.candidate:
            return {"status": "front", "says": f"it is row {label}" if label else "on the front, alike to a row shown"}
    for label, row in front:
        worth = row.worth(question.speed) >= hit.worth(question.speed)
        if worth and row.middle <= hit.middle and row.values[question.draws] <= hit.values[question.draws]:
            name = f"row {label}" if label else "a build of the front alike to a row shown"
            return {"status": "dominated", "by": label, "says": dominated(hit, row, question, name)}
    return {"status": "front", "says": "not dominated; alike to a row that is shown"}
