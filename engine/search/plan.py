"""What to build or buy: searched over all candidates, ranked, and proved by the rules of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..grounding.scenario import Scenario
from .candidate import command, scenario
from .comparing import beats, lacking, named, turning
from .evaluate import Evaluator, rules_of_rows
from .front import EASE, apart
from .glossary import names, references
from .judging import Hit, lacks_of
from .naming import NAMES, NOUNS
from .nearest import Nearest
from .popular import Popular
from .prices import Price, PriceList
from .programs import published
from .proven import ROUNDING, proven
from .question import Question, asked
from .searching import Found, Search
from .space import Space
from .telling import assumptions, limit_told, row_told, setup, traded
from .upgrade import resolved
from .verdict import Verdict, does_already

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .block import Block

SCHEMA = "rigwise/plan/1"
ROWS = 12
TURNS = 3
Row = tuple[str, Hit]


class Searched(NamedTuple):
    """Where was searched, and what was found."""

    space: Space
    blocks: list[Block]
    found: Found
    evaluator: Evaluator | None


class Plan:
    """One question, searched once."""

    def __init__(
        self, flags: Mapping[str, Any], knowledge: Knowledge, own: Mapping[str, Any] | None = None,
        start: Scenario | None = None,
    ) -> None:  # fmt: skip
        """own: prices of the asker's. start: of a rig that is there. Raises BadInput and its kin."""
        self.knowledge = knowledge
        self.start = None if start is None else resolved(start, knowledge)
        self.question = asked(flags if self.start is None else {**_as_flags(self.start), **_said(flags)}, knowledge)
        self.now: dict[str, Any] | None = None
        if self.start is not None:
            self.now = self._proven([self.start], [None])[0]
            speed = self.now.get(NAMES[self.question.speed], {}).get("value", 0.0)
            self.question = replace(self.question, floor=speed * (1 - ROUNDING))
        self.rows_shown = int(flags.get("rows") or ROWS)
        self.prices = PriceList(knowledge, own or {}, self.question.condition)
        self.popular = None if start is not None else Popular(self.question, knowledge)
        self.space, self.blocks, self.found, self.evaluator = self._searched(self.question, self.popular)
        self.rows = self._rows()

    def document(self) -> dict[str, Any]:
        """The document of schemas/output/plan.schema.json."""
        best, found = None if does_already(self) else self._best(), self.found
        told = self._told(self.rows)
        nearest = {} if self.rows else self._nearest()
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "knowledge": {"version": self.knowledge.version, "digest": self.knowledge.digest},
            "question": self.question.told(),
            "searched": {
                "candidates": found.candidates + sum(self.space.beyond.values()),
                "evaluated": found.evaluated, "running": found.running, "feasible": found.feasible,
                "front": len(found.front), "shown": len(self.rows), "beyond": dict(sorted(self.space.beyond.items())),
                "left_out": self.left_out(),
            },
            "best": best,
            "front": told,
            "now": self._now(told),
            "popular": self._popular(),
            "near": self._near(),
            "misses": nearest.get("misses", []),
            "relaxed": nearest.get("relaxed", []),
            "assumptions": assumptions(
                self.question, self.prices, self.start is not None, published(self.question, self.knowledge)
            ),
            "prices": [price.told() for price in self._used_prices()],
        }  # fmt: skip
        document["verdict"] = Verdict(self, document).told()
        return document | {"names": names(document, self.knowledge), "references": references(document, self.knowledge)}

    def scenario(self, label: str) -> dict[str, Any] | None:
        """The scenario of a row; None where no row is called so."""
        return next((scenario(hit.candidate, self.question) for name, hit in self.rows if name == label), None)

    def _searched(self, question: Question, popular: Popular | None = None) -> Searched:
        """All candidates within the limits of a question."""
        beyond = frozenset(popular.best) if popular is not None else frozenset()
        space = Space(question, self.knowledge, self.prices, self.start, beyond)
        blocks = [block for block in space.blocks() if block.size]
        if not blocks:
            return Searched(space, blocks, Found(), None)
        evaluator = Evaluator(question, self.knowledge, blocks)
        return Searched(space, blocks, Search(question, evaluator, popular).over(blocks), evaluator)

    def left_out(self) -> dict[str, list[str]]:
        """Cards that are not planned, by the reason; those with the most memory first."""
        entries = self.knowledge.entries["gpus"]
        return {
            reason: sorted(gpus, key=lambda gpu: (-float(entries[gpu].get("vram_gib") or 0), gpu))
            for reason, gpus in sorted(self.space.left_out.items())
        }

    def _popular(self) -> list[dict[str, Any]]:
        if self.popular is None:
            return []
        return self.popular.told(self.space, self.blocks, self.evaluator, self._whole_front())

    def _near(self) -> dict[str, Any] | None:
        """What comes before the best for the goal asked, and misses a limit by next to nothing."""
        hit = self.found.near
        if hit is None:
            return None
        lacks = lacks_of(hit, self.question)
        text = "; ".join(lacking(name, hit, self.question, share) for name, share in lacks.items())
        return {"says": named(hit), "misses": text, "cost_usd": {"low": hit.low, "high": hit.high},
                "estimate": command(scenario(hit.candidate, self.question))}  # fmt: skip

    def _rows(self) -> list[Row]:
        """Rows to show: choices that differ, cheapest first; the best one among them whatever else."""
        front = self.found.front
        chosen = set(apart([row for row, _ in front]))
        best = self.found.best
        ends = [at for at, (_, hit) in enumerate(front) if best is not None and hit.candidate == best.candidate]
        least = front[0][0][0] if front else 0.0
        ranked = sorted(chosen, key=lambda at: (front[at][0][0] - least + EASE) / max(front[at][0][1], 1e-9))
        alone = {_but_for_power(front[at][1]): at for at in reversed([*ends, *ranked])}
        kept = sorted({*ends, *[at for at in ranked if at in alone.values()][: max(self.rows_shown - len(ends), 0)]})
        return [(str(number), front[at][1]) for number, at in enumerate(kept, 1)]

    def _whole_front(self) -> list[Row]:
        """Rows that are shown first, the rest of the front by no name of its own."""
        shown = {hit.candidate for _, hit in self.rows}
        rest = [hit for _, hit in self.found.front if hit.candidate not in shown]
        return [*self.rows, *(("", hit) for hit in rest)]

    def _best(self) -> str | None:
        hit = self.found.best
        return next((label for label, row in self.rows if hit is not None and row.candidate == hit.candidate), None)

    def _told(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        if not rows or self.evaluator is None:
            return []
        scenarios = [scenario(hit.candidate, self.question) for _, hit in rows]
        numbers = self._proven(scenarios, [hit.values for _, hit in rows])
        told: list[dict[str, Any]] = []
        for place, ((label, hit), own) in enumerate(zip(rows, numbers, strict=True)):
            doubts = [*own["doubts"], *self.space.measured.doubts(hit.candidate.build, hit.candidate.layout)]
            entry = row_told(label, hit, own | {"doubts": doubts}, self.question) | self._other_limits(hit)
            if place:
                before = f"row {rows[place - 1][0]}"
                turns = turning(entry, told[-1], self.question.speed, before, self.question.draws)
                entry["against"] = beats(hit, rows[place - 1][1], self.question, before) + turns
            told.append(entry)
        return told

    def _other_limits(self, hit: Hit) -> dict[str, str]:
        """What the same cards do on the front with other power limits, highest first."""
        others = [one for _, one in self.found.front if _but_for_power(one) == _but_for_power(hit)]
        others.sort(key=lambda one: -one.candidate.build.power)
        told = [limit_told(one, self.question) for one in others if one.candidate != hit.candidate]
        return {"other_limits": "; ".join(told)} if told else {}

    def _now(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        """The rig as it stands with what runs on it now, and what each row has over it."""
        if self.start is None or self.now is None:
            return None
        name = NAMES[self.question.speed]
        before = self.now.get(name, {}).get("value")
        for row in rows:
            noun = NOUNS[self.question.speed][0]
            gain = f"{row[name]['value'] / before - 1:+.0%} {noun}" if before else "the model runs"
            row["over_now"] = f"{traded(row)}: {gain}{self._fewer_bits(row['quantization'])}"
        return {"says": setup(self.start), **self.now, "estimate": command(self.start)}

    def _fewer_bits(self, key: str) -> str:
        """What a format gives up against the one that runs now, where it does."""
        if self.start is None:
            return ""
        formats = self.knowledge.entries["quantizations"]
        bits, before = (float(formats[one]["bits_per_weight"]) for one in (key, self.start["workload"]["quantization"]))
        return f", with {bits:g} bits for each weight instead of {before:g}" if bits < before - 0.5 else ""

    def _proven(
        self, scenarios: Sequence[Scenario], found: Sequence[Mapping[str, float] | None]
    ) -> list[dict[str, Any]]:
        return proven(scenarios, found, rules_of_rows(self.knowledge), self.knowledge)

    def _nearest(self) -> dict[str, Any]:
        return Nearest(self.question, self.found, self.space, lambda other: self._searched(other).found).told()

    def _used_prices(self) -> list[Price]:
        used = {price.item: price for _, hit in self.rows for price, _ in hit.candidate.build.parts}
        return [used[item] for item in sorted(used)]


def _but_for_power(hit: Hit) -> tuple[Any, ...]:
    """What rows have in common that differ in the power limit of the cards alone."""
    build, software, layout = hit.candidate
    return build.but_for_power, software, layout


def _said(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value not in (None, (), [])}


def _as_flags(start: Scenario) -> dict[str, Any]:
    """What a rig that is there is used for, as the question unless something else is asked."""
    work, goal = start["workload"], start.get("goal") or {}
    return {"model": work["model"], "users": work["users"], "prompt": work["prompt_tokens"],
            "output": work["output_tokens"], "context": work["context_tokens"], "kv": work["kv_quantization"],
            "budget": goal.get("budget_usd"), "max_watts": goal.get("max_watts")}  # fmt: skip
