"""Every option of the catalogue with its status, effects, cost and reasons, ranked for the goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..grounding.scenario import Scenario
from ..inference import Fact, RuleSet, Trace
from ..model.quantity import spoken
from ..model.sentence import render
from .commands import instruction
from .confidence import OptionConfidence
from .effects import Effects, shown_metrics
from .estimate import one_of
from .proofs import Proofs
from .spread import Spread
from .taken_up import NEEDED, ORDER
from .verdict import MAIN
from .wording import METRICS, bought_and_sold, failed, flip, gain_reason, needed_gain, untold_reason, walked_sources


class Catalogue:
    """The options of one answer."""

    def __init__(
        self, trace: Trace, rules: RuleSet, proofs: Proofs, spread: Spread, entries: Mapping[str, Any],
        deployments: Mapping[str, Scenario], brief: bool = False,
    ) -> None:  # fmt: skip
        self.trace, self.rules, self.proofs, self.spread = trace, rules, proofs, spread
        self.entries, self.deployments, self.brief = entries, deployments, brief
        goal = str(deployments["now"]["goal"]["optimize"])
        self.effects = Effects(trace, proofs, spread, shown_metrics(MAIN[goal], brief), brief)
        self.now = self.effects.numbers("now")  # none where it cannot run: that is no yardstick
        self.statuses = {str(fact["option"]): fact for fact in weakest_first(trace.of_kind("status"))}
        self.best = {str(fact["option"]): fact for fact in reversed(trace.of_kind("best"))}
        self.fired = trace.fired
        self.bars: dict[str, list[tuple[int, str]]] = rules.kept("bars", lambda: _barring(rules))
        self.confidence = OptionConfidence(trace)
        self.published = {(str(fact["option"]), str(fact["metric"])): fact for fact in trace.of_kind("published_range")}

    def ranked(self) -> list[dict[str, Any]]:
        """All options: recommended before optional before rejected, free before paid, larger gain first."""
        rows = [self._option(key, entry) for key, entry in sorted(self.entries["options"].items())]
        rows.sort(key=rank_key)
        for number, row in enumerate(rows, 1):
            row["rank"] = number
            row.pop("gain", None)
        return rows

    def variances(self, row: Mapping[str, Any], effect: Mapping[str, Any]) -> list[tuple[str, float]]:
        """The constants that the change of a metric by an option depends on: kind, and part of the variance."""
        kind, attribute = next((kind, attribute) for metric, kind, attribute in METRICS if metric == effect["metric"])
        candidate = self._candidate(str(row["id"]), str(row["variant"]))
        after = self.effects.numbers(str(candidate["deployment"])) if candidate else {}
        if kind not in after or kind not in self.now:
            return []
        return self.spread.parts(self.now[kind], after[kind], attribute)

    def reasons(self) -> dict[str, str]:
        """Why each option has its status, as its fact says."""
        return {key: str(fact["why"]) for key, fact in self.statuses.items()}

    def _option(self, key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        status, best = self.statuses.get(key), self.best.get(key)
        told = status or best
        variant = str(told["variant"]) if told else self._furthest(key)
        candidate = self._candidate(key, variant)
        row: dict[str, Any] = {
            "id": key,
            "name": entry["name"],
            "kind": entry["kind"],
            "status": str(status["status"]) if status else "rejected",
            "variant": str(candidate["variant"]) if candidate else variant,
            "rank": 0,
            "cost_usd": self._cost(key, variant),
            "effects": self._effects(key, candidate) if candidate else [],
            "confidence": "medium",
            "risk": entry["risk"],
            "undo": entry["undo"],
            "do": instruction(entry["do"], key, self.deployments, candidate, self.entries),
            "gain": float(best["gain"]) if best else 0.0,
        }
        reason = status or self._obstacle(key, variant) or best or candidate
        row["proof"] = (
            self.proofs.fact(reason) if reason and (row["status"] == "recommended" or not self.brief) else None
        )
        row["says"] = self._says(status) if status else None
        row["why_not"] = None if row["status"] == "recommended" else self.why_not(key, variant)
        row["sources"] = [] if self.brief else walked_sources(row["proof"], self.proofs)
        row["after_proofs"] = self._after(candidate) if candidate and not self.brief else {}
        tier, factors, fact = self.confidence.of(
            row, str(entry.get("effect", "predicted")), candidate is not None and not self._settled(key, row)
        )
        row |= {
            "confidence": tier,
            "confidence_factors": factors,
            "confidence_proof": self._node(fact) if fact else None,
        }
        return row

    def _says(self, status: Fact) -> str:
        firing = self.trace.best(status)
        worth = firing.bindings.get("worth") or firing.bindings.get("trade") if firing else None
        inner = self.trace.best(worth) if worth else firing
        return render(inner.rule.says, inner.bindings, inner.results, spoken) if inner else ""

    def _candidate(self, key: str, variant: str) -> Fact | None:
        own = [fact for fact in self.trace.of_kind("candidate") if fact["option"] == key]
        exact = [fact for fact in own if fact["variant"] == variant]
        return next(iter(exact or own), None)

    def _furthest(self, key: str) -> str:
        """The variant of an option without a gain that gets furthest: whose first obstacle comes last."""
        first: dict[str, int] = {}
        for fact in self.trace.of_kind("obstacle"):
            if fact["option"] == key:
                order, variant = int(fact["order"]), str(fact["variant"])
                first[variant] = min(order, first.get(variant, order))
        own = [str(fact["variant"]) for fact in self.trace.of_kind("candidate") if fact["option"] == key]
        return max(own, key=lambda variant: first.get(variant, 0), default="")

    def _node(self, fact: Fact) -> str | None:
        return None if self.brief else self.proofs.fact(fact)

    def _cost(self, key: str, variant: str) -> dict[str, Any] | None:
        own = [fact for fact in self.trace.of_kind("option_cost") if fact["option"] == key]
        fact = next((one for one in own if one["variant"] == variant), own[0] if own else None)
        if fact is None:
            free = self.entries["options"][key]["cost"].get("usd")
            return None if free is None else {"low": free, "high": free}
        return {"low": fact["low"], "high": fact["high"], "proof": self._node(fact), **bought_and_sold(fact.attributes)}

    def _effects(self, key: str, candidate: Fact) -> list[dict[str, Any]]:
        """Effects on the rig as it stands; where measurements were published, the interval covers them."""
        rows = self.effects.between(self.now, self.effects.numbers(str(candidate["deployment"])))
        for row in rows:
            fact = self.published.get((key, row["metric"]))
            if fact is not None:
                relative, node = row["relative"], self._node(fact)
                relative["low"] = min(relative["low"], float(fact["low"]))
                relative["high"] = max(relative["high"], float(fact["high"]))
                relative["published"] = {"low": fact["low"], "high": fact["high"], "proof": node}
        return rows

    def _after(self, candidate: Fact) -> dict[str, str]:
        """Nodes of the facts that tell the numbers of an option's deployment."""
        numbers = self.effects.numbers(str(candidate["deployment"]))
        return {kind: self.proofs.fact(fact) for kind, fact in sorted(numbers.items())}

    def _obstacles(self, key: str, variant: str) -> list[Fact]:
        own = [fact for fact in self.trace.of_kind("obstacle") if fact["option"] == key]
        mine = [fact for fact in own if fact["variant"] in ("all", variant)]
        if not mine and key not in self.best:
            mine = own
        return sorted(mine, key=lambda fact: (fact["order"], str(fact["condition"])))

    def _obstacle(self, key: str, variant: str) -> Fact | None:
        return next(iter(self._obstacles(key, variant)), None)

    def why_not(self, key: str, variant: str) -> dict[str, Any] | None:
        """What held, the first condition that failed, and what would turn it."""
        obstacle = self._obstacle(key, variant)
        if obstacle is not None:
            told = obstacle.attributes
            moot = {"moot": True} if told.get("moot") else {}
            return {"held": self._held(key, obstacle), "failed": failed(told), "flips_if": [flip(told)],
                    "proof": self._node(obstacle), **moot}  # fmt: skip
        best = self.best.get(key)
        if best is None:
            return self._untold(key, variant)
        if held_back := next((fact for fact in self.trace.of_kind("held_back") if fact["option"] == key), None):
            told = held_back.attributes
            return {"held": self._held(key, None), "failed": failed(told), "flips_if": [flip(told)],
                    "proof": self._node(held_back)}  # fmt: skip
        needed = needed_gain(self.entries["options"][key], self._cost(key, str(best["variant"])))
        lacking, flips = gain_reason(best.attributes, needed)
        return {"held": self._held(key, None), "failed": lacking, "flips_if": flips, "proof": self._node(best)}

    def _untold(self, key: str, variant: str) -> dict[str, Any] | None:
        """For an option that nothing bars and for which no gain is derived; None where it is not rejected."""
        status, candidate = self.statuses.get(key), self._candidate(key, variant)
        if status is not None and status["status"] != "rejected":
            return None
        told = candidate is not None and one_of(self.trace, "summary", str(candidate["deployment"])) is not None
        lacking, flips = untold_reason(told, "summary" in self.now)
        return {"held": self._held(key, None), "failed": lacking, "flips_if": flips,
                "proof": self._node(candidate) if candidate else None}  # fmt: skip

    def _held(self, key: str, obstacle: Fact | None) -> list[str]:
        """Positive sentences of the rules that could have barred the option before the one that did, and did not."""
        order = obstacle["order"] if obstacle else 1_000
        held = [
            self.rules[name].says_not
            for place, name in self.bars.get(key, ())
            if place < order and name not in self.fired  # type: ignore[operator]
        ]
        return held[:6]

    def _settled(self, key: str, row: Mapping[str, Any]) -> bool:
        """Whether an option is barred by what is there, whatever it would gain."""
        return row["status"] == "rejected" and self._obstacle(key, str(row["variant"])) is not None


def _barring(rules: RuleSet) -> dict[str, list[tuple[int, str]]]:
    """The rules that can bar each option, with the order in which they are told."""
    found: dict[str, list[tuple[int, str]]] = {}
    for rule in rules:
        for template in rule.then:
            option = getattr(template.attributes.get("option"), "value", None)
            order = getattr(template.attributes.get("order"), "value", None)
            if template.kind == "obstacle" and isinstance(option, str) and isinstance(order, int):
                found.setdefault(option, []).append((order, rule.id))
    return {option: sorted(bars) for option, bars in found.items()}


def weakest_first(statuses: tuple[Fact, ...]) -> list[Fact]:
    """What comes before any gain last of those of one status: it is the reason that is told."""
    return sorted(statuses, key=lambda fact: (-ORDER[str(fact["status"])], fact["why"] in NEEDED))


def rank_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The order of options: by status, free before paid, the larger gain first."""
    cost = row["cost_usd"]["high"] if row["cost_usd"] else float("inf")
    default = row["id"] in ("do_nothing", "measure_first")
    return (
        ORDER[row["status"]],
        default and row["status"] != "recommended",
        cost > 0,
        -round(row["gain"], 9),
        row["id"],
    )
