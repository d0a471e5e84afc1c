"""The given facts of an ordered path: options applied one on top of the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .background import add_prices, prices_of
from .entries import Origin
from .ground import Ground, add_question, ground_deployments
from .moves import variants
from .purchases import purchase_facts
from .scenario import Scenario, value_at, with_values

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .resolve import Resolved


class Step(NamedTuple):
    """An option's variant tried on top of the step `former` (0: the rig as it stands).

    number: counted from 1. why: what the option is recommended for. scenario: after the step.
    """

    number: int
    former: int
    option: str
    variant: str
    why: str
    scenario: Scenario

    @property
    def deployment(self) -> str:
        """The name of the rig after the step."""
        return f"step {self.number}: {self.option}"


def on_top(
    scenario: Scenario, option: str, variant: str, knowledge: Knowledge, asked: Scenario | None = None
) -> Scenario | None:
    """A scenario with that variant of an option applied; None where the option has no such variant any more.

    asked: the scenario before the first step. What the option `resets` goes back to that: room bought later ends what
    a want of room made necessary.
    """
    entries = knowledge.entries
    entry = entries["options"][option]
    if asked is not None and entry.get("resets"):
        scenario = with_values(scenario, {path: value_at(asked, path) for path in entry["resets"]})
    found = variants(scenario, entry["change"], entries)
    return next((fresh for label, fresh in found if label == variant), None)


def ground_steps(resolved: Resolved, steps: Sequence[Step], knowledge: Knowledge) -> Ground:
    """The facts that what the steps add follows from."""
    told = {0: "now"} | {step.number: step.deployment for step in steps}
    scenarios = {0: resolved.scenario} | {step.number: step.scenario for step in steps}
    found = ground_deployments({told[number]: one for number, one in scenarios.items()}, knowledge)
    add_question(found, resolved, knowledge)
    found.say({"kind": "spent", "number": 0, "low": 0, "high": 0})
    earlier: dict[int, list[int]] = {0: []}
    for step in steps:
        earlier[step.number] = [*earlier[step.former], step.number]
        _say_step(found, step, told, scenarios[step.former], earlier[step.former], knowledge)
    add_prices(found, knowledge)
    return found


def _say_step(
    found: Ground, step: Step, told: Mapping[int, str], before: Scenario, earlier: Iterable[int], knowledge: Knowledge
) -> None:
    option: Mapping[str, Any] = knowledge.entries["options"][step.option]
    found.say(
        {"kind": "step", "number": step.number, "former": step.former, "option": step.option, "variant": step.variant,
         "why": step.why, "before": told[step.former], "deployment": step.deployment,
         "replaces": "resale" in option["cost"], "lays_out": option.get("lays_out", False),
         "worth_from": option.get("worth_from"), "about": option.get("about")}
    )  # fmt: skip
    for number in earlier:
        found.say({"kind": "step_follows", "number": step.number, "earlier": number})
    prices = prices_of(before, knowledge)
    for values in purchase_facts(step.option, step.variant, option["cost"], before, step.scenario, prices):
        found.say(values, Origin("options", step.option, {}))
