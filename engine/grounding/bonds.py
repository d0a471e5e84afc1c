"""NVLink that a scenario names, held against what its cards can have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..errors import BadInput
from .lookups import completed
from .rig import bonds_of
from .scenario import Scenario

if TYPE_CHECKING:
    from ..reading import Knowledge


def refuse_impossible_bonds(named: Scenario, knowledge: Knowledge) -> None:
    """Raise BadInput for NVLink that the cards named cannot have, as `nvlink.reach` of their entries says.

    Cards of reach `none` have no connector, those of `pair` bridge to one other, and only like cards are bridged.
    """
    names = [group["gpu"] for group in named["rig"]["gpus"] for _ in range(group["count"])]
    bonds = bonds_of(named["rig"], len(names))
    if named["rig"].get("nvlink") == "full":
        bare = [key for key in names if (completed(knowledge, "gpus", key).get("nvlink") or {}).get("reach") == "none"]
        if bare:
            raise BadInput(f"{bare[0]} has no NVLink", where="rig.nvlink", hint="leave NVLink out for it")
    degree = Counter(card for bond in bonds for card in bond)
    for card, joined in sorted(degree.items()):
        if card >= len(names):
            continue
        reach = completed(knowledge, "gpus", names[card])["nvlink"].get("reach")
        if reach == "none":
            raise BadInput(f"{names[card]} has no NVLink", where="rig.nvlink", hint="leave NVLink out for it")
        if reach == "pair" and joined > 1:
            raise BadInput(
                f"an NVLink bridge joins two {names[card]} and no more, card {card} has {joined}",
                where="rig.nvlink", hint="give pairs, such as 0-1,2-3",
            )  # fmt: skip
    for a, b in sorted(bonds):
        if b < len(names) and names[a] != names[b]:
            raise BadInput(f"NVLink does not join {names[a]} and {names[b]}", where="rig.nvlink")
