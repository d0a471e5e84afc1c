"""The most that one document may hold."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """The most that one document may hold."""

    bytes: int = 1 << 20
    nodes: int = 200_000
    depth: int = 32
    problems: int = 100


DEFAULT = Limits()
ENTRY = Limits(bytes=256 << 10, nodes=20_000)
"""For the file of one entry."""
