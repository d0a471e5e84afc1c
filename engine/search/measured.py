"""Whose cards were measured at what: one alone, layers on several of them, layers shared among several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .build import Build, Layout

if TYPE_CHECKING:
    from ..grounding.scenario import Scenario
    from ..reading import Knowledge
    from .question import Question

SAID = {"single": "a run on one of them", "layer": "a run over several of them",
        "tensor": "a run that shares layers among several of them"}  # fmt: skip


class Measured:
    """Nobody is sent to what was never measured of any card of a maker, unless the card or the maker is named."""

    def __init__(self, question: Question, knowledge: Knowledge, start: Scenario | None) -> None:
        """start: of a rig that is there, whose makers count as named."""
        self.vendors = {key: str(one["vendor"]) for key, one in knowledge.entries["gpus"].items()}
        rows = knowledge.calibration.get("measured") or ()
        self.known = {(self.vendors[one["gpu"]], str(one["stratum"]).partition("_")[0]) for one in rows
                      if one["gpu"] in self.vendors}  # fmt: skip
        self.all = question.named or not self.known
        self.own = {self.vendors[one["gpu"]] for one in (start or {"rig": {"gpus": ()}})["rig"]["gpus"]}

    def tried(self, build: Build, layout: Layout) -> bool:
        """Whether a build is tried in a layout."""
        return self.all or not any(vendor not in self.own for vendor in self.lacking(build, layout))

    def lacking(self, build: Build, layout: Layout) -> list[str]:
        """Makers of a build of whose cards nothing was measured in such a layout."""
        kind = kind_of(layout)
        vendors = sorted({self.vendors[card] for card in build.cards})
        return [vendor for vendor in vendors if (vendor, kind) not in self.known] if self.known else []

    def doubts(self, build: Build, layout: Layout) -> Iterator[str]:
        """What has to be said of a row."""
        for _ in self.lacking(build, layout):
            yield f"no card of its maker was measured in {SAID[kind_of(layout)]}: its speed is what others have taught"

    def left_out(self, gpu: str, count: int) -> str:
        """Why a popular build is not planned with, where it is for want of measurements; no word where it is not."""
        kinds = ("layer", "tensor") if count > 1 else ("single",)
        vendor = self.vendors[gpu]
        if self.all or vendor in self.own or any((vendor, kind) in self.known for kind in kinds):
            return ""
        return f"not planned: {SAID[kinds[0]]} was never measured of any card of its maker (--gpu NAME plans with it)"


def kind_of(layout: Layout) -> str:
    """One card, layers on several, or layers shared among several."""
    return "tensor" if layout.tensor > 1 else "layer" if layout.pipeline > 1 else "single"
