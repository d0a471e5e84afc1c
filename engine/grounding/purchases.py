"""What an option has to buy or sell: items of knowledge/prices and how many of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from .rig import bonds_of, cards_of
from .scenario import Scenario


def purchase_facts(
    option: str, variant: str, cost: Mapping[str, Any], before: Scenario, after: Scenario, prices: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Facts `{purchase, option, variant, item, count}` of what is bought, `{sale, …}` of what is sold.

    cost: `{usd: 0}` for what is free, or `{price: ITEM | gpu, count: NAME, each: SIZE, resale: gpu}` with the counts
    `one`, `bridges`, `cards`, `added_cards`, `ram_kits` of `each` GB for as much host memory as there is,
    `added_ram_kits` for what is added, and `supplies` of `each` W.
    """
    told = {"option": option, "variant": variant}
    if "price" not in cost:
        yield {"kind": "free", **told, "usd": cost.get("usd", 0)}
        return
    cards = cards_of(before["rig"])
    item = cards_of(after["rig"])[-1].gpu if cost["price"] == "gpu" else str(cost["price"])
    own = f"{item}_{cards[0].gpu}"
    count = _count(cost, before, after)
    yield {"kind": "purchase", **told, "item": own if own in prices else item, "count": count}
    if cost.get("resale") == "gpu":
        for gpu in sorted({card.gpu for card in cards}):
            yield {"kind": "sale", **told, "item": gpu, "count": sum(card.gpu == gpu for card in cards)}


def _count(cost: Mapping[str, Any], before: Scenario, after: Scenario) -> int:
    name, each = str(cost.get("count", "one")), float(cost.get("each", 1))
    then, now = cards_of(after["rig"]), cards_of(before["rig"])
    if name == "bridges":
        return len(bonds_of(after["rig"], len(then)) - bonds_of(before["rig"], len(now)))
    if name == "supplies":
        return ceil((after["rig"].get("psu_w") or each) / each)
    ram, more = (float(one["rig"]["host"].get("ram_gb") or each) for one in (before, after))
    kits, added = ceil(ram / each), ceil((more - ram) / each)
    counts = {"one": 1, "cards": len(now), "added_cards": len(then) - len(now), "ram_kits": kits}
    return {**counts, "added_ram_kits": added}[name]
