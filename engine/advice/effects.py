"""What a change does to the numbers: before, after and the relative change, each with its interval."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..inference import Fact, Trace
from .estimate import one_of
from .proofs import Proofs
from .spread import Spread
from .wording import METRICS

Numbers = Mapping[str, Fact]


class Effects:
    """Effects between the deployments of one trace. shown: the metrics told; brief: the relative changes alone."""

    def __init__(self, trace: Trace, proofs: Proofs, spread: Spread, shown: Collection[str], brief: bool) -> None:
        self.trace, self.proofs, self.spread, self.shown, self.brief = trace, proofs, spread, shown, brief

    def numbers(self, deployment: str) -> Numbers:
        """The facts that tell the numbers of a deployment that runs; none for one that does not."""
        if one_of(self.trace, "misfit", deployment) is not None:
            return {}
        found = {kind: one_of(self.trace, kind, deployment) for kind in ("summary", "capacity")}
        return {kind: fact for kind, fact in found.items() if fact is not None}

    def between(self, before: Numbers, after: Numbers) -> list[dict[str, Any]]:
        """Every metric that both sides tell."""
        told = []
        for metric, kind, attribute in METRICS:
            if metric in self.shown and kind in before and kind in after:
                first, last = before[kind], after[kind]
                if first != last and float(first[attribute]) > 0:
                    told.append({"metric": metric, **self._change(first, last, attribute)})
        return told

    def _change(self, before: Fact, after: Fact, attribute: str) -> dict[str, Any]:
        change = self.spread.change(before, after, attribute)
        relative = dict(zip(("value", "low", "high"), change, strict=True))
        if self.brief:
            return {"relative": relative}
        return {"before": self._number(before, attribute), "after": self._number(after, attribute),
                "relative": relative}  # fmt: skip

    def _number(self, fact: Fact, attribute: str) -> dict[str, Any]:
        value, low, high = self.spread.interval(fact, attribute)
        return {"value": value, "low": low, "high": high, "proof": self.proofs.value(fact, attribute)}


def shown_metrics(main: str, brief: bool) -> Collection[str]:
    """The metrics that a page tells: all, or on a brief one decode, prefill and that of the goal."""
    return {"decode_tok_s", "prefill_tok_s", main} if brief else {metric for metric, *_ in METRICS}
