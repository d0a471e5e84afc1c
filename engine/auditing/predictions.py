"""What the rules of the answer predict for the rigs that claims speak of: all of them in few inferences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..advice.estimator import DEPLOYMENTS_AT_ONCE
from ..advice.proofs import Proofs
from ..advice.rulebook import assuming, leading_to
from ..advice.spread import Spread
from ..costs import FORMULAS
from ..errors import BadInput, UnknownName
from ..grounding.ground import ground_deployments
from ..grounding.moves import variants
from ..grounding.resolve import resolve
from ..grounding.scenario import Scenario
from ..inference import Fact, Trace, default_matcher, infer
from .naming import Unsettled, key_of

if TYPE_CHECKING:
    from ..reading import Knowledge

KINDS = frozenset({"summary", "fit", "fits", "step_waits", "claim_limit", "claim_overfull", "claim_no_room"})
ATTRIBUTES = {
    "decode_tok_s": ("summary", "decode"),
    "prefill_tok_s": ("summary", "prefill"),
    "output_throughput_tok_s": ("summary", "output_throughput"),
    "total_throughput_tok_s": ("summary", "total_throughput"),
    "ttft_ms": ("summary", "ttft"),
    "tpot_ms": ("summary", "tpot"),
    "all_reduce_us": ("step_waits", "each"),
    "power_w": ("summary", "power"),
    "tokens_per_joule": ("summary", "efficiency"),
}
"""Metric of a claim: kind of the fact and its attribute."""


class Impossible(Exception):
    """A rig that cannot be built, and why."""


class Predicted(NamedTuple):
    """A predicted number with the central 80 % of its interval [SI], and its proof."""

    value: float
    low: float
    high: float
    part: str
    proof: str


class Batch(NamedTuple):
    """One inference over some deployments."""

    name: str
    trace: Trace
    proofs: Proofs
    spread: Spread

    def fact(self, kind: str, deployment: str) -> Fact | None:
        """The fact of a kind about a deployment; None where the rules found none."""
        return next((fact for fact in self.trace.of_kind(kind) if fact["deployment"] == deployment), None)


class Predictions:
    """Deployments are asked for first, then all are inferred, then their numbers can be had."""

    def __init__(self, knowledge: Knowledge, matcher: str | None = None) -> None:
        self.knowledge, self.matcher = knowledge, matcher or default_matcher()
        self.groups: list[dict[str, Scenario]] = []
        self.batches: list[Batch] = []
        self._home: dict[str, Batch] = {}

    def ask(self, name: str, asked: Scenario) -> Scenario:
        """Register a scenario under a name. Raises Unsettled for unknown names, Impossible for a rig that cannot be."""
        found = resolved(asked, self.knowledge, self.matcher)
        self.groups.append({name: found})
        return found

    def ask_option(self, name: str, asked: Scenario, option: str) -> list[str]:
        """Register a scenario as it stands and with an option applied; the variants' labels."""
        now = self.ask(f"{name}/now", asked)
        entry = self.knowledge.entries["options"][option]
        labels = []
        for label, scenario in variants(now, entry.get("change") or [], self.knowledge.entries):
            if scenario != now:
                labels.append(label)
                self.groups[-1][f"{name}/{label}"] = scenario
        return labels

    def run(self) -> None:
        """Infer everything that was asked for."""
        if not self.groups:
            return
        rules = leading_to(self.knowledge, KINDS)
        for some in together(self.groups):
            ground = ground_deployments(some, self.knowledge)
            trace = infer(rules, ground.facts, FORMULAS, self.matcher)
            proofs = Proofs(trace, ground.origins, self.knowledge, {}, trace)
            batch = Batch(f"b{len(self.batches) + 1}", trace, proofs, Spread(proofs, FORMULAS))
            self.batches.append(batch)
            self._home |= dict.fromkeys(some, batch)

    def scenario(self, name: str) -> Scenario:
        """The resolved scenario of a name."""
        return next(group[name] for group in self.groups if name in group)

    def number(self, name: str, metric: str) -> Predicted | None:
        """A number of a deployment; None where it cannot be told."""
        batch, (kind, attribute) = self._home[name], ATTRIBUTES[metric]
        fact = batch.fact(kind, name)
        if fact is None or not fact.get(attribute):
            return None
        value, low, high = batch.spread.interval(fact, attribute)
        return Predicted(value, low, high, batch.name, batch.proofs.value(fact, attribute))

    def change(self, name: str, label: str, metric: str) -> tuple[Predicted, list[tuple[str, str]]] | None:
        """The relative change of a number by a variant of an option, and the proofs of both sides."""
        before, after = self._pair(name, label, metric)
        if before is None or after is None:
            return None
        attribute = ATTRIBUTES[metric][1]
        first, last = self._home[f"{name}/now"], self._home[f"{name}/{label}"]
        value, low, high = first.spread.change(before, after, attribute)
        links = [(first.name, first.proofs.value(before, attribute)), (last.name, last.proofs.value(after, attribute))]
        return Predicted(value, low, high, *links[1]), links

    def fact(self, name: str, kind: str) -> tuple[Fact, tuple[str, str]] | None:
        """A fact about a deployment with the place of its proof; None where the rules found none."""
        batch = self._home[name]
        fact = batch.fact(kind, name)
        return None if fact is None else (fact, (batch.name, batch.proofs.fact(fact)))

    def limits(self, name: str, metric: str) -> list[tuple[Fact, tuple[str, str]]]:
        """Physical limits of a number of a deployment."""
        batch = self._home[name]
        return [
            (fact, (batch.name, batch.proofs.value(fact, "value")))
            for fact in batch.trace.of_kind("claim_limit")
            if fact["deployment"] == name and fact["metric"] == metric
        ]

    def _pair(self, name: str, label: str, metric: str) -> tuple[Fact | None, Fact | None]:
        kind, attribute = ATTRIBUTES[metric]
        found = [self._home[f"{name}/{side}"].fact(kind, f"{name}/{side}") for side in ("now", label)]
        first, last = [fact if fact is not None and fact.get(attribute) else None for fact in found]
        return first, last


def together(groups: Iterable[dict[str, Scenario]]) -> Iterator[dict[str, Scenario]]:
    """Groups joined until there are enough for one inference; a group is never split."""
    joined: dict[str, Scenario] = {}
    for group in groups:
        if joined and len(joined) + len(group) > DEPLOYMENTS_AT_ONCE:
            yield joined
            joined = {}
        joined |= group
    if joined:
        yield joined


def resolved(asked: Scenario, knowledge: Knowledge, matcher: str) -> Scenario:
    """A scenario with every absent value assumed. Raises Unsettled, Impossible."""
    try:
        return resolve(asked, knowledge, assuming(knowledge), FORMULAS, matcher).scenario
    except UnknownName as error:
        near = f"; the nearest names are {', '.join(error.nearest[:3])}" if error.nearest else ""
        raise Unsettled(f"the knowledge has no {error.message.removeprefix('unknown ')}{near}") from None
    except BadInput as error:
        if error.hint and error.hint.startswith("say which"):
            raise Unsettled(f"{error.message}: {error.hint}") from None
        raise Impossible(error.message) from None


def option_key(knowledge: Knowledge, text: str) -> str:
    """Key of the option that a name means. Raises Unsettled."""
    options: Mapping[str, Any] = knowledge.entries["options"]
    if text in options:
        return text
    return key_of(knowledge, "options", text)
