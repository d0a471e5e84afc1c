"""The measurement worth most: which of those that rules name would change what is advised, and by how much.

For each option that could be done, its predicted gain lies some way from the gain at which it would be worth it. The
spread that a measurement removes from that gain says how often the advice would turn, and what is given up until then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..costs.decisions import expected_regret
from ..grounding.scenario import Scenario
from .commands import measurement as of_engine
from .verdict import MAIN
from .wording import needed_gain

Row = Mapping[str, Any]
Values = Mapping[str, Any]
Variances = Sequence[tuple[str, float]]
LEAST = 1e-4  # of regret: what is less decides nothing
SLOTS_SPREAD = (
    0.15  # of a gain's logarithm, from slots that are assumed: half the gap between x8 and x16 in published pairs
)
COMMANDS = {
    "all_reduce_perf": "all_reduce_perf -b 8K -e 64M -f 2 -g {cards}   # nccl-tests",
    "link_query": "nvidia-smi --query-gpu=index,pcie.link.gen.current,pcie.link.width.current --format=csv -l 5   "
    "# while tokens are generated",
    "memory_benchmark": "sysbench memory --memory-block-size=1G --memory-total-size=64G --threads=$(nproc) run",
}


def next_measurement(
    could: Iterable[Values],
    settles: Iterable[Values],
    options: Sequence[Row],
    scenario: Scenario,
    entries: Mapping[str, Any],
    variances: Callable[[Row, Row], Variances],
    after: int = 0,
) -> dict[str, Any]:
    """Command, minutes, the options it decides and what it is worth, the greatest first.

    could, settles: facts of knowledge/rules/measuring.yaml. variances: of a row's effect, the kind of each constant
    that its gain depends on, with its part of the gain's variance. scenario: what is measured. after: the step of the
    path by which it runs; then the engine's own benchmark alone is known to go with it.
    """
    metric = MAIN[scenario["goal"]["optimize"]]
    kinds: dict[str, set[str]] = {}
    for fact in settles:
        kinds.setdefault(str(fact["measurement"]), set()).add(str(fact["what"]))
    open_rows = [
        (row, effect)
        for row in options
        for effect in row["effects"]
        if effect["metric"] == metric and gain_decides(row)
    ]
    told = []
    for fact in (one for one in could if not after or str(one["with"]) == "engine"):
        regrets = _regrets(open_rows, kinds.get(str(fact["id"]), set()), variances, entries["options"])
        told.append((sum(regret for _, regret in regrets), fact, regrets))
    worth, fact, regrets = min(
        told, key=lambda one: (-round(one[0], 9), str(one[1]["with"]) != "engine", str(one[1]["id"]))
    )
    decides = [name for name, regret in regrets if regret >= LEAST][:3]
    return {
        "id": str(fact["id"]),
        "command": _command(fact, scenario, entries, after),
        "minutes": int(fact["minutes"]),
        "decides": decides or ["do_nothing"],
        "worth": worth,
    }


def gain_decides(row: Row) -> bool:
    """Whether a gain decides about the option: it could be done, and no fact bars it."""
    failed = (row["why_not"] or {}).get("failed") or {}
    return row["status"] != "rejected" or str(failed.get("condition", "")).startswith("the gain in ")


def _regrets(
    rows: Sequence[tuple[Row, Row]],
    kinds: set[str],
    variances: Callable[[Row, Row], Variances],
    entries: Mapping[str, Row],
) -> list[tuple[str, float]]:
    found = []
    for row, effect in rows:
        removed = sum(part for kind, part in variances(row, effect) if kind in kinds)
        if "slots" in kinds and "the slots are assumed" in row["confidence_factors"]:
            removed += SLOTS_SPREAD**2
        needed = needed_gain(entries[row["id"]], row["cost_usd"])
        distance = math.log1p(max(effect["relative"]["value"], -0.999)) - math.log1p(needed)
        found.append((str(row["id"]), expected_regret(distance, math.sqrt(removed))))
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _command(fact: Values, scenario: Scenario, entries: Mapping[str, Any], after: int) -> str:
    words = COMMANDS.get(str(fact["with"]))
    if words is not None:
        return words.replace("{cards}", str(fact.get("cards", "")))
    return of_engine(scenario, entries, f"after step {after}: before it nothing runs" if after else "")
