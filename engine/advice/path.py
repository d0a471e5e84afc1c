"""The ordered path: which options to take one after the other, what each adds, and where to stop.

The recommended options are tried in their order, each on top of the former; what then adds too little is left out, and
what adds enough only on top of the others is taken up. Whether a step is worth it, knowledge/rules/path.yaml decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..costs import FORMULAS
from ..grounding.deployment import signature
from ..grounding.scenario import Scenario
from ..grounding.steps import Step, ground_steps, on_top
from ..inference import Fact, Trace, infer
from ..model.quantity import spoken
from ..model.sentence import render
from .commands import instruction, launch_with_room
from .effects import Effects, shown_metrics
from .proofs import Proofs
from .rulebook import stepping
from .spread import Spread
from .taken_up import NEEDED, ROOM
from .verdict import MAIN, WORDS
from .wording import for_more_money, staying, stopping, untold

if TYPE_CHECKING:
    from .recommend import Answer

Row = Mapping[str, Any]
MOST_STEPS, MOST_PROBES, MOST_ROUNDS = 5, 3, 6


class Path:
    """The path of one answer, worked out from its ranked options."""

    def __init__(self, answer: Answer, options: Sequence[Row], reasons: Mapping[str, str], brief: bool) -> None:
        """reasons: why each option has its status, for those that have one."""
        self.answer, self.brief = answer, brief
        self.knowledge, self.now = answer.knowledge, answer.resolved.scenario
        self.rows = {str(row["id"]): row for row in options}
        self.reasons = reasons
        wanted = [one for one, row in self.rows.items() if row["status"] == "recommended" and self._acts(one)]
        self.wanted = sorted(wanted, key=lambda one: (self.reasons.get(one) not in NEEDED, self._paid(one)))
        self.now_fails = any(fact["deployment"] == "now" for fact in answer.trace.of_kind("misfit"))
        self.steps: list[Step] = []
        self.probes: list[Step] = []
        self.trace: Trace | None = None
        self.proofs: Proofs | None = None

    def document(self) -> dict[str, Any]:
        """The `path` section of an answer."""
        if not self.wanted:
            return {"steps": [], "total": [], "command": None, "left_out": [], "stop": self._stay()}
        self._walk()
        effects = self._effects()
        before = {0: effects.numbers("now")} | {step.number: effects.numbers(step.deployment) for step in self.steps}
        return {
            "steps": [self._step(step, effects, before) for step in self.steps],
            "total": effects.between(before[0], before[self.steps[-1].number]) if len(self.steps) > 1 else [],
            "command": self._command(before),
            "left_out": [self._left_out(probe, effects, before) for probe in self.probes],
            "stop": self._stop(effects, before),
        }

    def runs_after(self) -> tuple[int, Scenario] | None:
        """The first free step by which the model runs, and the scenario after it."""
        worth = self._facts("step_worth") if self.steps else {}
        for step in self.steps:
            if (self.rows[step.option]["cost_usd"] or {"high": 1})["high"] > 0:
                return None
            if worth[step.number]["why"] in ROOM:
                return step.number, step.scenario
        return None

    def _command(self, before: Mapping[int, Mapping[str, Fact]]) -> str | None:
        """The engine after all steps; with all the context that has room, where that is the goal."""
        if not self.steps:
            return None
        last = self.steps[-1]
        room = before[last.number].get("capacity")
        return launch_with_room(last.scenario, self.knowledge.entries, float(room["tokens"]) if room else None)

    def _acts(self, option: str) -> bool:
        return str(self.knowledge.entries["options"][option].get("effect", "predicted")) == "predicted"

    def _others(self) -> list[str]:
        """Options worth trying on top: those left to taste, then those that could be done and gain too little alone."""
        viable = {str(fact["option"]) for fact in self.answer.trace.of_kind("best")}
        if self.now_fails:  # what bars an option may be what the first step mends
            barred = {str(fact["option"]) for fact in self.answer.trace.of_kind("obstacle") if fact["variant"] == "all"}
            viable |= {str(fact["option"]) for fact in self.answer.trace.of_kind("candidate")} - barred
        left = [one for one in self.rows if one in viable and one not in self.wanted and self._acts(one)]
        open_ones = [one for one in left if self.rows[one]["status"] == "optional" or self.now_fails]
        open_ones.sort(key=self._paid)
        paid = [one for one in left if one not in open_ones and (self.rows[one]["cost_usd"] or {}).get("high")]
        return [*open_ones, *paid][:MOST_PROBES]

    def _walk(self) -> None:
        """Try, drop what is not worth it, take up what has become so, until nothing changes."""
        chain, pending, others = list[str](), self.wanted[:MOST_STEPS], self._others()
        late = set[str]()  # what is worth nothing before a purchase may be worth something after it
        for _ in range(MOST_ROUNDS):
            self._try([*chain, *pending], others)
            worth = self._facts("step_worth")
            taken = [step.option for step in self.steps]
            bad = next((step.option for step in self.steps if step.number not in worth), None)
            if bad is not None:
                chain = taken[: taken.index(bad)]
                pending = [one for one in pending if one != bad and one not in chain]
                others = [*others, bad]
                late.add(bad)
                continue
            others = [*others, *(one for one in pending if one not in taken and one not in others)]
            chain, pending = taken, []
            good = [probe for probe in self.probes if probe.number in worth]
            if not good or len(chain) >= MOST_STEPS:
                return
            gains = self._facts("step_gain")
            best = min(
                good, key=lambda probe: (self._paid(probe.option), -_gain(gains.get(probe.number)), probe.option)
            )
            kept = self._kept_before(best, chain, gains, best.option in late)
            chain, pending = kept, [best.option, *(one for one in chain if one not in kept)]
            others = [one for one in others if one != best.option]
        self._cut(chain, [*others, *pending])

    def _kept_before(self, best: Step, chain: Sequence[str], gains: Mapping[int, Fact], late: bool) -> list[str]:
        """The steps that stay before one that is taken up: the free ones, and of the paid ones those that gain more.

        late: it was worth nothing before the others, so they stay where they are.
        """
        paid = self._paid(best.option)
        more = {step.option for step in self.steps if _gain(gains.get(step.number)) >= _gain(gains.get(best.number))}
        return [one for one in chain if late or not self._paid(one) or (paid and one in more)]

    def _cut(self, chain: list[str], others: list[str]) -> None:
        """Where steps drive each other out round after round: what is not worth it goes for good, until all is."""
        while True:
            self._try(chain, [one for one in others if one not in chain])
            worth = self._facts("step_worth")
            bad = next((step.option for step in self.steps if step.number not in worth), None)
            if bad is None:
                return
            chain, others = [one for one in chain if one != bad], [*others, bad]

    def _paid(self, option: str) -> bool:
        return str(self.rows[option]["kind"]) == "hardware"

    def _try(self, chain: Sequence[str], others: Sequence[str]) -> None:
        """Infer a chain of steps, and each other option on top of its end."""
        self.steps, self.probes = [], []
        scenario, number = self.now, 0
        for option in chain:
            step = self._applied(option, scenario, number, number + 1)
            if step is not None:
                self.steps.append(step)
                scenario, number = step.scenario, step.number
        for option in others:
            step = self._applied(option, scenario, number, len(self.steps) + len(self.probes) + 1)
            if step is not None:
                self.probes.append(step)
        found = ground_steps(self.answer.resolved, [*self.steps, *self.probes], self.knowledge)
        self.trace = infer(stepping(self.knowledge), found.facts, FORMULAS, self.answer.matcher)
        first, resolved = self.answer.proofs, self.answer.resolved
        origins = {**resolved.origins, **found.origins}
        self.proofs = Proofs(self.trace, origins, self.knowledge, first.assumed, resolved.trace)

    def _applied(self, option: str, scenario: Scenario, former: int, number: int) -> Step | None:
        variant = str(self.rows[option]["variant"])
        fresh = on_top(scenario, option, variant, self.knowledge, self.now)
        if fresh is None or signature(fresh) == signature(scenario):
            return None
        return Step(number, former, option, variant, self.reasons.get(option, ""), fresh)

    def _facts(self, kind: str) -> dict[int, Fact]:
        assert self.trace is not None
        return {int(fact["number"]): fact for fact in reversed(self.trace.of_kind(kind))}

    def _effects(self) -> Effects:
        assert self.trace is not None and self.proofs is not None
        main = MAIN[self.now["goal"]["optimize"]]
        return Effects(
            self.trace, self.proofs, Spread(self.proofs, FORMULAS), shown_metrics(main, self.brief), self.brief
        )

    def _step(self, step: Step, effects: Effects, before: Mapping[int, Any]) -> dict[str, Any]:
        row, entries = self.rows[step.option], self.knowledge.entries
        former = next((one.scenario for one in self.steps if one.number == step.former), self.now)
        scenarios = {"now": former, step.deployment: step.scenario}
        worth, spent = self._facts("step_worth")[step.number], self._facts("spent").get(step.number)
        return {
            "step": step.number,
            "option": step.option,
            "variant": step.variant,
            "cost_usd": row["cost_usd"],
            "spent_usd": {"low": spent["low"], "high": spent["high"], "proof": self._node(spent)} if spent else None,
            "effects": effects.between(before[step.former], before[step.number]),
            "says": self._sentence(worth),
            "do": instruction(entries["options"][step.option]["do"], step.option, scenarios,
                              Fact("candidate", [("deployment", step.deployment)]), entries),
            "undo": row["undo"],
            "proof": self._node(worth),
        }  # fmt: skip

    def _left_out(self, probe: Step, effects: Effects, before: Mapping[int, Any]) -> dict[str, Any]:
        reason = self._facts("step_bar").get(probe.number) or self._facts("step_small").get(probe.number)
        return {
            "option": probe.option,
            "variant": probe.variant,
            "effects": [] if self.brief else effects.between(before[probe.former], effects.numbers(probe.deployment)),
            "after_proofs": self._after(effects.numbers(probe.deployment)),
            "says": self._sentence(reason) if reason else untold(probe.option),
            "proof": self._node(reason) if reason else None,
        }

    def _after(self, numbers: Mapping[str, Fact]) -> dict[str, str | None]:
        """Nodes of the facts that tell the numbers of a step's deployment."""
        return {} if self.brief else {kind: self._node(fact) for kind, fact in sorted(numbers.items())}

    def _stop(self, effects: Effects, before: Mapping[int, Any]) -> dict[str, Any]:
        """Where to stop, the next best step that is not worth it, and what more money would bring."""
        small = self._facts("step_small")
        barred = self._facts("step_bar")
        open_ones = [probe for probe in self.probes if probe.number in small and probe.number not in barred]
        gains = [(float(small[probe.number]["gain"]), probe) for probe in open_ones]
        tried = [one for one in gains if one[0] > 0]
        following = None
        if tried:
            gain, probe = max(tried, key=lambda one: (one[0], one[1].option))
            following = (probe.option, gain, float(small[probe.number]["needed"]))
        metric = MAIN[self.now["goal"]["optimize"]]
        says = stopping(len(self.steps), following, WORDS[metric])
        return {"after": len(self.steps), "next": following[0] if following else None, **self._dearer(says)}

    def _stay(self) -> dict[str, Any]:
        row = self.rows.get("do_nothing")
        return {"after": 0, "next": None, **self._dearer(staying(str(row["says"]) if row and row["says"] else None))}

    def _dearer(self, says: str) -> dict[str, Any]:
        metric = MAIN[self.now["goal"]["optimize"]]
        option, told = for_more_money(list(self.rows.values()), metric, WORDS[metric])
        return {"for_more_money": option, "says": says + told}

    def _sentence(self, fact: Fact) -> str:
        assert self.trace is not None
        firing = self.trace.best(fact)
        return render(firing.rule.says, firing.bindings, firing.results, spoken) if firing else ""

    def _node(self, fact: Fact) -> str | None:
        assert self.proofs is not None
        return None if self.brief else self.proofs.fact(fact)


def _gain(fact: Fact | None) -> float:
    return float(fact["value"]) if fact is not None else float("inf")
