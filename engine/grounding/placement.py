"""Which cards a layout takes, and how its tensor groups and pipeline stages lie on them.

Tensor groups are laid along NVLink first, faster cards before slower ones, lower numbers before higher ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from .rig import Card, clusters

Bonds = frozenset[tuple[int, int]]


class Layout(NamedTuple):
    """tensor, pipeline, replicas: sizes; split_mode: none, layer, row, tensor or graph."""

    tensor: int
    pipeline: int
    replicas: int
    split_mode: str

    @property
    def ranks(self) -> int:
        """Cards of one replica."""
        return self.tensor * self.pipeline

    @property
    def used(self) -> int:
        return self.ranks * self.replicas

    @property
    def name(self) -> str:
        """single, layer, tensor, tensor_layer or row: how one replica shares the model."""
        if self.split_mode == "row" and self.tensor > 1:
            return "row"
        if self.tensor > 1:
            return "tensor_layer" if self.pipeline > 1 else "tensor"
        return "layer" if self.pipeline > 1 else "single"


def place(cards: Sequence[Card], bonds: Bonds, layout: Layout, speed: Mapping[str, float]) -> list[list[list[Card]]]:
    """Replicas of stages of tensor groups: `placed[replica][stage]` is the group's cards in ring order.

    speed: memory bandwidth of each GPU model, by which cards are chosen where not all are used.
    """
    order = _order(cards, bonds, layout, speed)[: layout.used]
    groups = [order[start : start + layout.tensor] for start in range(0, len(order), layout.tensor)]
    return [groups[start : start + layout.pipeline] for start in range(0, len(groups), layout.pipeline)]


def _order(cards: Sequence[Card], bonds: Bonds, layout: Layout, speed: Mapping[str, float]) -> list[Card]:
    if layout.used == len(cards) and layout.tensor == 1:
        return list(cards)
    by_speed = sorted(cards, key=lambda card: (-speed.get(card.gpu, 0.0), card.index))
    together = clusters(by_speed, bonds)
    if layout.used < len(cards):
        together.sort(key=lambda cluster: (-min(speed.get(card.gpu, 0.0) for card in cluster), -len(cluster)))
    return [card for cluster in together for card in cluster]


def ring_hops(group: Sequence[Card], bonds: Bonds) -> tuple[int, int]:
    """Hops of the ring through a tensor group: (over NVLink, not over NVLink). One card has none; two have one."""
    if len(group) < 2:
        return 0, 0
    path = list(pairwise(group)) + ([(group[-1], group[0])] if len(group) > 2 else [])
    bonded = sum(bond(a, b) in bonds for a, b in path)
    return bonded, len(path) - bonded


def pairs_bonded(group: Sequence[Card], bonds: Bonds) -> tuple[int, int]:
    """Pairs of a group that NVLink joins, and all its pairs."""
    pairs = [(a, b) for i, a in enumerate(group) for b in group[i + 1 :]]
    return sum(bond(a, b) in bonds for a, b in pairs), len(pairs)


def bond(a: Card, b: Card) -> tuple[int, int]:
    """The key of two cards among the bonds."""
    return (min(a.index, b.index), max(a.index, b.index))
