"""The candidates: cards × count × power limit × host × links, engine × format, and how a copy lies on the cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..grounding.lookups import completed
from ..grounding.moves import shares_within
from ..grounding.scenario import Scenario
from .arranging import blocks, knows
from .build import Build, Host, Parts, Software, layouts, outdone, summed
from .judging import NEAR
from .measured import Measured
from .prices import Price, PriceList
from .programs import software
from .question import Question
from .upgrade import Upgrades

if TYPE_CHECKING:
    from ..reading import Knowledge
    from .block import Block

SUPPLIES = ((850.0, "psu_850w"), (1600.0, "psu_1600w"))
MOST_BRIDGED = 4  # cards that bridges join in the slots of a board; more sit on a board of their own
RAM_STEP_GB = 64  # what one price of host memory buys
MODULE_GB = 16
UNLINKED = "no bridge for it is known, or none with a price (NVLink is asked for)"


@dataclass
class Space:
    """All candidates of a question, in blocks of equal number of cards, links and kind of engine."""

    question: Question
    knowledge: Knowledge
    prices: PriceList
    start: Scenario | None = None
    popular: frozenset[tuple[str, int]] = frozenset()  # cards and their number that are looked at beyond all limits
    left_out: dict[str, list[str]] = field(default_factory=dict)
    beyond: dict[str, int] = field(default_factory=dict)
    _each: dict[Any, int] = field(default_factory=dict)
    _hosts: dict[tuple[int, int, int], list[Host]] = field(default_factory=dict)
    _machines: dict[Any, tuple[Parts, tuple[float, float]]] = field(default_factory=dict)

    def blocks(
        self, builds: Sequence[Build] | None = None, programs: Sequence[Software] | None = None
    ) -> Iterator[Block]:
        """Builds (without a choice all within the limits) in all layouts, against the programs that know these."""
        builds = self.hardware() if builds is None else builds
        for roomy in (False, True):
            own = [one for one in builds if one.host.roomy is roomy]
            for modes, some in self._families(self.programs if programs is None else programs):
                fitting = _on(roomy, some)
                if own and fitting:
                    yield from blocks(own, fitting, modes, self.question, self.knowledge, self.measured)

    def _families(self, programs: Sequence[Software]) -> list[tuple[tuple[str, ...], list[Software]]]:
        """Programs that split by modes of their own, and those that do not."""
        engines = self.knowledge.entries["engines"]
        plain = [one for one in programs if engines[one.engine].get("default_split") != "layer"]
        moded = [one for one in programs if engines[one.engine].get("default_split") == "layer"]
        modes = sorted({mode for one in moded for mode in engines[one.engine].get("split_modes") or ()})
        return [(own, some) for own, some in (((), plain), (tuple(modes), moded)) if some]

    @cached_property
    def measured(self) -> Measured:
        return Measured(self.question, self.knowledge, self.start)

    @cached_property
    def programs(self) -> list[Software]:
        found = software(self.question, self.knowledge)
        if not found:
            raise BadInput(
                f"none of {', '.join(self.question.engines) or 'the engines'} reads "
                f"{', '.join(self.question.quantizations) or f'a format of {self.question.min_bits:g} bits or more'}",
                where="--engine", hint="leave --engine, --quant or --min-bits out",
            )  # fmt: skip
        return found

    def hardware(self) -> list[Build]:
        """All builds within budget and watts, and how many were not."""
        found: list[Build] = []
        for build in self.every:
            limit = self.exceeded(build)
            if limit is None or (build.gpu, build.count) in self.popular:
                found.append(build)
            else:
                self._set_aside(limit, build)
        return found

    @cached_property
    def every(self) -> list[Build]:
        """All builds, whatever they cost and draw."""
        builds = list(self._upgrades() if self.start is not None else self._new())
        if self.question.links == "any":
            return builds
        found = [one for one in builds if self._linked(one)]
        gone = {one.gpu for one in builds} - {one.gpu for one in found}
        self.left_out |= {UNLINKED: sorted(gone)} if gone else {}
        return found

    def _linked(self, build: Build) -> bool:
        """Whether its cards are joined by NVLink as is asked: each of them to another one, or none."""
        joined = sum(map(len, build.rig()["nvlink"]))
        return joined == build.count if self.question.links == "nvlink" else not joined

    @cached_property
    def worthwhile(self) -> list[Build]:
        """Those of all builds on a host to which no other one is preferred whatever runs on it."""
        poor = {id(one) for hosts in self._hosts.values() for one in outdone(hosts)} if self.every else ()
        return [one for one in self.every if id(one.host) not in poor]

    def exceeded(self, build: Build) -> str | None:
        """The limit that a build is beyond, whatever runs on it."""
        return next(iter(self.limits_beyond(build)), None)

    def limits_beyond(self, build: Build, ease: float = NEAR) -> list[str]:
        """The limits that a build is beyond, of the budget by more than a share `ease`."""
        watts, budget, found = self.question.max_watts, self.question.budget, []
        if watts is not None and build.watts > watts:
            found.append("max_watts")
        if budget is not None and sum(build.cost) / 2 > budget * (1 + ease):
            found.append("budget")
        return found

    def _set_aside(self, limit: str, build: Build) -> None:
        """A build that no program and no layout brings within a limit: all its candidates are decided at once."""
        key = (build.count, build.host.roomy, build.spare, tuple(map(self.measured.vendors.get, build.cards)))
        if key not in self._each:
            self._each[key] = sum(
                knows(layout, modes and tuple(self.knowledge.entries["engines"][one.engine].get("split_modes") or ()))
                for modes, programs in self._families(self.programs)
                for layout in layouts(build.count, modes, exactly=not build.spare)
                if self.measured.tried(build, layout)
                for one in _on(build.host.roomy, programs)
            )
        self.beyond[limit] = self.beyond.get(limit, 0) + self._each[key]

    def _new(self) -> Iterator[Build]:
        for gpu in sorted(self.question.gpus or self.knowledge.entries["gpus"]):
            yield from self._of_card(gpu)

    def _upgrades(self) -> Iterator[Build]:
        assert self.start is not None
        yield from Upgrades(self.start, self).builds()

    def _of_card(self, gpu: str) -> Iterator[Build]:
        entry = completed(self.knowledge, "gpus", gpu)
        price = self.prices.of(gpu)
        reason = self.barred(entry, price)
        if reason or price is None:
            self.left_out.setdefault(reason, []).append(gpu)
            return
        alone = entry["segment"] == "soc"
        for count in range(1, 2 if alone else self.question.slots + 1):
            hosts = [self._machine(entry)] if alone else self.hosts(entry, count)
            for host in hosts:
                yield from self._on_host(gpu, entry, price, count, host)

    def barred(self, entry: Mapping[str, Any], price: Price | None) -> str:
        asked = self.question
        if asked.vendors and entry["vendor"] not in asked.vendors:
            return "another vendor is asked for"
        if entry["nvlink"].get("reach") == "switch" and (entry["nvlink"].get("group") or 0) > MOST_BRIDGED:
            return "it sits on a board with a switch, of which no price is known (`rigwise estimate` tells its speed)"
        if price is None:
            which = "" if asked.condition == "any" else f"of a {asked.condition} one "
            return f"no price {which}is known (--price NAME=LOW-HIGH gives one)"
        if not entry.get("tdp_w") or (not entry.get("pcie") and entry["segment"] != "soc"):
            return "its power or its slot is not known"
        return ""

    def _on_host(self, gpu: str, entry: Mapping[str, Any], price: Price, count: int, host: Host) -> Iterator[Build]:
        tdp = float(entry["tdp_w"])
        powers = [tdp] if entry["segment"] == "soc" else self._powers(tdp, count)
        machines = {power: self._around(host, power * count) for power in powers}
        for links, bridges in self._links(gpu, entry, count):
            for driver in ("stock", *(["p2p_patched"] if count > 1 and entry.get("p2p_patched_driver") else [])):
                if driver != "stock" and not self.question.patched:
                    continue
                low, high = summed(((price, count), *bridges))
                for power in powers:
                    machine, (least, most) = machines[power]
                    parts, cost = ((price, count), *bridges, *machine), (low + least, high + most)
                    yield Build(gpu, count, power, host, links, driver, parts, machine, cost)

    def _around(self, host: Host, watts: float) -> tuple[Parts, tuple[float, float]]:
        """Host and supply for cards of so many watts, and the lowest and highest sum of them [USD]."""
        if not host.platform:
            return (), (0.0, 0.0)
        supplies = self.supplies(watts)
        key = (id(host), *((price.item, number) for price, number in supplies))
        if key not in self._machines:
            parts = (*host.parts, *supplies)
            self._machines[key] = parts, summed(parts)
        return self._machines[key]

    def _powers(self, tdp: float, count: int) -> list[float]:
        """Power limits of a card that are tried, the default first [W]."""
        asked, most = self.question, self.question.max_watts
        shares = shares_within(asked.power_shares, asked.least_share, tdp * count, most)
        own = [round(share * tdp) for share in shares]
        if most is not None and len(shares) > len(asked.power_shares):
            own[-1] = min(own[-1], int(most / count))
        return [tdp, *dict.fromkeys(own)]

    def _links(self, gpu: str, entry: Mapping[str, Any], count: int) -> Iterator[tuple[str, Parts]]:
        yield "none", ()
        bridge = self.prices.first([f"nvlink_bridge_{gpu}"])
        if count >= 2 and (entry["nvlink"].get("group") or 1) == 2 and bridge is not None:
            yield "pairs", ((bridge, count // 2),)

    def supply_needed(self, watts: float) -> float:
        """Size of the power supply that cards of so many watts and the rest of the machine ask for [W]."""
        return (watts + self.question.host_watts) / self.question.supply_load

    def supplies(self, watts: float) -> Parts:
        """The power supplies for cards of so many watts."""
        needed = self.supply_needed(watts)
        for most, item in SUPPLIES:
            price = self.prices.of(item)
            if price is not None and needed <= most:
                return ((price, 1),)
        most, item = SUPPLIES[-1]
        price = self.prices.of(item)
        return ((price, int(-(-needed // most))),) if price is not None else ()

    def _machine(self, entry: Mapping[str, Any]) -> Host:
        slot = entry.get("pcie") or {"gen": 3, "lanes": 4}
        memory = ceil(float(entry["vram_gib"]) * 2**30 / 1e9)
        return Host(None, slot["gen"], slot["lanes"], float(entry["memory_bandwidth_gb_s"]), memory)

    def hosts(self, entry: Mapping[str, Any], count: int) -> list[Host]:
        """The hosts for so many cards with slots like those of a card."""
        key = (int(entry["pcie"]["gen"]), int(entry["pcie"]["lanes"]), count)
        if key not in self._hosts:
            self._hosts[key] = list(self._hosts_for(*key))
        return self._hosts[key]

    def _hosts_for(self, gen: int, lanes: int, count: int) -> Iterator[Host]:
        for key, platform in sorted(self.knowledge.entries["platforms"].items()):
            widest = [one for one in platform.get("layouts") or () if one["cards"] >= count]
            board = self.prices.first([f"platform_{key}", f"platform_{platform['segment']}"])
            if not widest or board is None or platform.get("sockets", 1) > 1 or platform["segment"] == "soc":
                continue
            slot = min(widest, key=lambda one: int(one["cards"]))
            if int(slot["least_lanes"]) < self.question.min_lanes:
                continue
            most = float(platform.get("most_memory_gb") or inf)
            for roomy, ram in enumerate(self._memories(int(platform.get("memory_channels") or 2))):
                if ram > most:
                    continue
                memory = self.prices.of("ram_upgrade")
                parts: Parts = ((board, 1), *(((memory, ram / RAM_STEP_GB),) if memory else ()))
                yield Host(
                    key, min(int(platform["pcie_gen"]), gen),
                    min(int(slot["least_lanes"]), lanes),
                    float(platform["memory_bandwidth_gb_s"]), ram, parts, bool(roomy),
                )  # fmt: skip

    def _memories(self, channels: int) -> list[int]:
        """Sizes of host memory worth trying: all channels filled, and what experts need beside that [GB]."""
        least, need = MODULE_GB * channels, self.experts_gb
        return sorted({least, -(-(need + least) // RAM_STEP_GB) * RAM_STEP_GB} if need else {least})

    @cached_property
    def experts_gb(self) -> int:
        """What the experts take in the smallest format in which a program can keep them in host memory [GB]."""
        expert = float(self.knowledge.entries["models"][self.question.model]["parameters"].get("expert") or 0) / 1e9
        kept = {one.quantization for one in self.programs if one.offload != "none"}
        bits = [float(self.knowledge.entries["quantizations"][one]["bits_per_weight"]) for one in kept]
        return int(expert * min(bits) / 8) + 1 if bits else 0


def _on(roomy: bool, programs: list[Software]) -> list[Software]:
    """The programs that are tried on a host: more memory than usual is for weights alone."""
    return [one for one in programs if one.offload != "none"] if roomy else programs
