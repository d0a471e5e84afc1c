"""Parts of the answer in words and as entries: rows, what was assumed, what a limit keeps out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .candidate import QUALM, command, scenario
from .comparing import named
from .judging import Hit
from .space import SUPPLY_LOAD
from .upgrade import Upgraded

if TYPE_CHECKING:
    from ..grounding.scenario import Scenario
    from .prices import PriceList
    from .question import Question

FEW_LANES = 4
GOALS = {"cost": "The cheapest that does it", "speed": "The most {}", "value": "The most {} for the money"}
NAMES = {"decode": "decode_tok_s", "prefill": "prefill_tok_s", "throughput": "output_throughput_tok_s"}
LIMITS = {
    "budget": "a budget of ${:,.0f}",
    "max_watts": "{:,.0f} W",
    "decode": "a decode of {:,.1f} tok/s for one user",
    "prefill": "a prefill of {:,.0f} tok/s",
    "throughput": "{:,.1f} tok/s of all users",
}


def row_told(label: str, hit: Hit, found: Mapping[str, Any], question: Question) -> dict[str, Any]:
    """One row of the front. found: its numbers with their intervals, and its doubts, as the rules have them."""
    said, numbers = found["doubts"], {name: value for name, value in found.items() if name != "doubts"}
    build, software, layout = hit.candidate
    one = scenario(hit.candidate, question)
    low = [name for name, least in question.targets.items() if numbers[f"{NAMES[name]}"]["low"] < least]
    doubts = [*said, *(f"its {name} may be below the target" for name in low)]
    if question.budget is not None and hit.high > question.budget:
        doubts.append("over the budget at the upper end of its prices")
    if isinstance(build, Upgraded) and build.count > build.before and build.host.platform is None:
        doubts.append(f"whether its board takes {build.count} cards is not known")
    if build.count > 1 and build.lanes < FEW_LANES:
        doubts.append(f"slots of {build.lanes} lane{'s' if build.lanes > 1 else ''}, so on risers")
    return {
        "id": label, "says": named(hit), "gpu": build.gpu, "count": build.count, "power_limit_w": build.power,
        "platform": build.host.platform, "pcie": {"gen": build.gen, "lanes": build.lanes}, "links": build.links,
        "driver": build.driver, "ram_gb": build.host.ram, "engine": software.engine,
        "quantization": software.quantization, "kv_quantization": software.kv, "offload": software.offload,
        "layout": {"tensor": layout.tensor, "pipeline": layout.pipeline, "replicas": layout.replicas,
                   "split_mode": layout.split_mode},
        "cost_usd": {"value": hit.middle, "low": hit.low, "high": hit.high},
        "parts": [{"count": number, **price.told()} for price, number in build.parts],
        **numbers, "power_limits_w": build.watts, "doubts": doubts,
        "estimate": command(one), "why": command(one, "why decode_tok_s"), "scenario": one,
    }  # fmt: skip


def assumptions(asked_for: Question, prices: PriceList) -> list[dict[str, str]]:
    """What was taken for granted, by subject."""
    (least, most), street, users = prices.widening, prices.street, asked_for.users
    many = (
        f" of one request at least; decode is that of one user alone, and of {users:,} users those wait for whom the "
        "cache has no room"
    ) if users > 1 else ""  # fmt: skip
    rows = {
        "workload": f"prompts of {asked_for.prompt:,} tokens, answers of {asked_for.output:,}, room for "
                    f"{asked_for.context:,} tokens{many}",
        "supply": f"the rest of the machine draws {asked_for.host_watts:g} W; supplies are loaded to "
                  f"{SUPPLY_LOAD:.0%}",
        "slots": "every slot has the lanes of the narrowest one of its platform at that number of cards; "
                 f"boards with fewer than {asked_for.min_lanes} are left out",
        "cost": "a build is ranked by the middle of its price interval",
        "launch": f"a card without a listed price costs {least:.2f} to {most:.2f} of the list price of its launch, "
                  "if that is no older than five years: the range of the cards that have both",
        "list": f"a card of which one source tells a list price and nothing else costs {street[0]:.2f} to "
                f"{street[1]:.2f} of it: what new cards of which both are known were sold for",
        "preference": f"a patched driver or an 8-bit KV cache is told as best where it gains {QUALM:.0%} or more",
        "quality": f"formats of {asked_for.min_bits:g} bits and more are tried, in containers an engine reads well",
    }  # fmt: skip
    return [{"about": name, "says": text} for name, text in rows.items()]


def setup(start: Scenario) -> str:
    """A rig that is there, and what runs on it, in words."""
    work, sizes = start["workload"], start["workload"]["parallelism"]
    cards = " + ".join(f"{group['count']}× {group['gpu']}" for group in start["rig"]["gpus"])
    spread = ", ".join(f"{name} {sizes[name]}" for name in ("tensor", "pipeline", "replicas") if sizes[name] > 1)
    return f"{cards}, {work['engine']} {work['quantization']}{', ' if spread else ''}{spread}"


def missed(miss: Mapping[str, Any]) -> str:
    """What it takes where one limit alone is let go."""
    wanted = LIMITS[miss["limit"]].format(miss["needed"])
    return f"All else kept, it takes {wanted} (asked: {miss['asked']:,.0f}): {miss['says']}."
