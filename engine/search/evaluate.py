"""The numbers of all candidates of a block, by the rules and formulas of `estimate`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from ..advice.rulebook import feeding
from ..costs import FORMULAS
from ..grounding.background import add_background
from ..grounding.ground import Ground
from ..grounding.sizes import size_facts
from ..inference import Fact, Rule, RuleSet, default_matcher, infer
from .axes import AXES
from .block import Block
from .candidate import scenario
from .catalogue import MOVING
from .elements import Mask, land, lnot, lor, pick
from .facts import Board, Row, Table
from .ordering import ordered, split, used
from .question import Question
from .sweep import Sweep

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .candidate import Candidate

# Number, kind and attribute of its fact: what a candidate is judged by [SI].
NUMBERS = {
    "decode": ("decode", "speed"), "prefill": ("prefill", "rate"), "throughput": ("serving", "throughput"),
    "ttft": ("serving", "ttft"), "user_decode": ("user_decode", "speed"), "power": ("watts", "power"),
    "free": ("fit", "least_free"),
}  # fmt: skip
# What follows from two of them, and by which fact the rules have it.
FOLLOWING = {"efficiency": ("watts", "efficiency")}
GATES = frozenset({"fits", "misfit"})
# What nobody is sent to who did not name the format: a trial comes first.
TRIED = "kernels_in_doubt"
KINDS = GATES | {TRIED, "decode", "prefill", "serving", "user_decode", "watts", "fit"}
# What has to be said of a row beside its numbers, in the words of the rules that find it.
SAID = frozenset({"engine_dropped_card", "toolkit_dropped_card", "vendors_mixed", "split_mode_on_trial", TRIED})
# Candidates at a time, so that a column of them stays in the cache; values that rules find out ahead for all of them.
MOST_AT_ONCE = 3 * 2**16
MOST_SHARED = 2**15
MOST_BEGUN = 2**22
# So many candidates with many holes between them are listed and computed one by one, where there are no more of them.
MOST_LISTED = 2**15
KEPT = 31 * 2**20


@dataclass
class Numbers:
    """Of each candidate of a block, on the axes that it depends on. runs: no misfit and every number known; fits: no
    card is over-full; untried: nobody is sent to its format."""

    block: Block
    values: dict[str, Any]
    fits: Any
    misfit: Any
    untried: Any

    @cached_property
    def runs(self) -> Any:
        """Candidates that fit, run, and of which every number is known."""
        found = self.block.valid & self.fits & ~self.misfit & ~self.untried
        for name in ("decode", "prefill", "throughput", "power"):
            found &= ~np.isnan(self.values[name])
        return found

    def at(self, name: str, place: int) -> float:
        """A number at a place, counted through the block."""
        column = np.broadcast_to(self.values[name], self.block.shape)
        return float(column[np.unravel_index(place, self.block.shape)])


class Evaluator:
    """What all blocks of a question share: the rules in order, and the facts that no deployment changes."""

    def __init__(self, question: Question, knowledge: Knowledge, blocks: Sequence[Block]) -> None:
        self.question, self.knowledge = question, knowledge
        self.fixed, self.moving = rules_of(knowledge)
        self.gating = feeding(self.moving, GATES | {TRIED})
        everyone = [one for own in dict.fromkeys(block.catalogue for block in blocks) for one in own.everyone()]
        self.names = named_by(everyone)
        self.tables = self._tables(everyone)
        np.empty(KEPT, dtype=np.uint8)  # let go at once: from then on, the C library keeps freed memory of this size

    def knows(self, blocks: Sequence[Block]) -> bool:
        """Whether it knows all cards, engines and formats that some other blocks name."""
        return all(self.names >= named_by(block.catalogue.everyone()) for block in blocks)

    def chunks(self, block: Block, gated: bool = True) -> Iterator[Numbers]:
        """The numbers of a block, a bounded number of candidates at a time; gated: of those that can run.

        What is the same for many candidates is found out once, for all of them, and with it which of them can run.
        """
        for part in block.pieces(MOST_BEGUN):
            board = self._board(part)
            late = Sweep(self.moving, FORMULAS, board).begin(MOST_SHARED, self.gating)
            stopped = lor(_any(board, "misfit"), self._untried(board))
            alive = _on_axes(land(_any(board, "fits"), lnot(stopped))) if gated else True
            for piece in part.knowing(_still_read(board, late)).only(alive).compact(MOST_AT_ONCE, MOST_LISTED):
                yield self.evaluate(piece, late)

    def evaluate(self, block: Block, rules: list[Rule] | None = None) -> Numbers:
        """The numbers of a block at once. rules: those that are left to ask, where not all."""
        board = Sweep(self.moving if rules is None else rules, FORMULAS, self._board(block)).run(KINDS)
        values = {name: _number(board, kind, attribute) for name, (kind, attribute) in NUMBERS.items()}
        masks = (_any(board, "fits"), _any(board, "misfit"), self._untried(board))
        return Numbers(block, values, *map(_on_axes, masks))

    def _untried(self, board: Board) -> Mask:
        """Formats of which the kernels are in doubt, unless formats are named."""
        return False if self.question.quantizations else _any(board, TRIED)

    def room(self, block: Block) -> tuple[Any, Any]:
        """Memory that the fullest card has left, negative where it is over-full [B], and which candidates fit and yet
        cannot run: by the rules of the gates alone."""
        board = Sweep(self.gating, FORMULAS, self._board(block)).run(GATES | {"fit"})
        fits, misfit = _on_axes(_any(board, "fits")), _on_axes(_any(board, "misfit"))
        free = np.broadcast_to(_number(board, *NUMBERS["free"]), block.shape)
        return free, np.broadcast_to(fits & misfit, block.shape)

    def _board(self, block: Block) -> Board:
        board = Board(self.tables)
        for kind, row in block.rows:
            board.add(kind, row)
        return board

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


def named_by(everyone: Collection[Candidate]) -> frozenset[Any]:
    """What the facts that no deployment changes follow from."""
    software = {name for one in everyone for name in (one.software.engine, one.software.quantization, one.software.kv)}
    return frozenset([*software, *(one.build.cards for one in everyone)])


_RULES: WeakKeyDictionary[Knowledge, tuple[list[Rule], list[Rule]]] = WeakKeyDictionary()


def _still_read(board: Board, late: Sequence[Rule]) -> list[tuple[str, Row]]:
    """The facts that the rules that are left read, with no more of each than they read of it; all of those that they
    conclude more of."""
    names: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for kind, attribute in NUMBERS.values():
        names[kind].add(attribute)
    for rule in late:
        for kind, own in used(rule).items():
            names.setdefault(kind, set()).update(own)
    whole = {template.kind for rule in late for template in rule.then}
    return [(kind, row if kind in whole else row.reduced(names[kind]))
            for kind, rows in board.rows.items() if kind in names for row in rows]  # fmt: skip


def rules_of(knowledge: Knowledge) -> tuple[list[Rule], list[Rule]]:
    """The rules that lead to the numbers: those that speak of no deployment, and the others in order."""
    if knowledge not in _RULES:
        _RULES[knowledge] = _read(knowledge)
    return _RULES[knowledge]


def rules_of_rows(knowledge: Knowledge) -> RuleSet:
    """The rules that lead to the numbers of a row, and to what has to be said of it."""
    plan = _planned(knowledge)
    rules = [*(rule for part in rules_of(knowledge) for rule in part), *_parsed(knowledge, plan["said"])]
    return RuleSet(rules, strata=plan["strata"])


def _read(knowledge: Knowledge) -> tuple[list[Rule], list[Rule]]:
    plan = _planned(knowledge)
    return _parsed(knowledge, plan["fixed"]), _parsed(knowledge, plan["moving"])


def _parsed(knowledge: Knowledge, ids: Sequence[str]) -> list[Rule]:
    by_id = {str(mapping["id"]): mapping for mapping in knowledge.rules}
    return [Rule.parse(by_id[one]) for one in ids]


def _planned(knowledge: Knowledge) -> Mapping[str, Any]:
    planned: Mapping[str, Any] = knowledge.derived("search_rules", lambda: _plan(knowledge))
    return planned


def _plan(knowledge: Knowledge) -> Mapping[str, Any]:
    """Ids of the rules by what they are for, worked out once for each state of the knowledge."""
    rules = [Rule.parse(mapping) for mapping in knowledge.rules]
    of_rows, numbers = feeding(rules, KINDS | SAID), feeding(rules, KINDS)
    fixed, moving = split(numbers, MOVING)
    return {
        "fixed": [rule.id for rule in fixed], "moving": [rule.id for rule in ordered(moving)],
        "said": [rule.id for rule in of_rows if rule not in numbers],
        "strata": [list(ids) for ids in RuleSet(of_rows).strata_ids],
    }  # fmt: skip


def _number(board: Board, kind: str, attribute: str) -> Any:
    """A number of each candidate, NaN where the rules find none."""
    found: Any = np.nan
    for row in board.rows.get(kind, ()):
        value, known = row.cell(attribute)
        found = pick(land(row.mask, known), value, found)
    return _on_axes(np.asarray(found, dtype=float))


def _any(board: Board, kind: str) -> Mask:
    found: Mask = False
    for row in board.rows.get(kind, ()):
        found = lor(found, row.mask)
    return found


def _on_axes(value: Any) -> Any:
    """One value or an array of them, as an array on all axes."""
    array = np.asarray(value)
    return array.reshape((1,) * len(AXES)) if array.ndim == 0 else array
