"""What a candidate is made of: hardware to buy, a program, and how a copy of the model lies on the cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .prices import Price

Parts = tuple[tuple[Price, float], ...]  # a number below 0 is sold


PLAIN_CACHE = "f16"


@dataclass(frozen=True, slots=True)
class Host:
    """Board, processor and memory. gen, lanes: of the slots when `cards` of them are used; platform None: a machine
    that has its GPU built in. bandwidth: of its memory [GB/s]; ram: [GB]. roomy: it has more of it for weights."""

    platform: str | None
    gen: int
    lanes: int
    bandwidth: float
    ram: int
    parts: Parts = ()
    roomy: bool = False

    def __hash__(self) -> int:  # of all parts it would take as long as the rest of a search for builds
        return hash((self.platform, self.gen, self.lanes, self.ram))

    def no_less_than(self, other: Host) -> bool:
        """Whether it has as much of all that a model runs on, and is looked at for the same programs."""
        mine, others = ((one.gen, one.lanes, one.bandwidth, one.ram) for one in (self, other))
        return self.roomy is other.roomy and all(a >= b for a, b in zip(mine, others, strict=True))


@dataclass(frozen=True, slots=True)
class Build:
    """Hardware to buy. power: limit of each card [W]; links: none, pairs (bridges); driver: stock or p2p_patched;
    parts: all that is bought and sold, of which machine is what the cards are put in, where it is bought with them;
    cost: the lowest and highest sum of all parts [USD]."""

    gpu: str
    count: int
    power: float
    host: Host
    links: str
    driver: str
    parts: Parts
    machine: Parts
    cost: tuple[float, float]

    def __hash__(self) -> int:
        return hash((self.gpu, self.count, self.power, self.host, self.links, self.driver))

    @property
    def cards(self) -> tuple[str, ...]:
        """The models of its cards."""
        return (self.gpu,)

    @property
    def spare(self) -> bool:
        """Whether it may be better with some of its cards idle than without them."""
        return False

    @property
    def whole(self) -> bool:
        """Whether it is a machine with its GPU built in."""
        return self.host.platform is None

    @property
    def label(self) -> str:
        """The build in words."""
        bridges = (
            (" with an NVLink bridge" if self.count < 4 else " with NVLink bridges") if self.links != "none" else ""
        )
        driver = " with the peer-to-peer driver" if self.driver != "stock" else ""
        return f"{self.count}× {self.gpu}{bridges}{driver}"

    def rig(self) -> dict[str, Any]:
        """The rig section of its scenario."""
        pairs = [[card, card + 1] for card in range(0, self.count - 1, 2)] if self.links == "pairs" else []
        platform = {"platform": self.host.platform} if self.host.platform else {}
        return {
            "gpus": [{"gpu": self.gpu, "count": self.count, "power_limit_w": self.power}],
            "nvlink": pairs,
            "pcie": [{"gen": self.gen, "lanes": self.lanes} for _ in range(self.count)],
            "numa_nodes": [0] * self.count, "driver": self.driver, "nodes": 1, "network_gbit_s": None,
            "host": {**platform, "sockets": 1, "ram_bandwidth_gb_s": self.host.bandwidth, "ram_gb": self.host.ram},
        }  # fmt: skip

    @property
    def watts(self) -> float:
        """Limits of all cards together [W]."""
        return self.power * self.count

    @property
    def but_for_power(self) -> tuple[Any, ...]:
        """What builds have in common that differ in the power limit of the cards alone."""
        return self.gpu, self.count, self.host, self.links, self.driver

    @property
    def gen(self) -> int:
        return self.host.gen

    @property
    def lanes(self) -> int:
        return self.host.lanes


def summed(parts: Parts) -> tuple[float, float]:
    """Lowest and highest sum of some parts [USD]; what is sold brings least where the sum is highest."""
    low = high = 0.0
    for price, number in parts:
        low += (price.low if number > 0 else price.high) * number
        high += (price.high if number > 0 else price.low) * number
    return low, high


def outdone(hosts: Sequence[Host]) -> Iterator[Host]:
    """Hosts to which another one for the same cards is preferred whatever runs: no less of anything for less money, or
    for as much and told before."""
    sums = [summed(one.parts) for one in hosts]
    for number, one in enumerate(hosts):
        for other, (better, cost) in enumerate(zip(hosts, sums, strict=True)):
            cheaper = sum(cost) < sum(sums[number]) or (cost == sums[number] and other < number)
            if cheaper and better.no_less_than(one):
                yield one
                break


class Software(NamedTuple):
    """What runs: engine, weight format, type of KV cache, what lies in host memory. users, context: in place of what is
    asked."""

    engine: str
    quantization: str
    kv: str
    offload: str
    users: int | None = None
    context: int | None = None

    @property
    def tinkered(self) -> bool:
        """Whether its KV cache has fewer bits than usual."""
        return self.kv != PLAIN_CACHE


@dataclass(frozen=True, slots=True, order=True)
class Layout:
    """Sizes of the tensor group, the pipeline and the number of copies."""

    tensor: int
    pipeline: int
    replicas: int
    split_mode: str


def layouts(cards: int, modes: Iterable[str], exactly: bool) -> Iterator[Layout]:
    """Every way to share a model over cards. modes: split modes of an engine that splits by layers, else none.

    exactly: all cards are used.
    """
    family = list(modes)
    for replicas in range(1, cards + 1):
        for tensor in range(1, cards // replicas + 1):
            for pipeline in range(1, cards // (replicas * tensor) + 1):
                if exactly and tensor * pipeline * replicas != cards:
                    continue
                if not family:
                    yield Layout(tensor, pipeline, replicas, "none")
                elif tensor == pipeline == 1:
                    yield Layout(1, 1, replicas, "none")
                elif tensor == 1:
                    yield from (Layout(1, pipeline, replicas, "layer") for mode in family if mode == "layer")
                elif pipeline == 1:
                    yield from (Layout(tensor, 1, replicas, mode) for mode in family if mode not in ("none", "layer"))
