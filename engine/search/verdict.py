"""What a plan comes to: the best row and what would turn it, that nothing has to be done, or that nothing does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..grounding.rig import cards_of
from ..model.quantity import dollars, number
from .candidate import QUALM
from .comparing import unless
from .naming import GOALS, NAMES, NOUNS
from .sealed import SEALED
from .telling import includes, nearly, nothing, power_told, setup, speed_told, traded

if TYPE_CHECKING:
    from .plan import Plan

TURNS = 3


class Verdict:
    """Of one plan and its document."""

    def __init__(self, plan: Plan, document: Mapping[str, Any]) -> None:
        self.plan, self.document, self.question = plan, document, plan.question
        self.best = next((row for row in document["front"] if row["id"] == document["best"]), None)

    def told(self) -> dict[str, Any]:
        """text: the verdict. answered: whether a row, or the rig that is there, does what is asked. cautions: what may
        be wrong with it. unless: what turns it. includes: of its price."""
        if does_already(self.plan):
            return _bare(self._as_it_is(), answered=True)
        if self.best is None:
            dear: Mapping[str, Any] = next((one for one in self.document["misses"] if one["limit"] == "budget"), {})
            text = self._no() if not self._runs_alone else self._none_better()
            return _bare(text, answered=self._runs_alone) | {"includes": includes(dear)}
        turns = [*nearly(self.best, self.document["front"], self.question), *self._turns()]
        cautions, told = list(self.best["doubts"]), includes(self.best)
        return {"text": self._of(self.best), "answered": True, "cautions": cautions, "unless": turns, "includes": told}

    def _of(self, best: Mapping[str, Any]) -> str:
        speed, start = self.question.speed, self.plan.start
        little = self._little(best)
        if start is not None and little:
            return f"Do nothing: {setup(start)} has {speed_told(self._now, self.question)}; {little}"
        goal = GOALS[self.question.goal].format(NOUNS[speed][0])
        cost = dollars(best["cost_usd"]["low"], best["cost_usd"]["high"]) if start is None else traded(best)
        return (f"{goal}: {best['says']} (row {best['id']}), {cost}, {speed_told(best, self.question)}, "
                f"{power_told(best, self.question)}")  # fmt: skip

    @property
    def _now(self) -> Mapping[str, Any]:
        return self.plan.now or {}

    def _little(self, best: Mapping[str, Any]) -> str:
        """That the best has next to nothing over what runs now; no word where it has more, or nothing runs."""
        name = NAMES[self.question.speed]
        before = self._now.get(name, {}).get("value")
        if not before or self.question.targets or best[name]["value"] > before * (1 + QUALM):
            return ""
        gain = f"{best[name]['value'] / before - 1:+.0%}"
        return f"row {best['id']} is the best of what is open and has {gain}: {best['says']}"

    @property
    def _runs_alone(self) -> bool:
        """Whether the rig that is there runs the model, nothing else is asked, and nothing is as fast."""
        return NAMES[self.question.speed] in self._now and not self.question.targets

    def _none_better(self) -> str:
        lighter = [f"with {one['by']}: {one['says']}" for one in self.document["relaxed"] if not one["lacks"]]
        text = f"Do nothing: {setup(self.plan.start or {})} has {speed_told(self._now, self.question)}"
        return f"{'; '.join([f'{text}, and nothing within the limits is faster', *lighter])}.{self._sealed()}"

    def _sealed(self) -> str:
        """That nothing can be bought for the rig, where that is so."""
        told = [reason for reason in self.plan.space.left_out if reason.startswith(SEALED)]
        return f" No card can be bought for it: {told[0].removeprefix(SEALED)}." if told else ""

    def _as_it_is(self) -> str:
        targets = self.question.targets
        speeds = (f"{NOUNS[name][0]} {number(self._now[NAMES[name]]['value'])} tok/s" for name in targets)
        return f"Do nothing: {setup(self.plan.start or {})} does it, {', '.join(speeds)}"

    def _turns(self) -> list[str]:
        """What would turn the best: for each other card the row that comes nearest to it, the cheapest ones first."""
        best, rows = str(self.document["best"]), self.plan.rows
        mine = dict(rows)[best]
        seen = {mine.candidate.build.gpu}
        told: list[str] = []
        for label, hit in sorted(rows, key=lambda row: row[1].middle):
            turn = unless(mine, hit, f"row {best}", f"row {label}")
            if turn and hit.candidate.build.gpu not in seen:
                seen.add(hit.candidate.build.gpu)
                told.append(turn)
        return told[:TURNS]

    def _no(self) -> str:
        plan = self.plan
        if plan.found.candidates == 0 and not plan.space.beyond:
            told = (f"{', '.join(gpus[:3])}{' and others' if len(gpus) > 3 else ''}: {reason}"
                    for reason, gpus in plan.left_out().items())  # fmt: skip
            return f"There is nothing to choose from: {'; '.join(told) or 'no card is allowed'}."
        return nothing(self.question, self.document["misses"], self.document["relaxed"]) + self._sealed()


def does_already(plan: Plan) -> bool:
    """Whether the rig that is there keeps every target and limit, where not the most speed is asked for."""
    question, now = plan.question, plan.now or {}
    if plan.start is None or not question.targets or question.goal == "speed":
        return False
    watts = sum(card.power_limit for card in cards_of(plan.start["rig"]))
    fast = all(now.get(NAMES[name], {}).get("value", 0.0) >= least for name, least in question.targets.items())
    return fast and (question.max_watts is None or watts <= question.max_watts)


def _bare(text: str, answered: bool) -> dict[str, Any]:
    return {"text": text, "answered": answered, "cautions": [], "unless": [], "includes": None}
