"""Every option of the catalogue with its status, effects, cost and reasons, ranked for the goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..grounding.scenario import Scenario
from ..inference import Fact, RuleSet, Trace
from ..inference.sentence import render
from ..model.quantity import spoken
from .commands import instruction
from .effects import Effects, shown_metrics
from .estimate import failed, one_of
from .proofs import Proofs
from .spread import Spread
from .verdict import MAIN

ORDER = {"recommended": 0, "optional": 1, "rejected": 2}


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
        self.statuses = {str(fact["option"]): fact for fact in _weakest_first(trace.of_kind("status"))}
        self.best = {str(fact["option"]): fact for fact in reversed(trace.of_kind("best"))}
        self.fired = {firing.rule.id for firing in trace.firings}
        self.bars = _barring(rules)

    def ranked(self) -> list[dict[str, Any]]:
        """All options: recommended before optional before rejected, free before paid, larger gain first."""
        rows = [self._option(key, entry) for key, entry in sorted(self.entries["options"].items())]
        rows.sort(key=_rank_key)
        for number, row in enumerate(rows, 1):
            row["rank"] = number
            row.pop("gain", None)
        return rows

    def _option(self, key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        status, best = self.statuses.get(key), self.best.get(key)
        variant = str((status or best or {"variant": ""})["variant"])
        candidate = self._candidate(key, variant)
        row: dict[str, Any] = {
            "id": key,
            "name": entry["name"],
            "kind": entry["kind"],
            "status": str(status["status"]) if status else "rejected",
            "variant": str(candidate["variant"]) if candidate else variant,
            "rank": 0,
            "cost_usd": self._cost(key, variant),
            "effects": self._effects(candidate) if candidate else [],
            "confidence": "medium",
            "risk": entry["risk"],
            "undo": entry["undo"],
            "do": instruction(entry["do"], key, self.deployments, candidate, self.entries),
            "gain": float(best["gain"]) if best else 0.0,
        }
        reason = status or self._obstacle(key, variant) or best
        row["proof"] = (
            self.proofs.fact(reason) if reason and (row["status"] == "recommended" or not self.brief) else None
        )
        row["says"] = self._says(status) if status else None
        row["why_not"] = None if row["status"] == "recommended" else self.why_not(key, variant)
        row["sources"] = [] if self.brief else self._sources(row["proof"])
        row["confidence"] = self._confidence(row)
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

    def _node(self, fact: Fact) -> str | None:
        return None if self.brief else self.proofs.fact(fact)

    def _cost(self, key: str, variant: str) -> dict[str, Any] | None:
        own = [fact for fact in self.trace.of_kind("option_cost") if fact["option"] == key]
        fact = next((one for one in own if one["variant"] == variant), own[0] if own else None)
        if fact is None:
            free = self.entries["options"][key]["cost"].get("usd")
            return None if free is None else {"low": free, "high": free}
        return {"low": fact["low"], "high": fact["high"], "proof": self._node(fact)}

    def _effects(self, candidate: Fact) -> list[dict[str, Any]]:
        return self.effects.between(self.now, self.effects.numbers(str(candidate["deployment"])))

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
            return {"held": self._held(key, obstacle), "failed": failed(obstacle), "flips_if": [_flip(obstacle)],
                    "proof": self._node(obstacle)}  # fmt: skip
        best = self.best.get(key)
        if best is None:
            return self._untold(key, variant)
        needed = self._needed(key, best)
        told = {
            "condition": f"the gain in {best['metric']} is worth it",
            "observed": spoken(best["gain"], "%"),
            "needed": needed,
        }
        held = self._held(key, None)
        return {"held": held, "failed": told, "flips_if": [f"the gain in {best['metric']} reaches {needed}"],
                "proof": self._node(best)}  # fmt: skip

    def _untold(self, key: str, variant: str) -> dict[str, Any] | None:
        """For an option that nothing bars and for which no gain is derived; None where it is not rejected."""
        status, candidate = self.statuses.get(key), self._candidate(key, variant)
        if status is not None and status["status"] != "rejected":
            return None
        told = candidate is not None and one_of(self.trace, "summary", str(candidate["deployment"])) is not None
        if not told:
            observed, needed = "its speed cannot be told", "a speed that can be predicted"
        elif "summary" not in self.now:
            observed, needed = "the speed of what is asked for cannot be told", "a speed to compare with"
        else:
            observed, needed = "its gain for the goal cannot be told", "a gain that can be predicted"
        lacking = {"condition": "its gain can be told", "observed": observed, "needed": needed}
        return {"held": self._held(key, None), "failed": lacking,
                "flips_if": [f"{lacking['condition']}: {needed} in place of: {observed}"],
                "proof": self._node(candidate) if candidate else None}  # fmt: skip

    def _needed(self, key: str, best: Fact) -> str:
        if key == "switch_engine_vllm":
            return "+20 %"
        cost = self._cost(key, str(best["variant"]))
        return "+15 %" if cost and cost["high"] > 0 else "+5 %"

    def _held(self, key: str, obstacle: Fact | None) -> list[str]:
        """Positive sentences of the rules that could have barred the option before the one that did, and did not."""
        order = obstacle["order"] if obstacle else 1_000
        held = [
            self.rules[name].says_not
            for place, name in self.bars.get(key, ())
            if place < order and name not in self.fired  # type: ignore[operator]
        ]
        return held[:6]

    def _sources(self, proof: str | None) -> list[str]:
        if proof is None:
            return []
        seen, queue, found = set(), [proof], []
        while queue:
            name = queue.pop(0)
            if name in seen:
                continue
            seen.add(name)
            node = self.proofs[name]
            found += node.get("sources", [])
            queue += node.get("premises", [])
        return list(dict.fromkeys(found))[:12]

    def _confidence(self, row: Mapping[str, Any]) -> str:
        best = self.best.get(str(row["id"]))
        metric = str(best["metric"]) if best else "decode_tok_s"
        widths = [one["relative"]["high"] - one["relative"]["low"] for one in row["effects"] if one["metric"] == metric]
        if not widths:
            settled = best or self._obstacle(str(row["id"]), str(row["variant"]))
            return "high" if row["why_not"] and settled else "low"
        return "high" if widths[0] < 0.15 else "medium" if widths[0] < 0.6 else "low"


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


def _weakest_first(statuses: tuple[Fact, ...]) -> list[Fact]:
    return sorted(statuses, key=lambda fact: -ORDER[str(fact["status"])])


def _rank_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    cost = row["cost_usd"]["high"] if row["cost_usd"] else float("inf")
    default = row["id"] in ("do_nothing", "measure_first")
    return (
        ORDER[row["status"]],
        default and row["status"] != "recommended",
        cost > 0,
        -round(row["gain"], 9),
        row["id"],
    )


def _flip(obstacle: Fact) -> str:
    told = failed(obstacle)
    return f"{told['condition']}: {told['needed']} in place of {told['observed']}"
