"""What can be made of a rig that is there: more cards, others in their place, bridges, a new host, a lower limit."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import inf
from typing import TYPE_CHECKING, Any

from ..advice.rulebook import assuming
from ..costs import FORMULAS
from ..grounding.lookups import completed
from ..grounding.moves import fit_bridges
from ..grounding.resolve import resolve
from ..grounding.rig import bonds_of, cards_of, slot_of
from ..grounding.scenario import Scenario
from ..inference import default_matcher
from .build import Build, Host, Parts, summed
from .prices import Price
from .sealed import SEALED, sealed

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .space import Space

MOST_ADDED = 4


@dataclass(frozen=True, slots=True)
class Upgraded(Build):
    """A build that starts from cards that are there.

    section: its rig; words: what was done; before: their number. idle: cards that are there may be left idle.
    """

    section: Mapping[str, Any]
    words: str
    before: int
    idle: bool = True

    @property
    def spare(self) -> bool:
        return self.idle

    @property
    def cards(self) -> tuple[str, ...]:
        return tuple(sorted({str(group["gpu"]) for group in self.section["gpus"]}))

    @property
    def whole(self) -> bool:
        return False

    @property
    def label(self) -> str:
        return self.words

    def rig(self) -> dict[str, Any]:
        return dict(self.section)

    @property
    def but_for_power(self) -> tuple[Any, ...]:
        cards = tuple((group["gpu"], group["count"]) for group in self.section["gpus"])
        return cards, str({name: one for name, one in self.section.items() if name != "gpus"})

    @property
    def watts(self) -> float:
        return float(sum(group["power_limit_w"] * group["count"] for group in self.section["gpus"]))


class Upgrades:
    """The builds that start from one rig. start: its resolved scenario."""

    def __init__(self, start: Scenario, space: Space) -> None:
        self.space, self.start = space, start
        self.own = cards_of(start["rig"])

    def builds(self) -> Iterator[Upgraded]:
        """As it is first, then changes in the order of the cards' names."""
        rig = self.start["rig"]
        yield self._made(rig, (), "as it is")
        yield from self._limited()
        wanted = sorted(self.space.question.gpus or self.space.knowledge.entries["gpus"])
        reason = sealed(self.start, self.space.knowledge)
        if reason is not None:
            self.space.left_out.setdefault(f"{SEALED}{reason}", []).extend(wanted)
            return
        yield from self._bridged(rig, (), "as it is")
        yield from self._on_new_hosts()
        for gpu in wanted:
            entry, price = completed(self.space.knowledge, "gpus", gpu), self.space.prices.of(gpu)
            reason = self.space.barred(entry, price)
            if reason or price is None or entry["segment"] == "soc":
                if reason:
                    self.space.left_out.setdefault(reason, []).append(gpu)
                continue
            yield from self._added(gpu, entry, price)
            yield from self._replaced(gpu, entry, price)

    @property
    def slots(self) -> int:
        """Cards that the host takes: as its platform says; where that is not known as the asker says, else as many as
        there are, or as every board has slots for."""
        asked, own = self.space.question, len(self.own)
        if self._layouts:
            most = _widest(self._layouts, asked.min_lanes) or own
        else:
            most = asked.slots if asked.slots_said else self.anywhere
        return max(min(most, asked.slots), own)

    @property
    def anywhere(self) -> int:
        """Cards that the board with the fewest slots takes, of all that are known."""
        platforms = self.space.knowledge.entries["platforms"].values()
        return min(
            filter(None, (_widest(one.get("layouts") or (), self.space.question.min_lanes) for one in platforms)),
            default=1,
        )

    @property
    def _layouts(self) -> Sequence[Mapping[str, Any]]:
        """How the platform shares out its lanes; nothing where it is not known."""
        platform = self.space.knowledge.entries["platforms"].get(self.start["rig"]["host"].get("platform") or "") or {}
        return platform.get("layouts") or ()

    def _shared(self, count: int) -> float:
        """Lanes that each slot has at most once more cards than there are take their share of them: of a board that is
        not known as many as the rules take a board for that many cards to have."""
        if count <= len(self.own):
            return inf
        if not self._layouts:
            return self._taken(count)
        wide = [one for one in self._layouts if one["cards"] >= count]
        return float(min(wide, key=lambda one: int(one["cards"]))["least_lanes"]) if wide else inf

    @cached_property
    def _taken(self) -> Callable[[int], float]:
        @cache
        def lanes(count: int) -> float:
            rig = {"gpus": [{"gpu": self.own[0].gpu, "count": count}]}
            return float(min(slot["lanes"] for slot in resolved({"rig": rig}, self.space.knowledge)["rig"]["pcie"]))

        return lanes

    def _added(self, gpu: str, entry: Mapping[str, Any], price: Price) -> Iterator[Upgraded]:
        for count in range(1, min(self.slots - len(self.own), MOST_ADDED) + 1):
            rig = copy.deepcopy(self.start["rig"])
            rig["gpus"].append({"gpu": gpu, "count": count, "power_limit_w": float(entry["tdp_w"])})
            rig["pcie"] = self._slots([None] * len(self.own) + [entry] * count)
            rig["numa_nodes"] = [*rig["numa_nodes"], *[0] * count]
            rig["nvlink"] = [list(pair) for pair in sorted(bonds_of(self.start["rig"], len(self.own)))]
            words = f"{count} more {gpu}" if any(card.gpu == gpu for card in self.own) else f"{count}× {gpu} added"
            parts: Parts = ((price, count), *self._supply(rig))
            idle = self._faster(gpu)
            yield self._made(rig, parts, words, gpu, idle)
            yield from self._bridged(rig, parts, words, gpu, idle)

    def _faster(self, gpu: str) -> bool:
        """Whether a card leaves old ones idle sooner than it is left idle itself: by what cards are chosen by."""
        speeds = [float(self.space.knowledge.entries["gpus"][one].get("memory_bandwidth_gb_s") or 0)
                  for one in (gpu, *(card.gpu for card in self.own))]  # fmt: skip
        return speeds[0] > min(speeds[1:])

    def _replaced(self, gpu: str, entry: Mapping[str, Any], price: Price) -> Iterator[Upgraded]:
        if all(card.gpu == gpu for card in self.own):
            return
        kept = sum(card.gpu == gpu for card in self.own)
        for count in range(1, self.slots + 1):
            rig = copy.deepcopy(self.start["rig"])
            rig["gpus"] = [{"gpu": gpu, "count": count, "power_limit_w": float(entry["tdp_w"])}]
            rig["pcie"] = self._slots([entry] * count)
            rig["numa_nodes"], rig["nvlink"], rig["p2p"], rig["bar1_mb"] = [0] * count, [], None, None
            bought: Parts = ((price, count - kept),) if count > kept else ()
            parts: Parts = (*bought, *self._sold(gpu, count), *self._supply(rig))
            words = f"{count}× {gpu} alone, the others sold" if kept else f"{count}× {gpu} in place of the old"
            yield self._made(rig, parts, words, gpu, idle=False)
            yield from self._bridged(rig, parts, words, gpu, idle=False)

    def _limited(self) -> Iterator[Upgraded]:
        for share in self.space.question.power_shares:
            rig = copy.deepcopy(self.start["rig"])
            for group in rig["gpus"]:
                tdp = float(self.space.knowledge.entries["gpus"][group["gpu"]].get("tdp_w") or group["power_limit_w"])
                group["power_limit_w"] = min(float(group["power_limit_w"]), float(round(share * tdp)))
            if rig["gpus"] != self.start["rig"]["gpus"]:
                yield self._made(rig, (), f"cards limited to {share:.0%}")

    def _on_new_hosts(self) -> Iterator[Upgraded]:
        """The cards as they are on another board; the old one is kept, its memory is not moved."""
        entry = completed(self.space.knowledge, "gpus", self.own[0].gpu)
        if not entry.get("pcie") or any(card.gpu != self.own[0].gpu for card in self.own):
            return
        for host in self.space.hosts(entry, len(self.own)):
            rig = copy.deepcopy(self.start["rig"])
            rig["pcie"] = [{"gen": host.gen, "lanes": host.lanes} for _ in self.own]
            rig["numa_nodes"] = [0] * len(self.own)
            rig["host"] = {
                "platform": host.platform,
                "sockets": 1,
                "ram_bandwidth_gb_s": host.bandwidth,
                "ram_gb": host.ram,
            }
            yield self._made(rig, host.parts, f"the cards on {host.platform}")

    def _bridged(
        self, rig: Scenario, parts: Parts, words: str, gpu: str | None = None, idle: bool = True
    ) -> Iterator[Upgraded]:
        entries = self.space.knowledge.entries
        for _, fresh in fit_bridges({"rig": rig}, None, entries):
            cards = cards_of(rig)
            new = set(bonds_of(fresh["rig"], len(cards))) - set(bonds_of(rig, len(cards)))
            prices = [self.space.prices.first([f"nvlink_bridge_{cards[a].gpu}"]) for a, _ in sorted(new)]
            found = tuple((price, 1.0) for price in prices if price is not None)
            if len(found) == len(prices):
                yield self._made(
                    fresh["rig"],
                    (*parts, *found),
                    f"{words}, {'an NVLink bridge' if len(found) == 1 else 'NVLink bridges'}",
                    gpu,
                    idle,
                )

    def _sold(self, gpu: str, count: int) -> Parts:
        """What the old cards bring, where a price of used ones is known; of one model so many are kept."""
        counts = Counter(card.gpu for card in self.own)
        counts[gpu] -= min(count, counts[gpu])
        prices = {one: self.space.prices.resale(one) for one in sorted(counts) if counts[one]}
        return tuple((price, -float(counts[one])) for one, price in prices.items() if price is not None)

    def _supply(self, rig: Scenario) -> Parts:
        """A larger supply, where the one that is there (or one that just bears the old cards) would not do."""
        watts = sum(float(group["power_limit_w"]) * group["count"] for group in rig["gpus"])
        old = sum(card.power_limit for card in self.own)
        known = self.start["rig"].get("psu_w")
        enough = watts <= old if known is None else self.space.supply_needed(watts) <= float(known)
        return () if enough else self.space.supplies(watts)

    def _slots(self, cards: Sequence[Mapping[str, Any] | None]) -> list[dict[str, int]]:
        """The slots of some cards; None: of one that is there."""
        return [self._slot(entry, number, len(cards)) for number, entry in enumerate(cards)]

    def _slot(self, entry: Mapping[str, Any] | None, number: int, count: int) -> dict[str, int]:
        own = slot_of(self.start["rig"]["pcie"], min(number, len(self.own) - 1))
        card = (entry or {}).get("pcie") or own
        return {
            "gen": min(own["gen"], card["gen"]),
            "lanes": int(min(own["lanes"], card["lanes"], self._shared(count))),
        }

    def _made(self, rig: Scenario, parts: Parts, words: str, gpu: str | None = None, idle: bool = True) -> Upgraded:
        rig = {**rig, "nvlink": rig.get("nvlink") or []}
        if rig["nvlink"] == "full":
            rig["nvlink"] = [list(pair) for pair in sorted(bonds_of(rig, len(rig["numa_nodes"])))]
        rig["pcie"] = [dict(slot_of(rig["pcie"], number)) for number in range(len(rig["numa_nodes"]))]
        host, slot = rig["host"], rig["pcie"][-1]
        ram = int(host.get("ram_gb") or 0)
        place = Host(host.get("platform"), slot["gen"], slot["lanes"], float(host["ram_bandwidth_gb_s"]), ram)
        group = rig["gpus"][-1]
        return Upgraded(
            gpu or str(group["gpu"]), len(rig["numa_nodes"]), float(group["power_limit_w"]), place, "as it is",
            str(rig["driver"]), parts, (), summed(parts), rig, words, len(self.own), idle,
        )  # fmt: skip


def resolved(start: Scenario, knowledge: Knowledge) -> Scenario:
    """A scenario with every silence filled in by the rules of assumptions."""
    return resolve(start, knowledge, assuming(knowledge), FORMULAS, default_matcher()).scenario


def _widest(layouts: Sequence[Mapping[str, Any]], least: int) -> int:
    """Cards that a board takes with so many lanes each at least; 0 where it does not, or where it is not known."""
    return max((int(one["cards"]) for one in layouts if one["least_lanes"] >= least), default=0)
