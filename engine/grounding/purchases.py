"""What an option has to buy or sell: items of knowledge/prices and how many of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from .rig import bonds_of, cards_of
from .scenario import Scenario

RAM_KIT_GB = 64  # what one price of host memory buys, as knowledge/prices/ram_upgrade.yaml says
SUPPLY_W = 1600.0  # what one price of a supply buys, as knowledge/prices/psu_1600w.yaml says


def purchase_facts(
    option: str, variant: str, cost: Mapping[str, Any], before: Scenario, after: Scenario, prices: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Facts `{purchase, option, variant, item, count}` of what is bought, `{sale, …}` of what is sold.

    cost: `{usd: 0}` for what is free, or `{price: ITEM | gpu, count: NAME, resale: gpu}` with the counts `one`,
    `bridges`, `cards`, `added_cards`, `ram_kits` of 64 GB for as much host memory as there is, `added_ram_kits` for
    what is added, and `supplies`.
    """
    told = {"option": option, "variant": variant}
    if "price" not in cost:
        yield {"kind": "free", **told, "usd": cost.get("usd", 0)}
        return
    cards = cards_of(before["rig"])
    item = cards_of(after["rig"])[-1].gpu if cost["price"] == "gpu" else str(cost["price"])
    own = f"{item}_{cards[0].gpu}"
    count = _count(str(cost.get("count", "one")), before, after)
    yield {"kind": "purchase", **told, "item": own if own in prices else item, "count": count}
    if cost.get("resale") == "gpu":
        for gpu in sorted({card.gpu for card in cards}):
            yield {"kind": "sale", **told, "item": gpu, "count": sum(card.gpu == gpu for card in cards)}


def _count(name: str, before: Scenario, after: Scenario) -> int:
    then, now = cards_of(after["rig"]), cards_of(before["rig"])
    if name == "bridges":
        return len(bonds_of(after["rig"], len(then)) - bonds_of(before["rig"], len(now)))
    if name == "supplies":
        return ceil((after["rig"].get("psu_w") or SUPPLY_W) / SUPPLY_W)
    ram, more = (float(one["rig"]["host"].get("ram_gb") or RAM_KIT_GB) for one in (before, after))
    kits, added = ceil(ram / RAM_KIT_GB), ceil((more - ram) / RAM_KIT_GB)
    counts = {"one": 1, "cards": len(now), "added_cards": len(then) - len(now), "ram_kits": kits}
    return {**counts, "added_ram_kits": added}[name]
