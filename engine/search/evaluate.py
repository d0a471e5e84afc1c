"""The numbers of all candidates of a block, by the rules and formulas of `estimate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..advice.rulebook import feeding
from ..costs import FORMULAS
from ..grounding.ground import Ground, add_background
from ..grounding.sizes import size_facts
from ..inference import Fact, Rule, RuleSet, default_matcher, infer
from .block import MOVING, Block
from .candidate import scenario
from .elements import Mask, land, lor, pick
from .facts import Board, Table
from .question import Question
from .sweep import Sweep, ordered, split

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .candidate import Candidate

# Number, kind and attribute of its fact: what a candidate is judged by [SI].
NUMBERS = {
    "decode": ("decode", "speed"), "prefill": ("prefill", "rate"), "throughput": ("serving", "throughput"),
    "ttft": ("serving", "ttft"), "power": ("watts", "power"), "free": ("fit", "least_free"),
}  # fmt: skip
GATES = frozenset({"fits", "misfit"})
KINDS = GATES | {"decode", "prefill", "serving", "watts", "fit"}
MOST_AT_ONCE = 2**17
LINE = 2**15
# Of a block of which less than this share runs, the rest is worth the loss of its axes.
DENSE = 0.5


@dataclass(slots=True)
class Numbers:
    """Of each candidate of a block. runs: no misfit and every number known; fits: no card is over-full."""

    block: Block
    values: dict[str, Any]
    fits: Any
    misfit: Any

    @property
    def runs(self) -> Any:
        """Candidates that fit, run, and of which every number is known."""
        found = self.block.valid & self.fits & ~self.misfit
        for name in ("decode", "prefill", "throughput", "power"):
            found &= ~np.isnan(self.values[name])
        return found


class Evaluator:
    """What all blocks of a question share: the rules in order, and the facts that no deployment changes."""

    def __init__(self, question: Question, knowledge: Knowledge, everyone: Sequence[Candidate]) -> None:
        """everyone: candidates that name each card, engine and format of the space at least once."""
        self.question, self.knowledge = question, knowledge
        self.fixed, self.moving = rules_of(knowledge)
        self.gating = feeding(self.moving, GATES)
        self.tables = self._tables(everyone)

    def chunks(self, block: Block) -> Iterator[Numbers]:
        """The numbers of a block, a bounded number of candidates at a time; most that cannot run are left out."""
        line: Block | None = None
        dense = False
        for part in block.chunks(MOST_AT_ONCE):
            if dense:  # the part before ran nearly whole: all rules at once cost less than the gates apart
                numbers = self.evaluate(part)
                dense = bool(numbers.runs.sum() > DENSE * part.size)
                yield numbers
                continue
            fits, misfit = self.gates(part)
            alive = part.valid & fits & ~misfit
            rows = alive.any(axis=1)
            if not rows.any():
                continue
            if alive.sum() > DENSE * rows.sum() * alive.shape[1]:
                yield self.evaluate(part.only(rows))
                dense = bool(alive.sum() > DENSE * part.size)
                continue
            line = part.line(alive) if line is None else line.joined(part.line(alive))
            if line.size >= LINE:
                yield self.evaluate(line)
                line = None
        if line is not None:
            yield self.evaluate(line)

    def gates(self, block: Block) -> tuple[Any, Any]:
        """Which candidates fit, and which some rule says cannot run: the rules that lead there, and no others."""
        board = self._swept(block, self.gating)
        return np.broadcast_to(_any(board, "fits"), block.shape), np.broadcast_to(_any(board, "misfit"), block.shape)

    def _swept(self, block: Block, rules: list[Rule]) -> Board:
        board = Board(self.tables)
        for kind, row in block.rows():
            board.add(kind, row)
        return Sweep(rules, FORMULAS, board).run()

    def evaluate(self, block: Block) -> Numbers:
        """The numbers of a block at once."""
        board = self._swept(block, self.moving)
        values = {name: _number(board, kind, attribute, block.shape) for name, (kind, attribute) in NUMBERS.items()}
        fits = np.broadcast_to(_any(board, "fits"), block.shape)
        return Numbers(block, values, fits, np.broadcast_to(_any(board, "misfit"), block.shape))

    def _tables(self, everyone: Sequence[Candidate]) -> dict[str, Table]:
        """Facts that hold for every candidate: entries, constants, and what the engine infers from them alone."""
        found = Ground(deployments={str(number): scenario(one, self.question) for number, one in enumerate(everyone)})
        add_background(found, self.knowledge)
        formats = sorted({one.software.quantization for one in everyone})
        for key in formats:
            found.say({"kind": "pair", "model": self.question.model, "quantization": key})
        for key in sorted({one.software.kv for one in everyone}):
            bits = self.knowledge.entries["quantizations"][key]["bits_per_weight"]
            found.say({"kind": "kv_pair", "model": self.question.model, "format": key, "bits": bits})
        for values in size_facts({}, self.question.slots):
            found.say(values)
        read = {pattern.kind for rule in (*self.fixed, *self.moving)
                for pattern in (*rule.when, *rule.unless, *(part.pattern for part in rule.collect))}  # fmt: skip
        facts = [fact for fact in found.facts if fact.kind in read]
        trace = infer(RuleSet(self.fixed), facts, FORMULAS, default_matcher())
        kinds: dict[str, list[Fact]] = {}
        for fact in facts:
            kinds.setdefault(fact.kind, []).append(fact)
        for kind in {template.kind for rule in self.fixed for template in rule.then}:
            kinds.setdefault(kind, []).extend(one for one in trace.of_kind(kind) if one not in kinds.get(kind, ()))
        return {kind: Table(own) for kind, own in kinds.items()}


def rules_of(knowledge: Knowledge) -> tuple[list[Rule], list[Rule]]:
    """The rules that lead to the numbers: those that speak of no deployment, and the others in order."""
    plan = knowledge.derived("search", lambda: _plan(knowledge))
    by_id = {str(mapping["id"]): mapping for mapping in knowledge.rules}
    fixed, moving = ([Rule.parse(by_id[one]) for one in plan[name]] for name in ("fixed", "moving"))
    return fixed, moving


def _plan(knowledge: Knowledge) -> Mapping[str, list[str]]:
    rules = feeding([Rule.parse(mapping) for mapping in knowledge.rules], KINDS)
    fixed, moving = split(rules, MOVING)
    return {"fixed": [rule.id for rule in fixed], "moving": [rule.id for rule in ordered(moving)]}


def _number(board: Board, kind: str, attribute: str, shape: tuple[int, ...]) -> Any:
    """A number of each candidate, NaN where the rules find none."""
    found: Any = np.nan
    for row in board.rows.get(kind, ()):
        value, known = row.cell(attribute)
        found = pick(land(row.mask, known), value, found)
    return np.broadcast_to(np.asarray(found, dtype=float), shape)


def _any(board: Board, kind: str) -> Mask:
    found: Mask = False
    for row in board.rows.get(kind, ()):
        found = lor(found, row.mask)
    return found
